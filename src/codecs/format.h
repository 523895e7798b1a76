// The picture formats: how they are told apart and what their files are called.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string_view>

namespace lama::codecs {

enum class Format { jpeg, png, webp, tiff, heif, avif };

/// As people call it.
std::string_view name_of(Format format);

/// Whether it keeps every pixel as it is, whatever quality is asked for.
bool always_lossless(Format format);

/// The format a file's first bytes show. Nothing else is ever opened: what these bytes do not show
/// reaches no decoder.
std::optional<Format> format_of(std::span<const std::uint8_t> file);

/// The format a file name asks for. Throws Error, with all endings, if it ends in none of them.
Format format_for(const std::filesystem::path& path);

/// The same, or nothing if the name ends in none of them. Upper and lower case are alike.
std::optional<Format> format_by_name(const std::filesystem::path& path);

}  // namespace lama::codecs
