// Fills a rectangle in a grey ramp with threads and memory of the program's own, and says how much
// memory the model took. Usage: host MODEL
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <functional>
#include <iostream>
#include <lama/lama.hpp>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

// As a game's or an editor's own allocator: it counts, and has a limit.
class Memory {
 public:
  void* allocate(std::size_t bytes) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (bytes > kLimit - held_) return nullptr;  // the fill throws std::bad_alloc
    void* block = std::malloc(bytes);
    if (block == nullptr) return nullptr;
    sizes_[block] = bytes;
    most_ = std::max(most_, held_ += bytes);
    return block;
  }
  void release(void* block) {
    const std::lock_guard<std::mutex> lock(mutex_);
    held_ -= sizes_[block];
    sizes_.erase(block);
    std::free(block);
  }
  std::size_t held() const { return held_; }
  std::size_t most() const { return most_; }

 private:
  static constexpr std::size_t kLimit = std::size_t{4} << 30;
  std::mutex mutex_;  // the model's threads allocate, too
  std::map<void*, std::size_t> sizes_;
  std::size_t held_ = 0, most_ = 0;
};

int main(int argc, char** argv) try {
  if (argc != 2) return 2;
  Memory memory;
  lama::Host host;
  host.allocate = [&](std::size_t bytes) { return memory.allocate(bytes); };
  host.release = [&](void* block) { memory.release(block); };
  // A program with a thread pool hands the jobs to it. They wait for nothing, so it may be busy.
  host.run = [](int count, const std::function<void(int)>& job) {
    std::vector<std::thread> threads;
    for (int i = 1; i < count; ++i) threads.emplace_back(job, i);
    job(0);
    for (std::thread& thread : threads) thread.join();
  };
  lama::Model model(argv[1], /*threads=*/2, lama::Precision::f32, /*progress=*/nullptr, host);
  std::cout << "weights: " << memory.held() / 1000 << " kB\n";

  constexpr int kSide = 256;
  std::vector<std::uint8_t> grey(kSide * kSide), hole(kSide * kSide);
  for (int y = 0; y < kSide; ++y) {
    for (int x = 0; x < kSide; ++x) {
      const bool inside = x >= 100 && x < 150 && y >= 80 && y < 130;
      grey[y * kSide + x] = static_cast<std::uint8_t>(inside ? 0 : x);
      hole[y * kSide + x] = inside ? 255 : 0;
    }
  }
  model.inpaint(
      {.pixels = grey.data(), .width = kSide, .height = kSide, .layout = lama::Layout::grey},
      {.values = hole.data(), .width = kSide, .height = kSide}, {.pixels = grey.data()});
  std::cout << "most during the fill: " << memory.most() / 1000 << " kB\n";
  return 0;
} catch (const std::exception& error) {
  std::cerr << error.what() << "\n";
  return 1;
}
