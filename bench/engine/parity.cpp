// Prints how far the engine is from PyTorch on the fixtures of tests/data/parity, as the table in
// README.md. The tests check the same numbers against their limits.
#include <fmt/format.h>

#include "engine/network.h"
#include "tests/engine/fixtures.h"

int main() {
  using lama::internal::testing::ParityCase;
  using lama::internal::testing::relative_difference;
  fmt::print(
      "| network, input | logits: engine from float64 | logits: PyTorch from float64 | "
      "after the sigmoid: engine from PyTorch |\n|---|---|---|---|\n");
  for (const char* name :
       {"shallow_64x64", "shallow_72x88", "shallow_200x136", "shallow_512x512", "deep_64x64",
        "deep_72x88", "deep_200x136", "deep_512x512", "odd_72x88"}) {
    const ParityCase fixture(name);
    const lama::internal::engine::Network network(fixture.model.network, *fixture.model.tensors, 2);
    const auto logits = network.logits(fixture.input());
    const std::size_t step = std::stoul(fixture.meta("step"));
    const auto pixel = [&](std::size_t i) { return logits.view().pixel(i); };
    const auto torch = fixture.values("logits32");
    double worst = 0;
    for (std::size_t i = 0; i < torch.size(); ++i) {
      const auto sigmoid = [](double x) { return 1 / (1 + std::exp(-x)); };
      worst = std::max(worst, std::abs(sigmoid(pixel(i / 3 * step)[i % 3]) - sigmoid(torch[i])));
    }
    fmt::print("| {} | {:.1e} | {:.1e} | {:.1e} |\n", name,
               relative_difference(fixture.values("logits64"), 3, step, pixel),
               std::stod(fixture.meta("err.logits")), worst);
  }
}
