// What torch.save writes since PyTorch 1.6: a zip archive with one pickle that describes tensors
// (PREFIX/data.pkl) and one member per storage (PREFIX/data/KEY).
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "weights/tensor_file.h"

namespace lama::weights {

/// The generator's tensors of a checkpoint, under the names the generator itself uses.
///
/// A Lightning checkpoint is a dictionary whose "state_dict" holds "generator.model.…" beside the
/// discriminator, the losses and the evaluators; only the former are listed here and the others are
/// never loaded. A dictionary of tensors alone (a saved state dict) is listed as it is.
///
/// Thread-safety: calls of read must not overlap.
class TorchArchive : public TensorFile {
 public:
  explicit TorchArchive(const std::filesystem::path& path);
  ~TorchArchive() override;

 private:
  std::vector<float> load(const std::string& tensor) const override;

  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace lama::weights
