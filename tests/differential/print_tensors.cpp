// Prints the readers' results for the PyTorch files named on standard input, which
// read_as_pytorch_does.py compares: "file PATH", then "NAME DTYPE SHAPE VALUES" per tensor, values
// as hexadecimal float32 bytes ("-" for integers), or "error MESSAGE".
#include <fmt/format.h>

#include <cstring>
#include <exception>
#include <iostream>
#include <string>

#include "weights/torch_file.h"

int main() {
  using lama::internal::weights::is_floating;
  for (std::string path; std::getline(std::cin, path);) {
    std::string text = fmt::format("file {}\n", path);
    try {
      const auto file = lama::internal::weights::open_torch_file(path);
      for (const auto& [name, info] : file->tensors()) {
        text += fmt::format("{} {} {} ", name, lama::internal::weights::name(info.dtype),
                            info.shape.size());
        for (const auto side : info.shape) text += fmt::format("{} ", side);
        if (!is_floating(info.dtype)) {
          text += "-\n";
          continue;
        }
        for (const float value : file->read(name)) {
          std::uint32_t bits = 0;
          std::memcpy(&bits, &value, sizeof bits);
          text += fmt::format("{:08x}", __builtin_bswap32(bits));
        }
        text += "\n";
      }
    } catch (const std::exception& error) {
      text += fmt::format("error {}\n", error.what());
    }
    std::cout << text;
  }
}
