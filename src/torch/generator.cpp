#include "torch/generator.h"

#include <torch/torch.h>

#include "networks/device.h"
#include "networks/generator.h"
#include "networks/state.h"
#include "networks/torch_error.h"

namespace lama::internal::libtorch {
namespace {

/// Runs `function` and turns LibTorch's exceptions into lama::internal::Error.
template <typename Function>
auto translated(const std::string& device, Function&& function) try {
  return function();
} catch (const c10::Error& error) {
  throw networks::error_of(error, device);
}

class GeneratorOnTorch : public plugin::TorchGenerator {
 public:
  GeneratorOnTorch(const model::Architecture& architecture, const weights::TensorFile& tensors,
                   const std::string& device, int threads)
      : name_(device),
        device_(networks::find_device(device)),
        threads_(threads),
        first_channels_(static_cast<std::size_t>(architecture.config.ngf)),
        network_(architecture) {
    networks::load(*network_, tensors);
    network_->eval();
    network_->to(device_);
    // The same picture as on a processor, to the last digits: TF32 has a thousandth of float32's.
    at::globalContext().setAllowTF32CuDNN(false);
    at::globalContext().setAllowTF32CuBLAS(false);
  }

  engine::Tensor forward(const engine::Tensor& input, const engine::Region& wanted,
                         const engine::Observer& observer) override {
    return translated(name_, [&] { return run(input, wanted, observer); });
  }

  std::size_t peak_bytes(std::size_t batch, std::size_t height, std::size_t width) const override {
    if (!device_.is_cpu()) return 0;
    return batch * height * width * first_channels_ * kBytesPerValue;
  }

 private:
  /// Bytes that a run takes for each pixel and channel of the first layer: 20 to 23 were measured
  /// (the embedded model at 512 x 512 and 768 x 768), and some room.
  static constexpr std::size_t kBytesPerValue = 32;

  engine::Tensor run(const engine::Tensor& input, const engine::Region& wanted,
                     const engine::Observer& observer) {
    const c10::InferenceMode inference;
    at::set_num_threads(threads_);
    const auto size = [](std::size_t n) { return static_cast<std::int64_t>(n); };
    // Channels last in memory; from_blob takes no const pointer, and networks do not write to their
    // input.
    const torch::Tensor pixels = torch::from_blob(
        const_cast<float*>(input.data()),
        {size(input.batch()), size(input.height()), size(input.width()), size(input.channels())});
    const std::string name;
    const torch::Tensor result =
        network_->forward(pixels.permute({0, 3, 1, 2}).contiguous().to(device_), [&](double done) {
          if (observer) observer({name, {}, done});
        });
    const torch::Tensor last = result.narrow(2, size(wanted.y), size(wanted.height))
                                   .narrow(3, size(wanted.x), size(wanted.width))
                                   .to(torch::kCPU)
                                   .permute({0, 2, 3, 1})
                                   .contiguous();
    engine::Tensor output(input.batch(), wanted.height, wanted.width,
                          static_cast<std::size_t>(last.size(3)));
    std::copy_n(last.data_ptr<float>(), output.size(), output.data());
    return output;
  }

  std::string name_;
  torch::Device device_;
  int threads_;
  std::size_t first_channels_;
  networks::Generator network_;
};

}  // namespace

std::unique_ptr<plugin::TorchGenerator> make_generator(const model::Architecture& architecture,
                                                       const weights::TensorFile& tensors,
                                                       const std::string& device, int threads) {
  return translated(device, [&]() -> std::unique_ptr<plugin::TorchGenerator> {
    return std::make_unique<GeneratorOnTorch>(architecture, tensors, device, threads);
  });
}

}  // namespace lama::internal::libtorch
