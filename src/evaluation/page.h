// What the self-contained HTML pages share: pictures as data URLs, escaped text, the style.
#pragma once

#include <string>
#include <string_view>

#include "image/mask.h"
#include "image/planes.h"

namespace lama::evaluation {

/// Text as it may stand in HTML, also in attributes. What is not UTF-8 becomes '?'.
std::string escaped(std::string_view text);

/// A picture as the value of an <img>'s src: JPEG, shrunk until no side is above `max_side`.
std::string data_url(const Planes& picture, int max_side);

/// The picture with its hole tinted, so that both what was missing and where shows.
Planes tinted(const Planes& picture, const Mask& hole);

/// A page's beginning, up to and including <body>. Light or dark as the reader's system is.
std::string page_begin(std::string_view title, std::string_view style);

}  // namespace lama::evaluation
