#include "training/processes.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#include "tests/free_port.h"
#include "tests/training/hashed.h"
#include "tests/training/spawn.h"

namespace lama::internal::training {
namespace {

using testing::Part;

constexpr std::chrono::seconds kPatience{60};

TEST(Processes, OfOneExchangeNothing) {
  Processes one;
  EXPECT_EQ(one.all_reduce(), nullptr);
  const torch::Tensor x = torch::arange(3);
  one.barrier();
  one.sum(x);
  one.broadcast({x});
  one.start_sum(x)->wait();
  EXPECT_TRUE(torch::equal(x, torch::arange(3)));
}

/// The environment of process `rank` of `size`, which meet at a port or in a file.
std::map<std::string, std::string> place(int rank, int size, const std::string& meeting) {
  std::map<std::string, std::string> variables = {{"RANK", std::to_string(rank)},
                                                  {"WORLD_SIZE", std::to_string(size)}};
  if (meeting.starts_with('/')) {
    variables["LAMA_MEETING_FILE"] = meeting;
  } else {
    variables["MASTER_ADDR"] = "127.0.0.1";
    variables["MASTER_PORT"] = meeting;
  }
  return variables;
}

// Also for trying launchers and networks: tests/training/launchers_test.sh.
TEST(ProcessesPart, DISABLED_Talks) {
  Processes processes(place_from_environment());
  const int rank = processes.rank(), size = processes.size();
  ASSERT_GT(size, 1);
  const torch::Tensor sum = torch::full({3, 2}, static_cast<double>(rank + 1)).t();
  processes.sum(sum);
  EXPECT_TRUE((sum == size * (size + 1) / 2).all().item<bool>()) << sum;
  const torch::Tensor weights = torch::full({2, 3}, 7.5 * rank + 1).t().requires_grad_();
  const torch::Tensor counter = torch::full({}, 100 * (rank + 1), torch::kLong);
  processes.broadcast({weights, counter});
  EXPECT_TRUE((weights == 1).all().item<bool>());
  EXPECT_EQ(counter.item<int>(), 100);
  const torch::Tensor part = torch::full({2}, 1.0);
  EXPECT_TRUE((processes.all_reduce()->sum(part) == size).all().item<bool>());
  EXPECT_TRUE((part == 1).all().item<bool>());
  const torch::Tensor a = torch::ones({1000}), b = torch::full({10}, 2.0);
  const auto first = processes.start_sum(a), second = processes.start_sum(b);
  second->wait();
  first->wait();
  EXPECT_TRUE((a == size).all().item<bool>() && (b == 2 * size).all().item<bool>());
  processes.barrier();
}

TEST(SlowProcesses, TalkHoweverTheyMet) {
  const testing::TemporaryFolder folder;
  for (const std::string& meeting :
       {(folder / "meeting").string(), std::to_string(testing::free_port())}) {
    Part first("ProcessesPart.DISABLED_Talks", place(0, 3, meeting));
    Part second("ProcessesPart.DISABLED_Talks", place(1, 3, meeting));
    Part third("ProcessesPart.DISABLED_Talks", place(2, 3, meeting));
    EXPECT_EQ(first.wait(kPatience), 0);
    EXPECT_EQ(second.wait(kPatience), 0);
    EXPECT_EQ(third.wait(kPatience), 0);
  }
}

/// Works on until someone else ends. Says by its exit code that the error came soon and is clear.
TEST(ProcessesPart, DISABLED_WorksOn) {
  Processes processes(place_from_environment());
  const bool dies = processes.rank() == processes.size() - 1;
  auto last = std::chrono::steady_clock::now();
  const std::string error = testing::error_of([&] {
    for (int step = 0;; ++step) {
      last = std::chrono::steady_clock::now();
      // The gradients of a step are on their way while batch norms wait for their sums.
      const auto pending = processes.start_sum(torch::ones({1 << 20}));
      if (dies && step == 3) ::raise(SIGKILL);
      processes.all_reduce()->sum(torch::ones({64}));
      pending->wait();
    }
  });
  EXPECT_LT(std::chrono::steady_clock::now() - last, std::chrono::seconds(10));
  EXPECT_NE(error.find("cannot exchange tensors with the others ("), std::string::npos) << error;
}

TEST(SlowProcesses, EndWhenOneIsKilled) {
  const testing::TemporaryFolder folder;
  const std::string meeting = folder / "meeting";
  Part first("ProcessesPart.DISABLED_WorksOn", place(0, 3, meeting));
  Part second("ProcessesPart.DISABLED_WorksOn", place(1, 3, meeting));
  Part third("ProcessesPart.DISABLED_WorksOn", place(2, 3, meeting));
  EXPECT_EQ(third.wait(kPatience), -SIGKILL);
  EXPECT_EQ(first.wait(std::chrono::seconds(20)), 0);
  EXPECT_EQ(second.wait(std::chrono::seconds(20)), 0);
}

TEST(ProcessesPart, DISABLED_FindsThePortTaken) {
  const std::string error =
      testing::error_of([] { const Processes processes(place_from_environment()); });
  EXPECT_NE(error.find("process 0 cannot listen there (set MASTER_PORT to a free one)"),
            std::string::npos)
      << error;
}

TEST(SlowProcesses, SayThatTheirPortIsTaken) {
  const int other = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_ANY);
  socklen_t size = sizeof address;
  ASSERT_EQ(::bind(other, reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(::listen(other, 1), 0);
  ::getsockname(other, reinterpret_cast<sockaddr*>(&address), &size);
  Part first("ProcessesPart.DISABLED_FindsThePortTaken",
             place(0, 2, std::to_string(ntohs(address.sin_port))));
  EXPECT_EQ(first.wait(kPatience), 0);
  ::close(other);
}

}  // namespace
}  // namespace lama::internal::training
