// A generator as a TorchScript archive, for PyTorch and the programs that call big-lama.pt.
#pragma once

#include <filesystem>
#include <functional>

#include "weights/model_file.h"

namespace lama::internal::exporting {

/// Writes a file for torch.jit.load: a module that takes `image`, N x 3 x H x W from 0 to 1, and
/// `mask`, N x 1 x H x W, 1 in the hole and else 0, and returns the image with its hole filled. H
/// and W are multiples of the network's (model::input_sizes). Tensors have the names of
/// big-lama.pt: "model.generator.model.1.…".
///
/// `before_each` is called before each tensor; an exception from it ends the work, and no file
/// appears. Throws Error for networks without an export (computation.h).
void write_torch_script(const weights::ModelFile& model, const std::filesystem::path& path,
                        const std::function<void()>& before_each = nullptr);

}  // namespace lama::internal::exporting
