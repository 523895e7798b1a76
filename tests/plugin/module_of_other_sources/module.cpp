// A module as an older build leaves it: until 0.2.0 its identity was the version.
#include "plugin/module.h"

extern "C" const lama::internal::plugin::Module* lama_torch_module() {
  static const lama::internal::plugin::Module kModule{"0.2.0", nullptr, nullptr, nullptr, nullptr};
  return &kModule;
}
