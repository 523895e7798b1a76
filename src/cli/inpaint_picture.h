// One picture's files: paths, stdin and stdout.
#pragma once

#include <string>

#include "inpaint/fill_options.h"
#include "repair/repair.h"

namespace lama::internal::cli {

/// Paths of one picture's files; "-" is stdin or stdout.
struct PicturePaths {
  std::string picture;
  std::string mask;  ///< empty with FillOptions::fill_transparent
  std::string output;
};

/// Throws Error if the output cannot be written. Call it before the long work.
void check_output(const PicturePaths& paths);

/// Reads and decodes the picture and its mask. Throws as repair::decode() does, and Error if a file
/// cannot be read.
repair::Repair read(const PicturePaths& paths, const FillOptions& options);

}  // namespace lama::internal::cli
