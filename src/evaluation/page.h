// Shared parts of the self-contained HTML pages: pictures as data URLs, escaped text, the style.
#pragma once

#include <string>
#include <string_view>

#include "image/mask.h"
#include "image/planes.h"

namespace lama::internal::evaluation {

/// Escapes text for HTML, also for attributes. Bytes that are not UTF-8 become U+FFFD.
std::string escaped(std::string_view text);

/// A picture as the value of an <img>'s src: JPEG, shrunk to sides of at most `max_side`.
std::string data_url(const Planes& picture, int max_side);

/// The picture with its hole tinted, so that both the hole and its pixels show.
Planes tinted(const Planes& picture, const Mask& hole);

/// A page's beginning, up to and including <body>. Light or dark like the reader's system.
std::string page_begin(std::string_view title, std::string_view style);

}  // namespace lama::internal::evaluation
