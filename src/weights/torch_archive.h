// The files that torch.save writes since PyTorch 1.6 and torch.jit.save since 1.4: a zip archive
// with one pickle that describes tensors (PREFIX/data.pkl) and one member per storage
// (PREFIX/data/KEY).
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>

#include "weights/torch_file.h"

namespace lama::internal::weights {

/// Whether a file with these first bytes is a zip archive.
bool is_torch_archive(std::span<const std::uint8_t> bytes);

class TorchArchive : public TorchFile {
 public:
  explicit TorchArchive(const std::filesystem::path& path, Listing listing = Listing::generator);
  ~TorchArchive() override;

 private:
  std::span<const std::uint8_t> bytes_of(const Storage& storage) const override;

  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace lama::internal::weights
