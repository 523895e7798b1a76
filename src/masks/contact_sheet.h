// Many masks on one sheet, to judge a configuration by eye.
#pragma once

#include <string>
#include <vector>

#include "image/image.h"
#include "image/mask.h"

namespace lama::internal::masks {

/// Number of masks on a sheet.
inline constexpr std::size_t kSheetMasks = 40;

/// At most kSheetMasks masks, white in the hole, each with the hole's share of it below; shares
/// above `max_area` are red. `title` is the first line.
Image contact_sheet(const std::vector<Mask>& masks, const std::string& title, double max_area);

}  // namespace lama::internal::masks
