#include "training/trained_networks.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "base/error.h"
#include "model/architecture.h"
#include "training/average.h"
#include "weights/model_file.h"

namespace lama::internal::training {
namespace {

double millions(const torch::nn::Module& network) {
  std::int64_t count = 0;
  for (const torch::Tensor& parameter : network.parameters()) count += parameter.numel();
  return static_cast<double>(count) * 1e-6;
}

std::vector<torch::Tensor> tensors_of(const torch::nn::Module& network) {
  std::vector<torch::Tensor> tensors = network.parameters();
  for (const torch::Tensor& buffer : network.buffers()) tensors.push_back(buffer);
  return tensors;
}

void append_prefixed(networks::NamedTensors& tensors, const std::string& prefix,
                     const networks::NamedTensors& more) {
  for (const auto& [name, tensor] : more) tensors.emplace_back(prefix + name, tensor);
}

/// Returns how many tensors of the file fit; all others are listed.
std::size_t load_and_list(torch::nn::Module& network, const std::string& name,
                          const weights::TensorFile& file, Run& run) {
  const networks::Matched result = networks::load_matching(network, file, name + ".");
  run.say(
      fmt::format("  {:<14} {:>5} matched {:>5} missing {:>5} unexpected {:>5} of another shape",
                  name, result.matched.size(), result.missing.size(), result.unexpected.size(),
                  result.other_shape.size()));
  for (const auto& [what, names] :
       {std::pair{"missing", &result.missing}, std::pair{"unexpected", &result.unexpected},
        std::pair{"another shape", &result.other_shape}}) {
    for (const std::string& tensor : *names) run.say(fmt::format("    {}: {}", what, tensor));
  }
  return result.matched.size();
}

void load_initial_weights(TrainedNetworks& networks, Run& run) {
  const std::filesystem::path& path = run.request().init_from;
  if (path.empty()) return;
  const auto file = weights::open_networks(path);
  run.say(fmt::format("initial weights: {}", path.string()));
  const std::size_t matched = load_and_list(*networks.generator, "generator", *file, run) +
                              load_and_list(*networks.discriminator, "discriminator", *file, run);
  if (matched == 0) {
    throw Error(
        fmt::format("{}: none of its tensors fits the networks of this config", path.string()));
  }
}

}  // namespace

TrainedNetworks::TrainedNetworks(const TrainingConfig& config,
                                 const std::function<void(const std::string&)>& say)
    : generator(nullptr), discriminator(nullptr), average(nullptr) {
  torch::manual_seed(config.seed.value_or(0));
  const model::Architecture description = model::architecture(config.generator);
  generator = networks::Generator(description);
  discriminator = Discriminator(config.discriminator);
  if (config.training_model.average_generator) average = networks::Generator(description);
  say(fmt::format("generator: {}; {:.2f} million parameters", model::describe(config.generator),
                  millions(*generator)));
  say(fmt::format("discriminator: {:.2f} million parameters", millions(*discriminator)));
}

TrainedNetworks::TrainedNetworks(Run& run)
    : TrainedNetworks(run.config(), [&](const std::string& line) { run.say(line); }) {
  load_initial_weights(*this, run);
  generator->to(run.device());
  discriminator->to(run.device());
  run.processes().broadcast(tensors_of(*generator));
  run.processes().broadcast(tensors_of(*discriminator));
  if (!average) return;
  average->to(run.device());
  average->eval();
  for (const torch::Tensor& parameter : average->parameters()) parameter.set_requires_grad(false);
  training::update_average(*average, *generator, 0);
}

void TrainedNetworks::update_average(const TrainingConfig& config, std::int64_t step) {
  const auto& options = config.training_model.average_generator;
  if (!options) return;
  const bool begun = step > options->start_step;
  if (begun && step % options->period != 0) return;
  training::update_average(*average, *generator, begun ? options->beta : 0);
}

networks::NamedTensors TrainedNetworks::state_dict() const {
  networks::NamedTensors tensors;
  append_prefixed(tensors, "generator.", networks::state_dict(*generator));
  append_prefixed(tensors, "discriminator.", networks::state_dict(*discriminator));
  return tensors;
}

std::optional<networks::NamedTensors> TrainedNetworks::average_state_dict() const {
  if (!average) return std::nullopt;
  networks::NamedTensors tensors;
  append_prefixed(tensors, "generator.", networks::state_dict(*average));
  return tensors;
}

}  // namespace lama::internal::training
