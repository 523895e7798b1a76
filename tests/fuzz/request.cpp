// Bodies of requests: forms of several parts, and the JSON of fills and of IOPaint's clients.
#include <algorithm>
#include <string_view>

#include "server/fields.h"
#include "server/fill_fields.h"
#include "server/http.h"
#include "server/multipart.h"

namespace {

void read_json(std::span<const std::uint8_t> json) {
  try {
    lama::internal::server::Fields fields(json);
    (void)lama::internal::server::fill_options(fields);
    (void)fields.text("model");
    (void)fields.choice("precision", {"f32", "bf16", "auto"});
    (void)fields.integer("sd_seed", -1, 2147483647);
    (void)fields.decoded("image");
    fields.end();
  } catch (const lama::internal::server::HttpError&) {
  }
}

}  // namespace

// The first line is the Content-Type, the rest the body.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto* const line = std::find(data, data + size, std::uint8_t{'\n'});
  const std::string_view type(reinterpret_cast<const char*>(data),
                              static_cast<std::size_t>(line - data));
  const std::span<const std::uint8_t> body(line == data + size ? line : line + 1, data + size);
  if (!lama::internal::server::is_multipart(type)) {
    read_json(body);
    return 0;
  }
  try {
    for (const auto& part : lama::internal::server::read_multipart(type, body)) {
      // Parts lie in the body.
      if (part.bytes.size() > body.size()) __builtin_trap();
      if (part.name == "request") read_json(part.bytes);
    }
  } catch (const lama::internal::server::HttpError&) {
  }
  return 0;
}
