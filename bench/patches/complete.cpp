// Completes one picture for compare.py.
//
//   bench_patch_complete HEIGHT WIDTH THREADS RUNS < RGB_THEN_MASK > RGB
//
// Bytes, row by row; masks are not 0 where pixels are missing. Prints the seconds and CPU seconds
// of the fastest run to the standard error.
#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <vector>

#include "patches/complete.h"

int main(int count, char** arguments) {
  if (count != 5) return 2;
  const auto number = [&](int i) { return std::strtoull(arguments[i], nullptr, 10); };
  const std::size_t height = number(1), width = number(2);
  std::vector<unsigned char> bytes(height * width * 3), missing(height * width);
  if (std::fread(bytes.data(), 1, bytes.size(), stdin) != bytes.size()) return 1;
  if (std::fread(missing.data(), 1, missing.size(), stdin) != missing.size()) return 1;
  std::vector<float> samples(bytes.size()), filled;
  for (std::size_t i = 0; i < bytes.size(); ++i) samples[i] = static_cast<float>(bytes[i]) / 255;

  lama::internal::ThreadPool pool(static_cast<int>(number(3)));
  double seconds = 1e30, cpu = 1e30;
  for (std::size_t run = 0; run < number(4); ++run) {
    const auto begin = std::chrono::steady_clock::now();
    const std::clock_t cpu_begin = std::clock();
    filled = lama::internal::patches::complete({samples.data(), height, width, 3}, missing.data(),
                                               {}, pool);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    seconds = std::min(seconds, took.count());
    cpu = std::min(cpu, static_cast<double>(std::clock() - cpu_begin) / CLOCKS_PER_SEC);
  }
  fmt::print(stderr, "{} {}\n", seconds, cpu);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<unsigned char>(filled[i] * 255 + 0.5F);
  }
  return std::fwrite(bytes.data(), 1, bytes.size(), stdout) == bytes.size() ? 0 : 1;
}
