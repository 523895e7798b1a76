#include "server/multipart.h"

#include <algorithm>
#include <optional>

#include "base/lower_case.h"
#include "server/http.h"

namespace lama::internal::server {
namespace {

constexpr std::size_t kMaxParts = 64;  // lama-cleaner sends more than forty
constexpr std::size_t kMaxHeader = 8192;
constexpr std::size_t kMaxBoundary = 70;  // RFC 2046

[[noreturn]] void refuse(const char* why) {
  throw HttpError(400, "bad_multipart", std::string("the multipart body ") + why);
}

std::string_view trimmed(std::string_view text) {
  const auto blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

/// The value of the parameter `name` in a header ("form-data; name=\"file\"").
std::optional<std::string> parameter(std::string_view header, std::string_view name) {
  std::size_t at = header.find(';');
  while (at != std::string_view::npos && at < header.size()) {
    const std::size_t equals = header.find('=', ++at);
    if (equals == std::string_view::npos) return std::nullopt;
    const std::string key = lower_case(trimmed(header.substr(at, equals - at)));
    std::string value;
    at = equals + 1;
    if (at < header.size() && header[at] == '"') {
      for (++at; at < header.size() && header[at] != '"'; ++at) {
        // Some writers escape quotes with a backslash, and browsers write %22.
        if (header[at] == '\\' && at + 1 < header.size() &&
            (header[at + 1] == '"' || header[at + 1] == '\\')) {
          ++at;
        }
        value += header[at];
      }
      at = header.find(';', std::min(at, header.size()));
    } else {
      const std::size_t end = std::min(header.find(';', at), header.size());
      value = trimmed(header.substr(at, end - at));
      at = end < header.size() ? end : std::string_view::npos;
    }
    if (key == name) return value;
  }
  return std::nullopt;
}

/// Reads the header lines of a part.
void read_header(Part& part, std::string_view lines) {
  bool named = false;
  while (!lines.empty()) {
    const std::size_t end = std::min(lines.find("\r\n"), lines.size());
    const std::string_view line = lines.substr(0, end);
    lines.remove_prefix(std::min(end + 2, lines.size()));
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) refuse("has a header line without a colon");
    if (lower_case(line.substr(0, colon)) != "content-disposition") continue;
    const auto name = parameter(line, "name");
    if (!name) refuse("has a part without a name");
    part.name = *name;
    part.file_name = parameter(line, "filename").value_or("");
    named = true;
  }
  if (!named) refuse("has a part without a name");
}

}  // namespace

bool is_multipart(std::string_view content_type) {
  return lower_case(content_type).starts_with("multipart/form-data");
}

std::vector<Part> read_multipart(std::string_view content_type,
                                 std::span<const std::uint8_t> body) {
  const std::string boundary = parameter(content_type, "boundary").value_or("");
  if (boundary.empty() || boundary.size() > kMaxBoundary) refuse("has no usable boundary");
  const std::string_view text(reinterpret_cast<const char*>(body.data()), body.size());
  const std::string mark = "\r\n--" + boundary;
  // The first boundary is at the beginning or after an ignored line.
  std::size_t at = 0;
  if (text.starts_with(std::string_view(mark).substr(2))) {
    at = mark.size() - 2;
  } else {
    at = text.find(mark);
    if (at == std::string_view::npos) refuse("does not begin with its boundary");
    at += mark.size();
  }
  std::vector<Part> parts;
  while (!text.substr(at).starts_with("--")) {
    if (parts.size() == kMaxParts) refuse("has too many parts");
    at = text.find("\r\n", at);
    if (at == std::string_view::npos) refuse("is cut short");
    const std::size_t header_end = text.substr(0, at + kMaxHeader).find("\r\n\r\n", at);
    if (header_end == std::string_view::npos) refuse("has a part without an end of its header");
    Part& part = parts.emplace_back();
    at = std::min(at + 2, header_end);
    read_header(part, text.substr(at, header_end - at));
    const auto same_name = [&part](const Part& other) { return other.name == part.name; };
    if (std::any_of(parts.begin(), parts.end() - 1, same_name)) refuse_twice("field", part.name);
    const std::size_t begin = header_end + 4;
    // An empty part's boundary may use the line end of its header.
    const std::size_t end = text.find(mark, begin - 2);
    if (end == std::string_view::npos) refuse("is cut short");
    if (end > begin) part.bytes = body.subspan(begin, end - begin);
    at = end + mark.size();
  }
  return parts;
}

}  // namespace lama::internal::server
