#include "inpaint/option_table.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <stdexcept>
#include <system_error>
#include <type_traits>
#include <utility>

namespace lama::internal {
namespace {

constexpr unsigned kCommandLine = static_cast<unsigned>(Door::command_line),
                   kHttp = static_cast<unsigned>(Door::http),
                   kPage = static_cast<unsigned>(Door::page),
                   kLibrary = static_cast<unsigned>(Door::library);
constexpr unsigned kEverywhere = kCommandLine | kHttp | kPage | kLibrary;

/// The type of an option that keeps an enum in `field`.
template <auto field>
Enumeration enumeration(std::vector<Choice> choices) {
  using Value = std::remove_reference_t<decltype(std::declval<FillOptions&>().*field)>;
  return {std::move(choices),
          [](const FillOptions& options) { return static_cast<int>(options.*field); },
          [](FillOptions& options, std::size_t i) { options.*field = static_cast<Value>(i); }};
}

std::vector<Option> make_table() {
  constexpr const char* kNoGrowth = "; 0 with --published or --fill-transparent";
  return {
      {.name = "dilate",
       .help = "grow the hole by N pixels first",
       .type = WholeNumber{&FillOptions::dilate, 0, 1000, kDefaultDilate},
       .doors = kEverywhere,
       .standard_text = kNoGrowth},
      {.name = "feather",
       .help = "also fill N pixels around the hole, and blend them with the photo",
       .type = WholeNumber{&FillOptions::feather, 0, 1000, kDefaultFeather},
       .doors = kEverywhere,
       .standard_text = kNoGrowth},
      {.name = "mask_threshold",
       .help = "a mask's pixel marks a hole from this share of full white",
       .type = Share{&FillOptions::mask_threshold},
       .doors = kCommandLine | kHttp | kLibrary,
       .ignored_by_published = true},
      {.name = "invert_mask",
       .help = "the mask is black where to fill",
       .type = Flag{&FillOptions::invert_mask},
       .doors = kCommandLine | kHttp | kLibrary,
       .ignored_by_published = true},
      {.name = "mask_channel",
       .help = "the channel that marks the hole",
       .type = enumeration<&FillOptions::mask_channel>(
           {{"auto", "alpha if the opacity varies and the brightness hardly does"},
            {"luma", "brightness"},
            {"alpha", "opacity"}}),
       .doors = kCommandLine,
       .ignored_by_published = true},
      {.name = "resize_mask",
       .help = "fit a mask of another size to the picture",
       .type = Flag{&FillOptions::resize_mask},
       .doors = kCommandLine},
      {.name = "fill_transparent",
       .help = "fill the picture's own transparent part and make it opaque; takes no MASK",
       .type = Flag{&FillOptions::fill_transparent},
       .doors = kCommandLine | kLibrary},
      {.name = "strategy",
       .help = "the part of a large picture that the network sees; -v shows it",
       .type = enumeration<&FillOptions::strategy>(
           {{"auto", "full up to 1024 pixels a side, crop beyond"},
            {"full", "the whole picture"},
            {"crop", "each group of holes with context, scaled down if still too large"},
            {"resize", "the whole picture, scaled down"}}),
       .doors = kEverywhere,
       .ignored_by_published = true},
      {.name = "detail",
       .help = "add fine detail from the surroundings to a fill",
       .type =
           enumeration<&FillOptions::detail>({{"auto", "if the network sees the hole scaled down"},
                                              {"off", "none"},
                                              {"on", "in every fill of a network"}}),
       .doors = kEverywhere,
       .ignored_by_published = true},
      {.name = "match",
       .help = "shift the fill's colours so that the network's output agrees with the photo around "
               "the hole",
       .type = enumeration<&FillOptions::match>(
           {{"auto", "shift them"}, {"off", "keep the network's colours"}}),
       .doors = kEverywhere,
       .ignored_by_published = true},
      {.name = "memory_limit",
       .help = "memory to use beside the picture and the model, such as 800MB or 2G",
       .type = ByteCount{&FillOptions::memory_limit},
       .doors = kCommandLine | kLibrary,
       .standard_text = "the free memory"},
      {.name = "quality",
       .help = "the quality of a lossy result",
       .type = WholeNumber{&FillOptions::quality, 1, 100, std::nullopt},
       .doors = kCommandLine,
       .standard_text = "a JPEG source's own; else 95 for JPEG, 90 for WebP, 80 for HEIF and AVIF",
       .more = "Without it, a lossless source gives lossless WebP, and a JPEG source gives a JPEG "
               "that keeps all blocks outside the hole exactly"},
      {.name = "published",
       .help = "reproduce the published predict.py: any mask value above black is a hole, values "
               "are cut off instead of rounded, a folder's results are PNG",
       .type = Flag{&FillOptions::published},
       .doors = kCommandLine | kLibrary},
  };
}

/// Whether `type` allows `value`.
bool takes(const WholeNumber& type, int value) { return value >= type.least && value <= type.most; }
bool takes_share(double value) { return value > 0 && value <= 1; }

[[noreturn]] void refuse(const Option& option, const std::string& value, Door door) {
  throw BadOption(option.name, fmt::format("{} must be {}, not {}", spelled(option.name, door),
                                           values_of(option), value));
}

/// The number, if all of `text` is one.
template <typename Number>
std::optional<Number> parsed(const std::string& text) {
  Number number{};
  const char* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, number);
  return error == std::errc() && at == end ? std::optional(number) : std::nullopt;
}

}  // namespace

const std::vector<Option>& option_table() {
  static const std::vector<Option> table = make_table();
  return table;
}

const Option& option_named(std::string_view name) {
  for (const Option& option : option_table()) {
    if (name == option.name) return option;
  }
  throw std::out_of_range(std::string(name));
}

std::string spelled(const std::string& name, Door door) {
  if (door != Door::command_line) return name;
  std::string flag = "--" + name;
  std::replace(flag.begin(), flag.end(), '_', '-');
  return flag;
}

std::string values_of(const Option& option) {
  struct {
    std::string operator()(const Flag& /*type*/) const { return "true or false"; }
    std::string operator()(const WholeNumber& type) const {
      return fmt::format("a whole number from {} to {}", type.least, type.most);
    }
    std::string operator()(const Share& /*type*/) const { return "a number above 0 and at most 1"; }
    std::string operator()(const ByteCount& /*type*/) const { return "a number of bytes"; }
    std::string operator()(const Enumeration& type) const {
      std::vector<std::string> names;
      for (const Choice& choice : type.choices) names.emplace_back(choice.name);
      return fmt::format("one of {}", fmt::join(names, ", "));
    }
  } const in_words;
  return std::visit(in_words, option.type);
}

void set_option(FillOptions& options, const Option& option, const std::string& text) {
  const auto refuse_text = [&] {
    throw BadOption(option.name, fmt::format("{} is not {}", text, values_of(option)));
  };
  if (const auto* number = std::get_if<WholeNumber>(&option.type)) {
    const auto value = parsed<int>(text);
    if (!value || !takes(*number, *value)) refuse_text();
    options.*number->field = *value;
  } else if (const auto* share = std::get_if<Share>(&option.type)) {
    const auto value = parsed<double>(text);
    if (!value || !takes_share(*value)) refuse_text();
    options.*share->field = *value;
  } else if (const auto* names = std::get_if<Enumeration>(&option.type)) {
    const auto found = std::find_if(names->choices.begin(), names->choices.end(),
                                    [&text](const Choice& choice) { return text == choice.name; });
    if (found == names->choices.end()) refuse_text();
    names->set(options, static_cast<std::size_t>(found - names->choices.begin()));
  } else {
    throw std::logic_error(std::string(option.name) + " has no text");
  }
}

void check_options(const FillOptions& options, bool has_mask, Door door) {
  for (const Option& option : option_table()) {
    if (const auto* number = std::get_if<WholeNumber>(&option.type)) {
      const std::optional<int>& value = options.*number->field;
      if (value && !takes(*number, *value)) refuse(option, fmt::to_string(*value), door);
    } else if (const auto* share = std::get_if<Share>(&option.type)) {
      const double value = options.*share->field;
      if (!takes_share(value)) refuse(option, fmt::to_string(value), door);
    } else if (const auto* names = std::get_if<Enumeration>(&option.type)) {
      const int value = names->get(options);
      const auto count = static_cast<int>(names->choices.size());
      if (value < 0 || value >= count) refuse(option, fmt::to_string(value), door);
    }
  }
  if (!options.fill_transparent) return;
  const std::string name = "fill_transparent", flag = spelled(name, door);
  if (has_mask) {
    throw BadOption(name,
                    fmt::format("{} fills the picture's own transparent part: give no mask", flag));
  }
  if (options.published) {
    throw BadOption(name, fmt::format("{} ignores transparency: leave {} out",
                                      spelled("published", door), flag));
  }
}

void check_number(const std::string& name, int value, Door door) {
  const Option& option = option_named(name);
  if (!takes(std::get<WholeNumber>(option.type), value)) {
    refuse(option, fmt::to_string(value), door);
  }
}

}  // namespace lama::internal
