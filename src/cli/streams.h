// "-" as a file name: a picture from stdin or to stdout.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace lama::internal::cli {

inline bool is_stream(const std::string& path) { return path == "-"; }

/// The name of a file in messages: of "-" it is `stream`.
inline std::string name_of(const std::string& path, const char* stream) {
  return is_stream(path) ? stream : path;
}

/// The bytes of a picture's file or of stdin. `what` names it in errors: "photo", "mask". Throws
/// Error if it cannot be read or exceeds the largest picture.
std::vector<std::uint8_t> read_input(const std::string& path, const std::string& what);

/// Throws Error if stdout is a terminal.
void require_stdout_takes_pictures();

/// Writes a file, which appears whole or not at all, or to stdout. Throws Error if it cannot.
void write_output(const std::string& path, std::span<const std::uint8_t> bytes);

}  // namespace lama::internal::cli
