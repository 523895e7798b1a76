#include "engine/strips.h"

#include <algorithm>
#include <utility>

namespace lama::internal::engine {
namespace {

// Rows of a strip, on the wider side of the layers. The rows that neighbours compute twice are a
// few percent of this, and big-lama's strips at 512 pixels stay in a processor's cache.
constexpr std::size_t kRows = 128;

}  // namespace

Strips::Strips(std::span<const std::unique_ptr<Layer>> layers, const Extent& input,
               const Region& wanted)
    : layers_(layers), extents_{input}, wanted_(wanted) {
  for (const auto& layer : layers) extents_.push_back(layer->output(extents_.back()));
  const std::size_t height = extents_.back().height;
  const std::size_t rows =
      std::max<std::size_t>(1, kRows * height / std::max(height, input.height));
  for (std::size_t y = wanted.y; y < wanted.bottom();) {
    const std::size_t end = std::min(wanted.bottom(), (y / rows + 1) * rows);
    std::vector<Region> parts(layers.size() + 1);
    parts.back() = {y, wanted.x, end - y, wanted.width};
    for (std::size_t i = layers.size(); i > 0; --i) {
      parts[i - 1] = layers[i - 1]->needs(parts[i], extents_[i - 1]);
    }
    strips_.push_back(std::move(parts));
    y = end;
  }
}

Region Strips::needs() const {
  Region all;
  for (const auto& parts : strips_) all = bounds(all, parts.front());
  return all;
}

Tensor Strips::run(const Tensor& x, Run& run) const {
  const std::size_t batch = x.batch();
  Tensor out(batch, wanted_.height, wanted_.width, layers_.back()->channels());
  for (std::size_t n = 0; n < batch; ++n) {
    View<const float> picture = x.view();
    picture.batch = 1;
    picture.data = picture.pixel(n * x.height() * x.width());
    for (const auto& parts : strips_) {
      Tensor last;
      for (std::size_t i = 0; i < layers_.size(); ++i) {
        const Extent& extent = extents_[i];
        const Window window{.height = extent.height,
                            .width = extent.width,
                            .input = i == 0 ? whole(extent) : parts[i],
                            .output = parts[i + 1]};
        Tensor next;
        View<float> to = out.view();
        if (i + 1 == layers_.size()) {
          to.data = to.pixel((n * wanted_.height + window.output.y - wanted_.y) * wanted_.width);
          to.batch = 1;
          to.height = window.output.height;
        } else {
          next = Tensor(1, window.output.height, window.output.width, layers_[i]->channels());
          to = next.view();
        }
        layers_[i]->run_part(i == 0 ? picture : std::as_const(last).view(), window, to, run);
        last = std::move(next);
      }
    }
  }
  return out;
}

double Strips::multiplications() const {
  double sum = 0;
  for (const auto& parts : strips_) {
    for (std::size_t i = 0; i < layers_.size(); ++i) {
      sum += layers_[i]->multiplications(extents_[i]) * static_cast<double>(parts[i + 1].pixels()) /
             static_cast<double>(extents_[i + 1].height * extents_[i + 1].width);
    }
  }
  return sum;
}

Scratch Strips::scratch() const {
  Scratch most;
  for (const auto& parts : strips_) {
    for (std::size_t i = 0; i < layers_.size(); ++i) {
      most = max(most, layers_[i]->scratch({1, parts[i + 1].height, parts[i + 1].width}));
    }
  }
  return most;
}

std::size_t Strips::floats(std::size_t input_channels) const {
  std::size_t most = 0;
  for (const auto& parts : strips_) {
    std::size_t before = 0;
    for (std::size_t i = 0; i + 1 < layers_.size(); ++i) {
      const std::size_t after = parts[i + 1].pixels() * layers_[i]->channels();
      most = std::max(most, before + after);
      before = after;
    }
  }
  const std::size_t batch = extents_.front().batch;
  return most + extents_.front().pixels() * input_channels +
         batch * wanted_.pixels() * layers_.back()->channels();
}

}  // namespace lama::internal::engine
