// Also reaches the code that archives and legacy files share, without the checksums of the former.
#include "weights/torch_legacy.h"

#include "base/error.h"
#include "tests/fuzz/tensor_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    lama::internal::testing::read_all(lama::internal::weights::TorchLegacy({data, size}, "x"));
  } catch (const lama::internal::Error&) {
  }
  return 0;
}
