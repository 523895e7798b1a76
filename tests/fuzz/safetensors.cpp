#include "weights/safetensors.h"

#include "base/error.h"
#include "tests/fuzz/tensor_file.h"
#include "weights/model_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    lama::internal::testing::read_all(lama::internal::weights::SafetensorsFile({data, size}, "x"));
    (void)lama::internal::weights::open_model(std::span(data, size), "x");
  } catch (const lama::internal::Error&) {
  }
  return 0;
}
