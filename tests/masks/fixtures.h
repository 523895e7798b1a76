// Shared by the tests of masks: the published code's results, made by tests/oracle/make_masks.py.
#pragma once

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "image/mask.h"
#include "masks/mask_config.h"
#include "tests/codecs/png_file.h"
#include "tests/testing.h"

namespace lama::internal::testing {

inline nlohmann::json masks_data(const std::string& name) {
  return nlohmann::json::parse(std::ifstream(data("masks/" + name + ".json")));
}

/// JSON is YAML.
inline masks::MaskConfig config_of(const nlohmann::json& json) {
  return masks::parse_mask_config(config::parse_yaml(json.dump(), "test"), data("masks"));
}
inline masks::MaskConfig config_of(const std::string& yaml) {
  return masks::parse_mask_config(config::parse_yaml(yaml, "test.yaml"), data("masks"));
}

inline double share(const Mask& mask) {
  return static_cast<double>(mask.count()) / static_cast<double>(mask.missing.size());
}

}  // namespace lama::internal::testing
