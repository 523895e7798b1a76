#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <system_error>
#include <vector>

#include "base/memory.h"
#include "base/thread_pool.h"
#include "cli/commands.h"
#include "cli/compute_options.h"
#include "cli/counted.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "cli/precision.h"
#include "engine/network.h"
#include "engine/peak.h"
#include "inpaint/network_fill.h"
#include "registry/choose_model.h"

namespace lama::internal::cli {
namespace {

struct BenchOptions {
  std::string model;
  int width = 512, height = 512;
  double hole = 25;
  int threads = ThreadPool::available_processors();
  int runs = 5;
  engine::Precision precision = engine::Precision::f32;
  bool profile = false, json = false;
};

/// The operations that one processor does in a second of its time. A multiplication with its
/// addition counts as 2.
double measured_peak() {
  constexpr std::size_t kMultiplications = 1'000'000'000;
  double best = 0;
  for (int i = 0; i < 3; ++i) {
    engine::StageTime time;
    double done = 0;
    {
      const engine::StageWatch watch(time);
      done = engine::multiply_add(kMultiplications);
    }
    best = std::max(best, 2 * done / time.cpu_seconds);
  }
  return best;
}

engine::Tensor noise(std::size_t height, std::size_t width) {
  engine::Tensor tensor(1, height, width, 4);
  std::uint32_t state = 1;
  for (std::size_t i = 0; i < tensor.size(); ++i) {
    state = state * 1664525 + 1013904223;
    tensor.data()[i] = static_cast<float>(state >> 8) / 16777216.0F;
  }
  return tensor;
}

/// A box in the middle of the picture that covers `percent` of it.
engine::Region middle(std::size_t height, std::size_t width, double percent) {
  const double side = std::sqrt(std::min(percent, 100.0) / 100);
  const auto part = [side](std::size_t all) {
    return std::max<std::size_t>(1, static_cast<std::size_t>(side * static_cast<double>(all)));
  };
  return {(height - part(height)) / 2, (width - part(width)) / 2, part(height), part(width)};
}

std::string table(const engine::Profile& profile, double cpu_seconds, double peak, int runs) {
  std::vector<std::pair<std::string, engine::StageTime>> stages(profile.begin(), profile.end());
  std::sort(stages.begin(), stages.end(), [](const auto& a, const auto& b) {
    return a.second.cpu_seconds > b.second.cpu_seconds;
  });
  double known = 0;
  for (const auto& [name, time] : stages) known += time.cpu_seconds;
  stages.push_back({"all else", {.cpu_seconds = cpu_seconds - known}});
  std::string text = fmt::format("{:28}{:>12}{:>8}{:>12}{:>12}\n", "stage", "CPU s a run", "share",
                                 "GFLOP/CPU s", "of the peak");
  for (const auto& [name, time] : stages) {
    text += fmt::format("{:28}{:12.3f}{:7.1f}%", name, time.cpu_seconds / runs,
                        100 * time.cpu_seconds / cpu_seconds);
    if (time.multiplications > 0) {
      const double rate = 2 * time.multiplications / time.cpu_seconds;
      text += fmt::format("{:12.1f}{:11.0f}%", rate * 1e-9, 100 * rate / peak);
    }
    text += "\n";
  }
  return text;
}

void bench(const BenchOptions& options) {
  const weights::ModelFile model = registry::open_chosen_model(options.model);
  engine::Network network(model.network, *model.tensors, options.threads, options.precision);
  const PixelSize size = padded({options.width, options.height}, network.sizes());
  const auto height = static_cast<std::size_t>(size.height),
             width = static_cast<std::size_t>(size.width);
  const engine::Region wanted = middle(height, width, options.hole);
  const double peak = measured_peak();
  const engine::Observer stop_if_asked = [](const engine::LayerDone&) { check_interrupted(); };

  network.forward(noise(height, width), wanted, stop_if_asked);  // touch all memory once
  engine::Profile profile;
  if (options.profile) network.set_profile(&profile);
  std::vector<double> seconds;
  engine::StageTime all;
  for (int i = 0; i < options.runs; ++i) {
    engine::Tensor input = noise(height, width);
    const double before = all.seconds;
    {
      const engine::StageWatch watch(all);
      network.forward(std::move(input), wanted, stop_if_asked);
    }
    seconds.push_back(all.seconds - before);
  }
  std::sort(seconds.begin(), seconds.end());
  const double median = (seconds[seconds.size() / 2] + seconds[(seconds.size() - 1) / 2]) / 2;
  const double cpu_seconds = all.cpu_seconds / options.runs;
  if (options.json) {
    nlohmann::ordered_json json = {
        {"model", model.name},
        {"network", model::describe(model.network.config)},
        {"width", width},
        {"height", height},
        {"hole_percent", options.hole},
        {"threads", options.threads},
        {"precision", engine::name_of(options.precision)},
        {"seconds", {{"median", median}, {"min", seconds.front()}, {"max", seconds.back()}}},
        {"cpu_seconds", cpu_seconds},
        {"planned_bytes", network.peak_bytes(1, height, width)},
        {"peak_memory_bytes", peak_memory()},
        {"peak_flops_per_cpu_second", peak}};
    for (const auto& [name, time] : profile) {
      json["stages"][name] = {{"seconds", time.seconds / options.runs},
                              {"cpu_seconds", time.cpu_seconds / options.runs},
                              {"multiplications", time.multiplications / options.runs}};
    }
    print_result(json);
    return;
  }
  std::string text = fmt::format(
      "{}, {} x {} pixels, hole {:g} %, {}, {}: {:.3f} s (min {:.3f}, max {:.3f}, {}), "
      "{:.3f} CPU s, {:.0f} MB\nthe processor's multiply-add peak: {:.0f} GFLOP per CPU second\n",
      model.name, width, height, options.hole, engine::name_of(options.precision),
      in_words(options.threads), median, seconds.front(), seconds.back(),
      counted(static_cast<std::size_t>(options.runs), "run"), cpu_seconds,
      static_cast<double>(peak_memory()) * 1e-6, peak * 1e-9);
  if (options.profile) text += "\n" + table(profile, all.cpu_seconds, peak, options.runs);
  print_result(text);
}

/// The error in a --hole, or an empty string. For CLI::Range nan is in every range.
std::string refuse_percentage(const std::string& text) {
  double number = 0;
  const char* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, number);
  if (error == std::errc() && at == end && number >= 0 && number <= 100) return {};
  return text + " is not a number from 0 to 100";
}

}  // namespace

void add_bench(CLI::App& app) {
  auto* command = app.add_subcommand("bench", "measure how fast this machine runs a network");
  auto options = std::make_shared<BenchOptions>();
  add_model(*command, options->model);
  command->add_option("--width", options->width, "the picture's width in pixels (default 512)")
      ->option_text("N")
      ->check(CLI::Range(1, 100000));
  command->add_option("--height", options->height, "the picture's height in pixels (default 512)")
      ->option_text("N")
      ->check(CLI::Range(1, 100000));
  command
      ->add_option("--hole", options->hole,
                   "the hole's share of the picture, in percent (default 25): a box in the middle")
      ->option_text("X")
      ->check(refuse_percentage);
  add_threads(*command, options->threads);
  add_precision(*command, options->precision);
  command->add_option("--runs", options->runs, "number of measured runs (default 5)")
      ->option_text("N")
      ->check(CLI::Range(1, 10000));
  command->add_flag("--profile", options->profile, "show the time of each stage");
  command->add_flag("--json", options->json, "print the output as JSON");
  command->callback([options] { bench(*options); });
}

}  // namespace lama::internal::cli
