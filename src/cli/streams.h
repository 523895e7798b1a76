// "-" as a file name: a picture from stdin or to stdout.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace lama::internal::cli {

inline bool is_stream(const std::string& path) { return path == "-"; }

/// Reads all of stdin. Throws Error if that fails or the data exceeds the largest picture.
std::vector<std::uint8_t> read_stdin();

/// Throws Error if stdout is a terminal.
void require_stdout_takes_pictures();

/// Throws Error if it cannot write everything.
void write_stdout(std::span<const std::uint8_t> bytes);

}  // namespace lama::internal::cli
