#include "training/config/data_reader.h"

#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

#include "masks/mask_config.h"

namespace lama::internal::training {
namespace {

using config::Section;
using config::Value;

void read_indir(Section& section, std::vector<std::string>& indir) {
  section.read("indir", indir);
  if (indir.empty()) section.fail("indir", "is missing: the folder of pictures");
}

void read_dataloader(Section& parent, const std::string& path, int& batch_size, int& threads,
                     bool shuffle, const Reading& reading) {
  auto section = parent.section("dataloader_kwargs");
  if (!section) return;
  section->read("batch_size", batch_size, 1, 100'000);
  section->read("num_workers", threads, 0, 1024);
  bool shuffled = shuffle;
  section->read("shuffle", shuffled);
  if (shuffled != shuffle) {
    section->fail("shuffle", shuffle ? "false is not supported: training pictures come in random "
                                       "order, which depends on the seed"
                                     : "true is not supported: every validation is alike");
  }
  for (const char* key : {"pin_memory", "drop_last", "persistent_workers", "prefetch_factor",
                          "timeout", "multiprocessing_context"}) {
    reading.ignore(*section, path + ".dataloader_kwargs", key,
                   "pictures come from threads, in an endless stream of whole batches");
  }
  section->require_no_others();
}

void read_masks(Section& section, const Reading& reading) {
  section.require("mask_gen_kwargs");
  Value document;
  Value& train = document.entry("data").entry("train");
  for (const char* key : {"mask_generator_kind", "mask_gen_kwargs", "out_size"}) {
    section.ignore(key);
    if (const Value* value = reading.tree.at(fmt::format("data.train.{}", key))) {
      train.entry(key) = *value;
    }
  }
  document.origin = reading.tree.origin;
  masks::parse_mask_config(document, {});
  reading.config.data.train.masks = std::move(document);
}

void read_train(Section section, const Reading& reading) {
  TrainDataConfig& options = reading.config.data.train;
  std::string kind = "default";
  section.read("kind", kind);
  if (kind == "img_with_segm") {
    section.fail("kind",
                 "img_with_segm is not supported: no loss reads its labels; expected default");
  }
  section.read<PictureSource>(
      "kind", options.source,
      {{"default", PictureSource::folder}, {"default_web", PictureSource::web}});
  read_indir(section, options.indir);
  section.read("out_size", options.out_size, 16, 10'000);
  section.read("transform_variant", options.transform_variant, kTransformVariants);
  read_masks(section, reading);
  reading.ignore(section, "data.train", "shuffle_buffer",
                 "shards are indexed, and shuffled as a whole");
  read_dataloader(section, "data.train", options.batch_size, options.threads, true, reading);
  section.require_no_others();
}

FixedDataConfig fixed(Section section, const std::string& path, const std::string& title,
                      const Reading& reading) {
  FixedDataConfig options;
  options.title = title;
  std::string kind = "default";
  section.read("kind", kind);
  if (kind == "online" || kind == "img_with_segm") {
    section.fail("kind", fmt::format("{} is not supported: make a set with fixed masks by lama "
                                     "masks make, which every run is measured on alike",
                                     kind));
  }
  using Kind = FixedDataConfig::Kind;
  section.read<Kind>("kind", options.kind,
                     {{"default", Kind::pairs}, {"our_eval", Kind::our_eval}});
  read_indir(section, options.indir);
  section.read("img_suffix", options.img_suffix);
  section.read("pad_out_to_modulo", options.pad_out_to_modulo, 0, 1024);
  section.read("scale_factor", options.scale_factor, 0.01, 100);
  for (const char* key : {"out_size", "transform_variant", "mask_generator_kind"}) {
    reading.ignore(section, path, key, "fixed masks and pictures are taken as they are");
  }
  read_dataloader(section, path, options.batch_size, options.threads, false, reading);
  section.require_no_others();
  return options;
}

}  // namespace

void read_data(Section section, const Reading& reading) {
  // Other keys refer to these: see dataloader_kwargs.
  for (const char* key : {"batch_size", "val_batch_size", "num_workers"}) section.ignore(key);
  read_train(section.required_section("train"), reading);
  if (auto val = section.section("val")) {
    reading.config.data.val = fixed(*val, "data.val", "val", reading);
  }
  if (auto visual = section.section("visual_test")) {
    reading.config.data.visual_test = fixed(*visual, "data.visual_test", "visual_test", reading);
  }
  if (auto extra = section.section("extra_val")) {
    for (const auto& [name, value] : reading.tree.at("data.extra_val")->entries) {
      reading.config.data.extra_val.push_back(fixed(
          extra->required_section(name), "data.extra_val." + name, "extra_val_" + name, reading));
    }
  }
  section.require_no_others();
}

}  // namespace lama::internal::training
