#pragma once

#include <string>
#include <vector>

namespace lama::internal::training {

/// The names that `pattern` stands for, as WebDataset and shells expand braces: {000..039} is each
/// number from the first to the last, with as many digits as written, {a,b} each of the words;
/// there may be several braces, but not one in another. Names without braces stand for themselves.
/// Throws Error if a brace is not closed, or there would be more than a million names.
std::vector<std::string> expand_braces(const std::string& pattern);

}  // namespace lama::internal::training
