// Files name the generator's tensors in different ways: "generator.model.1.…" in Lightning
// checkpoints, "_orig_mod.model.1.…" after torch.compile, "module.model.1.…" in DataParallel,
// "gen_state_dict" as a dictionary of its own. The generator itself begins with "model.1.…", and
// generator.model with "1.…".
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "weights/tensor_file.h"

namespace lama::internal::weights {

/// Whether a tensor of this name may lie in a generator's layers: it has "model.1." or another
/// number.
bool names_a_layer(const std::string& name);

/// The text before the generator's own names ("generator.", "model._orig_mod.", or nothing) in a
/// file with tensors of these names. Of several networks ("netG.", "netD."), the one whose layers
/// look like a generator's.
std::string generator_prefix(const std::vector<std::string>& names);

/// What the file leaves out of the generator's names after `prefix`: "model.", if all of them begin
/// with a layer's number, as generator.model.state_dict() names them; else nothing.
std::string left_out(const std::vector<std::string>& names, const std::string& prefix);

/// The file's generator under its own names: `file` itself if it uses them.
std::shared_ptr<const TensorFile> with_own_names(std::shared_ptr<const TensorFile> file);

}  // namespace lama::internal::weights
