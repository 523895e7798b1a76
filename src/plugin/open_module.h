#pragma once

#include "plugin/module.h"

namespace lama::plugin {

/// The module, loaded at the first call. It lies beside the program, as built, or in the library
/// folder it was installed to. Throws Error, saying what to install or build, if there is none.
/// Thread-safety: may be called from any thread.
const Module& open_module();

}  // namespace lama::plugin
