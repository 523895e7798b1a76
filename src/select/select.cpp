#include "select/select.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <opencv2/imgproc.hpp>
#include <stdexcept>
#include <string_view>
#include <vector>

#include "base/memory.h"
#include "image/crop.h"
#include "image/nearest.h"

namespace lama::internal::select {
namespace {

constexpr int kSmall = 320;  // the longer side that GrabCut sees, in pixels
constexpr int kIterations = 3;
constexpr int kLeastGrowth = 2;  // pixels
// The outline is searched where a blur of this sigma, in small pixels, leaves it between 2 and 98
// %: in a band of 4.1 sigma.
constexpr double kBandSigma = 2, kBandWidth = 4.1 * kBandSigma;

using Colour = std::array<float, 3>;

/// The colours of an image of any kind as three values of 0 to 255.
class Colours {
 public:
  explicit Colours(const Image& image) : image_(image) {}

  Colour at(int x, int y) const {
    return visit_samples(image_, [&](const auto* samples) {
      const auto* pixel =
          samples + (static_cast<std::size_t>(y) * static_cast<std::size_t>(image_.width()) +
                     static_cast<std::size_t>(x)) *
                        static_cast<std::size_t>(image_.channels());
      const float scale = 255.0F / static_cast<float>(image_.max_value());
      const auto value = [&](int channel) {
        return std::clamp(static_cast<float>(pixel[channel]) * scale, 0.0F, 255.0F);
      };
      switch (image_.colour_model()) {
        case ColourModel::grey:
          return Colour{value(0), value(0), value(0)};
        case ColourModel::rgb:
          return Colour{value(0), value(1), value(2)};
        case ColourModel::cmyk:
          break;
      }
      const float left = (255 - value(3)) / 255;  // the light that black ink leaves
      return Colour{(255 - value(0)) * left, (255 - value(1)) * left, (255 - value(2)) * left};
    });
  }

 private:
  const Image& image_;
};

/// The examined part of the picture, and its small copy.
struct Part {
  Box box;          ///< in the picture
  cv::Size small;   ///< of the copy
  cv::Rect inside;  ///< pixels of the copy that do not touch an edge of the cut

  Part(const Box& part, const Box& whole) : box(part) {
    const double scale =
        std::min(1.0, static_cast<double>(kSmall) / std::max(part.width, part.height));
    small = {std::max(1, static_cast<int>(std::lround(part.width * scale))),
             std::max(1, static_cast<int>(std::lround(part.height * scale)))};
    const int left = part.x > 0 ? 1 : 0, top = part.y > 0 ? 1 : 0;
    const int right = part.right() < whole.width ? 1 : 0;
    const int bottom = part.bottom() < whole.height ? 1 : 0;
    inside = {left, top, small.width - left - right, small.height - top - bottom};
  }

  /// The copy's pixel that contains the middle of the part's pixel (x, y).
  int small_x(int x) const { return nearest(x, box.width, small.width); }
  int small_y(int y) const { return nearest(y, box.height, small.height); }
};

/// Means of `value_of`(x, y), which is a cv::Vec of floats, over the pixels of the small copy.
template <typename Value, typename ValueOf>
cv::Mat shrunk(const Part& part, ValueOf&& value_of) {
  cv::Mat_<Value> sums(part.small, Value::all(0));
  cv::Mat_<float> counts(part.small, 0.0F);
  std::vector<int> columns(static_cast<std::size_t>(part.box.width));
  for (int x = 0; x < part.box.width; ++x) columns[static_cast<std::size_t>(x)] = part.small_x(x);
  for (int y = 0; y < part.box.height; ++y) {
    Value* sum = sums[part.small_y(y)];
    float* count = counts[part.small_y(y)];
    for (int x = 0; x < part.box.width; ++x) {
      const int column = columns[static_cast<std::size_t>(x)];
      sum[column] += value_of(part.box.x + x, part.box.y + y);
      ++count[column];
    }
  }
  for (int y = 0; y < sums.rows; ++y) {
    for (int x = 0; x < sums.cols; ++x) sums(y, x) *= 1 / counts(y, x);
  }
  return sums;
}

/// 255 where a class of GrabCut's is the object's (GC_FGD and GC_PR_FGD are odd), else 0.
cv::Mat1b object_of(const cv::Mat1b& classes) {
  cv::Mat1b object;
  cv::bitwise_and(classes, 1, object);
  cv::compare(object, 1, object, cv::CMP_EQ);
  return object;
}

cv::Mat1b inverted(const cv::Mat1b& mask) {
  cv::Mat1b other;
  cv::bitwise_not(mask, other);
  return other;
}

/// `mask`, 0 or 255, as shares of 0 to 1.
cv::Mat1f shares_of(const cv::Mat1b& mask) {
  cv::Mat1f shares;
  mask.convertTo(shares, CV_32F, 1.0 / 255);
  return shares;
}

/// Whether both classes have enough pixels for a mixture of five colours each.
bool enough_to_compare(const cv::Mat1b& classes) {
  constexpr int kEnough = 10;
  const int object = cv::countNonZero(object_of(classes));
  return object >= kEnough && static_cast<int>(classes.total()) - object >= kEnough;
}

/// The small object, 0 or 255: the parts of GrabCut's result that touch `seeds`, or else those that
/// are not tiny beside the largest.
cv::Mat1b find_object(const cv::Mat3b& colours, cv::Mat1b classes, const cv::Mat1b& seeds) {
  cv::setRNGSeed(1);  // of this thread: GrabCut's first clusters are random
  cv::Mat object_colours, other_colours;
  cv::grabCut(colours, classes, cv::Rect(), object_colours, other_colours, kIterations,
              cv::GC_INIT_WITH_MASK);
  const cv::Mat1b found = object_of(classes);
  cv::Mat1i labels, stats;
  cv::Mat centroids;
  const int count = cv::connectedComponentsWithStats(found, labels, stats, centroids);
  int largest = 0;
  std::vector<char> kept(static_cast<std::size_t>(count), 0);
  for (int i = 1; i < count; ++i) largest = std::max(largest, stats(i, cv::CC_STAT_AREA));
  for (int i = 1; i < count && seeds.empty(); ++i) {
    kept[static_cast<std::size_t>(i)] = stats(i, cv::CC_STAT_AREA) * 10 >= largest ? 1 : 0;
  }
  for (int y = 0; y < seeds.rows; ++y) {
    for (int x = 0; x < seeds.cols; ++x) {
      if (seeds(y, x) != 0) kept[static_cast<std::size_t>(labels(y, x))] = 1;
    }
  }
  cv::Mat1b object(found.size(), std::uint8_t{0});
  for (int y = 0; y < found.rows; ++y) {
    for (int x = 0; x < found.cols; ++x) {
      const int label = labels(y, x);
      if (label != 0 && kept[static_cast<std::size_t>(label)] != 0) object(y, x) = 255;
    }
  }
  return object;
}

/// Mean colours, near every pixel, of the pixels with large `weights`.
cv::Mat3f colours_near(const cv::Mat3f& colours, const cv::Mat1f& weights) {
  constexpr double kSigma = 4;
  cv::Mat3f weighted(colours.size());
  for (int y = 0; y < colours.rows; ++y) {
    for (int x = 0; x < colours.cols; ++x) weighted(y, x) = colours(y, x) * weights(y, x);
  }
  cv::Mat3f sums;
  cv::Mat1f weight;
  cv::GaussianBlur(weighted, sums, {}, kSigma);
  cv::GaussianBlur(weights, weight, {}, kSigma);
  for (int y = 0; y < sums.rows; ++y) {
    for (int x = 0; x < sums.cols; ++x) sums(y, x) *= 1 / std::max(weight(y, x), 1e-6F);
  }
  return sums;
}

/// A value of the small copy between its pixels, for pixel (x, y) of the part.
template <typename Value>
class Between {
 public:
  Between(const Part& part, int x, int y) {
    const auto place = [](int at, int to, int from, int& low, int& high, float& share) {
      const float middle =
          (static_cast<float>(at) + 0.5F) * static_cast<float>(to) / static_cast<float>(from) -
          0.5F;
      low = std::clamp(static_cast<int>(std::floor(middle)), 0, to - 1);
      high = std::min(low + 1, to - 1);
      share = std::clamp(middle - static_cast<float>(low), 0.0F, 1.0F);
    };
    place(x, part.small.width, part.box.width, x0_, x1_, right_);
    place(y, part.small.height, part.box.height, y0_, y1_, down_);
  }
  Value of(const cv::Mat_<Value>& map) const {
    const Value above = map(y0_, x0_) * (1 - right_) + map(y0_, x1_) * right_;
    const Value below = map(y1_, x0_) * (1 - right_) + map(y1_, x1_) * right_;
    return above * (1 - down_) + below * down_;
  }

 private:
  int x0_ = 0, x1_ = 0, y0_ = 0, y1_ = 0;
  float right_ = 0, down_ = 0;
};

/// The object at full size, 0 or 255, and the width of its soft edge in pixels.
struct Outlined {
  cv::Mat1b object;
  double edge = 0;
};

/// Moves the outline of the small object to the edges of the full picture: in a band around it,
/// compares a pixel's colour with the object's and the surroundings' colours nearby.
Outlined outline(const Colours& full, const Part& part, const cv::Mat3f& colours,
                 const cv::Mat1b& small) {
  cv::Mat1b inner, outer;
  cv::erode(small, inner, cv::Mat());
  cv::erode(inverted(small), outer, cv::Mat());
  // Mixed pixels at the outline count little, except for thin objects, which have no others.
  constexpr double kMixed = 0.02;
  const auto weights = [](const cv::Mat1b& sure, const cv::Mat1b& all) {
    cv::Mat1f sum;
    cv::addWeighted(shares_of(sure), 1 - kMixed, shares_of(all), kMixed, 0, sum);
    return sum;
  };
  const cv::Mat3f object_colours = colours_near(colours, weights(inner, small));
  const cv::Mat3f other_colours = colours_near(colours, weights(outer, inverted(small)));
  cv::Mat1f share;
  cv::GaussianBlur(shares_of(small), share, {}, kBandSigma);

  Outlined result;
  result.object = cv::Mat1b(part.box.height, part.box.width);
  cv::resize(small, result.object, result.object.size(), 0, 0, cv::INTER_LINEAR);
  std::size_t soft = 0, decided = 0;
  for (int y = 0; y < part.box.height; ++y) {
    std::uint8_t* row = result.object[y];
    for (int x = 0; x < part.box.width; ++x) {
      const float near = share(part.small_y(y), part.small_x(x));
      constexpr float kBand = 0.02F;
      if (near < kBand || near > 1 - kBand) continue;
      const Between<cv::Vec3f> place(part, x, y);
      const cv::Vec3f other = place.of(other_colours);
      const cv::Vec3f way = place.of(object_colours) - other;
      const Colour colour = full.at(part.box.x + x, part.box.y + y);
      const cv::Vec3f from_other = cv::Vec3f(colour[0], colour[1], colour[2]) - other;
      const float square = way.dot(way);
      constexpr float kNoise = 400;  // (20 levels)²: smaller differences of colour prove little
      const float trust = square / (square + kNoise);
      const float alike = std::clamp(way.dot(from_other) / std::max(square, 1.0F), 0.0F, 1.0F);
      const float coarse = Between<float>(part, x, y).of(share);
      const float value = trust * (alike + coarse) / 2 + (1 - trust) * coarse;
      row[x] = static_cast<std::uint8_t>(std::lround(255 * value));
      if (trust < 0.5F) continue;
      ++decided;
      if (alike > 0.15F && alike < 0.85F) ++soft;
    }
  }
  cv::medianBlur(result.object, result.object, 5);
  cv::threshold(result.object, result.object, 127, 255, cv::THRESH_BINARY);
  const double scale = std::max(1.0, static_cast<double>(part.box.width) / part.small.width);
  if (decided > 0) {
    result.edge = kBandWidth * scale * static_cast<double>(soft) / static_cast<double>(decided);
  }
  return result;
}

/// Grows a mask of 0 and 255 by `by` pixels, in the shape of an octagon.
void grow(cv::Mat1b& mask, int by) {
  const cv::Mat cross = cv::getStructuringElement(cv::MORPH_CROSS, {3, 3});
  for (int i = 0; i < by; ++i) cv::dilate(mask, mask, i % 2 == 0 ? cross : cv::Mat());
}

/// `classes` and `seeds` have the size of the part's small copy.
Mask select(const Image& image, const Part& part, const cv::Mat1b& classes,
            const cv::Mat1b& seeds) {
  const Colours full(image);
  const cv::Mat3f colours = shrunk<cv::Vec3f>(part, [&](int x, int y) {
    const Colour colour = full.at(x, y);
    return cv::Vec3f(colour[0], colour[1], colour[2]);
  });
  Mask mask{image.width(), image.height(), std::vector<std::uint8_t>(image.pixels())};
  cv::Mat1b object;
  double edge = 0;
  if (enough_to_compare(classes)) {
    cv::Mat3b rounded;
    colours.convertTo(rounded, CV_8U);
    const cv::Mat1b small = find_object(rounded, classes, seeds);
    if (cv::countNonZero(small) == 0) return mask;
    Outlined outlined = outline(full, part, colours, small);
    object = outlined.object;
    edge = outlined.edge;
  } else {
    // Too few pixels to compare: use the marked ones.
    cv::resize(object_of(classes), object, {part.box.width, part.box.height}, 0, 0,
               cv::INTER_NEAREST);
  }
  const int most = std::max(kLeastGrowth, std::max(part.box.width, part.box.height) / 64);
  grow(object, std::clamp(static_cast<int>(std::lround(edge)), kLeastGrowth, most));
  for (int y = 0; y < part.box.height; ++y) {
    const std::uint8_t* row = object[y];
    std::uint8_t* out =
        mask.missing.data() +
        static_cast<std::size_t>(part.box.y + y) * static_cast<std::size_t>(mask.width) +
        static_cast<std::size_t>(part.box.x);
    for (int x = 0; x < part.box.width; ++x) out[x] = row[x] != 0 ? 1 : 0;
  }
  return mask;
}

/// The current exception of OpenCV as an error of ours. Its own text has several lines.
[[noreturn]] void throw_own() {
  try {
    throw;
  } catch (const cv::Exception& error) {
    if (error.code == cv::Error::StsNoMem) throw OutOfMemory(kOutOfMemory);
    throw Error("the selection failed: " + error.err);
  } catch (const std::runtime_error& error) {
    // Of oneTBB, which starts OpenCV's threads and has no type for it.
    if (std::string_view(error.what()).starts_with("pthread_create")) {
      throw OutOfMemory(kOutOfMemory);
    }
    throw;
  }
}

}  // namespace

Mask select_in_box(const Image& image, const Box& box) try {
  const Box whole{0, 0, image.width(), image.height()};
  if (!is_inside(box, whole)) {
    throw Error(fmt::format("the box {},{},{},{} does not lie in {} x {} pixels", box.x, box.y,
                            box.width, box.height, whole.width, whole.height));
  }
  const int longer = std::max(box.width, box.height);
  const Part part(grown(box, std::max(16, longer / 2), whole), whole);
  cv::Mat1b classes(part.small, std::uint8_t{cv::GC_BGD});
  const int left = part.small_x(box.x - part.box.x), top = part.small_y(box.y - part.box.y);
  const int right = part.small_x(box.right() - 1 - part.box.x) + 1;
  const int bottom = part.small_y(box.bottom() - 1 - part.box.y) + 1;
  cv::Rect candidates(left, top, right - left, bottom - top);
  classes(candidates) = std::uint8_t{cv::GC_PR_FGD};
  // A box around nearly all of the picture leaves only its own rim as surroundings.
  if (!enough_to_compare(classes) && candidates.width > 2 && candidates.height > 2) {
    classes = std::uint8_t{cv::GC_BGD};
    classes({left + 1, top + 1, candidates.width - 2, candidates.height - 2}) =
        std::uint8_t{cv::GC_PR_FGD};
  }
  Mask mask = select(image, part, classes, {});
  if (mask.count() == 0) {
    throw NothingFound(
        "nothing in the box stands out from its surroundings: mark the object by a scribble");
  }
  return mask;
} catch (...) {
  throw_own();
}

Mask select_by_scribble(const Image& image, const Mask& scribble) try {
  require_same_size({image.width(), image.height()}, {scribble.width, scribble.height},
                    {"the picture", "the scribble"});
  const Box marked = bounds_of(scribble);
  if (marked.pixels() == 0) throw NothingFound("the scribble marks nothing");
  const Box whole{0, 0, image.width(), image.height()};
  const int longer = std::max(marked.width, marked.height);
  const int around = std::max(longer, std::max(whole.width, whole.height) / 4);
  const Part part(grown(marked, around, whole), whole);
  const cv::Mat1f share = shrunk<cv::Vec<float, 1>>(part, [&](int x, int y) {
    return cv::Vec<float, 1>(
        scribble.missing[static_cast<std::size_t>(y) * static_cast<std::size_t>(whole.width) +
                         static_cast<std::size_t>(x)] != 0
            ? 1.0F
            : 0.0F);
  });
  // A thin stroke covers small pixels only partly; the most covered one counts in any case.
  double most = 0;
  cv::minMaxLoc(share, nullptr, &most);
  cv::Mat1b seeds;
  cv::compare(share, std::min(0.25, most), seeds, cv::CMP_GE);
  cv::Mat1b classes(part.small, std::uint8_t{cv::GC_BGD});
  if (part.inside.width > 0 && part.inside.height > 0) {
    classes(part.inside) = std::uint8_t{cv::GC_PR_BGD};
  }
  // A stroke across or around an object has the object roughly between its points.
  std::vector<cv::Point> points, hull;
  cv::findNonZero(seeds, points);
  cv::convexHull(points, hull);
  cv::fillConvexPoly(classes, hull, cv::GC_PR_FGD);
  classes.setTo(cv::GC_FGD, seeds);
  Mask mask = select(image, part, classes, seeds);
  std::transform(mask.missing.begin(), mask.missing.end(), scribble.missing.begin(),
                 mask.missing.begin(),
                 [](std::uint8_t a, std::uint8_t b) { return static_cast<std::uint8_t>(a | b); });
  return mask;
} catch (...) {
  throw_own();
}

}  // namespace lama::internal::select
