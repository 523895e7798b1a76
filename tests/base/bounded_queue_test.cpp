#include "base/bounded_queue.h"

#include <atomic>
#include <chrono>
#include <memory>
#include <thread>

#include "tests/testing.h"

namespace lama::internal {
namespace {

TEST(BoundedQueue, PassesValuesInOrder) {
  BoundedQueue<std::unique_ptr<int>> queue(2);
  std::thread producer([&queue] {
    for (int i = 0; i < 1000; ++i) EXPECT_TRUE(queue.push(std::make_unique<int>(i)));
    queue.close();
  });
  int expected = 0;
  while (auto value = queue.pop()) EXPECT_EQ(**value, expected++);
  EXPECT_EQ(expected, 1000);
  producer.join();
  EXPECT_FALSE(queue.pop().has_value()) << "closed stays closed";
}

TEST(BoundedQueue, HoldsNoMoreThanItsCapacity) {
  BoundedQueue<int> queue(1);
  std::atomic<int> pushed{0};
  std::thread producer([&] {
    for (int i = 0; i < 3; ++i) {
      queue.push(i);
      ++pushed;
    }
  });
  while (pushed == 0) std::this_thread::yield();
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_EQ(pushed, 1);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(queue.pop(), i);
  producer.join();
}

TEST(BoundedQueue, ClosingWakesWaitingThreads) {
  BoundedQueue<int> full(1), empty(1);
  ASSERT_TRUE(full.push(1));
  std::thread pusher([&] { EXPECT_FALSE(full.push(2)); });
  std::thread popper([&] { EXPECT_FALSE(empty.pop().has_value()); });
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  full.close();
  empty.close();
  pusher.join();
  popper.join();
  EXPECT_EQ(full.pop(), 1) << "what waited before closing is not lost";
  EXPECT_FALSE(full.pop().has_value());
}

}  // namespace
}  // namespace lama::internal
