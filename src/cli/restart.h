#pragma once

namespace lama::internal::cli {

/// Starts this program again with the same arguments and the environment as it is now: libraries
/// read their variables when a program starts. Returns if that fails.
void restart();

}  // namespace lama::internal::cli
