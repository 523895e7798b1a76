#include "engine/turn.h"

#include <atomic>
#include <barrier>
#include <thread>
#include <vector>

#include "tests/testing.h"

namespace lama::internal::engine {
namespace {

TEST(Turn, IsOneThreadsAtATime) {
  constexpr int kThreads = 4;
  Turn::Queue queue;
  std::atomic<int> inside = 0;
  int turns = 0;  // guarded by the queue
  {
    std::barrier together(kThreads);
    std::vector<std::jthread> threads;
    threads.reserve(kThreads);
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&] {
        together.arrive_and_wait();
        for (int i = 0; i < 1000; ++i) {
          const Turn turn(queue);
          EXPECT_EQ(inside.fetch_add(1), 0);
          ++turns;
          inside.fetch_sub(1);
        }
      });
    }
  }
  EXPECT_EQ(turns, 1000 * kThreads);
}

TEST(Turn, WithinATurnOfTheSameThreadIsAnError) {
  Turn::Queue queue;
  for (int i = 0; i < 2; ++i) {
    const Turn turn(queue);
    EXPECT_NE(testing::error_of([&] { const Turn inner(queue); }), "");
  }
  Turn::Queue other;
  const Turn turn(queue), beside(other);
}

}  // namespace
}  // namespace lama::internal::engine
