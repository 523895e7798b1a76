#include "cli/fill_options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string>
#include <variant>
#include <vector>

#include "cli/compute_options.h"
#include "inpaint/option_table.h"

namespace lama::internal::cli {
namespace {

/// The default in words: " (default 5; 0 with --published)", " (default: what is free)".
std::string standard_of(const std::string& number, const Option& option) {
  const char* const text = option.standard_text != nullptr ? option.standard_text : "";
  return fmt::format(" ({} {}{})", number.empty() ? "default:" : "default", number, text);
}

/// Of the options that --published ignores.
std::vector<std::string> flags_without_effect() {
  std::vector<std::string> flags;
  for (const Option& option : option_table()) {
    if (option.ignored_by_published) flags.push_back(spelled(option.name, Door::command_line));
  }
  return flags;
}

std::string help_of(const Option& option) {
  std::string help = option.help;
  if (const auto* number = std::get_if<WholeNumber>(&option.type)) {
    help += fmt::format(", {} to {}", number->least, number->most) +
            standard_of(number->standard ? fmt::to_string(*number->standard) : "", option);
  } else if (const auto* share = std::get_if<Share>(&option.type)) {
    help += ", above 0 to 1" + standard_of(fmt::to_string(FillOptions().*share->field), option);
  } else if (const auto* names = std::get_if<Enumeration>(&option.type)) {
    const char* before = ". ";
    for (const Choice& choice : names->choices) {
      help += fmt::format("{}{}{}: {}", before, choice.name,
                          &choice == &names->choices.front() ? " (the default)" : "", choice.help);
      before = "; ";
    }
  }
  if (&option == &option_named("published")) {
    std::vector<std::string> flags = flags_without_effect();
    const std::string last = flags.back();
    flags.pop_back();
    help += fmt::format(". Ignores {} and {}", fmt::join(flags, ", "), last);
  }
  if (option.more != nullptr) help += fmt::format(". {}", option.more);
  return help;
}

void add(CLI::App& command, FillOptions& options, const Option& option) {
  const std::string flag = spelled(option.name, Door::command_line);
  if (const auto* boolean = std::get_if<Flag>(&option.type)) {
    command.add_flag(flag, options.*boolean->field, help_of(option));
  } else if (const auto* bytes = std::get_if<ByteCount>(&option.type)) {
    add_memory_limit(command, options.*bytes->field, option.help);
  } else {
    const char* value = std::holds_alternative<WholeNumber>(option.type) ? "N"
                        : std::holds_alternative<Share>(option.type)     ? "X"
                                                                         : "NAME";
    const auto set = [&options, &option, flag](const std::string& text) {
      try {
        set_option(options, option, text);
      } catch (const BadOption& error) {
        throw CLI::ValidationError(flag, error.what());
      }
    };
    command.add_option_function<std::string>(flag, set, help_of(option))->option_text(value);
  }
}

}  // namespace

std::string ignored_by_published(const CLI::App& command) {
  std::string given;
  for (const std::string& flag : flags_without_effect()) {
    if (command.count(flag) > 0) given += (given.empty() ? "" : ", ") + flag;
  }
  return given;
}

void add_fill_options(CLI::App& command, FillOptions& options) {
  for (const Option& option : option_table()) {
    if (option.offered_to(Door::command_line)) add(command, options, option);
  }
}

}  // namespace lama::internal::cli
