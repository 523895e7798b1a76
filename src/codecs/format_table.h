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
  bool written;                             ///< or only read
  bool lossless;                            ///< always
  std::string_view name;                    ///< as people call it
  const char* media_type;                   ///< the part after "image/" is its name in the HTTP API
  const char* loader;                       ///< libvips's operation, or null: lama reads it
  const char* saver;                        ///< the same, or null if it is not written
  std::array<std::string_view, 7> endings;  ///< of file names, lower case; "": no more
};

std::span<const FormatRow> format_table();

const FormatRow& row_of(Format format);

/// "JPEG, PNG, ... or BMP".
std::string all_formats();

}  // namespace lama::internal::codecs
