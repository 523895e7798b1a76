// The safetensors format: 8 bytes of header length, a JSON header that gives every tensor's dtype,
// shape and byte range, then the raw little-endian data.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/file.h"
#include "weights/tensor_file.h"

namespace lama::weights {

/// Reads a memory-mapped safetensors file. The whole header is validated on opening: sizes match
/// shapes, ranges lie inside the file, follow each other without gap or overlap, and cover it.
class SafetensorsFile : public TensorFile {
 public:
  explicit SafetensorsFile(const std::filesystem::path& path);
  /// From memory that outlives this object. `name` stands for the file in errors.
  SafetensorsFile(std::span<const std::uint8_t> bytes, std::string name);

  const std::map<std::string, std::string>& metadata() const { return metadata_; }
  /// The stored bytes of a tensor of any dtype.
  std::span<const std::uint8_t> raw(const std::string& name) const;

 private:
  std::vector<float> load(const std::string& tensor) const override;
  void parse();

  std::optional<MappedFile> file_;
  std::span<const std::uint8_t> bytes_;
  std::map<std::string, std::span<const std::uint8_t>> data_;
  std::map<std::string, std::string> metadata_;
};

/// A tensor to be written: its values are asked for when their turn comes.
struct TensorToWrite {
  std::string name;
  DType dtype;  ///< f32, f16 or bf16
  Shape shape;
  std::function<std::vector<float>()> values;
};

/// Writes `path` atomically, one tensor in memory at a time. Throws Error if a finite value does
/// not fit the asked dtype (float16 ends at 65504).
void write_safetensors(const std::filesystem::path& path, const std::vector<TensorToWrite>& tensors,
                       const std::map<std::string, std::string>& metadata);

}  // namespace lama::weights
