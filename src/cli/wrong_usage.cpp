#include "cli/wrong_usage.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
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

/// The text between `before` and `after` in `text`; nothing if they are not there.
std::optional<std::string> between(const std::string& text, std::string_view before,
                                   std::string_view after) {
  const std::size_t first = text.find(before);
  if (first == std::string::npos) return std::nullopt;
  const std::size_t begin = first + before.size(), end = text.find(after, begin);
  if (end == std::string::npos) return std::nullopt;
  return text.substr(begin, end - begin);
}

/// A number as CLI11 writes it, "100.000000", without zeros at its end.
std::string shorter(std::string number) {
  if (number.find('.') == std::string::npos) return number;
  number.erase(number.find_last_not_of('0') + 1);
  if (number.ends_with('.')) number.pop_back();
  return number;
}

/// Whether `list` has whole numbers alone, of any size, with commas between them.
bool are_whole_numbers(const std::string& list) {
  std::istringstream parts(list + ',');
  for (std::string part; std::getline(parts, part, ',');) {
    const std::size_t sign = part.starts_with('-') ? 1 : 0;
    if (part.size() == sign || part.find_first_not_of("0123456789", sign) != std::string::npos) {
      return false;
    }
  }
  return true;
}

/// CLI11's messages about values, in the words of the program's other messages.
std::string in_our_words(std::string message) {
  const std::string conversion = "Could not convert: ";
  if (message.starts_with(conversion)) {
    const std::size_t at = message.find(" = ");
    const std::string value = message.substr(at + 3);
    return fmt::format("{}: {} is {}", message.substr(conversion.size(), at - conversion.size()),
                       value, are_whole_numbers(value) ? "out of range" : "not a number");
  }
  const std::string option = message.substr(0, message.find(": "));
  if (const auto value = between(message, ": Value ", " not in range ")) {
    // "1 to 5", and from CLI11 2.4 on "[1 - 5]".
    std::string range = message.substr(message.rfind(" not in range ") + 14);
    const bool brackets = range.starts_with('[');
    if (brackets) range = range.substr(1, range.size() - 2);
    const std::string between_bounds = brackets ? " - " : " to ";
    const std::size_t at = range.find(between_bounds);
    return fmt::format("{}: {} is not a number from {} to {}", option, *value,
                       shorter(range.substr(0, at)),
                       shorter(range.substr(at + between_bounds.size())));
  }
  for (const char* bound : {": At least ", ": At Most "}) {
    if (const auto number = between(message, bound, " required but received ")) {
      return fmt::format("{}: it takes {} {}, not {}", option, *number,
                         *number == "1" ? "value" : "values",
                         message.substr(message.rfind(' ') + 1));
    }
  }
  if (message.ends_with(" missing")) return option + ": its value is missing";
  return message;
}

}  // namespace

void refuse(const std::string& why) { throw CLI::ValidationError(why); }

std::string wrong_usage(const CLI::App& program, const CLI::ParseError& error) {
  const auto given = commands_given(program);
  const CLI::App& command = *given.back();
  const bool wants_command = command.get_require_subcommand_min() > 0;
  Names left = program.remaining(/*recurse=*/true);
  std::erase(left, "--");  // the end of options is no option
  const auto option = std::find_if(left.begin(), left.end(),
                                   [](const auto& word) { return word.starts_with('-'); });
  std::string wrong = in_our_words(error.what());
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
