#pragma once

#include <string>
#include <vector>

namespace lama {

/// A list for a message that people read: the first twelve, and how many more there are.
std::string first_few(std::vector<std::string> items);

}  // namespace lama
