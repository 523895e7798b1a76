#include "engine/resampling.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>
#include <vector>

#include "engine/folding.h"

namespace lama::internal::engine {
namespace {

/// The pixels of a line that one result pixel is made of.
struct Parts {
  std::array<std::size_t, 4> at{};
  std::array<float, 4> weight{};
};

std::vector<Parts> parts_of_line(std::size_t in, std::size_t out, double step,
                                 model::Resampling mode) {
  std::vector<Parts> line(out);
  const auto last = static_cast<std::ptrdiff_t>(in) - 1;
  for (std::size_t i = 0; i < out; ++i) {
    double position = (static_cast<double>(i) + 0.5) * step - 0.5;
    if (mode == model::Resampling::bilinear) position = std::max(position, 0.0);
    const double whole = std::floor(position), t = position - whole;
    const auto first = static_cast<std::ptrdiff_t>(whole);
    const auto set = [&](std::size_t part, std::ptrdiff_t at, double weight) {
      line[i].at[part] = static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(at, 0, last));
      line[i].weight[part] = static_cast<float>(weight);
    };
    if (mode == model::Resampling::bilinear) {
      set(0, first, 1 - t);
      set(1, first + 1, t);
      continue;
    }
    // Keys's cubic with a = -3/4.
    constexpr double kA = -0.75;
    const auto near = [](double x) { return ((kA + 2) * x - (kA + 3)) * x * x + 1; };
    const auto far = [](double x) { return ((kA * x - 5 * kA) * x + 8 * kA) * x - 4 * kA; };
    set(0, first - 1, far(1 + t));
    set(1, first, near(t));
    set(2, first + 1, near(1 - t));
    set(3, first + 2, far(2 - t));
  }
  return line;
}

void resample(const View<const float>& in, const std::vector<Parts>& rows,
              const std::vector<Parts>& columns, const View<float>& out, std::size_t parts,
              Write write, Workers& workers) {
  for_each_pixel(out.pixels(), workers, [&](std::size_t i) {
    const Parts &row = rows[i / out.width % out.height], &column = columns[i % out.width];
    const std::size_t n = i / (out.height * out.width);
    float* to = out.pixel(i);
    if (write == Write::replace) std::fill_n(to, out.channels, 0.0F);
    for (std::size_t y = 0; y < parts; ++y) {
      for (std::size_t x = 0; x < parts; ++x) {
        const float weight = row.weight[y] * column.weight[x];
        const float* from = in.pixel((n * in.height + row.at[y]) * in.width + column.at[x]);
        for (std::size_t c = 0; c < out.channels; ++c) to[c] += weight * from[c];
      }
    }
  });
}

/// The pixel that a pixel of a mirrored border copies.
std::size_t mirrored(std::ptrdiff_t at, std::size_t size) {
  const auto last = static_cast<std::ptrdiff_t>(size) - 1;
  if (at < 0) at = -at;
  return static_cast<std::size_t>(at > last ? 2 * last - at : at);
}

/// Rotates `in`, seen with a mirrored border of (border_y, border_x) around it, and writes the part
/// of the result that begins at (crop_y, crop_x).
void rotate(const View<const float>& in, std::size_t border_y, std::size_t border_x, double degrees,
            const View<float>& out, std::size_t crop_y, std::size_t crop_x, Write write,
            Workers& workers) {
  const auto height = static_cast<std::ptrdiff_t>(in.height + 2 * border_y);
  const auto width = static_cast<std::ptrdiff_t>(in.width + 2 * border_x);
  constexpr float kPi = 3.14159265F;  // single precision in kornia, whatever the tensor's
  const double radians = degrees * double{kPi} / 180;
  const double cosine = std::cos(radians), sine = std::sin(radians);
  const double middle_y = static_cast<double>(height - 1) / 2;
  const double middle_x = static_cast<double>(width - 1) / 2;
  for_each_pixel(out.pixels(), workers, [&](std::size_t i) {
    const std::size_t n = i / (out.height * out.width);
    const double dy = static_cast<double>(i / out.width % out.height + crop_y) - middle_y;
    const double dx = static_cast<double>(i % out.width + crop_x) - middle_x;
    const double y = sine * dx + cosine * dy + middle_y, x = cosine * dx - sine * dy + middle_x;
    const auto top = static_cast<std::ptrdiff_t>(std::floor(y));
    const auto left = static_cast<std::ptrdiff_t>(std::floor(x));
    float* to = out.pixel(i);
    if (write == Write::replace) std::fill_n(to, out.channels, 0.0F);
    for (const std::ptrdiff_t row : {top, top + 1}) {
      for (const std::ptrdiff_t column : {left, left + 1}) {
        if (row < 0 || row >= height || column < 0 || column >= width) continue;
        const auto weight = static_cast<float>((1 - std::abs(y - static_cast<double>(row))) *
                                               (1 - std::abs(x - static_cast<double>(column))));
        const std::size_t source_y =
            mirrored(row - static_cast<std::ptrdiff_t>(border_y), in.height);
        const std::size_t source_x =
            mirrored(column - static_cast<std::ptrdiff_t>(border_x), in.width);
        const float* from = in.pixel((n * in.height + source_y) * in.width + source_x);
        for (std::size_t c = 0; c < out.channels; ++c) to[c] += weight * from[c];
      }
    }
  });
}

}  // namespace

void resize(const View<const float>& in, const View<float>& out, model::Resampling mode,
            double step_y, double step_x, Write write, Workers& workers) {
  resample(in, parts_of_line(in.height, out.height, step_y, mode),
           parts_of_line(in.width, out.width, step_x, mode), out,
           mode == model::Resampling::bilinear ? 2 : 4, write, workers);
}

void enlarge(const View<const float>& in, const Window& window, const View<float>& out,
             Workers& workers) {
  const auto line = [](std::size_t side, std::size_t in_begin, std::size_t in_size,
                       std::size_t begin, std::size_t count) {
    const auto all = parts_of_line(side, 2 * side, 0.5, model::Resampling::bilinear);
    std::vector<Parts> part(all.begin() + static_cast<std::ptrdiff_t>(begin),
                            all.begin() + static_cast<std::ptrdiff_t>(begin + count));
    for (Parts& parts : part) {
      // A neighbour outside has no weight.
      for (std::size_t& at : parts.at) {
        at = std::min(std::max(at, in_begin) - in_begin, in_size - 1);
      }
    }
    return part;
  };
  const Region &from = window.input, &to = window.output;
  resample(in, line(window.height, from.y, from.height, to.y, to.height),
           line(window.width, from.x, from.width, to.x, to.width), out, 2, Write::replace, workers);
}

Region needed_to_enlarge(const Region& output, std::size_t height, std::size_t width) {
  // Pixel 2k is made of k - 1 and k, pixel 2k + 1 of k and k + 1.
  const auto line = [](std::size_t begin, std::size_t end, std::size_t limit) {
    const std::size_t first = begin == 0 ? 0 : (begin - 1) / 2;
    return std::pair(first, std::min(limit, end / 2 + 1) - first);
  };
  const auto [y, rows] = line(output.y, output.bottom(), height);
  const auto [x, columns] = line(output.x, output.right(), width);
  return {y, x, rows, columns};
}

Tensor halve(const View<const float>& in, Workers& workers) {
  Tensor out(in.batch, in.height / 2, in.width / 2, in.channels);
  for_each_pixel(out.view().pixels(), workers, [&](std::size_t i) {
    const std::size_t x = i % out.width(), y = i / out.width() % out.height();
    const std::size_t n = i / out.width() / out.height();
    const float* top = in.pixel((n * in.height + 2 * y) * in.width + 2 * x);
    const float* bottom = top + in.width * in.stride;
    for (std::size_t c = 0; c < in.channels; ++c) {
      out.view().pixel(i)[c] =
          (top[c] + top[in.stride + c] + bottom[c] + bottom[in.stride + c]) * 0.25F;
    }
  });
  return out;
}

Tensor Rotation::forward(const View<const float>& x, Workers& workers) const {
  Tensor out(x.batch, padded(x.height), padded(x.width), x.channels);
  rotate(x, border(x.height), border(x.width), degrees_, out.view(), 0, 0, Write::replace, workers);
  return out;
}

void Rotation::back(const View<const float>& y, const View<float>& out, Write write,
                    Workers& workers) const {
  rotate(y, 0, 0, -degrees_, out, border(out.height), border(out.width), write, workers);
}

}  // namespace lama::internal::engine
