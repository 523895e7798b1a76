// SHA-256 of files.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

namespace lama::internal::registry {

/// The SHA-256 as 64 lower-case hexadecimal digits. `progress` receives the finished share; an
/// exception from it ends the work. Throws Error if the file cannot be read.
std::string sha256_of(const std::filesystem::path& file,
                      const std::function<void(double)>& progress = nullptr);

}  // namespace lama::internal::registry
