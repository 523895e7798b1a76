#include "inpaint/inpaint.h"

#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/memory.h"
#include "cli/commands.h"
#include "cli/compute_options.h"
#include "cli/inpaint_folder.h"
#include "cli/inpaint_picture.h"
#include "cli/interrupt.h"
#include "cli/one_of.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/shard.h"
#include "cli/streams.h"
#include "codecs/format.h"
#include "evaluation/quality_hint.h"

namespace lama::cli {
namespace {

struct Options {
  std::string image, mask, output;
  ComputeOptions compute;
  Wishes wishes;
  bool json = false;
  bool quality_hint = false;
  bool skip_existing = false;
  std::string shard;
};

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Names and durations of the stages of a run, in order.
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

/// In words, what its numbers suggest.
std::string describe(const evaluation::QualityHint& hint) {
  constexpr double kBlurry = 0.6, kDifferent = 0.1;
  std::string text = fmt::format(
      "the fill is {:.2f} times as sharp and {:.2f} times as bright as what surrounds it",
      hint.sharpness_ratio, hint.luma_ratio);
  if (hint.sharpness_ratio < kBlurry) text += "; it may look blurry";
  if (hint.luma_ratio < 1 - kDifferent) text += "; it may look dark";
  if (hint.luma_ratio > 1 + kDifferent) text += "; it may look pale";
  return text;
}

void tell(const Work& work, const std::string& model, const Stages& stages, const Options& options,
          const Common& common) {
  const Image& image = work.picture.image;
  const std::size_t filled = work.result.replaced.count();
  std::optional<evaluation::QualityHint> hint;
  if (options.quality_hint && filled > 0) {
    const auto planes =
        work.picture.colour ? rgb_planes(work.picture.colour->to_srgb(image)) : rgb_planes(image);
    hint = evaluation::quality_hint(planes, work.result.replaced);
  }
  if (options.json) {
    nlohmann::ordered_json json = {
        {"output", options.output}, {"model", model},
        {"width", image.width()},   {"height", image.height()},
        {"filled_pixels", filled},  {"threads", options.compute.threads}};
    for (const auto& [name, seconds] : stages.list()) json["seconds"][name] = seconds;
    json["seconds"]["total"] = stages.total();
    json["peak_memory_bytes"] = peak_memory();
    if (hint) json["quality_hint"] = json_of(*hint);
    json["notes"] = work.notes;
    json["details"] = work.details;
    print_result(json);
    return;
  }
  if (common.quiet) return;
  for (const std::string& note : work.notes) say("note: {}\n", note);
  if (hint) say("hint: {}\n", describe(*hint));
  if (common.verbose) {
    for (const std::string& detail : work.details) say("{}\n", detail);
    for (const auto& [name, seconds] : stages.list()) say("{:<16}{:8.3f} s\n", name, seconds);
    say("{:<16}{:8.0f} MB\n", "peak memory", static_cast<double>(peak_memory()) * 1e-6);
  }
  say("{}: filled {:.1f} % of {} x {} pixels in {:.2f} s (model: {}, {})\n",
      is_stream(options.output) ? "stdout" : options.output,
      100.0 * static_cast<double>(filled) / static_cast<double>(image.pixels()), image.width(),
      image.height(), stages.total(), model, in_words(options.compute.threads));
}

void run_picture(const Options& options, const Common& common) {
  const Job job{options.image, options.mask, options.output};
  check_output(job);
  Stages stages;
  Work work;
  stages.time("read", [&] { work = read(job, options.wishes); });
  check_interrupted();
  if (options.wishes.quality > 0 && codecs::always_lossless(work.format)) {
    work.notes.push_back(fmt::format("--quality changes nothing: {} is always lossless",
                                     codecs::name_of(work.format)));
  }
  std::string model_name = "no model";
  if (work.has_hole()) {
    std::unique_ptr<OpenedModel> model;
    stages.time("open model",
                [&] { model = std::make_unique<OpenedModel>(open_model(options.compute)); });
    check_interrupted();
    model_name = model->name;
    Progress progress(std::filesystem::path(options.image).filename().string(), !common.quiet);
    fill(work, model->network, options.wishes, [&progress](const engine::LayerDone& layer) {
      check_interrupted();
      progress.update(layer.done);
    });
    stages.add("prepare picture", work.result.prepare_seconds);
    stages.add("network", work.result.network_seconds);
    stages.add("compose", work.result.compose_seconds);
  }
  check_interrupted();
  stages.time("write", [&] { write(work, options.wishes); });
  tell(work, model_name, stages, options, common);
}

/// Names of files, as many as somebody would read.
void say_some(const nlohmann::ordered_json& paths, const std::string& what) {
  constexpr std::size_t kShown = 10;
  for (std::size_t i = 0; i < std::min(paths.size(), kShown); ++i) {
    say("{}: {}\n", paths[i].get_ref<const std::string&>(), what);
  }
  if (paths.size() > kShown) say("and {} more: {}\n", paths.size() - kShown, what);
}

void run_folder(const Options& options, const Common& common) {
  const auto start = Clock::now();
  const FolderJob job{.pictures = options.image,
                      .mask = options.mask,
                      .output = options.output,
                      .skip_existing = options.skip_existing,
                      .shard = options.shard.empty() ? Shard() : parse_shard(options.shard),
                      .threads = options.compute.threads};
  auto summary = inpaint_folder(
      job, options.wishes, [&options] { return open_model(options.compute); }, common);
  const std::size_t failed = summary["failed"].size(),
                    alone = summary["masks_without_picture"].size();
  if (options.json) {
    summary["threads"] = options.compute.threads;
    summary["seconds"] = seconds_since(start);
    summary["peak_memory_bytes"] = peak_memory();
    print_result(summary);
  } else {
    say_some(summary["masks_without_picture"],
             "failed: no picture, or more than one, has this mask");
    if (!common.quiet) {
      say_some(summary["pictures_without_mask"], "left out: it has no mask");
      say("{}: filled {} of {} pictures, {} were there already, {} failed{}, in {:.1f} s (model: "
          "{}, {})\n",
          options.output, summary["done"].get<int>(), summary["pictures"].get<int>(),
          summary["skipped"].get<int>(), failed,
          alone > 0 ? fmt::format(", and {} masks have no picture", alone) : "",
          seconds_since(start), summary["model"].get_ref<const std::string&>(),
          in_words(options.compute.threads));
    }
  }
  if (failed + alone > 0) throw SomeFailed(fmt::format("{} of the batch failed", failed + alone));
}

void run(const Options& options, const Common& common) {
  const bool folder = std::filesystem::is_directory(options.image);
  const auto refuse = [](const std::string& why) { throw CLI::ValidationError(why); };
  if (options.wishes.fill_transparent && !options.mask.empty()) {
    refuse("--fill-transparent takes the picture's own transparent part: leave MASK out");
  }
  if (options.wishes.published && options.wishes.fill_transparent) {
    refuse("--published knows no transparency: leave --fill-transparent out");
  }
  if (folder) {
    if (options.quality_hint) refuse("--quality-hint is for one picture, not for a folder");
    for (const std::string& path : {options.mask, options.output}) {
      if (is_stream(path)) refuse("- stands for one picture, not for a folder");
    }
    return run_folder(options, common);
  }
  if (options.mask.empty() && !options.wishes.fill_transparent) {
    refuse("MASK is required, unless IMAGE is a folder or --fill-transparent is given");
  }
  if (options.skip_existing || !options.shard.empty()) {
    refuse(
        fmt::format("--skip-existing and --shard are for folders, and {} is none", options.image));
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
  run_picture(options, common);
}

void add_mask_options(CLI::App& command, Wishes& wishes) {
  static const std::map<std::string, MaskChannel> kChannels = {
      {"auto", MaskChannel::automatic}, {"luma", MaskChannel::luma}, {"alpha", MaskChannel::alpha}};
  command
      .add_option("--mask-threshold", wishes.mask.threshold,
                  "share of full white from which a pixel of the mask is a hole, above 0 to 1 "
                  "(default 0.5)")
      ->option_text("X")
      ->check([](const std::string& text) {
        double share = 0;
        const bool in_range = CLI::detail::lexical_cast(text, share) && share > 0 && share <= 1;
        return in_range ? std::string() : text + " is not above 0 and at most 1";
      });
  command.add_flag("--invert-mask", wishes.mask.invert, "the mask is black where to fill");
  command
      .add_option("--mask-channel", wishes.mask.channel,
                  "luma, alpha or auto: what of the mask counts; auto (the default) takes alpha "
                  "if that alone varies")
      ->option_text("NAME")
      ->transform(one_of(kChannels));
  command.add_flag("--resize-mask", wishes.resize_mask,
                   "fit a mask of another size to the picture");
  command.add_flag("--fill-transparent", wishes.fill_transparent,
                   "instead of a MASK: fill what is transparent in the picture itself, and make "
                   "it opaque");
}

void add_size_options(CLI::App& command, InpaintOptions& inpaint) {
  static const std::map<std::string, Strategy> kStrategies = {{"auto", Strategy::automatic},
                                                              {"full", Strategy::full},
                                                              {"crop", Strategy::crop},
                                                              {"resize", Strategy::resize}};
  command
      .add_option("--strategy", inpaint.strategy,
                  "what the network sees of a large picture. full: all of it; crop: each group of "
                  "holes with context, scaled down if still too large; resize: all of it, scaled "
                  "down; auto (the default): full up to 1024 pixels a side, crop beyond; -v tells")
      ->option_text("NAME")
      ->transform(one_of(kStrategies));
  add_memory_limit(command, inpaint.memory_limit);
}

void add_folder_options(CLI::App& command, Options& options) {
  command.add_flag("--skip-existing", options.skip_existing,
                   "folders: leave out pictures whose result is there already");
  command.add_option("--shard", options.shard, std::string("folders: ") + kShardHelp)
      ->option_text("K/N")
      ->check(refuse_shard);
}

}  // namespace

void add_inpaint(CLI::App& app, const Common& common) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("inpaint", "fill the hole that a mask marks in a picture, or in many");
  command->add_option("IMAGE", options->image, "the picture, or a folder of pictures; - is stdin")
      ->required();
  command->add_option(
      "MASK", options->mask,
      "a picture of the same size, white where to fill; - is stdin. For a folder: a folder with "
      "masks of the same names, or one mask for all; without it, the mask of NAME.png is "
      "NAME_mask.png or NAME_mask001.png beside it");
  command
      ->add_option(
          "-o,--output", options->output,
          "the result, in the format of its extension (.jpg, .png, .webp, .tif, .heic, .avif); "
          "may be the input itself; - is stdout, in the input's format. For a folder: a "
          "folder")
      ->option_text("FILE")
      ->required();
  add_compute_options(*command, options->compute);
  InpaintOptions& inpaint = options->wishes.inpaint;
  command
      ->add_option("--dilate", inpaint.dilate,
                   "grow the hole by N pixels first, 0 to 1000 (default 0)")
      ->option_text("N")
      ->check(CLI::Range(0, 1000));
  command
      ->add_option("--feather", inpaint.feather,
                   "blend over N pixels around the hole, 0 to 1000 (default 0); they are filled "
                   "too")
      ->option_text("N")
      ->check(CLI::Range(0, 1000));
  add_mask_options(*command, options->wishes);
  add_size_options(*command, inpaint);
  command
      ->add_option(
          "--quality", options->wishes.quality,
          "of a lossy result, 1 to 100 (default: a JPEG source's own; else 95 for JPEG, 90 for "
          "WebP, 80 for HEIF and AVIF). WebP made from a lossless file without this is "
          "lossless; a JPEG made from a JPEG without this keeps all blocks outside the "
          "hole exactly")
      ->option_text("N")
      ->check(CLI::Range(1, 100));
  command->add_flag("--published", options->wishes.published,
                    "give what the published predict.py gives: any mask value above black is a "
                    "hole, values are cut off instead of rounded, a folder's results are PNG");
  add_folder_options(*command, *options);
  command->add_flag("--quality-hint", options->quality_hint,
                    "say how sharp and bright the fill is beside what surrounds it");
  command->add_flag("--json", options->json, "print a summary for programs on stdout");
  command->footer("Also -v (--verbose) and -q (--quiet), as for every command.");
  command->callback([options, &common] { run(*options, common); });
}

}  // namespace lama::cli
