#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <new>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "cli/commands.h"
#include "cli/compute_options.h"
#include "cli/counted.h"
#include "cli/fill_options.h"
#include "cli/help.h"
#include "cli/inpaint_folder.h"
#include "cli/inpaint_picture.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/shard.h"
#include "cli/streams.h"
#include "cli/worker.h"
#include "codecs/format.h"
#include "codecs/load_codecs.h"
#include "evaluation/quality_hint.h"
#include "inpaint/option_table.h"
#include "sandbox/confine.h"

namespace lama::internal::cli {
namespace {

struct Options {
  std::string image, mask, output;
  ComputeOptions compute;
  FillOptions fill;
  bool json = false;
  bool quality_hint = false;
  bool skip_existing = false;
  bool sandbox = false;
  std::string shard;
};

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Names and durations of a run's stages, in order.
class Stages {
 public:
  void add(const std::string& name, double seconds) { list_.emplace_back(name, seconds); }
  template <typename Step>
  void time(const std::string& name, Step&& step) {
    const auto start = Clock::now();
    step();
    add(name, seconds_since(start));
  }
  const std::vector<std::pair<std::string, double>>& list() const { return list_; }
  double total() const { return seconds_since(begin_); }

 private:
  Clock::time_point begin_ = Clock::now();
  std::vector<std::pair<std::string, double>> list_;
};

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

/// Empty if no picture needed a model.
nlohmann::ordered_json json_of_model(const std::string& name) {
  return name.empty() ? nlohmann::ordered_json() : nlohmann::ordered_json(name);
}
std::string model_in_words(const std::string& model) {
  return model.empty() ? "no fill needed" : "model: " + model;
}

void report(const repair::Repair& repaired, const std::string& model, const Stages& stages,
            const Options& options, const Common& common) {
  const Image& image = repaired.picture.image;
  const std::size_t filled = repaired.result.replaced.count();
  std::optional<evaluation::QualityHint> hint;
  if (options.quality_hint && filled > 0) {
    const auto planes = repaired.picture.colour
                            ? rgb_planes(repaired.picture.colour->to_srgb(image))
                            : rgb_planes(image);
    hint = evaluation::quality_hint(planes, repaired.result.replaced);
  }
  if (options.json) {
    nlohmann::ordered_json json = {
        {"output", options.output}, {"model", json_of_model(model)},
        {"width", image.width()},   {"height", image.height()},
        {"filled_pixels", filled},  {"threads", options.compute.threads}};
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
  say("{}: filled {:.1f} % of {} x {} pixels in {:.2f} s ({}, {})\n",
      name_of(options.output, "stdout"),
      100.0 * static_cast<double>(filled) / static_cast<double>(image.pixels()), image.width(),
      image.height(), stages.total(), model_in_words(model), in_words(options.compute.threads));
}

void run_picture(const Options& options, const Common& common) {
  const PicturePaths paths{options.image, options.mask, options.output};
  check_output(paths);
  Stages stages;
  repair::Repair picture;
  stages.time("read", [&] { picture = read(paths, options.fill); });
  check_interrupted();
  std::string model_name;  // none if nothing is missing
  if (picture.has_hole()) {
    std::unique_ptr<OpenedModel> model;
    stages.time("open model",
                [&] { model = std::make_unique<OpenedModel>(open_model(options.compute)); });
    check_interrupted();
    model_name = model->name;
    Progress progress(std::filesystem::path(options.image).filename().string(), !common.quiet);
    repair::fill(picture, model->network, options.fill, [&progress](double done) {
      check_interrupted();
      progress.update(done);
    });
    stages.add("prepare picture", picture.result.prepare_seconds);
    stages.add("network", picture.result.network_seconds);
    stages.add("copies", picture.result.copy_seconds);
    stages.add("detail", picture.result.detail_seconds);
    stages.add("compose", picture.result.compose_seconds);
  }
  check_interrupted();
  stages.time("write", [&] { write_output(paths.output, repair::encode(picture, options.fill)); });
  report(picture, model_name, stages, options, common);
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
  for (const FailedPicture& failure : summary.failed) {
    failed.push_back(
        {{"picture", failure.picture}, {"mask", failure.mask}, {"error", failure.error}});
  }
  auto notes = nlohmann::ordered_json::array();
  for (const PictureNote& note : summary.notes) {
    notes.push_back({{"picture", note.picture}, {"mask", note.mask}, {"note", note.note}});
  }
  Paths lone_masks;
  for (const codecs::LoneMask& mask : summary.masks_without_picture) {
    lone_masks.push_back(mask.path);
  }
  return {{"output", output},
          {"model", json_of_model(summary.model)},
          {"pictures", summary.pictures},
          {"done", summary.done},
          {"skipped", summary.skipped},
          {"empty_masks", summary.empty_masks},
          {"failed", std::move(failed)},
          {"pictures_without_mask", json_of(summary.pictures_without_mask)},
          {"masks_without_picture", json_of(lone_masks)},
          {"left_out", json_of(summary.left_out)},
          {"notes", std::move(notes)}};
}

void run_folder(const Options& options, const Common& common) {
  const auto start = Clock::now();
  const FolderRun folder{.pictures = options.image,
                         .mask = options.mask,
                         .output = options.output,
                         .skip_existing = options.skip_existing,
                         .shard = options.shard.empty() ? Shard() : parse_shard(options.shard),
                         .threads = options.compute.threads};
  const FolderSummary summary = inpaint_folder(
      folder, options.fill, [&options] { return open_model(options.compute); }, common);
  const std::size_t failed = summary.failed.size(), alone = summary.masks_without_picture.size(),
                    left_out = summary.left_out.size();
  if (options.json) {
    nlohmann::ordered_json json = json_of(summary, options.output);
    json["threads"] = options.compute.threads;
    json["seconds"] = seconds_since(start);
    json["peak_memory_bytes"] = peak_memory();
    print_result(json);
  } else {
    std::vector<std::string> lone_masks;
    for (const codecs::LoneMask& mask : summary.masks_without_picture) {
      lone_masks.push_back(fmt::format("{}: {}", mask.path.string(), mask.reason));
    }
    say_some("failed", lone_masks);
    say_some("left out",
             with_reason(summary.left_out, "a picture under a name that no format has"));
    if (!common.quiet) {
      say_some("left out", with_reason(summary.pictures_without_mask, "it has no mask"));
      const auto any = [](std::size_t count, std::string_view one, std::string_view many) {
        return count > 0 ? ", " + counted(count, one, many) : "";
      };
      say("{}: filled {} of {}, {} existed, {} failed{}{}{}, in {:.1f} s ({}, {})\n",
          options.output, summary.done, counted(summary.pictures, "picture"), summary.skipped,
          failed, any(summary.empty_masks, "mask marks nothing", "masks mark nothing"),
          any(alone, "mask has no picture", "masks have no picture"),
          any(left_out, "picture was left out", "pictures were left out"), seconds_since(start),
          model_in_words(summary.model), in_words(options.compute.threads));
    }
  }
  const std::size_t pictures = failed + left_out;
  if (pictures + alone > 0) {
    throw SomeFailed(fmt::format("{}: {}, {}", counted(pictures + alone, "failure"),
                                 counted(pictures, "picture"), counted(alone, "mask")));
  }
}

/// Gives up the reach to all but this run's files, before the first of them is read.
void confine_to_files(const Options& options, bool folder) {
  const std::string& device = options.compute.device;
  if (device != "auto" && device != "cpu") {
    throw CLI::ValidationError(
        "--sandbox works with --device cpu: drivers open files of their own");
  }
  sandbox::Reach reach{.read = paths_of_models(options.compute.model), .write = {}};
  for (const std::string& path : {options.image, options.mask}) {
    if (!path.empty() && !is_stream(path)) reach.read.emplace_back(path);
  }
  if (folder) {
    create_folders(options.output);
    reach.write.emplace_back(options.output);
  } else if (!is_stream(options.output)) {
    // A link is followed.
    reach.write.push_back(
        std::filesystem::weakly_canonical(std::filesystem::absolute(options.output)).parent_path());
  }
  codecs::load_codecs();
  if (options.fill.memory_limit > 0) limit_memory(options.fill.memory_limit);
  for (const std::string& lost : sandbox::confine(reach)) say("note: {}\n", lost);
}

void run(const Options& options, const CLI::App& command, const Common& common) {
  for (const auto& [path, argument] : {std::pair(options.image, "IMAGE"), {options.mask, "MASK"}}) {
    if (!path.empty() && !is_stream(path)) require_file_or_folder(path, argument);
  }
  const bool folder = std::filesystem::is_directory(options.image);
  const auto refuse = [](const std::string& why) { throw CLI::ValidationError(why); };
  try {
    check_options(options.fill, !options.mask.empty(), Door::command_line);
  } catch (const BadOption& error) {
    refuse(error.what());
  }
  const std::string ignored = options.fill.published ? ignored_by_published(command) : "";
  if (!ignored.empty() && !common.quiet) say("note: --published ignores {}\n", ignored);
  if (folder) {
    if (options.quality_hint) refuse("--quality-hint works with one picture, not with a folder");
    for (const std::string& path : {options.mask, options.output}) {
      if (is_stream(path)) refuse("- works with one picture, not with a folder");
    }
    if (!std::filesystem::is_directory(options.output) &&
        (codecs::format_by_name(options.output) || std::filesystem::exists(options.output))) {
      refuse(fmt::format("{}: IMAGE is a folder, so its results need a folder", options.output));
    }
    if (options.sandbox) confine_to_files(options, folder);
    return run_folder(options, common);
  }
  if (options.mask.empty() && !options.fill.fill_transparent) {
    refuse("MASK is required, unless IMAGE is a folder or --fill-transparent is given");
  }
  if (options.skip_existing || !options.shard.empty()) {
    refuse(fmt::format("--skip-existing and --shard work with folders, and {} is not a folder",
                       options.image));
  }
  if (is_stream(options.image) && is_stream(options.mask)) {
    refuse("IMAGE and MASK cannot both come from stdin");
  }
  if (std::filesystem::is_directory(options.output)) {
    refuse(fmt::format("{} is a folder: name the file to write", options.output));
  }
  if (is_stream(options.output)) {
    if (options.json) refuse("--json and -o - would both write to stdout");
  } else {
    try {
      codecs::format_for(options.output);
    } catch (const Error& error) {
      refuse(error.what());
    }
  }
  if (options.sandbox) confine_to_files(options, folder);
  try {
    run_picture(options, common);
  } catch (const std::bad_alloc&) {
    throw OutOfMemory(fmt::format("{}: {}: {}", options.image, kOutOfMemory,
                                  options.fill.memory_limit > 0
                                      ? "raise --memory-limit"
                                      : "scale the picture down or use a smaller model"));
  }
}

void add_folder_options(CLI::App& command, Options& options) {
  command.add_flag("--skip-existing", options.skip_existing, "folders: keep existing results");
  command.add_option("--shard", options.shard, std::string("folders: ") + kShardHelp)
      ->option_text("K/N")
      ->check(refuse_shard);
}

}  // namespace

void add_inpaint(CLI::App& app, const Common& common) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("inpaint", "fill the masked hole of a picture, or of many");
  command->add_option("IMAGE", options->image, "the picture, or a folder of pictures; - is stdin")
      ->required();
  command->add_option("MASK", options->mask,
                      "a picture of the same size, white where to fill; - is stdin. For a folder: "
                      "a folder with masks of the same names, or one mask for all; without MASK, "
                      "the mask of NAME.png is NAME_mask.png or NAME_mask001.png beside it");
  command
      ->add_option(
          "-o,--output", options->output,
          "the result, in the format of its extension (.jpg, .png, .webp, .tif, .heic, .avif); "
          "may be the input itself; - is stdout, in the input's format. For a folder: a "
          "folder")
      ->option_text("FILE")
      ->required();
  add_compute_options(*command, options->compute);
  add_fill_options(*command, options->fill);
  add_folder_options(*command, *options);
  command->add_flag("--quality-hint", options->quality_hint,
                    "compare the fill's sharpness and brightness with its surroundings");
  command->add_flag("--sandbox", options->sandbox,
                    "for untrusted files: give up access to all other files and to the network; "
                    "--memory-limit then bounds all memory that the program takes");
  command->add_flag("--json", options->json, "print a summary on stdout as JSON");
  begin_footer(*command, kVerbosityHelp);
  command->callback([options, command, &common] { run(*options, *command, common); });
}

}  // namespace lama::internal::cli
