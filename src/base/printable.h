// Names of files, and texts from files, may hold characters that control a terminal.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace lama::internal {

/// `text` with '?' for each byte of a control character (of ASCII, or U+0080 to U+009F in UTF-8),
/// except those in `kept`.
inline std::string printable(std::string text, std::string_view kept = {}) {
  const auto code = [&text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (code(i) < 0x20 || code(i) == 0x7f) {
      if (kept.find(text[i]) == std::string_view::npos) text[i] = '?';
    } else if (code(i) == 0xc2 && i + 1 < text.size() && code(i + 1) >= 0x80 &&
               code(i + 1) < 0xa0) {
      text[i] = text[i + 1] = '?';
    }
  }
  return text;
}

}  // namespace lama::internal
