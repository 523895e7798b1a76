// The message of a library that runs out of memory.
#pragma once

namespace lama::internal::cli {

/// Ends the program with the usual message and code 1 where GLib or a library's thread would abort
/// it because memory ended.
void explain_end_of_memory();

}  // namespace lama::internal::cli
