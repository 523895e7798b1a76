#include "networks/torch_error.h"

#include <gtest/gtest.h>

namespace lama::internal::networks {
namespace {

TEST(TorchError, IsOneLine) {
  try {
    TORCH_CHECK(false, "out of memory\nin another library");
  } catch (const c10::Error& error) {
    EXPECT_STREQ(error_of(error).what(), "out of memory");
    EXPECT_STREQ(error_of(error, "LPIPS").what(), "LPIPS: out of memory");
  }
}

}  // namespace
}  // namespace lama::internal::networks
