// FFC layers and the generator made of them (paper section 2.1, appendix A).
#pragma once

#include <string>

#include "model/architecture.h"

namespace lama::internal::model {

Architecture ffc_resnet(const GeneratorConfig& config);

/// Channels of the two branches.
struct Split {
  int local, global;
  int all() const { return local + global; }
};

/// One FFC layer after one that gives `in`. Throws Error, naming `section` and the key, for options
/// that the published modules cannot run.
FfcLayer ffc_layer(const std::string& section, const std::string& name, Split in, int out_channels,
                   int kernel, int stride, const FfcOptions& options);

/// The options that FFC blocks take from the generator around them.
struct FfcSurroundings {
  Padding padding = Padding::reflect;
  NormKind norm = NormKind::batch;
  bool affine = true;
};

/// A residual block that splits `channels` channels by itself (`inline` in the published code).
/// `section` names its options in errors.
FfcBlock inline_ffc_block(const std::string& section, const std::string& name, int channels,
                          const FfcOptions& options, const FfcSurroundings& surroundings);

}  // namespace lama::internal::model
