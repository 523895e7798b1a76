// Adds detail to one picture for scripts/compare-fills.
//
//   bench_patch_detail HEIGHT WIDTH FACTOR < RGB_THEN_MASK > RGB
//
// Bytes, row by row. Masks are not 0 where the picture has only what is left of it at 1 / FACTOR of
// its size: the low band of a fill.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "patches/detail.h"

int main(int count, char** arguments) {
  if (count != 4) return 2;
  const auto number = [&](int i) { return std::atoi(arguments[i]); };
  const int height = number(1), width = number(2), factor = number(3);
  if (height < 1 || width < 1 || factor < 1) return 2;
  const std::size_t pixels = static_cast<std::size_t>(height) * static_cast<std::size_t>(width);
  std::vector<unsigned char> bytes(pixels * 3), missing(pixels);
  if (std::fread(bytes.data(), 1, bytes.size(), stdin) != bytes.size()) return 1;
  if (std::fread(missing.data(), 1, missing.size(), stdin) != missing.size()) return 1;
  lama::internal::Image picture(width, height, 3, lama::internal::Depth::f32);
  float* samples = reinterpret_cast<float*>(picture.bytes().data());
  for (std::size_t i = 0; i < bytes.size(); ++i) samples[i] = static_cast<float>(bytes[i]) / 255;
  lama::internal::ThreadPool pool(lama::internal::ThreadPool::available_processors());
  lama::internal::patches::add_detail(picture, missing, missing, std::max(1, width / factor),
                                      std::max(1, height / factor), pool);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<unsigned char>(std::lround(std::clamp(samples[i], 0.0F, 1.0F) * 255));
  }
  return std::fwrite(bytes.data(), 1, bytes.size(), stdout) == bytes.size() ? 0 : 1;
}
