// The `generator` section of a config, from which generator_config.h makes what a generator is.
#pragma once

#include "config/section.h"
#include "config/value.h"
#include "model/generator_config.h"

namespace lama::internal::model {

/// `file`: a config whose references are resolved. Throws Error as parse_generator_config, with the
/// line or the override that is wrong.
GeneratorConfig read_generator_section(const config::Value& file);

// Of layers that a discriminator may have too: the keys that mean the same in both. They set the
// options whose keys are there; `enable_lfu` is true by default. Throw Error as config::Section.
void read_ffc_options(config::Section& section, FfcOptions& options);
void read_multidilation_options(config::Section& section, MultidilationOptions& options,
                                int most_dilations);

}  // namespace lama::internal::model
