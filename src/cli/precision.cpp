#include "cli/precision.h"

#include <map>
#include <string>

#include "cli/one_of.h"

namespace lama::internal::cli {

void add_precision(CLI::App& command, engine::Precision& precision) {
  using engine::Precision;
  static const std::map<std::string, Precision> kPrecisions = {
      {"auto", Precision::f32}, {"f32", Precision::f32}, {"bf16", Precision::bf16}};
  command
      .add_option("--precision", precision,
                  "f32: exact; bf16: products of rounded numbers, faster, with slightly different "
                  "pictures (by less than a level of 255 with the embedded network), on processors "
                  "with AVX512-BF16; auto (the default): f32")
      ->option_text("NAME")
      ->transform(one_of(kPrecisions));
}

}  // namespace lama::internal::cli
