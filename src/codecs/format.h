// The picture formats, how to recognise them, and their file names.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string_view>

namespace lama::internal::codecs {

enum class Format { jpeg, png, webp, tiff, heif, avif };

/// The format's usual name.
std::string_view name_of(Format format);

/// Whether it keeps every pixel exactly, at any quality.
bool always_lossless(Format format);

/// The format of a file with these first bytes. No decoder opens a file with other first
/// bytes.
std::optional<Format> format_of(std::span<const std::uint8_t> file);

/// The format of a file name. Throws Error, with all endings, if the name has none of them.
Format format_for(const std::filesystem::path& path);

/// The same, or nothing for another ending. Upper and lower case are equal.
std::optional<Format> format_by_name(const std::filesystem::path& path);

}  // namespace lama::internal::codecs
