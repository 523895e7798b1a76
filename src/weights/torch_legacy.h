// The files that torch.save wrote before PyTorch 1.6, and still writes on demand: five pickles (a
// magic number, the protocol, facts about the machine, the object, the storages' keys), then the
// storages.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "weights/torch_file.h"

namespace lama::internal::weights {

bool is_torch_legacy(std::span<const std::uint8_t> bytes);

class TorchLegacy : public TorchFile {
 public:
  explicit TorchLegacy(const std::filesystem::path& path, Listing listing = Listing::generator);
  /// From memory that outlives this object. `name` stands for the file in errors.
  TorchLegacy(std::span<const std::uint8_t> bytes, std::string name);

 private:
  void parse(std::span<const std::uint8_t> bytes);
  std::span<const std::uint8_t> bytes_of(const Storage& storage) const override;

  std::vector<std::uint8_t> file_;
  std::map<std::string, std::span<const std::uint8_t>, std::less<>> storages_;
};

}  // namespace lama::internal::weights
