#include "weights/pickle.h"

#include "base/error.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const lama::internal::weights::Pickle pickle({data, size}, "x");
    pickle.find(pickle.root(), "state_dict");
  } catch (const lama::internal::Error&) {
  }
  return 0;
}
