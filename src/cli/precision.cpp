#include "cli/precision.h"

#include <string>
#include <utility>
#include <vector>

#include "cli/one_of.h"
#include "engine/precision_names.h"

namespace lama::internal::cli {

void add_precision(CLI::App& command, engine::Precision& precision) {
  std::vector<std::pair<std::string, engine::Precision>> precisions;
  for (const auto& [name, value] : engine::kPrecisionNames) precisions.emplace_back(name, value);
  command
      .add_option("--precision", precision,
                  "auto (the default): f32; f32: float32; bf16: bfloat16 factors with float32 "
                  "sums, faster, changes the embedded network's fills by up to 1.4 levels of 255, "
                  "needs a processor with AVX512-BF16")
      ->option_text("NAME")
      ->transform(one_of(precisions));
}

}  // namespace lama::internal::cli
