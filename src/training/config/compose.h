// One config of many files, as hydra 1.1 puts it together: a config's `defaults` list names others,
// mostly one of each group (a folder); each lands in a section named like its group, or at its `#
// @package`; the config's own values come last, unless `_self_` is in the list; then come the
// overrides.
#pragma once

#include <filesystem>
#include <span>
#include <string>

#include "config/value.h"

namespace lama::internal::training {

/// `name`: of a config, "big-lama" or "big-lama.yaml". `folder` is searched for configs before the
/// built-in ones; "": only those. References are not resolved. A group
/// (`data=NAME`) must be in a defaults list to be changed; `+data=NAME` adds it to the end of the
/// list, `~data` takes it out. Throws Error that names the file or the override, with a suggestion
/// if a name is like another.
config::Value compose(const std::string& name, std::span<const std::string> overrides,
                      const std::filesystem::path& folder);

/// Throws Error if `path`, named as a config, is a folder or a file of another kind.
void refuse_other_kinds(const std::filesystem::path& path);

}  // namespace lama::internal::training
