// The common parts of the readers of a config's sections.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "config/section.h"
#include "config/value.h"
#include "training/config/training_config.h"

namespace lama::internal::training {

constexpr double kMost = 1e9;  ///< of weights and the like: far beyond any use
constexpr int kManySteps = 2'000'000'000;

/// A config whose references are resolved, and its values as far as they are read.
struct Reading {
  const config::Value& tree;
  TrainingConfig& config;

  /// Notes that `key` of section `path` has no effect, if it is there.
  void ignore(config::Section& section, const std::string& path, const std::string& key,
              std::string_view why) const;
};

/// An absent or empty one leaves `path`.
void read_path(config::Section& section, const std::string& key, std::filesystem::path& path);

}  // namespace lama::internal::training
