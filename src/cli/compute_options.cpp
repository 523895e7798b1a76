#include "cli/compute_options.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <map>

#include "base/error.h"
#include "base/lower_case.h"
#include "cli/counted.h"
#include "cli/device.h"
#include "cli/existing.h"
#include "cli/precision.h"
#include "inpaint/option_table.h"
#include "registry/choose_model.h"

namespace lama::internal::cli {
namespace {

/// Replaces a size such as 1.5G by its number of bytes. Returns an error, or an empty string.
std::string parse_size(std::string& text) {
  // Decimal prefixes are powers of 1000; KiB and the like are powers of 1024.
  static const std::map<std::string, double> kUnits = {
      {"", 1},         {"b", 1},        {"k", 1e3},     {"kb", 1e3},     {"m", 1e6},
      {"mb", 1e6},     {"g", 1e9},      {"gb", 1e9},    {"t", 1e12},     {"tb", 1e12},
      {"ki", 1024.0},  {"kib", 1024.0}, {"mi", 0x1p20}, {"mib", 0x1p20}, {"gi", 0x1p30},
      {"gib", 0x1p30}, {"ti", 0x1p40},  {"tib", 0x1p40}};
  double number = 0;
  const char* const text_end = text.data() + text.size();
  const auto [end, error] =
      std::from_chars(text.data(), text_end, number, std::chars_format::fixed);
  std::string unit;
  for (const char* c = end; c != text_end; ++c) {
    if (*c != ' ') unit += *c;
  }
  const auto found = kUnits.find(lower_case(unit));
  const bool is_number = error == std::errc() && std::isfinite(number) && !std::signbit(number);
  if (!is_number || found == kUnits.end()) {
    return fmt::format("{} is not a size: give a number and a unit, such as 800MB or 1.5G", text);
  }
  const double bytes = std::floor(number * found->second);
  // The largest integer that a double holds exactly far exceeds any machine's memory.
  if (!(bytes >= 1 && bytes < 0x1p53)) {
    return fmt::format("{} is not a usable size: leave the option out to use the free memory",
                       text);
  }
  text = fmt::format("{:.0f}", bytes);
  return {};
}

}  // namespace

void add_compute_options(CLI::App& command, ComputeOptions& options) {
  add_model(command, options.model);
  add_threads(command, options.threads);
  add_precision(command, options.precision);
  command
      .add_option("--device", options.device,
                  "where the network runs. auto (the default): cpu; cpu: this program's engine, on "
                  "the processor; torch-cpu: LibTorch, on the processor; cuda, cuda:N: LibTorch, "
                  "on a graphics card")
      ->option_text("NAME")
      ->check(device_error);
}

void add_model(CLI::App& command, std::string& model) {
  command.add_option("--model", model, registry::kModelHelp)
      ->option_text("MODEL")
      ->check(refuse_empty);
}

void add_threads(CLI::App& command, int& threads, const std::string& more) {
  command
      .add_option("--threads", threads,
                  "number of computing threads, 1 to 1024 (default: one per processor)" + more)
      ->option_text("N")
      ->check(CLI::Range(1, 1024));
}

std::string in_words(int threads) { return counted(static_cast<std::size_t>(threads), "thread"); }

void add_memory_limit(CLI::App& command, std::size_t& bytes, const std::string& help) {
  const Option& option = option_named("memory_limit");
  command
      .add_option(spelled(option.name, Door::command_line), bytes,
                  fmt::format("{} (default: {})", help, option.standard_text))
      ->option_text("SIZE")
      ->transform(CLI::Validator(parse_size, ""));
}

OpenedModel open_model(const ComputeOptions& options) {
  if (registry::means_patches(options.model)) {
    if (options.device != "auto" && options.device != "cpu") {
      throw Error(fmt::format("{} runs on the processor alone: leave --device out",
                              registry::kPatchesName));
    }
    return {registry::kPatchesName, Backend::copying(options.threads)};
  }
  const weights::ModelFile model = registry::open_chosen_model(options.model);
  OpenedModel opened{model.name,
                     open_backend(model, options.device, options.threads, options.precision)};
  opened.network.advice = registry::advice(options.model);
  return opened;
}

}  // namespace lama::internal::cli
