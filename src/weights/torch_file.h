// The files of torch.save and torch.jit.save: a pickle that describes tensors as windows on
// storages, and the storages. Where these lie differs: see torch_archive.h and torch_legacy.h.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "model/generator_config.h"
#include "weights/pickle.h"
#include "weights/tensor_file.h"

namespace lama::internal::weights {

/// Which of a file's tensors are listed, and how they are named.
enum class Listing {
  generator,  ///< the generator's, under the names it uses itself
  networks,   ///< all, as a training checkpoint names them: "generator.…", "discriminator.…"
  tree,       ///< all, by their places in it: "optimizer_states/0/state/5/exp_avg"; scalars too
};

/// The tensors of a PyTorch file. It may hold
///   a Lightning checkpoint: its "state_dict" has "generator.model.…" beside the discriminator, the
///     losses and the evaluators;
///   a state dict of the generator or of a module that contains it, also one of several networks'
///     ("gen_state_dict", also in dictionaries and lists), with the prefixes of DataParallel and
///     torch.compile (generator_names.h);
///   a module: a TorchScript archive, or a Python object saved whole. It is read as data.
class TorchFile : public TensorFile {
 public:
  enum class Content { lightning, state_dict, torch_script, module };
  using Scalar = std::variant<std::int64_t, double, std::string>;  ///< a bool is 0 or 1

  Content content() const { return content_; }
  /// Only a module's last layer shows it.
  std::optional<model::OutputActivation> output_activation() const { return output_activation_; }

  /// The values beside the tensors; only for a tree.
  const std::map<std::string, Scalar>& scalars() const { return scalars_; }
  /// The elements of a tensor of any dtype in row-major order, as they are stored.
  std::vector<std::uint8_t> read_bytes(const std::string& tensor) const;

 protected:
  /// One of PyTorch's blocks of elements, which several tensors may share.
  struct Storage {
    DType dtype = DType::f32;
    std::string key;
    std::size_t elements = 0;
  };

  TorchFile(std::string name, Listing listing) : TensorFile(std::move(name)), listing_(listing) {}
  /// Lists the tensors. Throws Error if there are none.
  void list(const Pickle& pickle);
  /// The storage that a persistent id refers to; nothing if it refers to something else, or to a
  /// dtype that is not known here.
  static std::optional<Storage> storage_of(const Pickle& pickle, const Pickle::Value& value);
  /// The bytes of a storage, at least as many as its elements take; valid until the next call.
  /// Calls do not overlap.
  virtual std::span<const std::uint8_t> bytes_of(const Storage& storage) const = 0;

 private:
  struct Tensor {
    TensorInfo info;
    Storage storage;
    std::size_t offset = 0;
    Shape strides;
  };
  /// The values of a pickle, by dotted names.
  struct Found {
    std::map<std::string, Tensor> tensors;
    std::map<std::string, std::string_view> classes;  ///< of modules
    // A pickle of a few bytes may reach one value by very many ways.
    std::size_t visited = 0;  ///< entries of dictionaries, and values
    std::size_t kept = 0;     ///< bytes of names and texts
  };

  std::vector<float> load(const std::string& tensor) const override;
  /// The entries of a dictionary. Throws Error beyond any checkpoint's number of them, as the
  /// following two do.
  std::vector<Pickle::Id> visit(const Pickle& pickle, const Pickle::Value& dictionary,
                                Found& found) const;
  void count_visits(std::size_t more, Found& found) const;
  /// Both texts together.
  std::string keep(std::string_view first, std::string_view then, Found& found) const;
  void list_tree(const Pickle& pickle, const Pickle::Value& value, const std::string& path,
                 int depth, Found& found);
  /// The tensors that are values of the dictionary `state`, and of the dictionaries and lists in it
  /// down to `levels` below.
  void list_state(const Pickle& pickle, const Pickle::Value& state, const std::string& prefix,
                  int levels, Found& found);
  void list_networks(const Pickle& pickle, const Pickle::Value& state, Found& found);
  std::string without_tensors(const Pickle& pickle) const;
  void visit_module(const Pickle& pickle, const Pickle::Value& module, const std::string& prefix,
                    int depth, Found& found) const;
  static std::optional<Tensor> tensor_of(const Pickle& pickle, const Pickle::Value& value);

  mutable std::mutex reading_;  // the last argument of bytes_of, and its result
  Listing listing_;
  std::map<std::string, Tensor> windows_;
  std::map<std::string, Scalar> scalars_;
  Content content_ = Content::state_dict;
  std::optional<model::OutputActivation> output_activation_;
};

/// The error in a file without a PyTorch file's structure.
inline constexpr const char* kNotWhole =
    "cut short or not a PyTorch file: copy or download it again";

/// "TorchScript archive", for people.
std::string_view name(TorchFile::Content content);

/// Whether the file begins like one of PyTorch's.
bool is_torch_file(const std::filesystem::path& path);
std::shared_ptr<const TorchFile> open_torch_file(const std::filesystem::path& path,
                                                 Listing listing = Listing::generator);

}  // namespace lama::internal::weights
