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
    good = good && error == std::errc() && numbers[i] >= 0;
    at = next;
  }
  const auto [x, y, width, height] = numbers;
  if (!good || at != end || width < 1 || height < 1 || x > image.width - width ||
      y > image.height - height) {
    throw HttpError(400, "bad_field",
                    fmt::format("{} must be x,y,width,height inside of {} x {} pixels", field,
                                image.width, image.height),
                    field);
  }
  return {x, y, width, height};
}

}  // namespace lama::internal::server
