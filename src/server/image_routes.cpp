// Pictures: /api/v1/images.
#include <fmt/format.h>

#include <charconv>
#include <optional>

#include "codecs/format_table.h"
#include "server/box_field.h"
#include "server/multipart.h"
#include "server/routes.h"

namespace lama::internal::server {
namespace {

constexpr int kDefaultPreview = 4096, kMaxPreview = 65535;

/// A file's name without folders and terminal control characters.
std::string plain_name(const std::string& name) {
  std::string plain = name.substr(name.find_last_of("/\\") + 1);
  constexpr std::size_t kMaxName = 255;
  if (plain.size() > kMaxName) plain.erase(0, plain.size() - kMaxName);  // the ending stays
  for (char& c : plain) {
    const auto code = static_cast<unsigned char>(c);
    if (code < 0x20 || code == 0x7f) c = '_';
  }
  return plain;
}

void require_format(std::span<const std::uint8_t> bytes, const std::string& name) {
  if (codecs::format_of(bytes)) return;
  throw HttpError(415, "unsupported_format",
                  fmt::format("{}: not a {} picture", name, codecs::all_formats()));
}

Response upload(const Request& request, Context context) {
  require_known(request, {"name"});
  const auto given = request.query.find("name");
  std::string name = given == request.query.end() ? "" : given->second;
  std::span<const std::uint8_t> bytes = request.body;
  std::vector<Part> parts;
  if (is_multipart(request.content_type)) {
    parts = read_multipart(request.content_type, request.body);
    for (const Part& part : parts) {
      if (part.name == "file") continue;
      throw HttpError(400, "unknown_field", "there is no field " + part.name, part.name);
    }
    if (parts.size() != 1) throw HttpError(400, "missing_field", "one file is required", "file");
    bytes = parts[0].bytes;
    if (name.empty()) name = parts[0].file_name;
  }
  const auto image = store_upload(bytes, name, request, context);
  if (*request.abandoned) {
    // A client that has gone never learns the id.
    context.images.remove(image->id);
    throw HttpError(503, "cancelled", "the client gave up the upload");
  }
  Response response = json_response(201, json_of(*image, context.images.ttl()));
  response.headers.emplace_back("Location", "/api/v1/images/" + image->id);
  return response;
}

Response original(const Request& request, Context context) {
  require_known(request, {});
  const auto image = context.images.find(request.id);
  Response response;
  response.type = media_type(image->format);
  response.headers.emplace_back("Content-Disposition", content_disposition(image->name));
  response.file = image->file;
  return response;
}

Response preview(const Request& request, Context context) {
  require_known(request, {"max", "format", "region"});
  int longest = kDefaultPreview;
  if (const auto max = request.query.find("max"); max != request.query.end()) {
    const char* end = max->second.data() + max->second.size();
    const auto [at, error] = std::from_chars(max->second.data(), end, longest);
    if (error != std::errc() || at != end || longest < 1 || longest > kMaxPreview) {
      throw HttpError(400, "bad_field", "max must be a whole number from 1 to 65535", "max");
    }
  }
  std::optional<codecs::Format> format;
  if (const auto wanted = request.query.find("format"); wanted != request.query.end()) {
    if (wanted->second == "png") {
      format = codecs::Format::png;
    } else if (wanted->second == "jpeg") {
      format = codecs::Format::jpeg;
    } else {
      throw HttpError(400, "bad_field", "format must be png or jpeg", "format");
    }
  }
  const auto image = context.images.find(request.id);
  const auto given = request.query.find("region");
  std::optional<Box> region;
  if (given != request.query.end()) region = read_box(given->second, "region", *image);
  // All of it may be decoded at a smaller scale.
  if (region && region->width == image->width && region->height == image->height) region.reset();
  Response response;
  response.bytes = context.workers.preview(*image, region, longest, format, request.abandoned);
  response.type = media_type(codecs::format_of(response.bytes).value_or(codecs::Format::png));
  return response;
}

}  // namespace

std::shared_ptr<const StoredImage> store_upload(std::span<const std::uint8_t> bytes,
                                                std::string name, const Request& request,
                                                Context context) {
  name = plain_name(name);
  require_format(bytes, name.empty() ? "the upload" : name);
  if (name.empty()) name = std::string("image.") + api_name(*codecs::format_of(bytes));
  return context.images.add(context.workers.inspect(bytes, name, request.abandoned), bytes, name);
}

std::shared_ptr<const StoredFile> store_mask(std::span<const std::uint8_t> bytes,
                                             const StoredImage& image, const Request& request,
                                             Context context) {
  require_format(bytes, "mask");
  context.workers.inspect_mask(bytes, image, request.abandoned);
  return context.images.keep(bytes);
}

void add_image_routes(Router& router, Context context) {
  router.add("POST", "/api/v1/images",
             [context](const Request& request) { return upload(request, context); });
  router.add("GET", "/api/v1/images/ID",
             [context](const Request& request) { return original(request, context); });
  router.add("DELETE", "/api/v1/images/ID", [context](const Request& request) {
    require_known(request, {});
    context.images.remove(request.id);
    Response response;
    response.status = 204;
    return response;
  });
  router.add("GET", "/api/v1/images/ID/preview",
             [context](const Request& request) { return preview(request, context); });
}

}  // namespace lama::internal::server
