// The names of precisions that users choose from.
#pragma once

#include "engine/precision.h"

namespace lama::internal::engine {

struct PrecisionName {
  const char* name;
  Precision precision;
};
inline constexpr PrecisionName kPrecisionNames[] = {
    {"auto", Precision::f32}, {"f32", Precision::f32}, {"bf16", Precision::bf16}};

}  // namespace lama::internal::engine
