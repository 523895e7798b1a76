// SHA-256 of files.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

namespace lama::registry {

/// 64 small hexadecimal digits. `progress` is called with the share done; an exception it throws
/// ends the work. Throws Error if the file cannot be read.
std::string sha256_of(const std::filesystem::path& file,
                      const std::function<void(double)>& progress = nullptr);

}  // namespace lama::registry
