#include "server/box_field.h"

#include <fmt/format.h>

#include <array>
#include <charconv>

#include "server/http.h"

namespace lama::internal::server {

Box read_box(const std::string& text, const std::string& field, const StoredImage& image) {
  std::array<int, 4> numbers = {};
  const char* at = text.data();
  const char* end = text.data() + text.size();
  bool good = true;
  for (std::size_t i = 0; i < numbers.size() && good; ++i) {
    if (i > 0) good = at != end && *at++ == ',';
    const auto [next, error] = std::from_chars(at, end, numbers[i]);
    good = good && error == std::errc();
    at = next;
  }
  const Box box{numbers[0], numbers[1], numbers[2], numbers[3]};
  if (!good || at != end || !is_inside(box, {0, 0, image.width, image.height})) {
    throw HttpError(400, "bad_field",
                    fmt::format("{} must be x,y,width,height inside of {} x {} pixels", field,
                                image.width, image.height),
                    field);
  }
  return box;
}

}  // namespace lama::internal::server
