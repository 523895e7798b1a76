#include "remove.h"

#include <glib/gi18n.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace lama_gimp {
namespace {

struct Unref {
  void operator()(GeglBuffer* buffer) const { g_object_unref(buffer); }
};
/// Its destruction sends what was written to GIMP.
using Buffer = std::unique_ptr<GeglBuffer, Unref>;

/// A part of a drawable, row by row without gaps.
struct Pixels {
  GeglRectangle area = {};
  const Babl* format = nullptr;
  std::vector<std::uint8_t> bytes;

  std::size_t pixel_size() const {
    return static_cast<std::size_t>(babl_format_get_bytes_per_pixel(format));
  }
};

Pixels read(GimpDrawable* drawable, const GeglRectangle& area, const Babl* format) {
  Pixels pixels{area, format, {}};
  pixels.bytes.resize(pixels.pixel_size() * static_cast<std::size_t>(area.width) *
                      static_cast<std::size_t>(area.height));
  const Buffer buffer(gimp_drawable_get_buffer(drawable));
  gegl_buffer_get(buffer.get(), &area, 1.0, format, pixels.bytes.data(), GEGL_AUTO_ROWSTRIDE,
                  GEGL_ABYSS_NONE);
  return pixels;
}

void write(GeglBuffer* buffer, const Pixels& pixels) {
  gegl_buffer_set(buffer, &pixels.area, 0, pixels.format, pixels.bytes.data(), GEGL_AUTO_ROWSTRIDE);
}

/// The pixels as liblama takes them: sRGB with its tone curve, of 8 bits or floats.
struct SeenFormat {
  const Babl* babl = nullptr;
  lama::Layout layout = lama::Layout::rgb;
  lama::Sample sample = lama::Sample::u8;
};

SeenFormat seen_format(GimpDrawable* drawable) {
  const Babl* const stored = gimp_drawable_get_format(drawable);
  const bool alpha = gimp_drawable_has_alpha(drawable) != 0;
  const bool bytes = babl_format_get_type(stored, 0) == babl_type("u8");
  SeenFormat seen;
  std::string name;
  if (gimp_drawable_is_gray(drawable)) {
    seen.layout = alpha ? lama::Layout::grey_alpha : lama::Layout::grey;
    name = alpha ? "Y'A" : "Y'";
  } else {
    seen.layout = alpha ? lama::Layout::rgba : lama::Layout::rgb;
    name = alpha ? "R'G'B'A" : "R'G'B'";
  }
  seen.sample = bytes ? lama::Sample::u8 : lama::Sample::f32;
  seen.babl = babl_format((name + (bytes ? " u8" : " float")).c_str());
  return seen;
}

/// Of the drawable, in its own coordinates.
GeglRectangle whole(GimpDrawable* drawable) {
  return {0, 0, gimp_drawable_get_width(drawable), gimp_drawable_get_height(drawable)};
}

/// The place of the drawable's corner on the canvas.
struct Offset {
  int x = 0, y = 0;
};

Offset offset_of(GimpDrawable* drawable) {
  Offset offset;
  gimp_drawable_get_offsets(drawable, &offset.x, &offset.y);
  return offset;
}

/// The selection above the drawable: a byte for each of its pixels, 255 for a selected one.
Pixels selection(GimpImage* image, GimpDrawable* drawable) {
  const Offset offset = offset_of(drawable);
  GeglRectangle area = whole(drawable);
  area.x += offset.x;
  area.y += offset.y;
  return read(GIMP_DRAWABLE(gimp_image_get_selection(image)), area, babl_format("Y u8"));
}

/// The box around all that a fill may change, in the drawable's coordinates: the selection, `reach`
/// pixels more, and nothing outside the canvas. Empty if nothing is selected.
GeglRectangle reached(const Pixels& mask, int reach, GimpImage* image) {
  const int width = mask.area.width, height = mask.area.height;
  int left = width, right = -1, top = height, bottom = -1;
  for (int y = 0; y < height; ++y) {
    const std::uint8_t* const row = &mask.bytes[static_cast<std::size_t>(y) * width];
    for (int x = 0; x < width; ++x) {
      if (row[x] < 128) continue;
      left = std::min(left, x), right = std::max(right, x);
      top = std::min(top, y), bottom = y;
    }
  }
  if (right < 0) return {};
  const GeglRectangle box = {left - reach, top - reach, right - left + 1 + 2 * reach,
                             bottom - top + 1 + 2 * reach};
  const GeglRectangle drawable = {0, 0, width, height};
  const GeglRectangle canvas = {-mask.area.x, -mask.area.y, gimp_image_get_width(image),
                                gimp_image_get_height(image)};
  GeglRectangle inside;
  gegl_rectangle_intersect(&inside, &box, &drawable);
  gegl_rectangle_intersect(&inside, &inside, &canvas);
  return inside;
}

/// Which of the pixels of `area` differ, and their new values.
struct Changes {
  Pixels filled;              ///< as seen by liblama
  std::vector<bool> changed;  ///< for each pixel
};

Changes changes(const Pixels& before, const Pixels& all) {
  Changes result{{before.area, before.format, std::vector<std::uint8_t>(before.bytes.size())}, {}};
  const std::size_t size = before.pixel_size(), row = size * before.area.width;
  for (int y = 0; y < before.area.height; ++y) {
    const std::size_t from =
        (static_cast<std::size_t>(y + before.area.y) * all.area.width + before.area.x) * size;
    std::memcpy(&result.filled.bytes[y * row], &all.bytes[from], row);
  }
  const std::size_t count = before.bytes.size() / size;
  result.changed.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    result.changed.push_back(
        std::memcmp(&before.bytes[i * size], &result.filled.bytes[i * size], size) != 0);
  }
  return result;
}

/// `changes` in the drawable's own format: unchanged pixels are those of `base`.
Pixels merged(const Changes& changes, Pixels base) {
  std::vector<std::uint8_t> converted(base.bytes.size());
  babl_process(babl_fish(changes.filled.format, base.format), changes.filled.bytes.data(),
               converted.data(), static_cast<long>(changes.changed.size()));
  const std::size_t size = base.pixel_size();
  for (std::size_t i = 0; i < changes.changed.size(); ++i) {
    if (changes.changed[i]) std::memcpy(&base.bytes[i * size], &converted[i * size], size);
  }
  return base;
}

/// From here to the end of the block: one step for Undo.
class UndoStep {
 public:
  explicit UndoStep(GimpImage* image) : image_(image) { gimp_image_undo_group_start(image_); }
  ~UndoStep() { gimp_image_undo_group_end(image_); }
  UndoStep(const UndoStep&) = delete;
  UndoStep& operator=(const UndoStep&) = delete;

 private:
  GimpImage* image_;
};

/// Gives the selection, and what is selected in the lists of layers and channels, back at the end
/// of the block.
class KeptSelection {
 public:
  explicit KeptSelection(GimpImage* image)
      : image_(image),
        layers_(gimp_image_get_selected_layers(image)),
        channels_(gimp_image_get_selected_channels(image)),
        saved_(GIMP_CHANNEL(gimp_selection_save(image))) {
    gimp_context_push();
    gimp_context_set_defaults();  // no feathering
  }
  ~KeptSelection() {
    gimp_image_select_item(image_, GIMP_CHANNEL_OP_REPLACE, GIMP_ITEM(saved_));
    gimp_image_remove_channel(image_, saved_);
    if (channels_[0] != nullptr) {
      gimp_image_set_selected_channels(image_, const_cast<const GimpChannel**>(channels_));
    } else {
      gimp_image_set_selected_layers(image_, const_cast<const GimpLayer**>(layers_));
    }
    g_free(layers_);
    g_free(channels_);
    gimp_context_pop();
  }
  KeptSelection(const KeptSelection&) = delete;
  KeptSelection& operator=(const KeptSelection&) = delete;

 private:
  GimpImage* image_;
  GimpLayer** layers_;
  GimpChannel** channels_;
  GimpChannel* saved_;
};

/// GIMP has no call to save a part of a drawable for Undo but merging the shadow buffer, which the
/// selection limits. It computes in floats, so 32-bit integers and doubles lose bits, also of
/// pixels that are not filled. Writing the same part again restores them.
void write_in_place(GimpImage* image, GimpDrawable* drawable, const Changes& changes) {
  const GeglRectangle& area = changes.filled.area;
  const Pixels result = merged(changes, read(drawable, area, gimp_drawable_get_format(drawable)));
  const UndoStep step(image);
  {
    const KeptSelection kept(image);
    const Offset offset = offset_of(drawable);
    gimp_image_select_rectangle(image, GIMP_CHANNEL_OP_REPLACE, area.x + offset.x,
                                area.y + offset.y, area.width, area.height);
    write(Buffer(gimp_drawable_get_shadow_buffer(drawable)).get(), result);
    gimp_drawable_merge_shadow(drawable, TRUE);
  }
  write(Buffer(gimp_drawable_get_buffer(drawable)).get(), result);
  gimp_drawable_update(drawable, area.x, area.y, area.width, area.height);
}

/// The filled pixels alone, above the layer, with its mask, mode and opacity.
void write_new_layer(GimpImage* image, GimpLayer* source, const Changes& changes) {
  const UndoStep step(image);
  GimpLayer* const layer = gimp_layer_copy(source);
  gimp_item_set_lock_content(GIMP_ITEM(layer), FALSE);  // GIMP kills writers of locked layers
  const std::string name =
      std::string(gimp_item_get_name(GIMP_ITEM(source))) + " (" + _("filled") + ")";
  gimp_item_set_name(GIMP_ITEM(layer), name.c_str());
  gimp_image_insert_layer(image, layer, GIMP_LAYER(gimp_item_get_parent(GIMP_ITEM(source))),
                          gimp_image_get_item_position(image, GIMP_ITEM(source)));
  gimp_layer_add_alpha(layer);
  GimpDrawable* const drawable = GIMP_DRAWABLE(layer);
  Pixels transparent{changes.filled.area, gimp_drawable_get_format(drawable), {}};
  transparent.bytes.resize(transparent.pixel_size() * changes.changed.size());
  {
    const Buffer buffer(gimp_drawable_get_buffer(drawable));
    gegl_buffer_clear(buffer.get(), nullptr);
    write(buffer.get(), merged(changes, transparent));
  }
  const GeglRectangle area = whole(drawable);
  gimp_drawable_update(drawable, 0, 0, area.width, area.height);
}

/// Refuses locked pixels, before GIMP ends this process for the attempt to write them.
void check_locks(GimpDrawable* drawable, Target target) {
  // A mask is locked with its layer.
  GimpItem* const item = GIMP_IS_LAYER_MASK(drawable)
                             ? GIMP_ITEM(gimp_layer_from_mask(GIMP_LAYER_MASK(drawable)))
                             : GIMP_ITEM(drawable);
  if (target == Target::drawable && gimp_item_get_lock_content(item)) {
    throw std::runtime_error(
        _("The pixels of this layer are locked: unlock them, or fill on a new layer."));
  }
  // A new layer comes into the same group.
  for (GimpItem* group = gimp_item_get_parent(item); group != nullptr;
       group = gimp_item_get_parent(group)) {
    if (gimp_item_get_lock_content(group)) {
      throw std::runtime_error(_("The pixels of this layer's group are locked: unlock them."));
    }
  }
}

/// Refuses what has no pixels that could be filled.
void check(GimpImage* image, GimpDrawable* drawable, Target target) {
  if (gimp_drawable_is_indexed(drawable)) {
    throw std::runtime_error(
        _("Indexed images cannot be filled: convert the image with Image > "
          "Mode > RGB first."));
  }
  if (gimp_item_is_group(GIMP_ITEM(drawable))) {
    throw std::runtime_error(_("A layer group has no pixels of its own: choose a layer in it."));
  }
  if (target == Target::new_layer && !GIMP_IS_LAYER(drawable)) {
    throw std::runtime_error(_("Only a layer can be filled on a new layer: choose one."));
  }
  check_locks(drawable, target);
  if (gimp_selection_is_empty(image)) {
    throw std::runtime_error(_("Nothing is selected: select the object to remove first."));
  }
}

}  // namespace

void remove_selection(GimpImage* image, GimpDrawable* drawable,
                      const std::optional<std::filesystem::path>& model,
                      const lama::Options& options, Target target) {
  check(image, drawable, target);
  const Pixels mask = selection(image, drawable);
  const GeglRectangle area =
      reached(mask, options.dilate.value_or(0) + options.feather.value_or(0) + 1, image);
  if (gegl_rectangle_is_empty(&area)) {
    throw std::runtime_error(_("The selection does not touch this layer."));
  }
  const SeenFormat seen = seen_format(drawable);
  Pixels all = read(drawable, whole(drawable), seen.babl);
  lama::Model opened = model ? lama::Model(*model) : lama::Model();
  const int width = all.area.width, height = all.area.height;
  opened.inpaint({.pixels = all.bytes.data(),
                  .width = width,
                  .height = height,
                  .layout = seen.layout,
                  .sample = seen.sample},
                 {.values = mask.bytes.data(), .width = width, .height = height},
                 {.pixels = all.bytes.data()}, options);
  const Changes changed = changes(read(drawable, area, seen.babl), all);
  if (target == Target::drawable) {
    write_in_place(image, drawable, changed);
  } else {
    write_new_layer(image, GIMP_LAYER(drawable), changed);
  }
}

}  // namespace lama_gimp
