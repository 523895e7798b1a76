#include "inpaint/inpaint.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/memory.h"
#include "base/thread_pool.h"
#include "image/interpolate.h"
#include "image/resize.h"
#include "inpaint/greyness.h"
#include "inpaint/holes.h"
#include "inpaint/match.h"
#include "inpaint/option_table.h"
#include "patches/complete.h"
#include "patches/detail.h"

namespace lama {
namespace {

using engine::Region;
using engine::Tensor;

struct Size {
  std::size_t width, height;
};

/// What the network needs for what `part` sees.
Size padded(const Part& part, const model::GeneratorConfig& config) {
  const int multiple = config.size_multiple(), least = config.min_size();
  const auto side = [&](int size) {
    return static_cast<std::size_t>(std::max(least, (size + multiple - 1) / multiple * multiple));
  };
  const Size size{side(part.width), side(part.height)};
  const std::size_t longest = std::max(size.width, size.height);
  return config.needs_square() ? Size{longest, longest} : size;
}

/// Position `i` of a line of `size` pixels that goes on mirrored, edge pixels repeated.
std::size_t mirrored(std::size_t i, std::size_t size) {
  const std::size_t at = i % (2 * size);
  return at < size ? at : 2 * size - 1 - at;
}

std::size_t offset(const Box& box, int y, int width) {
  return (static_cast<std::size_t>(box.y) + static_cast<std::size_t>(y)) *
             static_cast<std::size_t>(width) +
         static_cast<std::size_t>(box.x);
}

Image cut(const Image& image, const Box& box) {
  Image part(box.width, box.height, image.colour_model(), image.has_alpha(), image.depth());
  const std::size_t pixel = part.bytes().size() / part.pixels();
  const std::size_t line = static_cast<std::size_t>(box.width) * pixel;
  for (int y = 0; y < box.height; ++y) {
    std::memcpy(part.bytes().data() + static_cast<std::size_t>(y) * line,
                image.bytes().data() + offset(box, y, image.width()) * pixel, line);
  }
  return part;
}

Mask cut(const Mask& mask, const Box& box) {
  Mask part{box.width, box.height, {}};
  part.missing.reserve(box.pixels());
  for (int y = 0; y < box.height; ++y) {
    const auto line =
        mask.missing.begin() + static_cast<std::ptrdiff_t>(offset(box, y, mask.width));
    part.missing.insert(part.missing.end(), line, line + box.width);
  }
  return part;
}

/// How much of each pixel is replaced: 1 in the hole, falling towards 0 over the `feather` pixels
/// around it, and 0 beyond them.
std::vector<float> coverage(const Mask& hole, int feather) {
  std::vector<float> cover = distance_to_hole(hole);
  const auto width = static_cast<float>(feather);
  for (float& c : cover) c = c > width ? 0 : 1 - c / (width + 1);
  return cover;
}

/// The colours of `image` as the network knows them: sRGB from 0 to 1.
Image network_colours(const Image& image, const ColourConverter* colour) {
  if (colour != nullptr) return network_colours(colour->to_srgb(image), nullptr);
  Image rgb(image.width(), image.height(), 3, Depth::f32);
  const auto channels = static_cast<std::size_t>(image.channels());
  const std::size_t blue = image.colour_model() == ColourModel::grey ? 0 : 2, green = blue / 2;
  const auto max = static_cast<float>(image.max_value());
  visit_samples(image, [&](const auto* samples) {
    auto* out = rgb.samples<float>();
    for (std::size_t i = 0; i < image.pixels(); ++i, samples += channels) {
      for (const std::size_t c : {std::size_t{0}, green, blue}) {
        // Divided, not multiplied by 1 / max: the network must see the published values exactly.
        const float value = static_cast<float>(samples[c]) / max;
        *out++ = value > 0 ? std::min(value, 1.0F) : 0;  // 0 for what is not a number, too
      }
    }
  });
  return rgb;
}

/// `rgb`, sRGB from 0 to 1 as the network gives it, in the colours of the picture. With `colour`
/// 16 bits deep.
Image picture_colours(Image rgb, const ColourConverter* colour) {
  if (colour == nullptr) return rgb;
  Image srgb(rgb.width(), rgb.height(), 3, Depth::u16);
  std::transform(
      rgb.samples<float>(), rgb.samples<float>() + 3 * rgb.pixels(), srgb.samples<std::uint16_t>(),
      [](float value) {
        return static_cast<std::uint16_t>(std::lround(std::clamp(value, 0.0F, 1.0F) * 65535));
      });
  return colour->from_srgb(srgb);
}

/// What the network must not see: whatever is replaced even in part (pixels of a soft edge may
/// still show what is to go), and what is transparent. What earlier parts replaced entirely is
/// seen, so that the tiles of one hole continue each other.
std::vector<std::uint8_t> hidden(const Image& image, const std::vector<float>& cover,
                                 const Mask& replaced, bool published) {
  std::vector<std::uint8_t> result(cover.size());
  for (std::size_t i = 0; i < result.size(); ++i) {
    const bool filled = replaced.missing[i] != 0 && cover[i] >= 1;
    result[i] = static_cast<std::uint8_t>(cover[i] > 0 && !filled);
  }
  if (image.has_alpha() && !published) {
    const auto channels = static_cast<std::size_t>(image.channels());
    visit_samples(image, [&](const auto* samples) {
      for (std::size_t i = 0; i < result.size(); ++i) {
        if (!(samples[(i + 1) * channels - 1] > 0)) result[i] = 1;
      }
    });
  }
  return result;
}

/// `rgb` and `missing` at a smaller size. A pixel of a smaller size is missing if any it is made
/// from is.
void shrink(Image& rgb, std::vector<std::uint8_t>& missing, int width, int height) {
  if (width == rgb.width() && height == rgb.height()) return;
  Image mask(rgb.width(), rgb.height(), 1, Depth::f32);
  std::copy(missing.begin(), missing.end(), mask.samples<float>());
  mask = shrink(mask, width, height);
  missing.resize(mask.pixels());
  std::transform(mask.samples<float>(), mask.samples<float>() + mask.pixels(), missing.begin(),
                 [](float share) { return static_cast<std::uint8_t>(share > 0); });
  rgb = shrink(rgb, width, height);
}

/// Red, green, blue with missing pixels as the network is used to see them, and the mask (paper
/// section 2), at the size of `part`.
Tensor network_input(Image rgb, std::vector<std::uint8_t> missing, const Part& part,
                     const model::GeneratorConfig& config) {
  shrink(rgb, missing, part.width, part.height);
  const auto width = static_cast<std::size_t>(part.width);
  const auto height = static_cast<std::size_t>(part.height);
  const bool shows_missing = config.missing_pixels == model::MissingPixels::interpolated;
  if (shows_missing) {
    interpolate_missing(rgb.samples<float>(), height, width, 3, missing.data());
  }
  const Size size = padded(part, config);
  Tensor input(1, size.height, size.width, 4);
  float* out = input.data();
  for (std::size_t y = 0; y < input.height(); ++y) {
    const std::size_t row = mirrored(y, height) * width;
    for (std::size_t x = 0; x < input.width(); ++x, out += 4) {
      const std::size_t i = row + mirrored(x, width);
      const float* pixel = rgb.samples<float>() + 3 * i;
      const bool known = missing[i] == 0;
      for (std::size_t c = 0; c < 3; ++c) out[c] = known || shows_missing ? pixel[c] : 0;
      out[3] = known ? 0 : 1;
    }
  }
  return input;
}

/// Where the pixel (x, y) of the picture lies in what `part` sees.
std::size_t in_seen(const Part& part, int x, int y) {
  return static_cast<std::size_t>(y - part.seen.y) * static_cast<std::size_t>(part.seen.width) +
         static_cast<std::size_t>(x - part.seen.x);
}

/// The size of what the network sees of `part` to the picture's.
double scale_of(const Part& part) { return double{1} * part.width / part.seen.width; }

/// The pixels of the network's answer that compose() will need, and `reach` more on every side.
Region wanted_output(const std::vector<float>& cover, const Part& part, int reach) {
  struct Line {
    int begin, end;
  };
  Line rows{part.hole.bottom(), part.hole.y}, columns{part.hole.right(), part.hole.x};
  for (const Run& run : part.filled) {
    const float* covered = cover.data() + in_seen(part, run.begin, run.y);
    for (int x = run.begin; x < run.end; ++x) {
      if (*covered++ <= 0) continue;
      rows = {std::min(rows.begin, run.y), std::max(rows.end, run.y + 1)};
      columns = {std::min(columns.begin, x), std::max(columns.end, x + 1)};
    }
  }
  // enlarge() takes two pixels on either side.
  const auto scaled = [](Line line, int first, int seen, int size) -> Line {
    if (size == seen) return {line.begin - first, line.end - first};
    const double scale = static_cast<double>(size) / seen;
    const auto at = [&](int i) {
      return static_cast<int>(std::floor((i - first + 0.5) * scale - 0.5));
    };
    return {std::max(0, at(line.begin) - 1), std::min(size, at(line.end - 1) + 3)};
  };
  rows = scaled(rows, part.seen.y, part.seen.height, part.height);
  columns = scaled(columns, part.seen.x, part.seen.width, part.width);
  rows = {std::max(0, rows.begin - reach), std::min(part.height, rows.end + reach)};
  columns = {std::max(0, columns.begin - reach), std::min(part.width, columns.end + reach)};
  const auto position = [](int i) { return static_cast<std::size_t>(i); };
  return {position(rows.begin), position(columns.begin), position(rows.end - rows.begin),
          position(columns.end - columns.begin)};
}

/// A network's input where an answer is wanted: red, green, blue and the mask.
std::vector<float> cut(const Tensor& input, const Region& wanted) {
  std::vector<float> result;
  result.reserve(4 * wanted.pixels());
  for (std::size_t y = 0; y < wanted.height; ++y) {
    const float* line = input.data() + ((wanted.y + y) * input.width() + wanted.x) * 4;
    result.insert(result.end(), line, line + 4 * wanted.width);
  }
  return result;
}

/// Adds to the network's answer the colours of its input, for networks that give the difference.
void add_colours(Tensor& prediction, const std::vector<float>& input) {
  for (std::size_t i = 0; i < input.size() / 4; ++i) {
    for (std::size_t c = 0; c < 3; ++c) prediction.data()[3 * i + c] += input[4 * i + c];
  }
}

/// The network's answer at the size of what `part` sees, black where none is wanted.
Image network_output(const Tensor& prediction, const Region& wanted, const Part& part) {
  Image rgb(part.width, part.height, 3, Depth::f32);
  for (std::size_t y = 0; y < wanted.height; ++y) {
    const std::size_t at = (wanted.y + y) * static_cast<std::size_t>(part.width) + wanted.x;
    std::copy_n(prediction.view().pixel(y * wanted.width), 3 * wanted.width,
                rgb.samples<float>() + 3 * at);
  }
  return part.scaled() ? enlarge(rgb, part.seen.width, part.seen.height) : rgb;
}

/// Pastes `colours`, which show part.seen, into `image` where `cover` of that is above 0, and marks
/// where that was. If `grey`, their luma alone.
void compose(Image& image, Mask& replaced, const Part& part, const std::vector<float>& cover,
             const Image& colours, bool grey, const InpaintOptions& options) {
  const auto channels = static_cast<std::size_t>(image.channels());
  const auto given = static_cast<std::size_t>(colours.channels());
  const auto max = static_cast<float>(image.max_value());
  const bool to_luma = grey || (image.colour_model() == ColourModel::grey && given == 3);
  const std::size_t count = image.colour_model() == ColourModel::grey ? 1 : given;
  const float unit = 1 / static_cast<float>(colours.max_value());
  const auto paste = [&](auto* samples, const auto* source) {
    using Sample = std::remove_pointer_t<decltype(samples)>;
    const auto blend = [&](Sample& sample, float filled, float share) {
      // A share of 1 leaves nothing of what was there, which in floats may be no number.
      float value = std::clamp(filled * max, 0.0F, max) * share;
      if (share < 1) value += static_cast<float>(sample) * (1 - share);
      if constexpr (std::is_same_v<Sample, float>) {
        sample = value;
      } else {
        sample = static_cast<Sample>(options.published ? value : value + 0.5F);
      }
    };
    for (const Run& run : part.filled) {
      for (int x = run.begin; x < run.end; ++x) {
        const std::size_t from = in_seen(part, x, run.y);
        if (cover[from] <= 0) continue;
        const std::size_t at =
            static_cast<std::size_t>(run.y) * static_cast<std::size_t>(image.width()) +
            static_cast<std::size_t>(x);
        replaced.missing[at] = 1;
        Sample* pixel = samples + at * channels;
        const auto* filled = source + from * given;
        const auto value = [&](std::size_t c) { return static_cast<float>(filled[c]) * unit; };
        const float luma = to_luma ? 0.299F * value(0) + 0.587F * value(1) + 0.114F * value(2) : 0;
        for (std::size_t c = 0; c < count; ++c) {
          blend(pixel[c], to_luma ? luma : value(c), cover[from]);
        }
        if (options.opaque && image.has_alpha()) blend(pixel[channels - 1], 1, cover[from]);
      }
    }
  };
  visit_samples(image, [&](auto* samples) {
    visit_samples(colours, [&](const auto* source) { paste(samples, source); });
  });
}

void check(const Image& image, const Mask& mask, const InpaintOptions& options) {
  require_same_size({image.width(), image.height()}, {mask.width, mask.height});
  check_number("dilate", options.dilate, Door::library);
  check_number("feather", options.feather, Door::library);
  if (image.colour_model() == ColourModel::cmyk && options.colour == nullptr) {
    throw Error("a CMYK picture needs a colour profile to be shown to the network");
  }
}

/// Adds the time from its making to its end to `seconds`.
class Stopwatch {
 public:
  explicit Stopwatch(double& seconds) : seconds_(seconds) {}
  ~Stopwatch() {
    seconds_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }
  Stopwatch(const Stopwatch&) = delete;
  Stopwatch& operator=(const Stopwatch&) = delete;

 private:
  double& seconds_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

/// Beside what fills: the samples, colours, distances and masks of what a part sees.
constexpr std::size_t kBytesPerPixel = 48;

/// Whether the mask marks, in `part`, a hole thicker than what the network fills.
bool too_thick(const Backend& network, const Mask& mask, const Part& part,
               const InpaintOptions& options) {
  if (options.published || network.thickest_hole == std::numeric_limits<int>::max()) return false;
  const Holes found = holes_of(cut(mask, part.hole), 0);
  return std::any_of(found.holes.begin(), found.holes.end(),
                     [&](const Hole& hole) { return hole.thickness > network.thickest_hole; });
}

/// The size at which surroundings are copied into what `part` fills: the picture's own, smaller
/// where the memory does not suffice.
std::pair<int, int> copying_size(const Part& part, std::size_t memory) {
  int width = part.seen.width, height = part.seen.height;
  const auto bytes = [&] {
    return patches::complete_bytes(static_cast<std::size_t>(height),
                                   static_cast<std::size_t>(width)) +
           part.seen.pixels() * kBytesPerPixel;
  };
  while (bytes() > memory && std::max(width, height) > 1) {
    width = std::max(1, width * 7 / 8);
    height = std::max(1, height * 7 / 8);
  }
  return {width, height};
}

/// `rgb` with its missing pixels copied from known ones, at a size of width x height.
Image copy_surroundings(Image rgb, std::vector<std::uint8_t> missing, int width, int height,
                        ThreadPool& pool, const patches::Observer& observer) {
  const int full_width = rgb.width(), full_height = rgb.height();
  shrink(rgb, missing, width, height);
  const std::vector<float> filled = patches::complete(
      {rgb.samples<float>(), static_cast<std::size_t>(height), static_cast<std::size_t>(width), 3},
      missing.data(), {}, pool, observer);
  std::copy(filled.begin(), filled.end(), rgb.samples<float>());
  if (width == full_width && height == full_height) return rgb;
  return enlarge(rgb, full_width, full_height);
}

/// Whether a fill at width x height gets its high band from the surroundings.
bool detailed(const Part& part, int width, int height, bool by_network,
              const InpaintOptions& options) {
  if (options.published || options.detail == Detail::off) return false;
  const bool scaled = width != part.seen.width || height != part.seen.height;
  return scaled || (options.detail == Detail::on && by_network);
}

/// Gives `filled`, made at width x height, the high band of what is known of `rgb`; both show
/// part.seen. Of what was filled at the picture's own scale half of that is kept.
void give_detail(Image& filled, const Image& rgb, const std::vector<std::uint8_t>& unknown,
                 const std::vector<float>& cover, int width, int height, ThreadPool& pool) {
  std::vector<std::uint8_t> wanted(cover.size());
  for (std::size_t i = 0; i < cover.size(); ++i) {
    wanted[i] = static_cast<std::uint8_t>(cover[i] > 0 && unknown[i] != 0);
    if (unknown[i] != 0) continue;
    std::copy_n(rgb.samples<float>() + 3 * i, 3, filled.samples<float>() + 3 * i);
  }
  if (width == rgb.width() && height == rgb.height()) {
    width = (width + 1) / 2;
    height = (height + 1) / 2;
    const Image low = enlarge(shrink(filled, width, height), rgb.width(), rgb.height());
    for (std::size_t i = 0; i < cover.size(); ++i) {
      if (wanted[i] == 0) continue;
      std::copy_n(low.samples<float>() + 3 * i, 3, filled.samples<float>() + 3 * i);
    }
  }
  patches::add_detail(filled, wanted, unknown, width, height, pool);
}

std::size_t bytes_of(const Part& part, const Backend& network, const InpaintOptions& options) {
  const Size size = padded(part, network.config);
  std::size_t most = network.peak_bytes(1, size.height, size.width);
  if (detailed(part, part.width, part.height, true, options)) {
    // The picture's colours are kept meanwhile.
    const std::size_t kept = part.seen.pixels() * 3 * sizeof(float);
    most = kept + std::max(most, patches::detail_bytes(part.seen.pixels(),
                                                       static_cast<std::size_t>(part.width) *
                                                           static_cast<std::size_t>(part.height)));
  }
  return most + part.seen.pixels() * kBytesPerPixel;
}

}  // namespace

std::size_t most_bytes(const Backend& network, int width, int height) {
  const Box picture{0, 0, width, height};
  return bytes_of({{}, picture, picture, width, height}, network, {});
}

Inpainted inpaint(const Backend& network, Image image, const Mask& mask,
                  const InpaintOptions& options, const engine::Observer& observer) {
  check(image, mask, options);
  Inpainted result;
  result.replaced = {mask.width, mask.height, std::vector<std::uint8_t>(image.pixels())};
  if (mask.count() == 0) {
    result.image = std::move(image);
    return result;
  }
  const auto bytes = [&](const Part& part) { return bytes_of(part, network, options); };
  const std::size_t memory = options.memory_limit > 0 ? options.memory_limit : available_memory();
  const Plan plan = make_plan(
      mask, options.dilate + options.feather, options.published ? Strategy::full : options.strategy,
      network.config.size_multiple(), {bytes, memory, options.memory_limit > 0});
  result.notes.push_back(plan.reason);
  std::size_t most = 0;
  for (const Part& part : plan.parts) most = std::max(most, bytes(part));
  result.notes.push_back(fmt::format("memory planned beside the picture and the model: {:.0f} MB",
                                     static_cast<double>(most) * 1e-6));

  std::size_t copied = 0, with_detail = 0;
  ThreadPool pool(network.copying_threads);
  const bool grey = !options.published && known_is_grey(image, mask);
  if (grey) result.notes.push_back("the picture is grey, so what is filled is grey");
  double all = 0, before = 0;
  const auto work = [](const Part& part) { return double{1} * part.width * part.height; };
  for (const Part& part : plan.parts) all += work(part);
  for (const Part& part : plan.parts) {
    std::vector<float> cover;
    std::vector<std::uint8_t> missing;
    Image seen;
    {
      const Stopwatch watch(result.prepare_seconds);
      seen = cut(image, part.seen);
      cover = coverage(dilate(cut(mask, part.seen), options.dilate), options.feather);
      missing = hidden(seen, cover, cut(result.replaced, part.seen), options.published);
      seen = network_colours(seen, options.colour);
    }
    if (too_thick(network, mask, part, options)) {
      const auto report = [&](double done) {
        static const std::string kName = "copy surroundings";
        if (observer) observer({kName, {}, (before + work(part) * done) / all});
      };
      const auto [width, height] = copying_size(part, memory);
      Image colours;
      {
        const Stopwatch watch(result.network_seconds);
        colours = copy_surroundings(seen, missing, width, height, pool, report);
      }
      const Stopwatch watch(result.compose_seconds);
      if (detailed(part, width, height, false, options)) {
        give_detail(colours, seen, missing, cover, width, height, pool);
        ++with_detail;
      }
      compose(image, result.replaced, part, cover,
              picture_colours(std::move(colours), options.colour), grey, options);
      before += work(part);
      ++copied;
      continue;
    }
    const bool gets_detail = detailed(part, part.width, part.height, true, options);
    Tensor input;
    {
      const Stopwatch watch(result.prepare_seconds);
      input = network_input(seen, missing, part, network.config);
      if (!gets_detail) seen = Image();  // nothing needs it again, and the network needs memory
    }
    const bool matched = !options.published && options.match == Matching::automatic;
    const Region wanted = wanted_output(cover, part, matched ? match_reach(scale_of(part)) : 0);
    Tensor prediction;
    {
      const Stopwatch watch(result.network_seconds);
      engine::Observer scaled;
      if (observer) {
        scaled = [&](const engine::LayerDone& layer) {
          observer({layer.name, layer.output, (before + work(part) * layer.done) / all});
        };
      }
      const bool difference = network.config.missing_pixels == model::MissingPixels::interpolated;
      const std::vector<float> shown =
          difference || matched ? cut(input, wanted) : std::vector<float>();
      prediction = network.forward(std::move(input), wanted, scaled);
      if (difference) add_colours(prediction, shown);
      if (matched) {
        match_surroundings(prediction.data(), shown.data(), wanted.height, wanted.width,
                           scale_of(part));
      }
      before += work(part);
    }
    const Stopwatch watch(result.compose_seconds);
    Image colours = network_output(prediction, wanted, part);
    prediction = Tensor();
    if (gets_detail) {
      give_detail(colours, seen, missing, cover, part.width, part.height, pool);
      ++with_detail;
    }
    compose(image, result.replaced, part, cover,
            picture_colours(std::move(colours), options.colour), grey, options);
  }
  if (copied > 0) {
    result.notes.push_back(
        fmt::format("{} of {} filled with copies of the surroundings: holes thicker than {} pixels",
                    copied, plan.parts.size(), network.thickest_hole));
  }
  if (with_detail > 0) {
    result.notes.push_back(
        fmt::format("{} of {} got detail from the surroundings", with_detail, plan.parts.size()));
  }
  result.image = std::move(image);
  return result;
}

}  // namespace lama
