// The browser of whoever started the program.
#pragma once

#include <string>

namespace lama::internal::cli {

/// Opens the address in the default browser, by xdg-open (macOS: open). Does not wait for it; says
/// on stderr if it cannot be opened.
void open_in_browser(const std::string& address);

}  // namespace lama::internal::cli
