// The one table of a fill's options. The command line, the HTTP API with its capabilities, the page
// and the library take names, ranges, defaults and texts from it, or a test compares them
// (tests/repair/front_doors_test.cpp). A new option needs a field of FillOptions, a row here, and
// its use.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/error.h"
#include "inpaint/fill_options.h"

namespace lama::internal {

/// The program's interfaces for fills. Values are bits of Option::doors.
enum class Door : unsigned { command_line = 1, http = 2, page = 4, library = 8 };

// The types of options.
struct Flag {
  bool FillOptions::*field;
};
struct WholeNumber {
  std::optional<int> FillOptions::*field;
  int least, most;
  std::optional<int> standard;  ///< the default; empty if no number expresses it
};
struct Share {  ///< above 0 and at most 1
  double FillOptions::*field;
};
struct ByteCount {
  std::size_t FillOptions::*field;
};
struct Choice {
  const char* name;
  const char* help;
};
/// One of several names, in the order of an enum's values. The first is the default.
struct Enumeration {
  std::vector<Choice> choices;
  int (*get)(const FillOptions& options);
  void (*set)(FillOptions& options, std::size_t choice);
};
using OptionType = std::variant<Flag, WholeNumber, Share, ByteCount, Enumeration>;

struct Option {
  const char* name;  ///< with underscores, as in HTTP and the library
  const char* help;
  OptionType type;
  unsigned doors;
  bool ignored_by_published = false;  ///< by FillOptions::published
  /// The default in words; it follows the default's number, if there is one.
  const char* standard_text = nullptr;
  /// The help's text after range and default.
  const char* more = nullptr;

  bool offered_to(Door door) const { return (doors & static_cast<unsigned>(door)) != 0; }
};

/// In the order of the help.
const std::vector<Option>& option_table();
/// Throws std::out_of_range if there is no option of this name.
const Option& option_named(std::string_view name);

/// An option's name in a door's spelling: --mask-threshold, mask_threshold.
std::string spelled(const std::string& name, Door door);

/// The allowed values: "a whole number from 0 to 1000".
std::string values_of(const Option& option);

/// An option has a bad value, or contradicts another option.
class BadOption : public Error {
 public:
  BadOption(std::string option, std::string message)
      : Error(std::move(message)), name(std::move(option)) {}
  const std::string name;  ///< Option::name
};

/// Sets an option from the text of its value. Flags and byte counts have no single text and are not
/// allowed. Throws BadOption.
void set_option(FillOptions& options, const Option& option, const std::string& text);

/// Throws BadOption, in the spelling of `door`, if a value is out of range or options contradict
/// each other. `has_mask`: whether the caller gives a mask.
void check_options(const FillOptions& options, bool has_mask, Door door);

/// Throws BadOption if the option `name` does not allow `value`.
void check_number(const std::string& name, int value, Door door);

}  // namespace lama::internal
