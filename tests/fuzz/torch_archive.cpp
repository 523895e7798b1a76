#include "weights/torch_archive.h"

#include <sys/mman.h>
#include <unistd.h>

#include <string>

#include "base/error.h"
#include "tests/fuzz/tensor_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const int file = ::memfd_create("fuzz", MFD_CLOEXEC);
  if (::ftruncate(file, 0) != 0 || ::pwrite(file, data, size, 0) != static_cast<ssize_t>(size)) {
    __builtin_trap();
  }
  using lama::internal::weights::Listing;
  for (const Listing listing : {Listing::generator, Listing::networks, Listing::tree}) {
    try {
      lama::internal::testing::read_all(
          lama::internal::weights::TorchArchive("/proc/self/fd/" + std::to_string(file), listing));
    } catch (const lama::internal::Error&) {
    }
  }
  return 0;
}
