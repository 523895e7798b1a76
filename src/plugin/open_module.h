#pragma once

#include <filesystem>

#include "plugin/module.h"

namespace lama::internal::plugin {

/// The module, loaded at the first call. It lies beside the program, as built, or in the library
/// folder it was installed to. Throws Error, which names the packages and the build, if there is
/// none. Thread-safety: may be called from any thread.
const Module& open_module();

/// The module in the file `path`, which stays loaded. Throws Error if it cannot be loaded, or if it
/// and this program were built from different sources.
const Module& load_module(const std::filesystem::path& path);

}  // namespace lama::internal::plugin
