// The one table of a fill's options. The command line, the HTTP API with its capabilities, the
// page and the library take names, ranges, defaults and texts from it, or a test compares them
// (tests/repair/front_doors_test.cpp). A new option is a field of FillOptions, a row here, and its
// use.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/error.h"
#include "inpaint/fill_options.h"

namespace lama {

/// Who can ask for a fill. Values are bits of Option::doors.
enum class Door : unsigned { command_line = 1, http = 2, page = 4, library = 8 };

// The types of options.
struct Flag {
  bool FillOptions::*field;
};
struct WholeNumber {
  std::optional<int> FillOptions::*field;
  int least, most;
  std::optional<int> standard;  ///< the default; nothing if there is no number that says it
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
  const char* name;  ///< with underscores, as HTTP and the library have it
  const char* help;
  OptionType type;
  unsigned doors;
  /// What the help says of the default, after its number if there is one.
  const char* standard_text = nullptr;
  /// What follows the range and the default in the help.
  const char* more = nullptr;

  bool offered_to(Door door) const { return (doors & static_cast<unsigned>(door)) != 0; }
};

/// In the order of the help.
const std::vector<Option>& option_table();
/// Throws std::out_of_range if there is no option of this name.
const Option& option_named(const std::string& name);

/// An option's name as a door spells it: --mask-threshold, mask_threshold.
std::string spelled(const std::string& name, Door door);

/// The values that an option takes: "a whole number from 0 to 1000".
std::string values_of(const Option& option);

/// An option has a value that it does not take, or contradicts another.
class BadOption : public Error {
 public:
  BadOption(std::string option, std::string message)
      : Error(std::move(message)), name(std::move(option)) {}
  const std::string name;  ///< Option::name
};

/// Sets an option by the text of its value: anything but flags and byte counts, which texts express
/// in more than one way. Throws BadOption.
void set_option(FillOptions& options, const Option& option, const std::string& text);

/// Throws BadOption, in the words of `door`, if a value is out of range or options contradict each
/// other. `has_mask`: whether a mask is given.
void check_options(const FillOptions& options, bool has_mask, Door door);

/// Throws BadOption if a whole number is not one that the option of this name takes.
void check_number(const std::string& name, int value, Door door);

}  // namespace lama
