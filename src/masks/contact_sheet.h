// Many masks on one sheet, for people to judge a configuration by.
#pragma once

#include <string>
#include <vector>

#include "image/image.h"
#include "image/mask.h"

namespace lama::masks {

/// How many masks a sheet has room for.
inline constexpr std::size_t kSheetMasks = 40;

/// At most kSheetMasks masks, white where the hole is, each with the share of it below; shares
/// above `max_area` in red. `title` stands above them.
Image contact_sheet(const std::vector<Mask>& masks, const std::string& title, double max_area);

}  // namespace lama::masks
