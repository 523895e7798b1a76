// The `generator` section of a config, from which generator_config.h makes what a generator is.
#pragma once

#include "config/value.h"
#include "model/generator_config.h"

namespace lama::internal::model {

/// `file`: a config whose references are resolved. Throws Error as parse_generator_config, with the
/// line or the override that is wrong.
GeneratorConfig read_generator_section(const config::Value& file);

}  // namespace lama::internal::model
