#include "repair/repair.h"

#include <fmt/format.h>

#include <iterator>
#include <utility>

#include "base/memory.h"

namespace lama::internal::repair {
namespace {

/// Reads the mask of `photo`, in the photo's size, and the doubts about it.
Mask read_mask(Input& input, const FillOptions& options, const Image& photo,
               std::vector<std::string>& doubts) {
  const PixelSize size{photo.width(), photo.height()};
  Image image;
  if (options.resize_mask) {
    image = codecs::read_picture(std::move(input.mask), input.mask_name, "mask").image;
  } else {
    const std::string remedy = option_named("resize_mask").offered_to(input.door)
                                   ? fmt::format("their sizes must be equal; or give {}",
                                                 spelled("resize_mask", input.door))
                                   : "their sizes must be equal";
    image =
        codecs::read_mask(std::move(input.mask), size, {input.photo_name, input.mask_name}, remedy);
  }
  Mask mask = missing_from(image, options, input.mask_name);
  const MaskOptions rule = mask_options(options);
  doubts = doubts_about_mask(image, options.published ? nullptr : &rule, input.mask_name,
                             {.threshold = spelled("mask_threshold", input.door),
                              .invert = spelled("invert_mask", input.door),
                              .alpha = option_named("mask_channel").offered_to(input.door)
                                           ? spelled("mask_channel", input.door) + " alpha"
                                           : ""});
  return options.resize_mask ? resize(mask, size.width, size.height) : mask;
}

}  // namespace

Repair decode(Input input, const FillOptions& options) {
  check_options(options, !input.mask.empty(), input.door);
  Repair repair;
  repair.picture = codecs::read_picture(std::move(input.photo), input.photo_name, "photo");
  // Those of a GIF are about lost frames.
  const bool gif = repair.picture.format == codecs::Format::gif;
  (gif ? repair.notes : repair.details) = repair.picture.notes;
  repair.format = input.format.value_or(codecs::written_as(repair.picture.format));
  const Image& image = repair.picture.image;
  std::vector<std::string> doubts;
  repair.missing = options.fill_transparent ? transparent_part(image, input.photo_name)
                                            : read_mask(input, options, image, doubts);
  repair.doubtful_mask = !doubts.empty();
  std::move(doubts.begin(), doubts.end(), std::back_inserter(repair.notes));
  codecs::require_holds(repair.format, image, repair.picture, input.output_name, input.photo_name);
  repair.door = input.door;
  repair.photo_name = std::move(input.photo_name);
  repair.output_name = std::move(input.output_name);
  repair.missing_pixels = repair.missing.count();
  if (repair.missing_pixels == image.pixels()) {
    repair.notes.emplace_back("the mask marks every pixel: no surroundings are left to fill from");
  }
  if (options.quality && codecs::always_lossless(repair.format)) {
    repair.notes.push_back(fmt::format("{} has no effect: {} is always lossless",
                                       spelled("quality", input.door),
                                       codecs::name_of(repair.format)));
  }
  return repair;
}

void fill(Repair& repair, const Backend& network, const FillOptions& options,
          const Observer& observer) {
  if (!repair.has_hole()) return;
  InpaintOptions pixel_options = inpaint_options(options);
  pixel_options.colour = repair.picture.colour.get();
  engine::Observer of_layers;
  if (observer) of_layers = [&observer](const engine::LayerDone& layer) { observer(layer.done); };
  try {
    repair.result =
        inpaint(network, std::move(repair.picture.image), repair.missing, pixel_options, of_layers);
  } catch (const OutOfMemory& error) {
    throw OutOfMemory(fmt::format("{}: {}", repair.photo_name, error.what()));
  }
  repair.picture.image = std::move(repair.result.image);
  // A pattern of points or thin stripes grows together. Little of the picture is then left.
  const double pixels = static_cast<double>(repair.picture.image.pixels()),
               grown = static_cast<double>(repair.result.replaced.count()) / pixels,
               marked = static_cast<double>(repair.missing_pixels) / pixels;
  if (grown >= 0.9 && marked <= grown / 2) {
    repair.notes.push_back(
        fmt::format("growing makes the hole {:.3g} % of the picture instead of {:.3g} %: lower {} "
                    "if the mask is exact",
                    100 * grown, 100 * marked, spelled("dilate", repair.door)));
  }
  // A better model is no remedy for the wrong mask.
  if (repair.result.too_large_for_copies && !repair.doubtful_mask) repair.advice = network.advice;
  for (const std::string& note : repair.result.notes) repair.details.push_back(note);
}

std::vector<std::uint8_t> encode(Repair& repair, const FillOptions& options) {
  if (!repair.has_hole()) {
    if (repair.format == repair.picture.format && !options.quality) {
      repair.notes.emplace_back("the mask marks nothing: the output is a copy of the input");
      return *repair.picture.file;
    }
    repair.notes.emplace_back(
        "the mask marks nothing: the output shows the same picture as the input");
  }
  const auto detail = [&repair](const std::string& text) { repair.details.push_back(text); };
  return codecs::encode_picture(repair.picture.image, repair.format, repair.picture,
                                {.quality = options.quality.value_or(0),
                                 .replaced = repair.has_hole() ? &repair.result.replaced : nullptr,
                                 .note = detail},
                                repair.output_name);
}

Repaired repair(Input input, const Backend& network, const FillOptions& options,
                const Observer& observer) {
  Repaired repaired{{}, decode(std::move(input), options)};
  if (observer) observer(0);
  fill(repaired.repair, network, options, observer);
  if (observer) observer(1);
  if (!repaired.repair.advice.empty()) repaired.repair.notes.push_back(repaired.repair.advice);
  repaired.file = encode(repaired.repair, options);
  return repaired;
}

}  // namespace lama::internal::repair
