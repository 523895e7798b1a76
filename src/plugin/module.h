// The interface between the program and its loadable module liblama-torch.so. Everything that needs
// LibTorch is in the module, so that the program starts without LibTorch's 280 libraries, and
// builds and runs where it is not installed.
//
// Both come from one build and share C++ types. Errors it throws derive from lama::internal::Error.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/network.h"
#include "engine/tensor.h"
#include "image/mask.h"
#include "image/planes.h"
#include "model/architecture.h"
#include "weights/tensor_file.h"

namespace lama::internal::training {
struct TrainRequest;
}

namespace lama::internal::plugin {

/// Gives the values of a network's parameter, in row-major order. Throws Error if there is no such
/// parameter or it has another shape.
using Parameters = std::function<std::vector<float>(const std::string& name,
                                                    const std::vector<std::int64_t>& shape)>;

/// LPIPS (Zhang et al., "The Unreasonable Effectiveness of Deep Features as a Perceptual Metric",
/// 2018), version 0.1.
/// Thread-safety: calls may overlap; each computes on its caller's thread alone.
class Lpips {
 public:
  Lpips() = default;
  virtual ~Lpips() = default;
  Lpips(const Lpips&) = delete;
  Lpips& operator=(const Lpips&) = delete;

  /// The distance of each of `results` to `truth`; all have the same size. Throws Error if that is
  /// too small for the network.
  virtual std::vector<float> distances(const Planes& truth,
                                       std::span<const Planes* const> results) const = 0;
};

enum class LpipsNetwork { vgg, alex, squeeze };

/// Inception-v3 as TensorFlow published it in 2015, without its classifier: FID is defined on its
/// features (saicinpainting/evaluation/losses/fid/inception.py). Thread-safety: as Lpips.
class Inception {
 public:
  static constexpr std::size_t kFeatures = 2048;

  Inception() = default;
  virtual ~Inception() = default;
  Inception(const Inception&) = delete;
  Inception& operator=(const Inception&) = delete;

  /// kFeatures values of a picture of any size.
  virtual std::vector<float> features(const Planes& picture) const = 0;
};

/// How fills look to EfficientNet-Lite1, which learnt from ImageNet. Thread-safety: as Lpips.
class FillFeatures {
 public:
  static constexpr std::size_t kStages = 6, kFeatures = 320;

  FillFeatures() = default;
  virtual ~FillFeatures() = default;
  FillFeatures(const FillFeatures&) = delete;
  FillFeatures& operator=(const FillFeatures&) = delete;

  /// Of each of `results`, how far it is from `truth` at each stage: the squared distance of every
  /// place's features, which are brought to length 1, as a mean over the hole. All have the same
  /// size; the hole is not empty.
  virtual std::vector<std::array<double, kStages>> distances(const Planes& truth,
                                                             std::span<const Planes> results,
                                                             const Mask& hole) const = 0;

  /// The last stage's kFeatures values, as means over a picture of any size.
  virtual std::vector<float> features(const Planes& picture) const = 0;
};

/// A generator on LibTorch, in float32. Thread-safety: runs one input at a time.
class TorchGenerator {
 public:
  TorchGenerator() = default;
  virtual ~TorchGenerator() = default;
  TorchGenerator(const TorchGenerator&) = delete;
  TorchGenerator& operator=(const TorchGenerator&) = delete;

  /// As engine::Network::forward, with two differences: `observer` gets no layers' outputs, and the
  /// whole picture is computed, whatever part is wanted.
  virtual engine::Tensor forward(const engine::Tensor& input, const engine::Region& wanted,
                                 const engine::Observer& observer) = 0;

  /// An estimate of the bytes of this machine's memory that a run takes, because LibTorch gives no
  /// figure. On a graphics card: 0.
  virtual std::size_t peak_bytes(std::size_t batch, std::size_t height,
                                 std::size_t width) const = 0;
};

/// The functions that the module offers.
struct Module {
  /// See build_id.h. A module whose id is not the program's is refused: the two share C++ types.
  const char* build_id;
  /// `backbone` has the names of torchvision's state dicts ("features.0.weight"), `heads` those of
  /// the published linear layers ("lin0.model.1.weight").
  std::unique_ptr<Lpips> (*make_lpips)(LpipsNetwork network, const Parameters& backbone,
                                       const Parameters& heads);
  /// The names are those of pt_inception-2015-12-05 ("Conv2d_1a_3x3.conv.weight").
  std::unique_ptr<Inception> (*make_inception)(const Parameters& parameters);
  /// The names are those of efficientnet-lite1-77cc7160.pth.
  std::unique_ptr<FillFeatures> (*make_fill_features)(const weights::TensorFile& weights);
  /// With weights from `tensors`, which has the generator's parameters. `device`: torch-cpu, cuda
  /// or cuda:N. Throws Error, which lists the available devices, if that is not among them.
  std::unique_ptr<TorchGenerator> (*make_generator)(const model::Architecture& architecture,
                                                    const weights::TensorFile& tensors,
                                                    const std::string& device, int threads);
  /// See training/trainer.h and training/train_request.h.
  void (*train)(const training::TrainRequest& request);
};

}  // namespace lama::internal::plugin

/// The module's only symbol.
extern "C" [[gnu::visibility("default")]] const lama::internal::plugin::Module* lama_torch_module();
