#include "cli/wrong_usage.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

#include "base/similar_name.h"

namespace lama::internal::cli {
namespace {

using Names = std::vector<std::string>;

/// The commands on the command line, with the program first: `lama`, `models`, `pull`.
std::vector<const CLI::App*> commands_given(const CLI::App& program) {
  std::vector<const CLI::App*> given = {&program};
  while (!given.back()->get_subcommands().empty()) {
    given.push_back(given.back()->get_subcommands().front());
  }
  return given;
}

Names command_names(const CLI::App& of) {
  Names names;
  for (const CLI::App* command : of.get_subcommands(nullptr)) {
    const bool hidden = command->get_group().empty();
    if (!hidden) names.push_back(command->get_name());
  }
  return names;
}

Names option_names(const std::vector<const CLI::App*>& commands) {
  Names names;
  for (const CLI::App* command : commands) {
    for (const CLI::Option* option : command->get_options()) {
      for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    }
  }
  return names;
}

std::string unknown(std::string_view what, const std::string& word, const Names& names) {
  const auto meant = similar_name(word, names);
  return fmt::format("unknown {} {}{}", what, word,
                     meant ? fmt::format("; did you mean {}?", *meant) : "");
}

}  // namespace

std::string wrong_usage(const CLI::App& program, const CLI::ParseError& error) {
  const auto given = commands_given(program);
  const CLI::App& command = *given.back();
  const bool wants_command = command.get_require_subcommand_min() > 0;
  const Names left = program.remaining(/*recurse=*/true);
  const auto option = std::find_if(left.begin(), left.end(),
                                   [](const auto& word) { return word.starts_with('-'); });
  std::string wrong = error.what();
  if (error.get_name() == "ArgumentMismatch") {
    wrong = wrong.substr(0, wrong.find(':')) + ": its value is missing";
  }
  if (option != left.end()) {
    wrong = unknown("option", option->substr(0, option->find('=')), option_names(given));
  } else if (!left.empty() && wants_command) {
    wrong = unknown("command", left.front(), command_names(command));
  } else if (!left.empty()) {
    wrong = fmt::format("unexpected argument: {}", left.front());
  } else if (wants_command) {
    wrong = fmt::format("a command is missing: {}", fmt::join(command_names(command), ", "));
  }
  Names words;
  for (const CLI::App* part : given) words.push_back(part->get_name());
  return fmt::format("{} (see {} --help)", wrong, fmt::join(words, " "));
}

}  // namespace lama::internal::cli
