// What the processor could do at best, as a measure for what the kernels reach.
#pragma once

#include <cstddef>

namespace lama::engine {

/// Does this many float32 multiplications and additions that wait for nothing and read no memory,
/// or a few more; returns how many.
double multiply_add(std::size_t count);

}  // namespace lama::engine
