// include/lama/lama.hpp: between callers' buffers and the procedure.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <span>
#include <stdexcept>
#include <utility>

#include "base/error.h"
#include "base/host.h"
#include "base/thread_pool.h"
#include "engine/network.h"
#include "engine/turn.h"
#include "image/image.h"
#include "image/mask.h"
#include "inpaint/fill_options.h"
#include "inpaint/inpaint.h"
#include "inpaint/option_table.h"
#include "lama/lama.hpp"
#include "model/architecture.h"
#include "registry/choose_model.h"
#include "weights/model_file.h"

namespace lama {

using namespace internal;

namespace {

constexpr int kMaxSide = 1'000'000;
constexpr int kMaxThreads = 1024;

/// `text` within one line, as all errors.
[[noreturn]] void refuse(std::string text) {
  throw std::invalid_argument(Error(std::move(text)).what());
}

/// Runs `function`; errors come out as types of the standard library, which every program knows.
template <typename Function>
auto with_public_errors(Function&& function) {
  try {
    return function();
  } catch (const BadOption& error) {
    throw std::invalid_argument(error.what());
  } catch (const UnfitMask& error) {
    throw std::invalid_argument(error.what());
  } catch (const Error& error) {
    throw std::runtime_error(error.what());
  }
}

/// How a layout lies in memory.
struct Order {
  int samples;      ///< of a pixel in memory
  int channels;     ///< of them that are used, as Image counts them
  bool blue_first;  ///< Image begins with red
};

Order order_of(Layout layout) {
  switch (layout) {
    case Layout::grey:
      return {1, 1, false};
    case Layout::grey_alpha:
      return {2, 2, false};
    case Layout::rgb:
      return {3, 3, false};
    case Layout::rgba:
      return {4, 4, false};
    case Layout::bgr:
      return {3, 3, true};
    case Layout::bgra:
      return {4, 4, true};
    case Layout::rgbx:
      return {4, 3, false};
    case Layout::bgrx:
      return {4, 3, true};
  }
  refuse(fmt::format("there is no pixel layout {}", static_cast<int>(layout)));
}

Depth depth_of(Sample sample) {
  switch (sample) {
    case Sample::u8:
      return Depth::u8;
    case Sample::u16:
      return Depth::u16;
    case Sample::f32:
      return Depth::f32;
  }
  refuse(fmt::format("there is no sample type {}", static_cast<int>(sample)));
}

FillOptions fill_options_of(const Options& options) {
  static_assert(static_cast<int>(Options::Strategy::resize) == static_cast<int>(Strategy::resize));
  static_assert(static_cast<int>(Options::Detail::on) == static_cast<int>(Detail::on));
  static_assert(static_cast<int>(Options::Match::off) == static_cast<int>(Matching::off));
  return {.dilate = options.dilate,
          .feather = options.feather,
          .mask_threshold = options.mask_threshold,
          .invert_mask = options.invert_mask,
          .fill_transparent = options.fill_transparent,
          .strategy = static_cast<Strategy>(options.strategy),
          .detail = static_cast<Detail>(options.detail),
          .match = static_cast<Matching>(options.match),
          .memory_limit = options.memory_limit,
          .published = options.published};
}

/// From one row to the next. Throws std::invalid_argument if rows of `bytes` would overlap, or be
/// so far apart that no memory holds `height` of them.
std::ptrdiff_t checked_stride(std::ptrdiff_t stride, std::size_t bytes, int height,
                              const char* what) {
  if (stride == 0) return static_cast<std::ptrdiff_t>(bytes);
  const auto distance = static_cast<std::size_t>(stride < 0 ? -(stride + 1) : stride - 1) + 1;
  if (distance < bytes) {
    refuse(fmt::format("the {}'s stride is {} bytes and a row takes {}", what, stride, bytes));
  }
  // A quarter, because overlap() adds such distances.
  if (distance > PTRDIFF_MAX / 4 / static_cast<std::size_t>(height)) {
    refuse(fmt::format("the {}'s stride is {} bytes, too many for {} rows", what, stride, height));
  }
  return stride;
}

/// A caller's buffer. Byte is const or not.
template <typename Byte>
class Rows {
 public:
  /// Throws std::invalid_argument if `first` is null, and as checked_stride() does.
  template <typename Void>
  Rows(Void* first, std::ptrdiff_t stride, std::size_t bytes, int height, const char* what)
      : first_(static_cast<Byte*>(first)), stride_(checked_stride(stride, bytes, height, what)) {
    if (first == nullptr) refuse(fmt::format("the {} is a null pointer", what));
  }

  Byte* operator[](int y) const { return first_ + stride_ * y; }
  std::ptrdiff_t stride() const { return stride_; }

 private:
  Byte* first_;
  std::ptrdiff_t stride_;
};
using InputRows = Rows<const unsigned char>;
using OutputRows = Rows<unsigned char>;

/// Whether any of `height` rows of `bytes` in `from` shares memory with one in `to`.
bool overlap(const InputRows& from, const OutputRows& to, int height, std::size_t bytes) {
  const auto address = [](const void* row) { return reinterpret_cast<std::intptr_t>(row); };
  const auto length = static_cast<std::intptr_t>(bytes);
  for (int y = 0; y < height; ++y) {
    // Only the rows of `from` beside this one can be that near.
    const std::intptr_t distance = address(to[y]) - address(from[0]);
    const std::intptr_t near = std::clamp<std::intptr_t>(distance / from.stride(), 0, height - 1);
    for (std::intptr_t row = std::max<std::intptr_t>(near - 1, 0);
         row <= std::min<std::intptr_t>(near + 1, height - 1); ++row) {
      if (std::abs(distance - row * from.stride()) < length) return true;
    }
  }
  return false;
}

void check_size(const char* what, int width, int height) {
  if (width < 1 || width > kMaxSide || height < 1 || height > kMaxSide) {
    refuse(fmt::format("the {} is {} x {} pixels: sides from 1 to {} are possible", what, width,
                       height, kMaxSide));
  }
}

/// The place of channel `c` of an Image in a pixel in memory.
std::size_t position(const Order& order, int c) {
  return static_cast<std::size_t>(order.blue_first && c < 3 ? 2 - c : c);
}

Image read(const Picture& picture, const Order& order, const InputRows& rows) {
  Image image(picture.width, picture.height, order.channels, depth_of(picture.sample));
  const auto width = static_cast<std::size_t>(picture.width);
  const std::size_t line = image.bytes().size() / static_cast<std::size_t>(picture.height);
  if (!order.blue_first && order.samples == order.channels) {
    for (int y = 0; y < picture.height; ++y) {
      std::memcpy(image.bytes().data() + static_cast<std::size_t>(y) * line, rows[y], line);
    }
    return image;
  }
  visit_samples(image, [&](auto* to) {
    for (int y = 0; y < picture.height; ++y) {
      const unsigned char* from = rows[y];
      for (std::size_t x = 0; x < width; ++x) {
        for (int c = 0; c < order.channels; ++c, ++to) {
          std::memcpy(to, from + position(order, c) * sizeof *to, sizeof *to);
        }
        from += static_cast<std::size_t>(order.samples) * sizeof *to;
      }
    }
  });
  return image;
}

/// Writes the pixels of `image` that were replaced.
void write(const Image& image, const Mask& replaced, const Order& order, const OutputRows& rows) {
  visit_samples(image, [&](const auto* from) {
    const std::uint8_t* is_replaced = replaced.missing.data();
    const std::size_t pixel = static_cast<std::size_t>(order.samples) * sizeof *from;
    for (int y = 0; y < image.height(); ++y) {
      unsigned char* to = rows[y];
      for (int x = 0; x < image.width(); ++x, to += pixel, from += order.channels) {
        if (*is_replaced++ == 0) continue;
        for (int c = 0; c < order.channels; ++c) {
          std::memcpy(to + position(order, c) * sizeof *from, from + c, sizeof *from);
        }
      }
    }
  });
}

std::size_t bytes_per_row(const Picture& picture, const Order& order) {
  return static_cast<std::size_t>(picture.width) * static_cast<std::size_t>(order.samples) *
         bytes_per_sample(depth_of(picture.sample));
}

/// Checks what does not depend on the pixels.
FillOptions checked_options(const Picture& picture, const MaskValues& mask,
                            const Options& options) {
  check_size("picture", picture.width, picture.height);
  const FillOptions fill = fill_options_of(options);
  with_public_errors([&] { check_options(fill, mask.values != nullptr, Door::library); });
  checked_stride(picture.stride, bytes_per_row(picture, order_of(picture.layout)), picture.height,
                 "picture");
  return fill;
}

/// Nothing for no callback. Throws Cancelled when the callback says so.
std::function<void(double)> cancellable(const OpenProgress& progress) {
  if (!progress) return nullptr;
  return [&progress](double done) {
    if (!progress(done)) throw Cancelled();
  };
}

Mask read(const MaskValues& mask, const Picture& picture, const FillOptions& options) {
  check_size("mask", mask.width, mask.height);
  require_same_size({picture.width, picture.height}, {mask.width, mask.height});
  const auto width = static_cast<std::size_t>(mask.width);
  const InputRows rows(mask.values, mask.stride, width, mask.height, "mask");
  Image image(mask.width, mask.height, 1, Depth::u8);
  for (int y = 0; y < mask.height; ++y) {
    std::memcpy(image.bytes().data() + static_cast<std::size_t>(y) * width, rows[y], width);
  }
  return missing_from(image, options);
}

}  // namespace

struct Model::Impl {
  const pid_t process = getpid();
  SharedHost host;
  std::string name, description;
  std::size_t parameter_count;
  Backend network;
  engine::Turn::Queue fills;
  /// Of the last fills, per pixel (inpaint/inpaint.h, FillCost); 0 before the first one.
  std::atomic<double> network_seconds = 0, copy_seconds = 0;

  /// What `model` names (registry/choose_model.h). As all constructors it takes the current host.
  static std::unique_ptr<Impl> open(const std::string& model, int threads, Precision precision,
                                    const OpenProgress& progress) {
    if (registry::means_patches(model)) {
      if (progress && !progress(1)) throw Cancelled();
      return std::make_unique<Impl>(threads);
    }
    return std::make_unique<Impl>(registry::open_chosen_model(model), threads, precision, progress);
  }

  /// Without a network.
  explicit Impl(int threads)
      : host(current_host()),
        name(registry::kPatchesName),
        description(registry::kPatchesDescription),
        parameter_count(0),
        network(Backend::copying(threads)) {}

  Impl(const weights::ModelFile& model, int threads, Precision precision,
       const OpenProgress& progress)
      : host(current_host()),
        name(model.name),
        description(model::describe(model.network.config)),
        parameter_count(model.parameter_count()),
        network(std::make_shared<const engine::Network>(
            model.network, *model.tensors, threads,
            precision == Precision::bf16 ? engine::Precision::bf16 : engine::Precision::f32,
            cancellable(progress))) {
    network.thickest_hole = registry::thickest_hole(model);
    network.copying_threads = threads;
  }

  /// With the weights of `other`.
  Impl(const Impl& other, int threads)
      : host(current_host()),
        name(other.name),
        description(other.description),
        parameter_count(other.parameter_count),
        network(other.network.with_threads(threads)) {}

  /// After fork() a child has none of the model's threads, and locks as they were in the parent.
  bool in_own_process() const { return process == getpid(); }

  void learn_speed(const Inpainted& done) {
    const FillCost& cost = done.cost;
    if (cost.copied_pixels > 0) copy_seconds = done.copy_seconds / cost.copied_pixels;
    if (cost.network_pixels > 0) network_seconds = done.network_seconds / cost.network_pixels;
  }

  std::optional<double> seconds_for(const FillCost& cost) const {
    const double network_speed = network_seconds, copy_speed = copy_seconds;
    if ((cost.network_pixels > 0 && network_speed == 0) ||
        (cost.copied_pixels > 0 && copy_speed == 0)) {
      return std::nullopt;
    }
    return cost.network_pixels * network_speed + cost.copied_pixels * copy_speed;
  }
};

const char* version() noexcept { return LAMA_VERSION; }

namespace {

int checked_threads(int threads) {
  if (threads < 0 || threads > kMaxThreads) {
    refuse(fmt::format("threads takes 1 to {}, or 0 for one per processor, not {}", kMaxThreads,
                       threads));
  }
  return threads > 0 ? threads : ThreadPool::available_processors();
}

SharedHost checked_host(const Host& host) {
  if (!host.allocate != !host.release) {
    refuse("the host has one of the functions allocate and release: give both or neither");
  }
  if (!host.run && !host.allocate) return nullptr;
  return std::make_shared<const HostFunctions>(
      HostFunctions{host.run, host.allocate, host.release});
}

}  // namespace

Model::Model(std::unique_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}

Model::Model(int threads, Precision precision, const OpenProgress& progress, const Host& host) {
  threads = checked_threads(threads);
  const HostScope scope(checked_host(host));
  impl_ = with_public_errors([&] { return Impl::open("", threads, precision, progress); });
}

Model::Model(const std::filesystem::path& path, int threads, Precision precision,
             const OpenProgress& progress, const Host& host) {
  threads = checked_threads(threads);
  const HostScope scope(checked_host(host));
  if (path.empty()) refuse("the model's path is empty");
  impl_ =
      with_public_errors([&] { return Impl::open(path.string(), threads, precision, progress); });
}

Model::Model(const void* safetensors, std::size_t size, const std::string& name, int threads,
             Precision precision, const OpenProgress& progress, const Host& host) {
  threads = checked_threads(threads);
  const HostScope scope(checked_host(host));
  if (safetensors == nullptr) refuse("the model's bytes are a null pointer");
  const std::span bytes(static_cast<const std::uint8_t*>(safetensors), size);
  impl_ = with_public_errors([&] {
    return std::make_unique<Impl>(weights::open_model(bytes, name), threads, precision, progress);
  });
}

Model Model::share(int threads) const {
  threads = checked_threads(threads);
  const HostScope scope(impl_->host);
  return Model(with_public_errors([&] { return std::make_unique<Impl>(*impl_, threads); }));
}

// To destroy a parent's model would wait for its threads.
Model::~Model() {
  if (impl_ && !impl_->in_own_process()) static_cast<void>(impl_.release());
}
Model::Model(Model&&) noexcept = default;
Model& Model::operator=(Model&& other) noexcept {
  Model taken(std::move(other));
  std::swap(impl_, taken.impl_);
  return *this;
}

const std::string& Model::name() const noexcept { return impl_->name; }
const std::string& Model::description() const noexcept { return impl_->description; }
std::size_t Model::parameter_count() const noexcept { return impl_->parameter_count; }
int Model::size_multiple() const noexcept { return impl_->network.sizes.multiple; }

bool Model::inpaint(const Picture& picture, const MaskValues& mask, const Output& output,
                    const Options& options) {
  if (!impl_->in_own_process()) {
    throw std::runtime_error("a process before fork() opened the model: share it, or open another");
  }
  const FillOptions fill = checked_options(picture, mask, options);
  const Order order = order_of(picture.layout);
  const std::size_t line = bytes_per_row(picture, order);
  const InputRows from(picture.pixels, picture.stride, line, picture.height, "picture");
  const OutputRows to(output.pixels, output.stride, line, picture.height, "output");
  const bool in_place = from[0] == to[0];
  if (in_place && from.stride() != to.stride()) {
    refuse("the output is the picture itself with another stride");
  }
  if (!in_place && overlap(from, to, picture.height, line)) {
    refuse(
        "the output overlaps the picture: give the picture's own pixels and stride, or other "
        "memory");
  }
  engine::Observer observer;
  if (options.progress) {
    observer = [&options](const engine::LayerDone& layer) {
      if (!options.progress(layer.done)) throw Cancelled();
    };
  }
  const HostScope scope(impl_->host);
  return with_public_errors([&] {
    Image image = read(picture, order, from);
    const Mask missing =
        fill.fill_transparent ? transparent_part(image) : read(mask, picture, fill);
    Inpainted result;
    try {
      const engine::Turn turn(impl_->fills);
      result = internal::inpaint(impl_->network, std::move(image), missing, inpaint_options(fill),
                                 observer);
    } catch (const Cancelled&) {
      return false;
    }
    impl_->learn_speed(result);
    if (options.log) {
      for (const std::string& note : result.notes) options.log(note);
    }
    if (!in_place) {
      for (int y = 0; y < picture.height; ++y) std::memcpy(to[y], from[y], line);
    }
    write(result.image, result.replaced, order, to);
    return true;
  });
}

Estimate Model::estimate(const Picture& picture, const MaskValues& mask,
                         const Options& options) const {
  const FillOptions fill = checked_options(picture, mask, options);
  return with_public_errors([&] {
    Mask missing;
    if (fill.fill_transparent) {
      const Order order = order_of(picture.layout);
      const InputRows rows(picture.pixels, picture.stride, bytes_per_row(picture, order),
                           picture.height, "picture");
      missing = transparent_part(read(picture, order, rows));
    } else {
      missing = read(mask, picture, fill);
    }
    const FillCost cost = cost_of(impl_->network, missing, inpaint_options(fill));
    return Estimate{cost.bytes, impl_->seconds_for(cost)};
  });
}

}  // namespace lama
