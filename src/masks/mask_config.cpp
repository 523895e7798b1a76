#include "masks/mask_config.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <system_error>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "config/section.h"
#include "masks/box.h"
#include "masks/dumb_area.h"
#include "masks/folder_masks.h"
#include "masks/irregular.h"
#include "masks/mixed.h"
#include "masks/outpainting.h"
#include "masks/segmentation.h"
#include "masks/shipped_masks.h"
#include "masks/superres.h"

namespace lama::internal::masks {
namespace {

namespace fs = std::filesystem;
using Generator = std::unique_ptr<MaskGenerator>;
using config::Section;

// Far beyond any use; keeps derived numbers within OpenCV's limits.
constexpr int kMaxPixels = 10'000, kMaxTimes = 100'000;
constexpr double kMaxRamp = 3;

// The example that errors name.
constexpr const char* kExample = "configs/masks/random_thick_512.yaml";

std::optional<Ramp> ramp(std::optional<Section> section) {
  if (!section) return std::nullopt;
  constexpr std::int64_t kMaxIteration = std::int64_t{1} << 50;
  Ramp ramp;
  section->read("start_value", ramp.start_value, 0, kMaxRamp);
  section->read("end_value", ramp.end_value, 0, kMaxRamp);
  section->read("start_iter", ramp.start_iter, -kMaxIteration, kMaxIteration);
  section->read("end_iter", ramp.end_iter, -kMaxIteration, kMaxIteration);
  section->require_no_others();
  return ramp;
}

/// Reads min_times and max_times, or another pair of limits.
template <typename T>
void read_range(Section& section, const std::string& min_key, T& min, const std::string& max_key,
                T& max, T low, T high) {
  section.read(min_key, min, low, high);
  section.read(max_key, max, low, high);
  if (min > max) section.fail(min_key, fmt::format("{} is more than {}, {}", min, max_key, max));
}

Generator irregular(Section section, DrawMethod method) {
  IrregularOptions options;
  options.draw_method = method;
  section.read("max_angle", options.max_angle, 1, 1000);
  section.read("max_len", options.max_len, 1, kMaxPixels);
  section.read("max_width", options.max_width, 1, kMaxPixels);
  read_range(section, "min_times", options.min_times, "max_times", options.max_times, 0, kMaxTimes);
  section.read<DrawMethod>(
      "draw_method", options.draw_method,
      {{"line", DrawMethod::line}, {"circle", DrawMethod::circle}, {"square", DrawMethod::square}});
  options.ramp = ramp(section.section("ramp_kwargs"));
  section.require_no_others();
  return std::make_unique<IrregularMasks>(options);
}

Generator box(Section section) {
  BoxOptions options;
  section.read("margin", options.margin, 0, kMaxPixels);
  read_range(section, "bbox_min_size", options.bbox_min_size, "bbox_max_size",
             options.bbox_max_size, 1, kMaxPixels);
  read_range(section, "min_times", options.min_times, "max_times", options.max_times, 0, kMaxTimes);
  options.ramp = ramp(section.section("ramp_kwargs"));
  section.require_no_others();
  return std::make_unique<BoxMasks>(options);
}

Generator segmentation(Section section) {
  SegmentationOptions options;
  section.ignore("confidence_threshold");  // of the published network, which labels replace
  using Rigidness = SegmentationOptions::Rigidness;
  section.read<Rigidness>("rigidness_mode", options.rigidness_mode,
                          {{"soft", Rigidness::soft},
                           {"rigid", Rigidness::rigid},
                           {"0", Rigidness::soft},
                           {"1", Rigidness::rigid}});
  section.read("max_object_area", options.max_object_area, 0, 1);
  section.read("min_mask_area", options.min_mask_area, 0, 1);
  section.read("downsample_levels", options.downsample_levels, 1, 10);
  section.read("num_variants_per_mask", options.num_variants_per_mask, 1, 1000);
  section.read("max_mask_intersection", options.max_mask_intersection, 0, 1);
  section.read("max_foreground_coverage", options.max_foreground_coverage, 0, 1);
  section.read("max_foreground_intersection", options.max_foreground_intersection, 0, 1);
  section.read("max_hidden_area", options.max_hidden_area, 0, 1);
  section.read("max_scale_change", options.max_scale_change, 0, 0.99);
  section.read("horizontal_flip", options.horizontal_flip);
  section.read("max_vertical_shift", options.max_vertical_shift, 0, 1);
  section.read("position_shuffle", options.position_shuffle);
  section.require_no_others();
  return std::make_unique<SegmentationMasks>(options);
}

Generator superres(Section section) {
  SuperresOptions options;
  read_range(section, "min_step", options.min_step, "max_step", options.max_step, 2, kMaxPixels);
  read_range(section, "min_width", options.min_width, "max_width", options.max_width, 1,
             kMaxPixels);
  if (options.min_width >= options.min_step) {
    section.fail("min_width", fmt::format("{} leaves no known pixels in a min_step of {}",
                                          options.min_width, options.min_step));
  }
  section.require_no_others();
  return std::make_unique<SuperresMasks>(options);
}

Generator outpainting(Section section) {
  OutpaintingOptions options;
  read_range(section, "min_padding_percent", options.min_padding_percent, "max_padding_percent",
             options.max_padding_percent, 0.0, 1.0);
  double sum = 0;
  for (std::size_t i = 0; i < options.padding_probs.size(); ++i) {
    static constexpr const char* kSides[] = {"left", "top", "right", "bottom"};
    section.read(fmt::format("{}_padding_prob", kSides[i]), options.padding_probs[i], 0, 1);
    sum += options.padding_probs[i];
  }
  if (sum <= 0) section.fail("left_padding_prob", "all four sides have probability 0");
  section.read("is_fixed_randomness", options.is_fixed_randomness);
  section.require_no_others();
  return std::make_unique<OutpaintingMasks>(options);
}

Generator dumb_area(Section section) {
  section.require("is_training");
  bool is_training = false;
  section.read("is_training", is_training);
  section.require_no_others();
  return std::make_unique<DumbAreaMasks>(is_training);
}

Generator folder_masks(Section section, const fs::path& folder) {
  FolderOptions options;
  std::string indir;
  section.read("indir", indir);
  if (indir.empty()) section.fail("indir", "is missing: the folder of masks");
  options.indir = folder / indir;
  read_range(section, "min_scale", options.min_scale, "max_scale", options.max_scale, 0.001, 100.0);
  section.read("horizontal_flip", options.horizontal_flip);
  section.read("vertical_flip", options.vertical_flip);
  section.require_no_others();
  return std::make_unique<FolderMasks>(options);
}

/// `section` may still contain other readers' keys.
Generator mixed(Section& section, const fs::path& folder) {
  std::vector<MixedMasks::Kind> kinds;
  const auto add = [&](const std::string& kind, double probability, const auto& make) {
    const bool given = section.has(kind + "_proba");
    section.read(kind + "_proba", probability, 0, 1e6);
    const std::string kwargs = kind + "_kwargs";
    if (probability == 0) return section.ignore(kwargs);
    if (kind == "segm" && !given) {
      section.fail("segm_proba",
                   "its default is 1/3: give 0 for none, or a number for segmentation masks, which "
                   "need a folder of labels");
    }
    Generator generator = make(kwargs);
    kinds.push_back({probability, std::move(generator)});
  };
  add("irregular", 1 / 3.,
      [&](const auto& key) { return irregular(section.section_or_empty(key), DrawMethod::line); });
  add("box", 1 / 3., [&](const auto& key) { return box(section.section_or_empty(key)); });
  add("segm", 1 / 3., [&](const auto& key) { return segmentation(section.section_or_empty(key)); });
  add("squares", 0, [&](const auto& key) {
    return irregular(section.section_or_empty(key), DrawMethod::square);
  });
  add("superres", 0, [&](const auto& key) { return superres(section.section_or_empty(key)); });
  add("outpainting", 0,
      [&](const auto& key) { return outpainting(section.section_or_empty(key)); });
  add("folder", 0,
      [&](const auto& key) { return folder_masks(section.required_section(key), folder); });
  double invert_probability = 0;
  section.read("invert_proba", invert_probability, 0, 1);
  section.require_no_others();
  if (kinds.empty()) section.fail("", "every kind of mask has probability 0");
  return std::make_unique<MixedMasks>(std::move(kinds), invert_probability);
}

enum class Kind { mixed, segmentation, outpainting, dumb };

Generator generator(Kind kind, Section kwargs, const fs::path& folder) {
  switch (kind) {
    case Kind::mixed:
      return mixed(kwargs, folder);
    case Kind::segmentation:
      return segmentation(std::move(kwargs));
    case Kind::outpainting:
      return outpainting(std::move(kwargs));
    case Kind::dumb:
      break;
  }
  return dumb_area(std::move(kwargs));
}

/// configs/data_gen/*.yaml.
MaskConfig evaluation_config(Section file, const fs::path& folder) {
  MaskConfig config;
  SetOptions options;
  Kind kind = Kind::mixed;
  if (!file.has("generator_kind")) {
    file.fail("generator_kind", fmt::format("is missing: expected mask settings as in {}, or a "
                                            "training config with the section data.train",
                                            kExample));
  }
  file.read<Kind>("generator_kind", kind,
                  {{"random", Kind::mixed},
                   {"segmentation", Kind::segmentation},
                   {"outpainting", Kind::outpainting},
                   {"dumb", Kind::dumb}});
  Section kwargs = file.required_section("mask_generator_kwargs");
  if (kind != Kind::segmentation) kwargs.read("variants_n", options.variants_n, 1, 10'000);
  config.generator = generator(kind, std::move(kwargs), folder);

  file.require("max_masks_per_image");
  file.read("max_masks_per_image", options.max_masks_per_image, 1, 1000);
  file.read("max_tamper_area", options.max_tamper_area, 0, 1);
  Section cropping = file.required_section("cropping");
  cropping.require("out_min_size");
  cropping.read("out_min_size", options.out_min_size, 1, kMaxPixels);
  cropping.read<bool>("handle_small_mode", options.drop_small,
                      {{"upscale", false}, {"drop", true}});
  cropping.read("out_square_crop", options.out_square_crop);
  cropping.read("crop_min_overlap", options.crop_min_overlap, 0, 1);
  cropping.require_no_others();
  file.require_no_others();
  config.size = options.out_min_size;
  config.set = options;
  return config;
}

/// The `train` section of a data config of training.
MaskConfig training_config(Section train, const fs::path& folder) {
  MaskConfig config;
  Kind kind = Kind::mixed;
  train.read<Kind>(
      "mask_generator_kind", kind,
      {{"mixed", Kind::mixed}, {"outpainting", Kind::outpainting}, {"dumb", Kind::dumb}});
  config.generator = generator(kind, train.required_section("mask_gen_kwargs"), folder);
  train.read("out_size", config.size, 1, kMaxPixels);
  return config;
}

}  // namespace

MaskConfig parse_mask_config(const config::Value& value, const fs::path& folder) {
  if (value.kind != config::Value::Kind::map) {
    throw Error(
        fmt::format("{}: expected keys with values, as in {}", value.origin.text(), kExample));
  }
  Section file(value);
  if (file.has("defaults")) {
    file.fail("defaults",
              "a whole training config: name its masks, a file of configs/training/data");
  }
  if (file.has("data")) file = file.required_section("data");
  if (file.has("train")) return training_config(file.required_section("train"), folder);
  return evaluation_config(std::move(file), folder);
}

MaskConfigText find_mask_config(const std::string& name) {
  const fs::path path = name;
  std::error_code ignored;
  if (path.has_parent_path() || fs::exists(path, ignored)) {
    require_file(path, "CONFIG");
    const auto bytes = read_file(path, config::kMaxBytes);
    return {{bytes.begin(), bytes.end()}, name, path.parent_path()};
  }
  const std::string wanted = path.extension() == ".yaml" ? path.stem().string() : name;
  std::vector<std::string> names;
  for (const config::ShippedConfig& shipped : shipped_masks()) {
    names.emplace_back(shipped.name);
    if (shipped.name == wanted) {
      return {{shipped.yaml.begin(), shipped.yaml.end()}, "configs/masks/" + wanted + ".yaml", {}};
    }
  }
  throw Error(fmt::format("{}: no such file or mask config; built in are {}", name,
                          fmt::join(names, ", ")));
}

MaskConfig read_mask_config(const std::string& name) {
  const MaskConfigText text = find_mask_config(name);
  return parse_mask_config(config::parse_yaml(text.yaml, text.origin), text.folder);
}

}  // namespace lama::internal::masks
