// A model on disk: a generator's architecture and where its weights are.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>

#include "model/architecture.h"
#include "weights/tensor_file.h"

namespace lama::internal::weights {

struct ModelFile {
  std::string name;       ///< its name in messages: the path given, or "embedded"
  bool embedded = false;  ///< the program's own (registry/choose_model.h)
  /// "published folder", "Lightning checkpoint", "PyTorch state dict", "TorchScript archive",
  /// "PyTorch module" or "safetensors".
  std::string format;
  /// If the architecture was inferred from the weights: the options that they do not show, which
  /// were taken from the published networks. Otherwise empty.
  std::string taken_for_granted;
  model::Architecture network;
  /// Holds exactly the network's parameters in their right shapes, and perhaps int64 counters.
  std::shared_ptr<const TensorFile> tensors;

  std::size_t parameter_count() const;  ///< trainable ones, as the papers count them
};

/// Opens
///   a published folder: config.yaml and models/best.ckpt (or last.ckpt, or the only .ckpt),
///   a file that torch.save or torch.jit.save wrote (see torch_file.h),
///   a .safetensors file.
/// The architecture comes from the header of a .safetensors file (see convert), for other files
/// from a config.yaml beside the file or one folder up, and without one, and always for
/// TorchScript, from the names and shapes of the weights. `overrides` then change it: see
/// model::override_config. Weights are read later, tensor by tensor. Throws Error if anything is
/// missing, damaged, or does not fit the architecture: tensors that are missing, left over or of
/// another shape are listed.
ModelFile open_model(const std::filesystem::path& path,
                     std::span<const std::string> overrides = {});

/// A model from the bytes of a safetensors file, which must outlive it.
ModelFile open_model(std::span<const std::uint8_t> safetensors, const std::string& name,
                     std::span<const std::string> overrides = {});

/// The tensors of all networks in a model that open_model opens, or in a checkpoint that has more
/// than a generator, under the names a training checkpoint gives them: "generator.model.1…",
/// "discriminator.model0…". Architectures are not looked at. Throws Error.
std::shared_ptr<const TensorFile> open_networks(const std::filesystem::path& path);

/// Writes the model as one safetensors file that open_model reads: float32 keeps every bit;
/// float16 and bfloat16 narrow the convolution weights and leave biases and batch-norm statistics
/// in float32, because those are small in size and large in effect.
///
/// `before_each` is called before each tensor; an exception it throws ends the work, and no file
/// appears. `origin` is added to the file's metadata.
void convert(const ModelFile& model, const std::filesystem::path& path, DType dtype,
             const std::function<void()>& before_each = nullptr,
             const std::map<std::string, std::string>& origin = {});

}  // namespace lama::internal::weights
