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
  if (current_host() && current_host()->allocate) {
    data_ = from_host(bytes);
    return;
  }
  const std::align_val_t alignment{bytes > kKept ? kHugePage : kCacheLine};
  data_ = {static_cast<float*>(::operator new(bytes, alignment)),
           Free{alignment, nullptr, nullptr}};
#ifdef MADV_HUGEPAGE
  // Whole pages only, so that the end takes no extra memory. A system that refuses gives small
  // pages.
  if (bytes > kKept) madvise(data_.get(), bytes / kHugePage * kHugePage, MADV_HUGEPAGE);
#endif
}

std::unique_ptr<float, AlignedBuffer::Free> AlignedBuffer::from_host(std::size_t bytes) {
  const SharedHost& host = current_host();
  std::size_t space = bytes + kCacheLine - 1;
  void* block = host->allocate(space);
  if (block == nullptr) throw std::bad_alloc();
  void* aligned = block;
  std::align(kCacheLine, bytes, aligned, space);
  return {static_cast<float*>(aligned), Free{std::align_val_t{kCacheLine}, host, block}};
}

void AlignedBuffer::Free::operator()(float* p) const {
  if (host) {
    host->release(block);
  } else {
    ::operator delete(p, alignment);
  }
}

}  // namespace lama::internal
