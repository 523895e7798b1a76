#include "base/aligned_buffer.h"

#include <sys/mman.h>

namespace lama::internal {
namespace {

constexpr std::size_t kHugePage = std::size_t{2} << 20;
/// The largest block that malloc of the GNU C library may keep for later use (mallopt(3),
/// M_MMAP_THRESHOLD).
constexpr std::size_t kKept = std::size_t{32} << 20;

}  // namespace

AlignedBuffer::AlignedBuffer(std::size_t floats) : size_(floats) {
  const std::size_t bytes = floats * sizeof(float) + kCacheLine;
  const std::align_val_t alignment{bytes > kKept ? kHugePage : kCacheLine};
  data_ = {static_cast<float*>(::operator new(bytes, alignment)), Free{alignment}};
#ifdef MADV_HUGEPAGE
  // Whole pages only, so that the end takes no extra memory. A system that refuses gives small
  // pages.
  if (bytes > kKept) madvise(data_.get(), bytes / kHugePage * kHugePage, MADV_HUGEPAGE);
#endif
}

}  // namespace lama::internal
