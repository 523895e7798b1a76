#include "inpaint/inpaint.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/memory.h"
#include "base/thread_pool.h"
#include "inpaint/compose.h"
#include "inpaint/copy_fill.h"
#include "inpaint/fillers.h"
#include "inpaint/give_detail.h"
#include "inpaint/greyness.h"
#include "inpaint/network_fill.h"
#include "inpaint/option_table.h"
#include "inpaint/seen.h"
#include "patches/complete.h"
#include "patches/detail.h"

namespace lama::internal {
namespace {

void check(const Backend& network, const InpaintOptions& options) {
  check_number("dilate", options.dilate, Door::library);
  check_number("feather", options.feather, Door::library);
  if (options.published && !network.has_network()) {
    throw Error("the published program fills with a network, and this model has none");
  }
}

void check(const Image& image, const Mask& mask, const InpaintOptions& options) {
  require_same_size({image.width(), image.height()}, {mask.width, mask.height});
  if (image.colour_model() == ColourModel::cmyk && options.colour == nullptr) {
    throw Error("a CMYK picture needs a colour profile for the network");
  }
}

/// Adds its lifetime to `seconds`.
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

/// Whether a fill at this size gets its high band from the surroundings.
bool detailed(const Part& part, PixelSize size, Filler filler, const InpaintOptions& options) {
  if (options.published || options.detail == Detail::off) return false;
  return size != part.seen_size() || (options.detail == Detail::on && filler == Filler::network);
}

/// Bytes for filling `part` at a size, beside the picture and the model.
std::size_t bytes_of(const Part& part, PixelSize size, Filler filler, const Backend& network,
                     const InpaintOptions& options) {
  const std::size_t seen = part.seen.pixels();
  std::size_t most = filler == Filler::copies ? patches::complete_bytes(size.pixels())
                                              : network_fill_bytes(network, part);
  if (detailed(part, size, filler, options)) {
    // The picture's colours stay in memory meanwhile.
    most = seen * 3 * sizeof(float) + std::max(most, patches::detail_bytes(seen, size.pixels()));
  }
  return most + seen * kSeenBytesPerPixel;
}

/// The size at which copies fill what `part` sees: the picture's own, or a smaller one that fits
/// into `memory` bytes.
PixelSize copying_size(const Part& part, const Backend& network, const InpaintOptions& options,
                       std::size_t memory) {
  PixelSize size = part.seen_size();
  while (bytes_of(part, size, Filler::copies, network, options) > memory &&
         std::max(size.width, size.height) > 1) {
    size = {std::max(1, size.width * 7 / 8), std::max(1, size.height * 7 / 8)};
  }
  return size;
}

double work(const Part& part) { return static_cast<double>(part.size().pixels()); }

std::size_t memory_of(const InpaintOptions& options) {
  const std::size_t available = available_memory();
  return options.memory_limit > 0 ? std::min(options.memory_limit, available) : available;
}

/// The picture's parts with their fillers.
struct Division {
  std::vector<FilledPart> parts;
  std::string reason;
  FillCost cost;
};

Division divide(const Backend& network, const Mask& mask, const InpaintOptions& options,
                std::size_t memory) {
  const auto bytes = [&](const Part& part) {
    // Copies are made at the size that the memory allows.
    return network.has_network() ? bytes_of(part, part.size(), Filler::network, network, options)
                                 : part.seen.pixels() * kSeenBytesPerPixel;
  };
  const int reach = options.dilate + options.feather;
  Plan plan = make_plan(mask, reach, options.published ? Strategy::full : options.strategy,
                        network.sizes.multiple, {bytes, memory, memory == options.memory_limit});
  Division division;
  division.reason = std::move(plan.reason);
  for (const Part& part : plan.parts) {
    division.cost.bytes = std::max(division.cost.bytes, bytes(part));
  }
  const int thickest = options.published ? std::numeric_limits<int>::max() : network.thickest_hole;
  division.parts = assign_fillers(std::move(plan.parts), mask, reach, thickest);
  for (const FilledPart& each : division.parts) {
    if (each.filler == Filler::network) {
      division.cost.network_pixels += work(each.part);
    } else {
      const PixelSize size = copying_size(each.part, network, options, memory);
      division.cost.copied_pixels += static_cast<double>(size.pixels());
      division.cost.bytes = std::max(division.cost.bytes,
                                     bytes_of(each.part, size, Filler::copies, network, options));
    }
  }
  return division;
}

/// Fills part after part.
class Procedure {
 public:
  Procedure(const Backend& network, const Mask& mask, const InpaintOptions& options,
            std::size_t memory, const engine::Observer& observer, Inpainted& result)
      : network_(network),
        mask_(mask),
        options_(options),
        memory_(memory),
        observer_(observer),
        result_(result),
        grey_(!options.published &&
              known_is_grey(result.image, mask, options.dilate + options.feather)) {
    if (grey_) result.notes.emplace_back("the picture is grey, so the fill is grey");
  }

  void fill(const std::vector<FilledPart>& parts) {
    for (const FilledPart& each : parts) all_ += work(each.part);
    for (const FilledPart& each : parts) {
      fill(each.part, each.filler);
      result_.too_large_for_copies |=
          each.filler == Filler::copies &&
          3 * each.thickest > std::min(each.part.seen.width, each.part.seen.height);
      before_ += work(each.part);
    }
    if (copied_ > 0) {
      result_.notes.push_back(fmt::format(
          "{} of {} parts filled with copies of the surroundings{}", copied_, parts.size(),
          network_.has_network() ? fmt::format(" (holes thicker than {} pixels with their margin)",
                                               network_.thickest_hole)
                                 : ""));
    }
    if (detailed_ > 0) {
      result_.notes.push_back(
          fmt::format("{} of {} parts got detail from the surroundings", detailed_, parts.size()));
    }
  }

 private:
  void fill(const Part& part, Filler filler) {
    Seen seen;
    {
      const Stopwatch watch(result_.prepare_seconds);
      seen = look(result_.image, mask_, result_.replaced, part, options_);
    }
    if (!replaces_any(part, seen)) {
      static const std::string kName = "skip part";
      if (observer_) observer_({kName, {}, (before_ + work(part)) / all_});
      return;
    }
    const PixelSize size =
        filler == Filler::copies ? copying_size(part, network_, options_, memory_) : part.size();
    const bool gets_detail = detailed(part, size, filler, options_);
    Image colours;
    if (filler == Filler::copies) {
      colours = copy(seen, size, part);
    } else {
      colours = run_network(seen, gets_detail, part);
    }
    if (gets_detail) {
      const Stopwatch watch(result_.detail_seconds);
      give_detail(colours, seen, part, size, pool());
    }
    const Stopwatch watch(result_.compose_seconds);
    const bool black = grey_ && result_.image.colour_model() == ColourModel::cmyk;
    compose(result_.image, result_.replaced, part, seen.cover,
            black ? black_ink(colours, *options_.colour)
                  : picture_colours(std::move(colours), options_.colour),
            grey_, options_);
    copied_ += filler == Filler::copies ? 1 : 0;
    detailed_ += gets_detail ? 1 : 0;
  }

  /// Most fills need none: a network has its own threads.
  ThreadPool& pool() {
    if (!pool_) pool_.emplace(network_.copying_threads);
    return *pool_;
  }

  Image copy(const Seen& seen, PixelSize size, const Part& part) {
    const Stopwatch watch(result_.copy_seconds);
    static const std::string kName = "copy surroundings";
    return fill_by_copying(seen, size, pool(), [&](double done) {
      if (observer_) observer_({kName, {}, (before_ + work(part) * done) / all_});
    });
  }

  Image run_network(Seen& seen, bool keeps_seen, const Part& part) {
    const Stopwatch watch(result_.network_seconds);
    engine::Observer scaled;
    if (observer_) {
      scaled = [&](const engine::LayerDone& layer) {
        observer_({layer.name, layer.output, (before_ + work(part) * layer.done) / all_});
      };
    }
    return fill_by_network(network_, seen, keeps_seen, part, options_, scaled);
  }

  const Backend& network_;
  const Mask& mask_;
  const InpaintOptions& options_;
  std::size_t memory_;
  const engine::Observer& observer_;
  Inpainted& result_;
  std::optional<ThreadPool> pool_;
  bool grey_;
  double all_ = 0, before_ = 0;  // work, for progress
  std::size_t copied_ = 0, detailed_ = 0;
};

}  // namespace

FillCost cost_of(const Backend& network, const Mask& mask, const InpaintOptions& options) {
  check(network, options);
  if (mask.count() == 0) return {};
  return divide(network, mask, options, memory_of(options)).cost;
}

std::size_t most_bytes(const Backend& network, int width, int height) {
  const Box picture{0, 0, width, height};
  const Part all{{}, picture, picture, width, height};
  std::size_t most = 0;
  if (network.has_network()) {
    most = bytes_of(all, all.size(), Filler::network, network, {});
  }
  if (network.thickest_hole < std::numeric_limits<int>::max()) {
    most = std::max(most, bytes_of(all, all.seen_size(), Filler::copies, network, {}));
  }
  return most;
}

Inpainted inpaint(const Backend& network, Image image, const Mask& mask,
                  const InpaintOptions& options, const engine::Observer& observer) {
  check(network, options);
  check(image, mask, options);
  Inpainted result;
  result.replaced = {mask.width, mask.height, std::vector<std::uint8_t>(image.pixels())};
  result.image = std::move(image);
  if (mask.count() == 0) return result;
  const std::size_t memory = memory_of(options);
  const Division division = divide(network, mask, options, memory);
  result.cost = division.cost;
  result.notes.push_back(division.reason);
  result.notes.push_back(fmt::format("memory planned beside the picture and the model: {:.0f} MB",
                                     static_cast<double>(division.cost.bytes) * 1e-6));
  Procedure(network, mask, options, memory, observer, result).fill(division.parts);
  return result;
}

}  // namespace lama::internal
