#pragma once

#include <string>
#include <vector>

namespace lama::internal {

/// A list for messages: the first twelve items and the number of the others.
std::string first_few(std::vector<std::string> items);

}  // namespace lama::internal
