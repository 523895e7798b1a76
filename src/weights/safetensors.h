// The safetensors format: 8 bytes of header length, a JSON header that gives every tensor's dtype,
// shape and byte range, then the raw little-endian data.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/file_reader.h"
#include "weights/tensor_file.h"

namespace lama::internal::weights {

/// Reads a safetensors file, tensor by tensor. The whole header is validated on opening: sizes
/// match shapes, ranges lie inside the file, follow each other without gap or overlap, and cover
/// it.
class SafetensorsFile : public TensorFile {
 public:
  explicit SafetensorsFile(const std::filesystem::path& path);
  /// From memory that outlives this object. `name` stands for the file in errors.
  SafetensorsFile(std::span<const std::uint8_t> bytes, std::string name);

  const std::map<std::string, std::string>& metadata() const { return metadata_; }
  /// The stored bytes of a tensor of any dtype.
  std::vector<std::uint8_t> raw(const std::string& name) const;

 private:
  std::vector<float> load(const std::string& tensor) const override;
  void parse();
  std::size_t size() const { return file_ ? file_->size() : memory_.size(); }
  std::vector<std::uint8_t> bytes(std::size_t offset, std::size_t count) const;

  std::optional<FileReader> file_;  ///< or
  std::span<const std::uint8_t> memory_;
  std::map<std::string, std::pair<std::size_t, std::size_t>> data_;  ///< offset and count
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

}  // namespace lama::internal::weights
