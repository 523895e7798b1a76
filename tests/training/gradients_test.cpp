#include "training/gradients.h"

#include "tests/training/hashed.h"
#include "tests/training/spawn.h"
#include "training/launch.h"

namespace lama::internal::training {
namespace {

using testing::hashed;

/// Convolutions around a batch norm; a parameter that nothing uses, and one that only process 0
/// uses.
struct SmallNetImpl : torch::nn::Module {
  SmallNetImpl() {
    first = register_module("first", torch::nn::Conv2d(torch::nn::Conv2dOptions(3, 6, 3)));
    norm = register_module("norm", networks::BatchNorm(6));
    second = register_module("second", torch::nn::Conv2d(torch::nn::Conv2dOptions(6, 2, 3)));
    unused = register_parameter("unused", torch::zeros({5}));
    seldom = register_parameter("seldom", torch::zeros({2, 3}));
    testing::fill_hashed(*this);
    to(torch::kDouble);
  }

  /// With a penalty on the gradient at the input, as R1 is.
  torch::Tensor loss(const torch::Tensor& pictures, bool use_seldom) {
    const torch::Tensor x = testing::leaf(pictures);
    const torch::Tensor y = second->forward(torch::relu(norm->forward(first->forward(x))));
    const torch::Tensor gradient = torch::autograd::grad({y.sum()}, {x}, {}, true, true)[0];
    torch::Tensor loss = y.square().mean() + gradient.square().mean();
    if (use_seldom) loss = loss + 2 * (seldom + 1).square().sum();
    return loss;
  }

  torch::nn::Conv2d first{nullptr}, second{nullptr};
  networks::BatchNorm norm{nullptr};
  torch::Tensor unused, seldom;
};
TORCH_MODULE(SmallNet);

/// Two micro batches of six pictures.
torch::Tensor micro_batch(int number) {
  return hashed("pictures" + std::to_string(number), {6, 3, 9, 8});
}

TEST(GradientsPart, DISABLED_AreThoseOfOneProcess) {
  Processes processes(place_from_environment());
  const int rank = processes.rank(), size = processes.size();
  SmallNet alone, shared;
  networks::synchronise_batch_norms(*shared, processes.all_reduce());
  // 100 bytes: many buckets; the default: one.
  for (const std::size_t bytes : {std::size_t{100}, GradientBuckets::kBucketBytes}) {
    GradientBuckets buckets(shared->parameters(), processes, bytes);
    for (int step = 0; step < 2; ++step) {
      alone->zero_grad();
      shared->zero_grad();
      for (int micro = 0; micro < 2; ++micro) {
        const torch::Tensor whole = micro_batch(2 * step + micro);
        (alone->loss(whole, false) + 2.0 / size * (alone->seldom + 1).square().sum()).backward();
        const torch::Tensor loss = shared->loss(whole.chunk(size)[rank], rank == 0);
        if (micro == 0) {
          loss.backward();
        } else {
          buckets.backward(loss);
        }
      }
      for (const auto& parameter : shared->named_parameters()) {
        const torch::Tensor expected = alone->named_parameters()[parameter.key()].grad();
        if (parameter.key() == "unused") {
          EXPECT_FALSE(parameter.value().grad().defined());
          continue;
        }
        ASSERT_TRUE(parameter.value().grad().defined()) << parameter.key();
        // The bias before a norm has no gradient but rounding.
        if (parameter.key() == "first.bias") {
          EXPECT_LE(parameter.value().grad().abs().max().item<double>(), 1e-10);
          continue;
        }
        EXPECT_LE(testing::difference(expected, parameter.value().grad()), 1e-10)
            << parameter.key();
      }
      EXPECT_LE(testing::difference(alone->norm->running_var, shared->norm->running_var), 1e-12);
      // All processes go on with the same bits.
      for (const torch::Tensor& parameter : shared->parameters()) {
        if (!parameter.grad().defined()) continue;
        const torch::Tensor of_first = parameter.grad().clone();
        processes.broadcast({of_first});
        EXPECT_TRUE(torch::equal(of_first, parameter.grad()));
      }
    }
  }
}

TEST(SlowGradients, OfSeveralProcessesAreThoseOfOneWithTheWholeBatch) {
  for (const int processes : {2, 3}) {
    EXPECT_EQ(
        launch(processes, testing::arguments_of("GradientsPart.DISABLED_AreThoseOfOneProcess")), 0);
  }
}

TEST(Gradients, OfOneProcessAreBackwards) {
  Processes one;
  SmallNet expected, actual;
  GradientBuckets buckets(actual->parameters(), one);
  expected->loss(micro_batch(0), true).backward();
  buckets.backward(actual->loss(micro_batch(0), true));
  for (const auto& parameter : actual->named_parameters()) {
    const torch::Tensor wanted = expected->named_parameters()[parameter.key()].grad();
    ASSERT_EQ(wanted.defined(), parameter.value().grad().defined());
    if (!wanted.defined()) continue;
    EXPECT_TRUE(torch::equal(wanted, parameter.value().grad()));
  }
}

/// One of two is killed while gradients are under way: the other's backward ends with an error.
TEST(GradientsPart, DISABLED_EndWithAnError) {
  Processes processes(place_from_environment());
  SmallNet net;
  networks::synchronise_batch_norms(*net, processes.all_reduce());
  GradientBuckets buckets(net->parameters(), processes, 100);
  const std::string error = testing::error_of([&] {
    for (int step = 0;; ++step) {
      const torch::Tensor loss = net->loss(micro_batch(step), false);
      if (processes.rank() == 1 && step == 2) ::raise(SIGKILL);
      buckets.backward(loss);
    }
  });
  EXPECT_NE(error.find("cannot exchange tensors with the others"), std::string::npos) << error;
}

TEST(SlowGradients, EndWithAnErrorWhenAProcessIsKilled) {
  const testing::TemporaryFolder folder;
  const auto part = [&](const char* rank) {
    return testing::Part("GradientsPart.DISABLED_EndWithAnError",
                         {{"RANK", rank},
                          {"WORLD_SIZE", "2"},
                          {"LAMA_MEETING_FILE", (folder / "meeting").string()}});
  };
  testing::Part first = part("0"), second = part("1");
  EXPECT_EQ(second.wait(std::chrono::seconds(60)), -SIGKILL);
  EXPECT_EQ(first.wait(std::chrono::seconds(20)), 0);
}

}  // namespace
}  // namespace lama::internal::training
