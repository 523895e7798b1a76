#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/file.h"
#include "base/thread_pool.h"
#include "cli/commands.h"
#include "cli/counted.h"
#include "cli/existing.h"
#include "cli/interrupt.h"
#include "cli/make_masks.h"
#include "cli/output.h"
#include "codecs/picture.h"
#include "codecs/picture_files.h"
#include "masks/contact_sheet.h"
#include "masks/mask_config.h"

namespace lama::internal::cli {
namespace {

namespace fs = std::filesystem;

struct PreviewOptions {
  std::string config, output, labels;
  std::uint32_t seed = 0;
};

/// The names of all labels in a folder; see masks::read_labels.
std::vector<fs::path> names_of_labels(const std::string& folder) {
  std::vector<fs::path> names;
  for (const auto& entry : fs::directory_iterator(folder)) {
    names.push_back(entry.path().filename().replace_extension());
  }
  std::sort(names.begin(), names.end());
  return names;
}

/// Draws as many masks as a sheet holds, for square pictures.
std::vector<Mask> draw_masks(const masks::MaskConfig& config, masks::Random& random) {
  const Image grey(config.size, config.size, 3, Depth::u8);
  std::vector<Mask> drawn;
  while (drawn.size() < masks::kSheetMasks) {
    check_interrupted();
    drawn.push_back(config.generator->make(
        {.width = config.size, .height = config.size, .image = &grey}, random));
  }
  return drawn;
}

/// Draws masks from the objects of labelled pictures, picture by picture.
std::vector<Mask> draw_masks(const masks::MaskConfig& config, const std::string& folder,
                             masks::Random& random) {
  std::vector<Mask> drawn;
  const codecs::FolderNames names(folder);
  for (const fs::path& name : names_of_labels(folder)) {
    check_interrupted();
    const auto read = masks::read_labels(names, name);
    if (!read) continue;
    const double factor = static_cast<double>(config.size) / std::min(read->width, read->height);
    const masks::LabelMap labels =
        masks::resize(*read, static_cast<int>(std::lround(read->width * factor)),
                      static_cast<int>(std::lround(read->height * factor)));
    const Image grey(labels.width, labels.height, 3, Depth::u8);
    for (Mask& mask : config.generator->make_many(
             {.width = labels.width, .height = labels.height, .image = &grey, .labels = &labels}, 4,
             random)) {
      drawn.push_back(std::move(mask));
    }
    if (drawn.size() >= masks::kSheetMasks) break;
  }
  if (drawn.empty()) throw Error(fmt::format("{}: no label gives a mask", folder));
  return drawn;
}

void preview(const PreviewOptions& options, const Common& common) {
  refuse_unknown_format(options.output);
  const masks::MaskConfig config = masks::read_mask_config(options.config);
  require_labels(config, options.config, options.labels);
  require_writable(options.output);
  masks::Random random(options.seed);
  std::vector<Mask> drawn = options.labels.empty() ? draw_masks(config, random)
                                                   : draw_masks(config, options.labels, random);
  drawn.resize(std::min(drawn.size(), masks::kSheetMasks));
  double sum = 0;
  for (const Mask& mask : drawn) {
    sum += static_cast<double>(mask.count()) / static_cast<double>(mask.missing.size());
  }
  const std::string title =
      fmt::format("{}: {} at {} pixels, seed {}; hole {:.0f} % on average",
                  fs::path(options.config).filename().string(), counted(drawn.size(), "mask"),
                  config.size, options.seed, 100 * sum / static_cast<double>(drawn.size()));
  const double max_area = config.set ? config.set->max_tamper_area : 1;
  const std::string legend = max_area < 1 ? "; red: more than max_tamper_area" : "";
  codecs::write_picture(options.output, masks::contact_sheet(drawn, title + legend, max_area), {},
                        {});
  if (!common.quiet) say("{}: {}\n", options.output, title);
}

constexpr const char* kConfigHelp =
    "mask settings: a built-in config such as random_thick_512, or a YAML file (docs/masks.md); "
    "the published configs/data_gen load unchanged";
constexpr const char* kLabelsHelp =
    "a folder with each picture's objects, for segmentation masks: a label map NAME.png, or a "
    "folder NAME of masks";

void add_seed(CLI::App& command, std::uint32_t& seed) {
  command.add_option("--seed", seed, "equal seeds draw equal masks, 0 to 4294967295 (default 0)")
      ->option_text("N")
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{std::numeric_limits<std::uint32_t>::max()}));
}

}  // namespace

void add_masks(CLI::App& app, const Common& common) {
  CLI::App* masks = app.add_subcommand("masks", "make sets of pictures with random masks");
  masks->require_subcommand(1);

  auto job = std::make_shared<MaskSetJob>();
  auto shard = std::make_shared<std::string>();
  job->jobs = ThreadPool::available_processors();
  CLI::App* command =
      masks->add_subcommand("make", "cut pictures to one size and draw masks for them");
  command->add_option("CONFIG", job->config, kConfigHelp)->required();
  command->add_option("INDIR", job->pictures, "a folder of pictures, with its subfolders")
      ->required()
      ->check(existing(require_folder, "INDIR"));
  command
      ->add_option(
          "OUTDIR", job->output,
          "the folder for NAME_crop000.png and NAME_crop000_mask000.png; existing files are kept")
      ->required();
  add_seed(*command, job->seed);
  command
      ->add_option("--jobs", job->jobs,
                   "number of pictures at the same time, 1 to 1024 (default: one per processor)")
      ->option_text("N")
      ->check(CLI::Range(1, 1024));
  command->add_option("--labels", job->labels, kLabelsHelp)
      ->option_text("DIR")
      ->check(existing(require_folder, "--labels"));
  command->add_option("--shard", *shard, kShardHelp)->option_text("K/N")->check(refuse_shard);
  command->callback([job, shard, &common] {
    if (!shard->empty()) job->shard = parse_shard(*shard);
    make_mask_set(*job, common);
  });

  auto options = std::make_shared<PreviewOptions>();
  command = masks->add_subcommand("preview", "draw a sheet of sample masks of a config");
  command
      ->add_option(
          "CONFIG", options->config,
          std::string(kConfigHelp) + ", configs/training/data/*.yaml and a run's config.yaml too")
      ->required();
  command->add_option("-o,--output", options->output, "the picture to write")
      ->option_text("FILE")
      ->required()
      ->check(refuse_empty);
  add_seed(*command, options->seed);
  command->add_option("--labels", options->labels, kLabelsHelp)
      ->option_text("DIR")
      ->check(existing(require_folder, "--labels"));
  command->callback([options, &common] { preview(*options, common); });
}

}  // namespace lama::internal::cli
