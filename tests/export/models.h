// Models of tests/data, also from files that hold expected results beside the network.
#pragma once

#include <memory>
#include <string>

#include "model/architecture.h"
#include "tests/testing.h"
#include "weights/model_file.h"
#include "weights/safetensors.h"

namespace lama::internal::testing {

inline weights::ModelFile exported_model(const std::string& name) {
  const auto file = std::make_shared<const weights::SafetensorsFile>(data(name + ".safetensors"));
  return {.name = name,
          .format = "safetensors",
          .taken_for_granted = {},
          .network = model::architecture(
              model::parse_generator_config(file->metadata().at("lama.config"), name)),
          .tensors = file};
}

}  // namespace lama::internal::testing
