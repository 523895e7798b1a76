#include "weights/model_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <set>

#include "base/error.h"
#include "base/file.h"
#include "weights/safetensors.h"
#include "weights/torch_archive.h"

namespace lama::weights {
namespace {

namespace fs = std::filesystem;

constexpr const char* kMetadataKey = "lama.config";

/// Compares the tensors of a file with what the architecture needs.
void check(const Model& model) {
  const auto& tensors = model.tensors->tensors();
  std::vector<std::string> problems;
  std::set<std::string> expected;
  for (const model::Parameter& parameter : model::parameters(model.network)) {
    expected.insert(parameter.name);
    const auto found = tensors.find(parameter.name);
    if (found == tensors.end()) {
      problems.push_back(fmt::format("{} is missing", parameter.name));
    } else if (found->second.shape != parameter.shape) {
      problems.push_back(fmt::format("{} is {} instead of {}", parameter.name,
                                     to_string(found->second.shape), to_string(parameter.shape)));
    } else if (!is_floating(found->second.dtype)) {
      problems.push_back(
          fmt::format("{} has type {}", parameter.name, weights::name(found->second.dtype)));
    }
  }
  for (const auto& [name, info] : tensors) {
    if (!expected.contains(name) && !name.ends_with(".num_batches_tracked")) {
      problems.push_back(fmt::format("{} is not part of the network", name));
    }
  }
  if (problems.empty()) return;
  constexpr std::size_t kShown = 12;
  const std::size_t hidden = problems.size() - std::min(problems.size(), kShown);
  problems.resize(problems.size() - hidden);
  throw Error(fmt::format("{}: the weights do not fit the architecture in its config: {}{}",
                          model.name, fmt::join(problems, "; "),
                          hidden > 0 ? fmt::format("; and {} more", hidden) : ""));
}

fs::path config_near(const fs::path& file) {
  for (const fs::path& folder : {file.parent_path(), file.parent_path() / ".."}) {
    fs::path config = (folder / "config.yaml").lexically_normal();
    std::error_code ignored;
    if (fs::exists(config, ignored)) return config;
  }
  throw Error(
      fmt::format("{}: its architecture is unknown: put the config.yaml it was published "
                  "with beside it or one folder up",
                  file.string()));
}

bool is_zip(const fs::path& path) {
  const MappedFile file(path);
  static constexpr std::array<std::uint8_t, 4> kMagic = {'P', 'K', 3, 4};
  return file.bytes().size() >= kMagic.size() &&
         std::equal(kMagic.begin(), kMagic.end(), file.bytes().begin());
}

bool looks_like_safetensors(const fs::path& path) {
  if (path.extension() == ".safetensors") return true;
  const MappedFile file(path);
  return file.bytes().size() > 8 && file.bytes()[8] == '{';
}

Model finish(Model model, const model::GeneratorConfig& config) {
  model.network = model::generator(config);
  check(model);
  return model;
}

}  // namespace

std::size_t Model::parameter_count() const {
  std::size_t count = 0;
  for (const model::Parameter& parameter : model::parameters(network)) {
    if (parameter.role == model::Parameter::Role::trainable) {
      count += *element_count(parameter.shape);
    }
  }
  return count;
}

Model open_model(const fs::path& path) {
  Model model{.name = path.string(), .format = {}, .network = {}, .tensors = nullptr};
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) {
    const fs::path config = path / "config.yaml", checkpoint = path / "models" / "best.ckpt";
    for (const fs::path& needed : {config, checkpoint}) {
      if (!fs::exists(needed, ignored)) {
        throw Error(fmt::format("{}: not a published model folder: {} is missing", path.string(),
                                needed.lexically_relative(path).string()));
      }
    }
    model.format = "published folder";
    const auto architecture = model::read_generator_config(config);
    model.tensors = std::make_shared<TorchArchive>(checkpoint);
    return finish(std::move(model), architecture);
  }
  require_file(path, "model");
  if (is_zip(path)) {
    model.format = "Lightning checkpoint";
    const auto architecture = model::read_generator_config(config_near(path));
    model.tensors = std::make_shared<TorchArchive>(path);
    return finish(std::move(model), architecture);
  }
  if (looks_like_safetensors(path)) {
    model.format = "safetensors";
    const auto file = std::make_shared<SafetensorsFile>(path);
    model.tensors = file;
    const auto described = file->metadata().find(kMetadataKey);
    const auto architecture = described != file->metadata().end()
                                  ? model::parse_generator_config(described->second, model.name)
                                  : model::read_generator_config(config_near(path));
    return finish(std::move(model), architecture);
  }
  throw Error(
      fmt::format("{}: not a model: expected a published folder, a PyTorch .ckpt or a "
                  ".safetensors file",
                  path.string()));
}

Model open_model(std::span<const std::uint8_t> safetensors, const std::string& name) {
  const auto file = std::make_shared<SafetensorsFile>(safetensors, name);
  const auto described = file->metadata().find(kMetadataKey);
  if (described == file->metadata().end()) {
    throw Error(fmt::format("{}: no {} in its header", name, kMetadataKey));
  }
  return finish({.name = name, .format = "safetensors", .network = {}, .tensors = file},
                model::parse_generator_config(described->second, name));
}

void convert(const Model& model, const fs::path& path, DType dtype,
             const std::function<void()>& before_each) {
  std::vector<TensorToWrite> tensors;
  for (const model::Parameter& parameter : model::parameters(model.network)) {
    tensors.push_back({.name = parameter.name,
                       .dtype = parameter.shape.size() > 1 ? dtype : DType::f32,
                       .shape = parameter.shape,
                       .values = [&model, &before_each, name = parameter.name] {
                         if (before_each) before_each();
                         return model.tensors->read(name);
                       }});
  }
  write_safetensors(path, tensors,
                    {{"format", "pt"}, {kMetadataKey, model::to_json(model.network.config)}});
}

}  // namespace lama::weights
