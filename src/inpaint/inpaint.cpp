#include "inpaint/inpaint.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/memory.h"

namespace lama {
namespace {

using engine::Tensor;

constexpr int kMaxGrowth = 1000;

struct Size {
  std::size_t width, height;
};

/// What the network needs for a picture of this size.
Size padded(const Image& image, const model::GeneratorConfig& config) {
  const int multiple = config.size_multiple(), least = config.min_size();
  const auto side = [&](int size) {
    return static_cast<std::size_t>(std::max(least, (size + multiple - 1) / multiple * multiple));
  };
  const Size size{side(image.width()), side(image.height())};
  const std::size_t longest = std::max(size.width, size.height);
  return config.needs_square() ? Size{longest, longest} : size;
}

/// Position `i` of a line of `size` pixels that goes on mirrored, edge pixels repeated.
std::size_t mirrored(std::size_t i, std::size_t size) {
  const std::size_t at = i % (2 * size);
  return at < size ? at : 2 * size - 1 - at;
}

/// Red, green, blue in [0, 1] with missing pixels 0, and the mask (paper section 2). Missing is
/// what will be replaced even in part: the network must not see pixels of a soft edge, which may
/// still show what is to go.
Tensor network_input(const Image& image, const std::vector<float>& cover,
                     const model::GeneratorConfig& config) {
  const auto width = static_cast<std::size_t>(image.width());
  const auto height = static_cast<std::size_t>(image.height());
  const auto channels = static_cast<std::size_t>(image.channels());
  const std::size_t blue = image.colour_channels() == 3 ? 2 : 0, green = blue / 2;
  const Size size = padded(image, config);
  Tensor input(1, size.height, size.width, 4);
  const auto max = static_cast<float>(image.max_value());
  visit_samples(image, [&](const auto* samples) {
    float* out = input.data();
    for (std::size_t y = 0; y < input.height(); ++y) {
      const std::size_t row = mirrored(y, height) * width;
      for (std::size_t x = 0; x < input.width(); ++x, out += 4) {
        const std::size_t i = row + mirrored(x, width);
        const auto* pixel = samples + i * channels;
        const bool missing = cover[i] > 0;
        // Divided, not multiplied by 1 / max: the network must see the published values exactly.
        out[0] = missing ? 0 : static_cast<float>(pixel[0]) / max;
        out[1] = missing ? 0 : static_cast<float>(pixel[green]) / max;
        out[2] = missing ? 0 : static_cast<float>(pixel[blue]) / max;
        out[3] = missing ? 1 : 0;
      }
    }
  });
  return input;
}

/// How much of each pixel is replaced: 1 in the hole, falling towards 0 over the `feather` pixels
/// around it, and 0 beyond them.
std::vector<float> coverage(const Mask& hole, int feather) {
  std::vector<float> cover = distance_to_hole(hole);
  const auto width = static_cast<float>(feather);
  for (float& c : cover) c = c > width ? 0 : 1 - c / (width + 1);
  return cover;
}

/// Pastes the network's `prediction` where `cover` is above 0.
void compose(Image& image, const std::vector<float>& cover, const Tensor& prediction,
             bool truncate) {
  const auto width = static_cast<std::size_t>(image.width());
  const auto channels = static_cast<std::size_t>(image.channels());
  const auto max = static_cast<float>(image.max_value());
  const bool grey = image.colour_channels() == 1;
  visit_samples(image, [&](auto* samples) {
    using Sample = std::remove_pointer_t<decltype(samples)>;
    for (std::size_t i = 0; i < cover.size(); ++i) {
      if (cover[i] <= 0) continue;
      const float* rgb = prediction.data() + (i / width * prediction.width() + i % width) * 3;
      Sample* pixel = samples + i * channels;
      const auto blend = [&](Sample& sample, float predicted) {
        const float value = std::clamp(predicted * max, 0.0F, max) * cover[i] +
                            static_cast<float>(sample) * (1 - cover[i]);
        sample = static_cast<Sample>(truncate ? value : value + 0.5F);
      };
      if (grey) {
        blend(pixel[0], 0.299F * rgb[0] + 0.587F * rgb[1] + 0.114F * rgb[2]);
      } else {
        for (std::size_t c = 0; c < 3; ++c) blend(pixel[c], rgb[c]);
      }
    }
  });
}

void require_memory(const engine::Network& network, std::size_t width, std::size_t height) {
  const std::size_t needed = network.peak_bytes(1, height, width);
  const std::size_t available = available_memory();
  if (needed > available) {
    throw Error(fmt::format(
        "a picture of {} x {} pixels needs {:.1f} GB of memory with this model and {:.1f} GB are "
        "free: scale the picture down, use a smaller model, or close other programs",
        width, height, static_cast<double>(needed) * 1e-9, static_cast<double>(available) * 1e-9));
  }
}

}  // namespace

Inpainted inpaint(const engine::Network& network, Image image, const Mask& mask,
                  const InpaintOptions& options, const engine::Observer& observer) {
  if (mask.width != image.width() || mask.height != image.height()) {
    throw Error(
        fmt::format("the mask is {} x {} pixels and the picture {} x {}: they must be equal",
                    mask.width, mask.height, image.width(), image.height()));
  }
  for (const int pixels : {options.dilate, options.feather}) {
    if (pixels < 0 || pixels > kMaxGrowth) {
      throw Error(
          fmt::format("dilate and feather take 0 to {} pixels, not {}", kMaxGrowth, pixels));
    }
  }
  const auto seconds_since = [](auto start) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  const auto start = std::chrono::steady_clock::now();
  Inpainted result;
  const Mask hole = dilate(mask, options.dilate);
  if (hole.count() == 0) {
    result.replaced = hole;
    result.image = std::move(image);
    return result;
  }
  const Size size = padded(image, network.config());
  require_memory(network, size.width, size.height);
  const std::vector<float> cover = coverage(hole, options.feather);
  Tensor input = network_input(image, cover, network.config());
  result.replaced = hole;
  std::transform(cover.begin(), cover.end(), result.replaced.missing.begin(),
                 [](float c) { return static_cast<std::uint8_t>(c > 0); });
  result.prepare_seconds = seconds_since(start);

  const auto network_start = std::chrono::steady_clock::now();
  const Tensor prediction = network.forward(std::move(input), observer);
  result.network_seconds = seconds_since(network_start);

  const auto compose_start = std::chrono::steady_clock::now();
  compose(image, cover, prediction, options.truncate);
  result.image = std::move(image);
  result.compose_seconds = seconds_since(compose_start);
  return result;
}

}  // namespace lama
