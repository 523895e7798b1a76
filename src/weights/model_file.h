// A model on disk: a generator's architecture and where its weights are.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "model/generator.h"
#include "weights/tensor_file.h"

namespace lama::weights {

struct Model {
  std::string name;    ///< what to call it: the path given, or "embedded"
  std::string format;  ///< "published folder", "Lightning checkpoint", "safetensors"
  model::Generator network;
  /// Holds exactly the network's parameters in their right shapes, and perhaps int64 counters.
  std::shared_ptr<const TensorFile> tensors;

  std::size_t parameter_count() const;  ///< trainable ones, as the papers count them
};

/// Opens
///   a published folder: config.yaml and models/best.ckpt,
///   a .ckpt file of such a folder, whose config.yaml is beside it or one folder up,
///   a .safetensors file with its architecture in the header (see convert) or a config.yaml beside.
/// Weights are read later, tensor by tensor. Throws Error if anything is missing, damaged, or does
/// not fit the architecture: tensors that are missing, left over or of another shape are listed.
Model open_model(const std::filesystem::path& path);

/// A model from the bytes of a safetensors file, which must outlive it.
Model open_model(std::span<const std::uint8_t> safetensors, const std::string& name);

/// Writes the model as one safetensors file that open_model reads: float32 keeps every bit;
/// float16 and bfloat16 narrow the convolution weights and leave biases and batch-norm statistics
/// in float32, because those are small in size and large in effect.
///
/// `before_each` is called before each tensor; an exception it throws ends the work, and no file
/// appears.
void convert(const Model& model, const std::filesystem::path& path, DType dtype,
             const std::function<void()>& before_each = nullptr);

}  // namespace lama::weights
