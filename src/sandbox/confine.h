// Drops rights that this process does not need, before it reads strangers' files.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace lama::internal::sandbox {

/// The paths that a confined process may still reach, besides its open files. Missing paths are
/// skipped.
struct Reach {
  std::vector<std::filesystem::path> read;   ///< files, and folders with their whole content
  std::vector<std::filesystem::path> write;  ///< folders where files may also be created and
                                             ///< replaced
};

/// Permanently forbids this process and its threads to start programs, to open sockets, and to open
/// other files than those of `reach`, the system's libraries and its information on memory and
/// processors. It leaves no core file. Uses Landlock, which confines only this thread and the
/// threads that it starts, and seccomp. Returns a sentence for each right that this system cannot
/// drop.
std::vector<std::string> confine(const Reach& reach);

}  // namespace lama::internal::sandbox
