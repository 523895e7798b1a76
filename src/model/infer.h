// A generator's architecture from its weights alone, for files without a config.yaml.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "model/generator.h"

namespace lama::model {

GeneratorConfig infer_generator_config(const std::map<std::string, Shape>& tensors,
                                       std::optional<OutputActivation> output_activation,
                                       std::string_view name);

}  // namespace lama::model
