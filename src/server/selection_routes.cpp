// Selections of objects: /api/v1/images/ID/selections.
#include <optional>
#include <string>
#include <vector>

#include "codecs/format.h"
#include "server/box_field.h"
#include "server/fields.h"
#include "server/multipart.h"
#include "server/routes.h"

namespace lama::internal::server {
namespace {

/// Either the box or the scribble's file.
struct Wish {
  std::optional<std::string> box;
  std::vector<std::uint8_t> scribble;
};

Wish read_wish(const Request& request, Context context) {
  Wish wish;
  if (is_multipart(request.content_type)) {
    for (Part& part : read_multipart(request.content_type, request.body)) {
      if (part.name != "scribble") {
        throw HttpError(400, "unknown_field", "there is no field " + part.name, part.name);
      }
      wish.scribble.assign(part.bytes.begin(), part.bytes.end());
    }
  } else {
    Fields fields(request.body);
    wish.box = fields.text("box");
    const auto scribble = fields.text("scribble");
    fields.end();
    if (scribble) wish.scribble = context.images.find(*scribble)->file->read();
  }
  if (wish.box.has_value() != wish.scribble.empty()) {
    throw HttpError(400, wish.box ? "duplicate_field" : "missing_field",
                    "either box or scribble is required", "box");
  }
  return wish;
}

Response select_object(const Request& request, Context context) {
  require_known(request, {});
  const Wish wish = read_wish(request, context);
  const auto image = context.images.find(request.id);
  std::optional<Box> box;
  if (wish.box) box = read_box(*wish.box, "box", *image);
  if (!box && !codecs::format_of(wish.scribble)) {
    throw HttpError(415, "unsupported_format", "scribble: not a picture of a format that is read",
                    "scribble");
  }
  Response response;
  response.type = "image/png";
  response.bytes = context.workers.select(*image, box, wish.scribble, request.abandoned);
  return response;
}

}  // namespace

void add_selection_routes(Router& router, Context context) {
  router.add("POST", "/api/v1/images/ID/selections",
             [context](const Request& request) { return select_object(request, context); });
}

}  // namespace lama::internal::server
