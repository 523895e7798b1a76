#include "cli/help.h"

#include <sstream>

namespace lama::internal::cli {
namespace {

constexpr std::size_t kNames = 26, kWidth = 80;

/// The text in lines of kWidth characters. It starts at column `margin`, and so do its later lines.
std::string folded(const std::string& text, std::size_t margin) {
  std::size_t column = margin;
  const std::string new_line = '\n' + std::string(margin, ' ');
  std::string lines;
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    if (column > margin && column + 1 + word.size() > kWidth) {
      lines += new_line;
      column = margin;
    } else if (column > margin) {
      lines += ' ';
      ++column;
    }
    lines += word;
    column += word.size();
  }
  return lines;
}

/// One entry: names on the left, lines of the description on the right.
std::string entry(const std::string& names, const std::string& description) {
  std::string text = "  " + names;
  text += text.size() + 2 > kNames ? '\n' + std::string(kNames, ' ')
                                   : std::string(kNames - text.size(), ' ');
  return text + folded(description, kNames) + '\n';
}

}  // namespace

std::string HelpFormatter::make_usage(const CLI::App* app, std::string name) const {
  std::string text = "Usage: " + name;
  for (const CLI::Option* option : app->get_options()) {
    if (option->get_positional()) {
      const std::string positional = option->get_name(true);
      text += option->get_required() ? ' ' + positional : " [" + positional + ']';
    } else if (option->get_required()) {
      text += " -" + option->get_snames().at(0) + make_option_opts(option);
    }
  }
  if (app->get_require_subcommand_min() > 0) text += " COMMAND";
  return text + " [options]\n";
}

std::string HelpFormatter::make_option(const CLI::Option* option, bool is_positional) const {
  return entry(make_option_name(option, is_positional) + make_option_opts(option),
               make_option_desc(option));
}

std::string HelpFormatter::make_option_opts(const CLI::Option* option) const {
  return option->get_option_text().empty() ? "" : ' ' + option->get_option_text();
}

std::string HelpFormatter::make_footer(const CLI::App* app) const {
  // Versions of CLI11 begin it with different numbers of empty lines.
  std::string text = CLI::Formatter::make_footer(app);
  const std::size_t begin = text.find_first_not_of('\n');
  if (begin == std::string::npos) return text;
  return text.substr(0, begin) + folded(text.substr(begin), 0) + '\n';
}

std::string HelpFormatter::make_subcommand(const CLI::App* command) const {
  return entry(command->get_name(), command->get_description());
}

}  // namespace lama::internal::cli
