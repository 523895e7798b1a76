#include "cli/precision.h"

#include <map>
#include <string>

#include "cli/one_of.h"
#include "engine/precision_names.h"

namespace lama::internal::cli {

void add_precision(CLI::App& command, engine::Precision& precision) {
  std::map<std::string, engine::Precision> precisions;
  for (const auto& [name, value] : engine::kPrecisionNames) precisions[name] = value;
  command
      .add_option("--precision", precision,
                  "f32: exact; bf16: products of rounded numbers, faster, with slightly different "
                  "pictures (by less than a level of 255 with the embedded network), on processors "
                  "with AVX512-BF16; auto (the default): f32")
      ->option_text("NAME")
      ->transform(one_of(precisions));
}

}  // namespace lama::internal::cli
