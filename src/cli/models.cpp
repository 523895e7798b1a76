#include <fmt/format.h>
#include <fmt/ranges.h>

#include <charconv>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/environment.h"
#include "base/error.h"
#include "base/file.h"
#include "cli/commands.h"
#include "cli/existing.h"
#include "cli/interrupt.h"
#include "cli/one_of.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/wrong_usage.h"
#include "export/onnx.h"
#include "export/torch_script.h"
#include "registry/cache.h"
#include "registry/choose_model.h"
#include "registry/pull.h"

namespace lama::internal::cli {
namespace {

std::string megabytes(std::uint64_t bytes) {
  return bytes == 0 ? "?" : fmt::format("{:.0f} MB", static_cast<double>(bytes) * 1e-6);
}

std::vector<std::string> texts(const std::vector<std::filesystem::path>& paths) {
  return {paths.begin(), paths.end()};
}

/// The model that is opened where none is named. LAMA_MODEL comes before the `best` one found.
std::string default_model(const std::string& best) {
  const std::string name = environment("LAMA_MODEL");
  return name.empty() ? best : name;
}

void list_json() {
  auto json = nlohmann::ordered_json::object();
  const auto best = registry::find_best();
  json["default"] = default_model(best ? best->model->name : "embedded");
  json["folder"] = registry::home().string();
  json["licence"] = registry::kLicenceNote;
  for (const registry::PublishedModel& model : registry::published_models()) {
    nlohmann::ordered_json entry = {{"name", model.name}, {"description", model.description}};
    const auto file = registry::installed(model);
    entry["installed"] = file ? nlohmann::ordered_json(file->string()) : nullptr;
    entry["found_elsewhere"] = texts(registry::found_elsewhere(model));
    entry["urls"] = model.urls;
    entry["download_bytes"] = model.bytes > 0 ? nlohmann::ordered_json(model.bytes) : nullptr;
    entry["sha256"] = !model.sha256.empty() ? nlohmann::ordered_json(model.sha256) : nullptr;
    json["models"].push_back(entry);
  }
  const auto add_own = [&json](const char* name, const char* description) {
    json["models"].push_back({{"name", name},
                              {"description", description},
                              {"installed", "embedded"},
                              {"found_elsewhere", nlohmann::ordered_json::array()},
                              {"urls", nlohmann::ordered_json::array()},
                              {"download_bytes", nullptr},
                              {"sha256", nullptr}});
  };
  add_own("embedded", registry::kEmbeddedDescription);
  add_own(registry::kPatchesName, registry::kPatchesDescription);
  print_result(json);
}

void list() {
  std::string text;
  const auto row = [&text](const std::string& name, const std::string& bytes,
                           const std::string& what) {
    text += fmt::format("{:<22}{:>8}  {}\n", name, bytes, what);
  };
  for (const registry::PublishedModel& model : registry::published_models()) {
    row(model.name, megabytes(model.bytes), model.description);
    const auto file = registry::installed(model);
    if (file) row("", "", "installed: " + file->string());
    const auto elsewhere = registry::found_elsewhere(model);
    for (const auto& path : elsewhere) row("", "", "in another program's cache: " + path.string());
    if (!file && elsewhere.empty()) row("", "", "not installed: lama models pull " + model.name);
  }
  row("embedded", "", registry::kEmbeddedDescription);
  row(registry::kPatchesName, "", registry::kPatchesDescription);
  const auto best = registry::find_best();
  text += fmt::format(
      "\nDefault model: {}. Sizes are those of the downloads. Folder of installed models: {}.\n",
      default_model(best ? best->file.string() : "embedded"), registry::home().string());
  text += fmt::format("All but embedded and patches: {}.\n", registry::kLicenceNote);
  print_result(text);
}

struct PullOptions {
  std::string name;
  registry::PullOptions pull;
};

void pull(PullOptions options, const Common& common) {
  if (options.name == registry::kEmbeddedName || options.name == registry::kPatchesName) {
    throw Error(fmt::format("{}: it is in the program: there is nothing to fetch", options.name));
  }
  const registry::PublishedModel* model = registry::find_published(options.name);
  if (model == nullptr) {
    const auto meant = registry::nearest_name(options.name);
    throw Error(
        fmt::format("{}: no published model has this name{} ('lama models list' lists them)",
                    options.name, meant ? fmt::format("; did you mean {}?", *meant) : ""));
  }
  options.pull.offline = options.pull.offline || registry::offline_by_environment();
  // One bar for each stage.
  std::optional<Progress> bar;
  std::string current;
  options.pull.progress = [&](const std::string& stage, double done) {
    check_interrupted();
    if (stage != current) {
      bar.emplace(fmt::format("{}: {}", model->name, stage), !common.quiet);
      bar->begin_at(done);
      current = stage;
    }
    bar->update(done);
  };
  const registry::Pulled pulled = registry::pull(*model, options.pull);
  bar.reset();
  if (common.quiet) return;
  if (pulled.was_there) {
    say("{}: already installed: {}\n", model->name, pulled.file.string());
    return;
  }
  if (pulled.trusted) {
    say("note: no SHA-256 of {} is known: lama trusts the file from {}, and later pulls must "
        "bring the same file\n",
        model->name, pulled.url);
  }
  say("note: {}\n", registry::kLicenceNote);
  say("{}: installed as {} (from {}, SHA-256 {})\n", model->name, pulled.file.string(), pulled.url,
      pulled.sha256);
}

struct InfoOptions {
  std::string model;
  bool json = false;
};

void info(const InfoOptions& options) {
  const weights::ModelFile model = registry::open_chosen_model(options.model);
  const model::GeneratorConfig& config = model.network.config;
  std::map<std::string_view, std::size_t> elements;  // by dtype
  for (const auto& parameter : model::parameters(model.network)) {
    const auto& tensor = model.tensors->tensors().at(parameter.name);
    elements[name(tensor.dtype)] += *weights::element_count(tensor.shape);
  }
  if (options.json) {
    nlohmann::ordered_json json = {
        {"model", model.name}, {"format", model.format}, {"parameters", model.parameter_count()}};
    json.update(nlohmann::ordered_json::parse(model::to_json(config)));
    if (!model.taken_for_granted.empty()) json["taken_for_granted"] = model.taken_for_granted;
    for (const auto& [dtype, count] : elements) json["elements"][std::string(dtype)] = count;
    print_result(json);
    return;
  }
  std::string text = fmt::format("model       {} ({})\n", model.name, model.format);
  text += fmt::format("network     {}\n", model::describe(config));
  if (!model.taken_for_granted.empty()) {
    text += fmt::format("            derived from the weights, which leave open: {}\n",
                        model.taken_for_granted);
  }
  text += fmt::format("parameters  {}\n", model.parameter_count());
  for (const auto& [dtype, count] : elements) {
    text += fmt::format("stored as   {}: {} values\n", dtype, count);
  }
  print_result(text);
}

struct ConvertOptions {
  std::string model, output;
  weights::DType dtype = weights::DType::f32;
  std::vector<std::string> overrides;
};

void convert(const ConvertOptions& options, const Common& common) {
  require_writable(options.output);
  const weights::ModelFile model = registry::open_chosen_model(options.model, options.overrides);
  weights::convert(model, options.output, options.dtype, check_interrupted);
  if (!common.quiet) {
    say("{}: {} parameters of {} as {}\n", options.output, model.parameter_count(), model.name,
        name(options.dtype));
  }
}

struct ExportOptions {
  std::string model, output, fixed;
};

/// WIDTHxHEIGHT; nothing if that is not what `text` is.
std::optional<exporting::PictureSize> picture_size(const std::string& text) {
  exporting::PictureSize size{};
  const char* const end = text.data() + text.size();
  const auto width = std::from_chars(text.data(), end, size.width);
  if (width.ec != std::errc() || width.ptr == end || *width.ptr != 'x') return std::nullopt;
  const auto height = std::from_chars(width.ptr + 1, end, size.height);
  if (height.ec != std::errc() || height.ptr != end) return std::nullopt;
  return size;
}

void export_model(const ExportOptions& options, const Common& common) {
  const bool onnx = options.output.ends_with(".onnx");
  if (!onnx && !options.fixed.empty()) {
    refuse("--fixed is for .onnx files: a TorchScript file takes every size");
  }
  require_writable(options.output);
  const weights::ModelFile model = registry::open_chosen_model(options.model);
  if (onnx) {
    exporting::write_onnx(model, options.output, picture_size(options.fixed), check_interrupted);
  } else {
    exporting::write_torch_script(model, options.output, check_interrupted);
  }
  if (!common.quiet) {
    say("{}: {} parameters of {}\n", options.output, model.parameter_count(), model.name);
  }
}

void add_export(CLI::App& models, const Common& common) {
  auto options = std::make_shared<ExportOptions>();
  CLI::App* command = models.add_subcommand(
      "export", "write a model for ONNX Runtime, OpenVINO, OpenCV or PyTorch");
  command->add_option("MODEL", options->model, registry::kModelHelp)
      ->required()
      ->check(refuse_empty);
  command
      ->add_option("-o,--output", options->output,
                   "the file to write: .onnx, or .pt for TorchScript")
      ->option_text("FILE")
      ->required()
      ->check(refuse_empty)
      ->check([](const std::string& name) {
        return name.ends_with(".onnx") || name.ends_with(".pt")
                   ? std::string()
                   : name + ": the name must end in .onnx or .pt";
      });
  command
      ->add_option("--fixed", options->fixed,
                   ".onnx: for pictures of this size alone, with matrix products in place of the "
                   "operator DFT, which OpenCV and others do not have; such as 512x512")
      ->option_text("WxH")
      ->check([](const std::string& text) {
        return picture_size(text) ? std::string() : text + " is not a size such as 512x512";
      });
  command->callback([options, &common] { export_model(*options, common); });
}

}  // namespace

void add_models(CLI::App& app, const Common& common) {
  CLI::App* models = app.add_subcommand("models", "fetch models, look at them and convert them");
  models->require_subcommand(1);

  auto as_json = std::make_shared<bool>(false);
  CLI::App* command =
      models->add_subcommand("list", "list the published models and their files on this machine");
  command->add_flag("--json", *as_json, "print the output as JSON");
  command->callback([as_json] { *as_json ? list_json() : list(); });

  auto pull_options = std::make_shared<PullOptions>();
  command = models->add_subcommand(
      "pull", "download a published model, verify it and convert it to one .safetensors file");
  command->add_option("NAME", pull_options->name, "a name that 'lama models list' lists")
      ->required();
  command
      ->add_option("--url", pull_options->pull.urls,
                   "another source of the same file, https:// or http://; may be repeated: only "
                   "these are tried, in this order")
      ->option_text("URL")
      ->check([](const std::string& url) {
        return url.starts_with("https://") || url.starts_with("http://")
                   ? std::string()
                   : url + " must begin with https:// or http://";
      })
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command->add_flag("--offline", pull_options->pull.offline,
                    "download nothing: fail if the model is not installed, and name the URLs");
  command->callback([pull_options, &common] { pull(*pull_options, common); });

  auto info_options = std::make_shared<InfoOptions>();
  command =
      models->add_subcommand("info", "describe a model, after a check of its names and shapes");
  command->add_option("MODEL", info_options->model, registry::kModelHelp)->check(refuse_empty);
  command->add_flag("--json", info_options->json, "print the output as JSON");
  command->callback([info_options] { info(*info_options); });

  auto convert_options = std::make_shared<ConvertOptions>();
  command = models->add_subcommand("convert", "write a model as one .safetensors file");
  command->add_option("MODEL", convert_options->model, registry::kModelHelp)
      ->required()
      ->check(refuse_empty);
  command->add_option("-o,--output", convert_options->output, "the .safetensors file to write")
      ->option_text("FILE")
      ->required()
      ->check(refuse_empty)
      ->check([](const std::string& name) {
        return name.ends_with(".safetensors") ? std::string()
                                              : name + ": the name must end in .safetensors";
      });
  command
      ->add_option("--dtype", convert_options->dtype,
                   "f32 keeps every bit of a float32 model; f16 and bf16 take half the space "
                   "(default f32)")
      ->option_text("NAME")
      ->transform(one_of<weights::DType>({{"f32", weights::DType::f32},
                                          {"f16", weights::DType::f16},
                                          {"bf16", weights::DType::bf16}}));
  command
      ->add_option("--set", convert_options->overrides,
                   "correct or complete the file's description of its network: a key of the "
                   "generator section of config.yaml, such as add_out_act=sigmoid")
      ->option_text("KEY=VALUE")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command->callback([convert_options, &common] { convert(*convert_options, common); });

  add_export(*models, common);
}

}  // namespace lama::internal::cli
