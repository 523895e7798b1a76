// Takes away from this process what it does not need, before it reads what strangers made.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace lama::sandbox {

/// What a confined process may still reach besides what it has open. Paths that do not exist are
/// passed over.
struct Reach {
  std::vector<std::filesystem::path> read;   ///< files, and folders with all that is in them
  std::vector<std::filesystem::path> write;  ///< folders where files may be made and replaced too
};

/// From here on, and for good, this process and its threads start no programs, open no sockets and
/// no files but those of `reach`, the system's libraries, and what tells about memory and
/// processors; and leave no core file. By Landlock, which confines only this thread and those that
/// it starts, and by seccomp. Returns what this system cannot take away, a sentence each.
std::vector<std::string> confine(const Reach& reach);

}  // namespace lama::sandbox
