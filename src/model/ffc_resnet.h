// FFC layers and the generator made of them (paper section 2.1, appendix A).
#pragma once

#include <string>

#include "model/generator.h"

namespace lama::model {

Generator ffc_resnet(const GeneratorConfig& config);

/// What FFC blocks take from the generator around them.
struct FfcSurroundings {
  Padding padding = Padding::reflect;
  NormKind norm = NormKind::batch;
  bool affine = true;
};

/// A residual block that splits `channels` channels by itself (`inline` in the published code).
/// `section` names its options in errors.
FfcBlock inline_ffc_block(const std::string& section, const std::string& name, int channels,
                          const FfcOptions& options, const FfcSurroundings& surroundings);

}  // namespace lama::model
