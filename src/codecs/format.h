// The picture formats, how to recognise them, and their file names.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string_view>

namespace lama::internal::codecs {

/// The formats after `avif` are only read.
enum class Format { jpeg, png, webp, tiff, heif, avif, gif, jp2, jxl, pnm, bmp };

/// The format's usual name.
std::string_view name_of(Format format);

/// The format in which a picture of `format` is written again if no other is named: the same, or
/// PNG for a format that is only read.
Format written_as(Format format);

/// Whether it keeps every pixel exactly, at any quality.
bool always_lossless(Format format);

/// The format of a file with these first bytes. No decoder opens a file with other first
/// bytes.
std::optional<Format> format_of(std::span<const std::uint8_t> file);

/// The format of an output's file name. Throws Error, with all endings, for a name without the
/// ending of a format that is written.
Format format_for(const std::filesystem::path& path);

/// The format of any picture's file name, or nothing for another ending. Upper and lower case are
/// equal.
std::optional<Format> format_by_name(const std::filesystem::path& path);

}  // namespace lama::internal::codecs
