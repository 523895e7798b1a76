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
struct Marking {
  std::optional<std::string> box;
  std::vector<std::uint8_t> scribble;
};

Marking read_marking(const Request& request, Context context) {
  Marking marking;
  if (is_multipart(request.content_type)) {
    for (Part& part : read_multipart(request.content_type, request.body)) {
      if (part.name != "scribble") {
        throw HttpError(400, "unknown_field", "there is no field " + part.name, part.name);
      }
      marking.scribble.assign(part.bytes.begin(), part.bytes.end());
    }
  } else {
    Fields fields(request.body);
    marking.box = fields.text("box");
    const auto scribble = fields.text("scribble");
    fields.end();
    if (scribble) marking.scribble = context.images.find(*scribble)->file->read();
  }
  if (marking.box.has_value() != marking.scribble.empty()) {
    throw HttpError(400, marking.box ? "duplicate_field" : "missing_field",
                    "either box or scribble is required", "box");
  }
  return marking;
}

Response select_object(const Request& request, Context context) {
  require_known(request, {});
  const Marking marking = read_marking(request, context);
  const auto image = context.images.find(request.id);
  std::optional<Box> box;
  if (marking.box) box = read_box(*marking.box, "box", *image);
  if (!box && !codecs::format_of(marking.scribble)) {
    throw HttpError(415, "unsupported_format", "scribble: not a picture of a format that is read",
                    "scribble");
  }
  Response response;
  response.type = "image/png";
  response.bytes = context.workers.select(*image, box, marking.scribble, request.abandoned);
  return response;
}

}  // namespace

void add_selection_routes(Router& router, Context context) {
  router.add("POST", "/api/v1/images/ID/selections",
             [context](const Request& request) { return select_object(request, context); });
}

}  // namespace lama::internal::server
