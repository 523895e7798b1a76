// A generator as an ONNX file, for ONNX Runtime, OpenVINO, OpenCV and others.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>

#include "weights/model_file.h"

namespace lama::internal::exporting {

struct PictureSize {
  int width, height;
};

/// Writes a file with the inputs `image`, 1 x 3 x H x W, red, green, blue from 0 to 1, and `mask`,
/// 1 x 1 x H x W, 1 in the hole and else 0; and the output `output`, 1 x 3 x H x W from 0 to 255:
/// the image with its hole filled. These are the names and ranges of Carve's lama_fp32.onnx.
///
/// Without `fixed` H and W are any multiples of the network's (model::input_sizes), and
/// the transforms are the standard's operator DFT (opset 17). With it they are matrix products.
/// Both use the inverse of docs/architecture.md.
///
/// `before_each` is called before each tensor; an exception from it ends the work, and no file
/// appears. Throws Error for networks without an export (computation.h), and if the network cannot
/// run at the fixed size.
void write_onnx(const weights::ModelFile& model, const std::filesystem::path& path,
                std::optional<PictureSize> fixed,
                const std::function<void()>& before_each = nullptr);

}  // namespace lama::internal::exporting
