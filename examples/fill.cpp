// Removes a green rectangle from a synthetic picture and writes it as a PPM file.
// Usage: fill_cpp MODEL OUTPUT.ppm
#include <cstdint>
#include <exception>
#include <fstream>
#include <iostream>
#include <lama/lama.hpp>
#include <vector>

int main(int argc, char** argv) try {
  if (argc != 3) return 2;
  constexpr int kWidth = 96, kHeight = 64;
  std::vector<std::uint8_t> rgb(3 * kWidth * kHeight), hole(kWidth * kHeight);
  for (int y = 0; y < kHeight; ++y) {
    for (int x = 0; x < kWidth; ++x) {
      rgb[3 * (y * kWidth + x)] = static_cast<std::uint8_t>(2 * x);
      rgb[3 * (y * kWidth + x) + 2] = static_cast<std::uint8_t>(3 * y);
      if (x >= 30 && x < 70 && y >= 20 && y < 40) {
        rgb[3 * (y * kWidth + x) + 1] = 255;
        hole[y * kWidth + x] = 255;
      }
    }
  }
  lama::Model model(argv[1]);
  model.inpaint({.pixels = rgb.data(), .width = kWidth, .height = kHeight},
                {.values = hole.data(), .width = kWidth, .height = kHeight}, {.pixels = rgb.data()},
                {.dilate = 2});
  std::ofstream file(argv[2], std::ios::binary);
  file << "P6 " << kWidth << " " << kHeight << " 255\n";
  file.write(reinterpret_cast<const char*>(rgb.data()), static_cast<std::streamsize>(rgb.size()));
  return file.flush() ? 0 : 1;
} catch (const std::exception& error) {
  std::cerr << error.what() << "\n";
  return 1;
}
