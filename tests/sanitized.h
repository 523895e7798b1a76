// For tests whose many cases take the sanitizers minutes.
#pragma once

namespace lama::internal::testing {

#ifdef LAMA_SANITIZED
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

}  // namespace lama::internal::testing
