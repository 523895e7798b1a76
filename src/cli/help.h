#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace lama::cli {

/// Help as people read it: two columns, lines of 80 characters, no types. What an option takes
/// stands in its option_text, its range and default in its description.
class HelpFormatter : public CLI::Formatter {
 public:
  std::string make_usage(const CLI::App* app, std::string name) const override;
  std::string make_option(const CLI::Option* option, bool is_positional) const override;
  std::string make_option_opts(const CLI::Option* option) const override;
  std::string make_subcommand(const CLI::App* command) const override;
};

}  // namespace lama::cli
