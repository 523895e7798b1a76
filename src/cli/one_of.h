#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <utility>
#include <vector>

#include "base/not_one_of.h"

namespace lama::internal::cli {

/// For CLI::Option::transform: maps one of a few names, in the order of the help, to its value.
/// CLI11's own check (2.3) names the values' numbers too: "Check ab value in {f32->0,bf16->1} OR
/// {0,1} FAILED".
template <typename Value>
CLI::Validator one_of(const std::vector<std::pair<std::string, Value>>& values) {
  return {[values](std::string& text) {
            std::vector<std::string> names;
            names.reserve(values.size());
            for (const auto& [name, value] : values) {
              if (text == name) {
                text = std::to_string(static_cast<int>(value));
                return std::string();
              }
              names.push_back(name);
            }
            return not_one_of(text, names);
          },
          ""};
}

}  // namespace lama::internal::cli
