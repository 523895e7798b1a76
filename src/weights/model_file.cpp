#include "weights/model_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "base/error.h"
#include "base/file.h"
#include "base/file_reader.h"
#include "base/first_few.h"
#include "model/infer.h"
#include "weights/generator_names.h"
#include "weights/safetensors.h"
#include "weights/torch_file.h"

namespace lama::internal::weights {
namespace {

namespace fs = std::filesystem;

constexpr const char* kMetadataKey = "lama.config";

/// Compares the tensors of a file with those of the architecture.
void check(const ModelFile& model) {
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
  throw Error(fmt::format("{}: the weights do not fit the architecture in its config: {}",
                          model.name, first_few(std::move(problems))));
}

std::optional<fs::path> config_near(const fs::path& file) {
  for (const fs::path& folder : {file.parent_path(), file.parent_path() / ".."}) {
    fs::path config = (folder / "config.yaml").lexically_normal();
    std::error_code ignored;
    if (fs::exists(config, ignored)) return config;
  }
  return std::nullopt;
}

/// The checkpoint to take from a published folder.
fs::path checkpoint_in(const fs::path& folder) {
  std::error_code ignored;
  for (const char* name : {"best.ckpt", "last.ckpt"}) {
    if (fs::exists(folder / "models" / name, ignored)) return folder / "models" / name;
  }
  std::vector<std::string> found;
  for (fs::directory_iterator entry(folder / "models", ignored), end; entry != end;
       entry.increment(ignored)) {
    if (entry->path().extension() == ".ckpt") found.push_back(entry->path().filename().string());
  }
  if (found.size() == 1) return folder / "models" / found[0];
  if (found.empty()) {
    throw Error(fmt::format("{}: not a published model folder: models/best.ckpt is missing",
                            folder.string()));
  }
  std::sort(found.begin(), found.end());
  throw Error(
      fmt::format("{}: models/best.ckpt is missing, and there are several others: name one "
                  "of {} instead of the folder",
                  folder.string(), fmt::join(found, ", ")));
}

bool looks_like_safetensors(const fs::path& path) {
  if (path.extension() == ".safetensors") return true;
  const auto begin = FileReader(path).begin(9);
  return begin.size() > 8 && begin[8] == '{';
}

[[noreturn]] void not_a_model(const fs::path& path) {
  if (path.extension() == ".onnx") {
    throw Error(
        fmt::format("{}: ONNX files do not load: name the PyTorch or .safetensors file that "
                    "it was made from, or fetch one with: lama models pull big-lama",
                    path.string()));
  }
  throw Error(
      fmt::format("{}: not a model: expected a published folder, a file that PyTorch wrote (.ckpt, "
                  ".pt, .pth) or a .safetensors file",
                  path.string()));
}

/// A generator's file seen as one of several networks.
class OneOfSeveral : public TensorFile {
 public:
  explicit OneOfSeveral(std::shared_ptr<const TensorFile> generator)
      : TensorFile(generator->name()), generator_(std::move(generator)) {
    for (const auto& [name, info] : generator_->tensors()) tensors_[kPrefix + name] = info;
  }

 private:
  std::vector<float> load(const std::string& tensor) const override {
    return generator_->read(tensor.substr(kPrefix.size()));
  }

  inline static const std::string kPrefix = "generator.";
  std::shared_ptr<const TensorFile> generator_;
};

/// Infers the architecture from the weights.
model::GeneratorConfig infer(ModelFile& model, std::optional<model::OutputActivation> activation,
                             std::span<const std::string> overrides) {
  std::map<std::string, model::Shape> shapes;
  for (const auto& [name, info] : model.tensors->tensors()) shapes[name] = info.shape;
  const bool given = std::any_of(overrides.begin(), overrides.end(), [](const std::string& text) {
    return text.starts_with("add_out_act=");
  });
  if (given) activation = model::OutputActivation::none;
  auto config = model::infer_generator_config(shapes, activation, model.name);
  model.taken_for_granted = model::taken_for_granted(config);
  return config;
}

ModelFile finish(ModelFile model, const model::GeneratorConfig& config,
                 std::span<const std::string> overrides = {}) {
  model.network = model::architecture(model::override_config(config, overrides));
  check(model);
  return model;
}

}  // namespace

std::size_t ModelFile::parameter_count() const {
  std::size_t count = 0;
  for (const model::Parameter& parameter : model::parameters(network)) {
    if (parameter.role == model::Parameter::Role::trainable) {
      count += *element_count(parameter.shape);
    }
  }
  return count;
}

ModelFile open_model(const fs::path& path, std::span<const std::string> overrides) {
  ModelFile model{.name = path.string()};
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) {
    const fs::path config = path / "config.yaml";
    if (!fs::exists(config, ignored)) {
      throw Error(
          fmt::format("{}: not a published model folder: config.yaml is missing", path.string()));
    }
    model.format = "published folder";
    model.tensors = open_torch_file(checkpoint_in(path));
    return finish(std::move(model), model::read_generator_config(config), overrides);
  }
  require_file(path, "model");
  std::optional<model::OutputActivation> activation;
  std::optional<fs::path> config = config_near(path);
  if (is_torch_file(path)) {
    const auto file = open_torch_file(path);
    model.format = name(file->content());
    model.tensors = file;
    activation = file->output_activation();
    // It is meant to be used alone, and lies where a config.yaml is someone else's.
    if (file->content() == TorchFile::Content::torch_script) config.reset();
  } else if (looks_like_safetensors(path)) {
    const auto file = std::make_shared<SafetensorsFile>(path);
    model.format = "safetensors";
    model.tensors = with_own_names(file);
    const auto described = file->metadata().find(kMetadataKey);
    if (described != file->metadata().end()) {
      const auto parsed = model::parse_generator_config(described->second, model.name);
      return finish(std::move(model), parsed, overrides);
    }
  } else {
    not_a_model(path);
  }
  const auto architecture =
      config ? model::read_generator_config(*config) : infer(model, activation, overrides);
  return finish(std::move(model), architecture, overrides);
}

ModelFile open_model(std::span<const std::uint8_t> safetensors, const std::string& name,
                     std::span<const std::string> overrides) {
  const auto file = std::make_shared<SafetensorsFile>(safetensors, name);
  const auto described = file->metadata().find(kMetadataKey);
  if (described == file->metadata().end()) {
    throw Error(fmt::format("{}: no {} in its header", name, kMetadataKey));
  }
  return finish({.name = name, .format = "safetensors", .tensors = file},
                model::parse_generator_config(described->second, name), overrides);
}

std::shared_ptr<const TensorFile> open_networks(const fs::path& path) {
  std::error_code ignored;
  const fs::path file = fs::is_directory(path, ignored) ? checkpoint_in(path) : path;
  require_file(file, "model");
  if (is_torch_file(file)) return open_torch_file(file, Listing::networks);
  if (!looks_like_safetensors(file)) not_a_model(file);
  return std::make_shared<OneOfSeveral>(std::make_shared<SafetensorsFile>(file));
}

void convert(const ModelFile& model, const fs::path& path, DType dtype,
             const std::function<void()>& before_each,
             const std::map<std::string, std::string>& origin) {
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
  std::map<std::string, std::string> metadata = origin;
  metadata["format"] = "pt";
  metadata[kMetadataKey] = model::to_json(model.network.config);
  write_safetensors(path, tensors, metadata);
}

}  // namespace lama::internal::weights
