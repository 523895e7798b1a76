#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace lama::internal::cli {

/// Formats help: two columns, lines of 80 characters, no types. An option's option_text names its
/// value; its description holds range and default.
class HelpFormatter : public CLI::Formatter {
 public:
  std::string make_usage(const CLI::App* app, std::string name) const override;
  std::string make_option(const CLI::Option* option, bool is_positional) const override;
  std::string make_option_opts(const CLI::Option* option) const override;
  std::string make_footer(const CLI::App* app) const override;
  std::string make_subcommand(const CLI::App* command) const override;
};

/// For commands that obey both options of the program.
inline constexpr const char* kVerbosityHelp = "-v (--verbose) and -q (--quiet) work here too.";

/// Puts `text` before what the command's help already ends with: the exit codes, from the program.
inline void begin_footer(CLI::App& command, const std::string& text) {
  command.footer(text + ' ' + command.get_footer());
}

}  // namespace lama::internal::cli
