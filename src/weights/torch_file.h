// What torch.save and torch.jit.save write: a pickle that describes tensors as windows on storages,
// and the storages. Where these lie differs: see torch_archive.h and torch_legacy.h.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/generator_config.h"
#include "weights/pickle.h"
#include "weights/tensor_file.h"

namespace lama::weights {

/// The generator's tensors of a PyTorch file, under the names the generator itself uses. The file
/// may hold
///   a Lightning checkpoint: its "state_dict" has "generator.model.…" beside the discriminator, the
///     losses and the evaluators, which are not listed and never loaded;
///   a state dict, of the generator, of what contains it, or of either in DataParallel ("module.");
///   a module: a TorchScript archive, or a Python object saved whole. It is read as data.
///
/// Thread-safety: calls of read must not overlap.
class TorchFile : public TensorFile {
 public:
  enum class Content { lightning, state_dict, torch_script, module };

  Content content() const { return content_; }
  /// A module's last layer says it; nothing else does.
  std::optional<model::OutputActivation> output_activation() const { return output_activation_; }

 protected:
  /// One of PyTorch's blocks of elements, which several tensors may share.
  struct Storage {
    DType dtype = DType::f32;
    std::string key;
    std::size_t elements = 0;
  };

  using TensorFile::TensorFile;
  /// Lists the generator's tensors. Throws Error if there are none.
  void list(const Pickle& pickle);
  /// What a persistent id refers to; nothing if that is no storage, or of no dtype known here.
  static std::optional<Storage> storage_of(const Pickle& pickle, const Pickle::Value& value);
  /// The bytes of a storage, at least as many as its elements take; valid until the next call.
  virtual std::span<const std::uint8_t> bytes_of(const Storage& storage) const = 0;

 private:
  struct Tensor {
    TensorInfo info;
    Storage storage;
    std::size_t offset = 0;
    Shape strides;
  };
  /// What a pickle holds, by dotted names.
  struct Found {
    std::map<std::string, Tensor> tensors;
    std::map<std::string, std::string> classes;  ///< of modules
    std::size_t visited = 0;
  };

  std::vector<float> load(const std::string& tensor) const override;
  void visit_module(const Pickle& pickle, const Pickle::Value& module, const std::string& prefix,
                    int depth, Found& found) const;
  static std::optional<Tensor> tensor_of(const Pickle& pickle, const Pickle::Value& value);

  std::map<std::string, Tensor> windows_;
  Content content_ = Content::state_dict;
  std::optional<model::OutputActivation> output_activation_;
};

/// "TorchScript archive", for people.
std::string_view name(TorchFile::Content content);

/// Whether the file begins as one of PyTorch's does.
bool is_torch_file(const std::filesystem::path& path);
std::shared_ptr<const TorchFile> open_torch_file(const std::filesystem::path& path);

}  // namespace lama::weights
