#include "cli/inpaint_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

#include "base/memory.h"
#include "cli/compute_options.h"
#include "cli/counted.h"
#include "cli/output.h"
#include "cli/streams.h"
#include "evaluation/quality_hint.h"

namespace lama::internal::cli {
namespace {

nlohmann::ordered_json json_of(const evaluation::QualityHint& hint) {
  return {{"sharpness_ratio", hint.sharpness_ratio},
          {"luma_ratio", hint.luma_ratio},
          {"colour_ratio", hint.colour_ratio}};
}

/// The hint in words.
std::string describe(const evaluation::QualityHint& hint) {
  constexpr double kBlurry = 0.6, kDifferent = 0.1;
  std::string text = fmt::format(
      "the fill is {:.2f} times as sharp and {:.2f} times as bright as its surroundings",
      hint.sharpness_ratio, hint.luma_ratio);
  if (hint.sharpness_ratio < kBlurry) text += "; it may look blurry";
  if (hint.luma_ratio < 1 - kDifferent) text += "; it may look dark";
  if (hint.luma_ratio > 1 + kDifferent) text += "; it may look pale";
  return text;
}

/// Null if no picture needed a model.
nlohmann::ordered_json json_of_model(const std::string& name) {
  return name.empty() ? nlohmann::ordered_json() : nlohmann::ordered_json(name);
}
std::string model_in_words(const std::string& model) {
  return model.empty() ? "no fill needed" : "model: " + model;
}

using Paths = std::vector<std::filesystem::path>;

/// Prints lines of files, at most as many as a person would read.
void say_some(const char* fate, const std::vector<std::string>& lines) {
  constexpr std::size_t kShown = 10;
  for (std::size_t i = 0; i < std::min(lines.size(), kShown); ++i) {
    say("{}: {}\n", fate, lines[i]);
  }
  if (lines.size() > kShown) say("{}: {} more\n", fate, lines.size() - kShown);
}

std::vector<std::string> with_reason(const Paths& paths, std::string_view why) {
  std::vector<std::string> lines;
  for (const std::filesystem::path& path : paths) {
    lines.push_back(fmt::format("{}: {}", path.string(), why));
  }
  return lines;
}

nlohmann::ordered_json json_of(const Paths& paths) {
  auto list = nlohmann::ordered_json::array();
  for (const std::filesystem::path& path : paths) list.push_back(path.string());
  return list;
}

/// docs/cli.md explains the keys.
nlohmann::ordered_json json_of(const FolderSummary& summary, const std::string& output) {
  auto failed = nlohmann::ordered_json::array();
  for (const FailedPicture& failure : summary.filled.failed) {
    failed.push_back(
        {{"picture", failure.picture}, {"mask", failure.mask}, {"error", failure.error}});
  }
  auto notes = nlohmann::ordered_json::array();
  for (const PictureNote& note : summary.filled.notes) {
    notes.push_back({{"picture", note.picture}, {"mask", note.mask}, {"note", note.note}});
  }
  Paths lone_masks;
  for (const codecs::LoneMask& mask : summary.masks_without_picture) {
    lone_masks.push_back(mask.path);
  }
  return {{"output", output},
          {"model", json_of_model(summary.model)},
          {"pictures", summary.pictures},
          {"done", summary.filled.done},
          {"skipped", summary.skipped},
          {"empty_masks", summary.filled.empty_masks},
          {"failed", std::move(failed)},
          {"pictures_without_mask", json_of(summary.pictures_without_mask)},
          {"masks_without_picture", json_of(lone_masks)},
          {"left_out", json_of(summary.left_out)},
          {"notes", std::move(notes)}};
}

}  // namespace

void report(const repair::Repair& repaired, const std::string& model, const Stages& stages,
            const Reporting& how, const Common& common) {
  const Image& image = repaired.picture.image;
  const std::size_t filled = repaired.result.replaced.count();
  std::optional<evaluation::QualityHint> hint;
  if (how.quality_hint && filled > 0) {
    const auto planes = repaired.picture.colour
                            ? rgb_planes(repaired.picture.colour->to_srgb(image))
                            : rgb_planes(image);
    hint = evaluation::quality_hint(planes, repaired.result.replaced);
  }
  if (how.json) {
    nlohmann::ordered_json json = {{"output", how.output},    {"model", json_of_model(model)},
                                   {"width", image.width()},  {"height", image.height()},
                                   {"filled_pixels", filled}, {"threads", how.threads}};
    for (const auto& [name, seconds] : stages.list()) json["seconds"][name] = seconds;
    json["seconds"]["total"] = stages.total();
    json["peak_memory_bytes"] = peak_memory();
    if (hint) json["quality_hint"] = json_of(*hint);
    json["notes"] = repaired.notes;
    if (!repaired.advice.empty()) json["notes"].push_back(repaired.advice);
    json["details"] = repaired.details;
    print_result(json);
    return;
  }
  if (common.quiet) return;
  if (!repaired.advice.empty()) say("note: {}\n", repaired.advice);
  for (const std::string& note : repaired.notes) say("note: {}\n", note);
  if (hint) say("hint: {}\n", describe(*hint));
  if (common.verbose) {
    for (const std::string& detail : repaired.details) say("{}\n", detail);
    for (const auto& [name, seconds] : stages.list()) say("{:<16}{:8.3f} s\n", name, seconds);
    say("{:<16}{:8.0f} MB\n", "peak memory", static_cast<double>(peak_memory()) * 1e-6);
  }
  say("{}: filled {:.1f} % of {} x {} pixels in {:.2f} s ({}, {})\n", name_of(how.output, "stdout"),
      100.0 * static_cast<double>(filled) / static_cast<double>(image.pixels()), image.width(),
      image.height(), stages.total(), model_in_words(model), in_words(how.threads));
}

void report(const FolderSummary& summary, const Stages& stages, const Reporting& how,
            const Common& common) {
  if (how.json) {
    nlohmann::ordered_json json = json_of(summary, how.output);
    json["threads"] = how.threads;
    json["seconds"] = stages.total();
    json["peak_memory_bytes"] = peak_memory();
    print_result(json);
    return;
  }
  std::vector<std::string> lone_masks;
  for (const codecs::LoneMask& mask : summary.masks_without_picture) {
    lone_masks.push_back(fmt::format("{}: {}", mask.path.string(), mask.reason));
  }
  say_some("failed", lone_masks);
  say_some("left out", with_reason(summary.left_out, "a picture under a name that no format has"));
  if (common.quiet) return;
  say_some("left out", with_reason(summary.pictures_without_mask, "it has no mask"));
  const auto any = [](std::size_t count, std::string_view one, std::string_view many) {
    return count > 0 ? ", " + counted(count, one, many) : "";
  };
  say("{}: filled {} of {}, {} existed, {} failed{}{}{}, in {:.1f} s ({}, {})\n", how.output,
      summary.filled.done, counted(summary.pictures, "picture"), summary.skipped,
      summary.filled.failed.size(),
      any(summary.filled.empty_masks, "mask marks nothing", "masks mark nothing"),
      any(summary.masks_without_picture.size(), "mask has no picture", "masks have no picture"),
      any(summary.left_out.size(), "picture was left out", "pictures were left out"),
      stages.total(), model_in_words(summary.model), in_words(how.threads));
}

}  // namespace lama::internal::cli
