// A generator's architecture from its weights alone, for files without a config.yaml.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "model/architecture.h"

namespace lama::internal::model {

/// Recovers from the names and shapes of a generator's state dict ("model.1.ffc.convl2l.weight",
/// ...; counters may be among them) the kind, channels, blocks, ratios, and every option that has
/// parameters of its own. The result has exactly these parameters. Throws Error, which names the
/// tensors that do not fit, if no published generator has them.
///
/// `output_activation` comes from elsewhere, because weights do not show it, so that without it an
/// Error asks for it. Options that leave no trace in the weights either are taken as all published
/// configs have them: see taken_for_granted. `name` stands for the file in errors.
GeneratorConfig infer_generator_config(const std::map<std::string, Shape>& tensors,
                                       std::optional<OutputActivation> output_activation,
                                       std::string_view name);

/// For people: the options of an inferred network that no weights show: "padding_type reflect,
/// dilation 1, ...".
std::string taken_for_granted(const GeneratorConfig& inferred);

}  // namespace lama::internal::model
