// The one table of picture formats, for everything that names or lists them.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>

#include "codecs/format.h"

namespace lama::internal::codecs {

struct FormatRow {
  Format format;
  bool lossless;                            ///< always
  std::string_view name;                    ///< as people call it
  const char* media_type;                   ///< the part after "image/" is its name in the HTTP API
  const char* libvips;                      ///< of its operations: "jpeg" of jpegload_buffer
  std::array<std::string_view, 4> endings;  ///< of file names, lower case; "": no more
};

std::span<const FormatRow> format_table();

const FormatRow& row_of(Format format);

/// "JPEG, PNG, WebP, TIFF, HEIF or AVIF".
std::string all_formats();

}  // namespace lama::internal::codecs
