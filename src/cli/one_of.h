#pragma once

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <map>
#include <string>

namespace lama::internal::cli {

/// For CLI::Option::transform: maps one of a few names to its value. CLI11's own check (2.3) names
/// the values' numbers too: "Check ab value in {f32->0,bf16->1} OR {0,1} FAILED".
template <typename Value>
CLI::Validator one_of(const std::map<std::string, Value>& values) {
  return {[values](std::string& text) {
            const auto found = values.find(text);
            if (found != values.end()) {
              text = std::to_string(static_cast<int>(found->second));
              return std::string();
            }
            std::string names;
            for (const auto& entry : values) names += (names.empty() ? "" : ", ") + entry.first;
            return fmt::format("{} is none of {}", text, names);
          },
          ""};
}

}  // namespace lama::internal::cli
