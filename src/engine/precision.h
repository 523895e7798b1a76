#pragma once

namespace lama::internal::engine {

/// The type that numbers are rounded to before they are multiplied. They are summed in float32 and
/// stored as float32 in any case; Fourier transforms are float32 throughout.
enum class Precision { f32, bf16 };

/// Whether this processor has kernels for it.
bool available(Precision precision);

inline const char* name_of(Precision precision) {
  return precision == Precision::bf16 ? "bf16" : "f32";
}

}  // namespace lama::internal::engine
