#pragma once

namespace lama::internal::plugin {

/// A hash of the sources that this program, or this module, was built from: 16 hexadecimal digits
/// (cmake/build_id.cmake). It is hidden, so that a module has its own and not the program's.
[[gnu::visibility("hidden")]] const char* build_id();

}  // namespace lama::internal::plugin
