// Threads and memory that the calling program lends to a model, in both interfaces.
#include <lama/lama.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>
#include <iterator>
#include <lama/lama.hpp>
#include <map>
#include <mutex>
#include <new>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/counted_new.h"
#include "tests/library/buffers.h"
#include "tests/sanitized.h"
#include "tests/testing.h"

namespace lama::internal {
namespace {

using testing::aligned_calls;
using testing::all_memory;
using testing::Buffer;
using testing::Hole;

std::string shallow() { return testing::data("networks/shallow.safetensors").string(); }

/// Memory with a count, which can fail. It does not count as the C++ library's.
class Memory {
 public:
  void* allocate(std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    if (calls_++ == failing_) return nullptr;
    void* block = std::malloc(bytes);
    blocks_[block] = bytes;
    held_ += bytes;
    most_ = std::max(most_, held_);
    return block;
  }
  void release(void* block) {
    const std::lock_guard lock(mutex_);
    const auto found = blocks_.find(block);
    if (found == blocks_.end()) {
      ADD_FAILURE() << "released what was not allocated";
      return;
    }
    held_ -= found->second;
    blocks_.erase(found);
    std::free(block);
  }

  /// The call with this number from now fails, from 0.
  void fail_at(std::size_t call) { failing_ = calls_ + call; }
  void fail_never() { failing_ = kNever; }
  bool has_failed() const { return failing_ < calls_; }
  void forget_most() { most_ = held_; }
  std::size_t calls() const { return calls_; }
  std::size_t held() const { return held_; }
  std::size_t most() const { return most_; }

 private:
  static constexpr std::size_t kNever = ~std::size_t{0};

  std::mutex mutex_;
  std::map<void*, std::size_t> blocks_;
  std::size_t calls_ = 0, held_ = 0, most_ = 0, failing_ = kNever;
};

Host lend(Memory& memory) {
  return {.run = nullptr,
          .allocate = [&](std::size_t bytes) { return memory.allocate(bytes); },
          .release = [&](void* block) { memory.release(block); }};
}

Host lend(std::function<void(int, const std::function<void(int)>&)> run) {
  return {.run = std::move(run), .allocate = nullptr, .release = nullptr};
}

void in_turn(int count, const std::function<void(int)>& job) {
  for (int i = count; i-- > 0;) job(i);
}

void on_other_threads(int count, const std::function<void(int)>& job) {
  std::vector<std::thread> threads;
  threads.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) threads.emplace_back(job, i);
  for (std::thread& thread : threads) thread.join();
}

/// A picture that `model` has filled.
std::vector<std::uint8_t> filled_by(Model& model) {
  Buffer buffer(Layout::rgb, Sample::u8);
  const Hole hole;
  EXPECT_TRUE(model.inpaint(buffer.picture(), hole.mask(), buffer.output()));
  return buffer.bytes();
}

/// With a network of 8 layers, with one whose thick holes get copies, and with copies alone.
std::vector<std::string> models() { return {shallow(), "embedded", "patches"}; }

TEST(Host, FillsTheSameBitsOnTheProgramsThreads) {
  for (const std::string& name : models()) {
    Model plain(name, 1);
    const std::vector<std::uint8_t> expected = filled_by(plain);
    for (const auto& how : {&in_turn, &on_other_threads}) {
      std::atomic<int> loops = 0;
      const Host host = lend([&](int count, const std::function<void(int)>& job) {
        EXPECT_TRUE(count >= 2 && count <= 3) << count;
        ++loops;
        how(count, job);
      });
      Model model(name, 3, Precision::f32, nullptr, host);
      EXPECT_EQ(filled_by(model), expected) << name;
      EXPECT_GT(loops, 10) << name;
      // Another one with these weights uses the same threads, after the first one has gone too.
      Model shared = model.share(2);
      model = Model(shallow(), 1);
      const int before = loops;
      EXPECT_EQ(filled_by(shared), expected) << name;
      EXPECT_GT(loops, before) << name;
      const int after = loops;
      Model alone = shared.share(1);
      EXPECT_EQ(filled_by(alone), expected) << name;
      EXPECT_EQ(loops, after) << "one thread is the caller";
    }
  }
}

TEST(Host, TellsTheProgressOfOpeningOnTheCallersThread) {
  for (const auto& how : {&in_turn, &on_other_threads}) {
    std::vector<double> shares;
    const auto caller = std::this_thread::get_id();
    const OpenProgress progress = [&](double done) {
      EXPECT_EQ(std::this_thread::get_id(), caller);
      shares.push_back(done);
      return true;
    };
    const Model model(shallow(), 2, Precision::f32, progress, lend(how));
    ASSERT_FALSE(shares.empty());
    EXPECT_DOUBLE_EQ(shares.back(), 1);
    if (how == &on_other_threads) {
      EXPECT_EQ(shares.size(), 1U);
    }
  }
}

TEST(Host, IsAnErrorIfItRunsNoJobs) {
  bool works = true;
  const Host host = lend([&](int count, const std::function<void(int)>& job) {
    if (works) in_turn(count, job);
  });
  Model model(shallow(), 2, Precision::f32, nullptr, host);
  works = false;
  Buffer buffer(Layout::rgb, Sample::u8);
  const std::vector<std::uint8_t> before = buffer.bytes();
  const Hole hole;
  EXPECT_THROW(model.inpaint(buffer.picture(), hole.mask(), buffer.output()), std::runtime_error);
  EXPECT_EQ(buffer.bytes(), before);
  EXPECT_THROW(Model(shallow(), 2, Precision::f32, nullptr, host), std::runtime_error);
  works = true;
  Model plain(shallow(), 1);
  EXPECT_EQ(filled_by(model), filled_by(plain));
}

TEST(Host, GivesAllMemoryOfWeightsAndFeatureMaps) {
  for (const std::string& name : models()) {
    for (const int threads : {1, 3}) {
      Model plain(name, threads);
      const std::vector<std::uint8_t> expected = filled_by(plain);
      Memory memory;
      const std::size_t aligned_before = aligned_calls, held_before = all_memory.held;
      {
        Model model(name, threads, Precision::f32, nullptr, lend(memory));
        // Weights for the Winograd product are larger than those of the file.
        EXPECT_GE(memory.held(), 4 * model.parameter_count()) << name;
        const std::size_t otherwise = all_memory.held - held_before;
        EXPECT_LT(otherwise, 64 * 1024 + memory.held() / 20) << name;
        const std::size_t weights = memory.held();
        Buffer buffer(Layout::rgb, Sample::u8);
        const Hole hole;
        memory.forget_most();
        ASSERT_TRUE(model.inpaint(buffer.picture(), hole.mask(), buffer.output()));
        EXPECT_EQ(buffer.bytes(), expected) << name;
        EXPECT_GT(memory.most(), weights) << name;
        const std::size_t before_share = memory.held();
        Model shared = model.share(1);
        EXPECT_LT(memory.held() - before_share, 1024U) << name;
        model = Model(shallow(), 1);
        EXPECT_EQ(memory.held(), weights) << name << ": the weights are shared";
        EXPECT_EQ(filled_by(shared), expected) << name;
      }
      EXPECT_EQ(memory.held(), 0U) << name;
      EXPECT_GT(memory.calls(), 0U) << name;
      const std::size_t of_the_other_model = aligned_calls - aligned_before;
      const std::size_t before = aligned_calls;
      { const Model other(shallow(), 1); }
      EXPECT_EQ(of_the_other_model, aligned_calls - before) << name;
    }
  }
}

TEST(Host, IsAnErrorWhereverItsMemoryEnds) {
  for (const std::string& name : models()) {
    for (const int threads : {1, 3}) {
      // The others take longer: some of their buffers.
      const std::size_t step = name == shallow() ? 1 : testing::kSanitized ? 101 : 17;
      Model plain(name, 1);
      const std::vector<std::uint8_t> expected = filled_by(plain);
      Memory memory;
      for (std::size_t call = 0;; call += step) {
        memory.fail_at(call);
        try {
          const Model model(name, threads, Precision::f32, nullptr, lend(memory));
          EXPECT_FALSE(memory.has_failed()) << name << ", call " << call;
        } catch (const std::bad_alloc&) {
          EXPECT_TRUE(memory.has_failed());
        }
        EXPECT_EQ(memory.held(), 0U) << name << ", call " << call;
        if (!memory.has_failed()) break;
      }
      memory.fail_never();
      Model model(name, threads, Precision::f32, nullptr, lend(memory));
      const std::size_t weights = memory.held();
      for (std::size_t call = 0;; call += step) {
        Buffer buffer(Layout::rgb, Sample::u8);
        const std::vector<std::uint8_t> before = buffer.bytes();
        const Hole hole;
        Model fresh = model.share(threads);  // without scratch memory of earlier fills
        memory.fail_at(call);
        try {
          fresh.inpaint(buffer.picture(), hole.mask(), buffer.output());
          EXPECT_FALSE(memory.has_failed()) << name << ", call " << call;
          EXPECT_EQ(buffer.bytes(), expected) << name;
        } catch (const std::bad_alloc&) {
          EXPECT_TRUE(memory.has_failed());
          EXPECT_EQ(buffer.bytes(), before) << name << ", call " << call;
        }
        const bool failed = memory.has_failed();
        memory.fail_never();
        EXPECT_EQ(filled_by(fresh), expected) << name << ", call " << call;
        if (!failed) break;
      }
      EXPECT_EQ(memory.held(), weights) << name;
    }
  }
}

TEST(Host, HasBothFunctionsForMemoryOrNeither) {
  Memory memory;
  Host host = lend(memory);
  host.release = nullptr;
  EXPECT_THROW(Model(shallow(), 1, Precision::f32, nullptr, host), std::invalid_argument);
  host = lend(memory);
  host.allocate = nullptr;
  EXPECT_THROW(Model("patches", 1, Precision::f32, nullptr, host), std::invalid_argument);
  EXPECT_EQ(memory.calls(), 0U);
}

/// What the functions of a lama_host count.
struct CHost {
  Memory memory;
  std::atomic<int> loops{0};
  bool works = true;

  lama_host functions() {
    return {
        .struct_size = sizeof(lama_host),
        .run =
            [](int count, void (*job)(int, void*), void* data, void* user) {
              auto* host = static_cast<CHost*>(user);
              ++host->loops;
              if (host->works) in_turn(count, [&](int i) { job(i, data); });
            },
        .allocate = [](std::size_t bytes,
                       void* user) { return static_cast<CHost*>(user)->memory.allocate(bytes); },
        .release = [](void* block,
                      void* user) { static_cast<CHost*>(user)->memory.release(block); },
        .user = this};
  }
};

lama_open_options options_with(const lama_host& host) {
  lama_open_options options{};
  options.struct_size = sizeof options;
  options.threads = 2;
  options.host = &host;
  return options;
}

TEST(HostOfTheCApi, LendsThreadsAndMemory) {
  Model plain(shallow(), 1);
  const std::vector<std::uint8_t> expected = filled_by(plain);
  CHost host;
  lama_model* model = nullptr;
  {
    const lama_host functions = host.functions();  // copied
    const lama_open_options options = options_with(functions);
    ASSERT_EQ(lama_open_with(shallow().c_str(), &options, &model), LAMA_OK)
        << lama_error_text(model);
  }
  EXPECT_GE(host.memory.held(), 4 * plain.parameter_count());
  const int loops = host.loops;
  EXPECT_GT(loops, 0);
  Buffer buffer(Layout::rgb, Sample::u8);
  const Hole hole;
  const Picture from = buffer.picture();
  lama_picture picture{};
  picture.struct_size = sizeof picture;
  picture.pixels = from.pixels;
  picture.width = from.width;
  picture.height = from.height;
  picture.layout = LAMA_RGB;
  lama_mask mask{};
  mask.struct_size = sizeof mask;
  mask.values = hole.values.data();
  mask.width = hole.width;
  mask.height = hole.height;
  const auto fill = [&](lama_model* with) {
    return lama_inpaint(with, &picture, &mask, buffer.output().pixels, 0, nullptr);
  };
  const std::vector<std::uint8_t> before = buffer.bytes();
  host.memory.fail_at(0);
  EXPECT_EQ(fill(model), LAMA_OUT_OF_MEMORY);
  EXPECT_STREQ(lama_error_text(model), "out of memory");
  host.memory.fail_never();
  host.works = false;
  EXPECT_EQ(fill(model), LAMA_FAILED);
  EXPECT_NE(std::strstr(lama_error_text(model), "0 of 2 jobs"), nullptr) << lama_error_text(model);
  host.works = true;
  EXPECT_EQ(buffer.bytes(), before);
  EXPECT_EQ(fill(model), LAMA_OK) << lama_error_text(model);
  EXPECT_GT(host.loops, loops);
  EXPECT_EQ(buffer.bytes(), expected);
  lama_model* shared = nullptr;
  ASSERT_EQ(lama_share(model, 2, &shared), LAMA_OK);
  lama_close(model);
  EXPECT_GT(host.memory.held(), 0U);
  EXPECT_EQ(fill(shared), LAMA_OK);
  lama_close(shared);
  EXPECT_EQ(host.memory.held(), 0U);
}

TEST(HostOfTheCApi, ServesBytesToo) {
  std::ifstream file(shallow(), std::ios::binary);
  const std::vector<char> bytes{std::istreambuf_iterator<char>(file), {}};
  CHost host;
  const lama_host functions = host.functions();
  lama_open_options options = options_with(functions);
  options.safetensors = bytes.data();
  options.size = bytes.size();
  lama_model* model = nullptr;
  ASSERT_EQ(lama_open_with("mine", &options, &model), LAMA_OK) << lama_error_text(model);
  lama_info info{};
  info.struct_size = sizeof info;
  ASSERT_EQ(lama_get_info(model, &info), LAMA_OK);
  EXPECT_STREQ(info.name, "mine");
  EXPECT_GE(host.memory.held(), 4 * info.parameter_count);
  lama_close(model);
  EXPECT_EQ(lama_open_with(nullptr, &options, &model), LAMA_BAD_ARGUMENT);
  EXPECT_STREQ(lama_error_text(model), "path, the name of the bytes, is a null pointer");
  lama_close(model);
  --options.size;
  EXPECT_EQ(lama_open_with("mine", &options, &model), LAMA_FAILED);
  EXPECT_NE(std::strstr(lama_error_text(model), "mine"), nullptr);
  lama_close(model);
  EXPECT_EQ(host.memory.held(), 0U);
}

TEST(HostOfTheCApi, IsCheckedWhenAModelOpens) {
  CHost host;
  const auto status_of = [&](const std::function<void(lama_host&)>& change) {
    lama_host functions = host.functions();
    change(functions);
    const lama_open_options options = options_with(functions);
    lama_model* model = nullptr;
    const lama_status status = lama_open_with(shallow().c_str(), &options, &model);
    lama_close(model);
    return status;
  };
  EXPECT_EQ(status_of([](lama_host& changed) { changed.struct_size = 0; }), LAMA_BAD_ARGUMENT);
  EXPECT_EQ(status_of([](lama_host& changed) { changed.release = nullptr; }), LAMA_BAD_ARGUMENT);
  EXPECT_EQ(status_of([](lama_host& changed) { changed.allocate = nullptr; }), LAMA_BAD_ARGUMENT);
  EXPECT_EQ(status_of([&](lama_host&) { host.memory.fail_at(3); }), LAMA_OUT_OF_MEMORY);
  host.memory.fail_never();
  EXPECT_EQ(status_of([](lama_host& changed) { changed.run = nullptr; }), LAMA_OK);
  EXPECT_EQ(host.memory.held(), 0U);
}

}  // namespace
}  // namespace lama::internal
