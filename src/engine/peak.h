// The best that the processor could do, as a measure for the kernels.
#pragma once

#include <cstddef>

namespace lama::internal::engine {

/// Does this many float32 multiplications and additions that wait for nothing and read no memory,
/// or a few more; returns how many.
double multiply_add(std::size_t count);

}  // namespace lama::internal::engine
