#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <new>
#include <string>
#include <utility>

#include "base/environment.h"
#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "cli/commands.h"
#include "cli/compute_options.h"
#include "cli/counted.h"
#include "cli/existing.h"
#include "cli/fill_options.h"
#include "cli/help.h"
#include "cli/inpaint_folder.h"
#include "cli/inpaint_picture.h"
#include "cli/inpaint_report.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/restart.h"
#include "cli/shard.h"
#include "cli/streams.h"
#include "cli/worker.h"
#include "cli/wrong_usage.h"
#include "codecs/format.h"
#include "codecs/load_codecs.h"
#include "inpaint/option_table.h"
#include "sandbox/confine.h"

namespace lama::internal::cli {
namespace {

struct InpaintOptions {
  std::string image, mask, output;
  ComputeOptions compute;
  FillOptions fill;
  bool json = false;
  bool quality_hint = false;
  bool skip_existing = false;
  bool sandbox = false;
  std::string shard;
};

Reporting reporting_of(const InpaintOptions& options) {
  return {.output = options.output,
          .threads = options.compute.threads,
          .json = options.json,
          .quality_hint = options.quality_hint};
}

void run_picture(const InpaintOptions& options, const Common& common) {
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
  report(picture, model_name, stages, reporting_of(options), common);
}

void run_folder(const InpaintOptions& options, const Common& common) {
  const Stages stages;
  const FolderRun folder{.pictures = options.image,
                         .mask = options.mask,
                         .output = options.output,
                         .skip_existing = options.skip_existing,
                         .shard = options.shard.empty() ? Shard() : parse_shard(options.shard),
                         .threads = options.compute.threads};
  const FolderSummary summary = inpaint_folder(
      folder, options.fill, [&options] { return open_model(options.compute); }, common);
  report(summary, stages, reporting_of(options), common);
  const std::size_t pictures = summary.filled.failed.size() + summary.left_out.size(),
                    alone = summary.masks_without_picture.size();
  if (pictures + alone > 0) {
    throw SomeFailed(fmt::format("{}: {}, {}", counted(pictures + alone, "failure"),
                                 counted(pictures, "picture"), counted(alone, "mask")));
  }
}

/// OpenBLAS starts threads with the program. They would not be confined (sandbox/confine.h).
void restart_with_one_thread(const Common& common) {
  const char* const variable = "OPENBLAS_NUM_THREADS";
  if (environment(variable) == "1") return;
  ::setenv(variable, "1", 1);  // NOLINT(concurrency-mt-unsafe): no other thread reads any
  restart();
  if (!common.quiet) say("note: /proc is missing: a library's threads are not confined\n");
}

/// Gives up the reach to all but this run's files, before the first of them is read.
void confine_to_files(const InpaintOptions& options, bool folder, const Common& common) {
  const std::string& device = options.compute.device;
  if (device != "auto" && device != "cpu") {
    refuse("--sandbox works with --device cpu: drivers open files of their own");
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
  for (const std::string& lost : sandbox::confine(reach)) {
    if (!common.quiet) say("note: {}\n", lost);
  }
}

void check_folder(const InpaintOptions& options) {
  if (options.quality_hint) refuse("--quality-hint works with one picture, not with a folder");
  for (const std::string& path : {options.mask, options.output}) {
    if (is_stream(path)) refuse("- works with one picture, not with a folder");
  }
  if (!std::filesystem::is_directory(options.output) &&
      (codecs::format_by_name(options.output) || std::filesystem::exists(options.output))) {
    refuse(fmt::format("{}: IMAGE is a folder, so its results need a folder", options.output));
  }
}

void check_picture(const InpaintOptions& options) {
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
    return;
  }
  refuse_unknown_format(options.output);
}

void run(const InpaintOptions& options, const CLI::App& command, const Common& common) {
  if (options.sandbox) restart_with_one_thread(common);
  for (const auto& [path, argument] : {std::pair(options.image, "IMAGE"), {options.mask, "MASK"}}) {
    if (!path.empty() && !is_stream(path)) require_file_or_folder(path, argument);
  }
  try {
    check_options(options.fill, !options.mask.empty(), Door::command_line);
  } catch (const BadOption& error) {
    refuse(error.what());
  }
  const std::string ignored = options.fill.published ? ignored_by_published(command) : "";
  if (!ignored.empty() && !common.quiet) say("note: --published ignores {}\n", ignored);
  const bool folder = std::filesystem::is_directory(options.image);
  folder ? check_folder(options) : check_picture(options);
  if (options.sandbox) confine_to_files(options, folder, common);
  if (folder) return run_folder(options, common);
  try {
    run_picture(options, common);
  } catch (const std::bad_alloc&) {
    throw OutOfMemory(fmt::format("{}: {}: {}", options.image, kOutOfMemory,
                                  options.fill.memory_limit > 0
                                      ? "raise --memory-limit"
                                      : "scale the picture down or use a smaller model"));
  }
}

void add_folder_options(CLI::App& command, InpaintOptions& options) {
  command.add_flag("--skip-existing", options.skip_existing, "folders: keep existing results");
  command.add_option("--shard", options.shard, std::string("folders: ") + kShardHelp)
      ->option_text("K/N")
      ->check(refuse_shard);
}

}  // namespace

void add_inpaint(CLI::App& app, const Common& common) {
  auto options = std::make_shared<InpaintOptions>();
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
      ->required()
      ->check(refuse_empty);
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
