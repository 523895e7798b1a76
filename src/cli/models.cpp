#include <fmt/format.h>

#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/file.h"
#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/output.h"

namespace lama::cli {
namespace {

struct InfoOptions {
  std::string model;
  bool json = false;
};

void info(const InfoOptions& options) {
  const weights::Model model = open_chosen_model(options.model);
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
    text += fmt::format("            told from the weights, which cannot tell: {}\n",
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
  std::string dtype = "f32";
  std::vector<std::string> overrides;
};

void convert(const ConvertOptions& options, const Common& common) {
  static const std::map<std::string, weights::DType> kDTypes = {
      {"f32", weights::DType::f32}, {"f16", weights::DType::f16}, {"bf16", weights::DType::bf16}};
  require_writable(options.output);
  const weights::Model model = open_chosen_model(options.model, options.overrides);
  weights::convert(model, options.output, kDTypes.at(options.dtype), check_interrupted);
  if (!common.quiet) {
    say("{}: {} parameters of {} as {}\n", options.output, model.parameter_count(), model.name,
        options.dtype);
  }
}

}  // namespace

void add_models(CLI::App& app, const Common& common) {
  CLI::App* models = app.add_subcommand("models", "look at model files and convert them");
  models->require_subcommand(1);

  auto info_options = std::make_shared<InfoOptions>();
  CLI::App* command =
      models->add_subcommand("info", "say what a model is, after checking its names and shapes");
  command->add_option("MODEL", info_options->model, kModelHelp);
  command->add_flag("--json", info_options->json, "print it for programs");
  command->callback([info_options] { info(*info_options); });

  auto convert_options = std::make_shared<ConvertOptions>();
  command = models->add_subcommand("convert", "write a model as one .safetensors file");
  command->add_option("MODEL", convert_options->model, kModelHelp)->required();
  command->add_option("-o,--output", convert_options->output, "the .safetensors file to write")
      ->required()
      ->check([](const std::string& name) {
        return name.ends_with(".safetensors") ? std::string()
                                              : name + ": the name must end in .safetensors";
      });
  command
      ->add_option("--dtype", convert_options->dtype,
                   "f32 keeps every bit of a float32 model; f16 and bf16 take half the space")
      ->check(CLI::IsMember({"f32", "f16", "bf16"}))
      ->capture_default_str();
  command
      ->add_option("--set", convert_options->overrides,
                   "what the file does not say or says wrongly of its network: a key of the "
                   "generator section of config.yaml, such as add_out_act=sigmoid")
      ->type_name("KEY=VALUE")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command->callback([convert_options, &common] { convert(*convert_options, common); });
}

}  // namespace lama::cli
