#include "cli/device.h"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <memory>
#include <string_view>

#include "base/error.h"
#include "base/not_one_of.h"
#include "plugin/open_module.h"
#include "registry/choose_model.h"

namespace lama::internal::cli {

namespace {

constexpr std::string_view kNumbered = "cuda:N";

/// Whether it is cuda: with a number of one to three digits.
bool is_numbered(std::string_view device) {
  return device.starts_with("cuda:") && device.size() > 5 && device.size() < 9 &&
         std::all_of(device.begin() + 5, device.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::string refusal(const std::string& device, std::initializer_list<std::string_view> names) {
  const bool known = is_numbered(device) ||
                     (device != kNumbered && std::count(names.begin(), names.end(), device) > 0);
  return known ? std::string() : not_one_of(device, names);
}

}  // namespace

std::string device_error(const std::string& device) {
  return refusal(device, {"auto", "cpu", "torch-cpu", "cuda", kNumbered});
}

std::string training_device_error(const std::string& device) {
  return refusal(device, {"auto", "cpu", "cuda", kNumbered});
}

Backend open_backend(const weights::ModelFile& model, const std::string& device, int threads,
                     engine::Precision precision) {
  Backend backend;
  if (device == "auto" || device == "cpu") {
    backend = Backend(
        std::make_shared<const engine::Network>(model.network, *model.tensors, threads, precision));
  } else {
    if (precision != engine::Precision::f32) {
      throw Error(fmt::format("{} computes in float32: leave --precision out, or use --device cpu",
                              device));
    }
    const std::shared_ptr<plugin::TorchGenerator> generator =
        plugin::open_module().make_generator(model.network, *model.tensors, device, threads);
    backend.config = model.network.config;
    backend.sizes = model::input_sizes(model.network);
    backend.forward = [generator](engine::Tensor input, const engine::Region& wanted,
                                  const engine::Observer& observer) {
      return generator->forward(input, wanted, observer);
    };
    backend.peak_bytes = [generator](std::size_t batch, std::size_t height, std::size_t width) {
      return generator->peak_bytes(batch, height, width);
    };
  }
  backend.thickest_hole = registry::thickest_hole(model);
  backend.copying_threads = threads;
  return backend;
}

}  // namespace lama::internal::cli
