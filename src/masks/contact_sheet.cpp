#include "masks/contact_sheet.h"

#include <fmt/format.h>

#include <algorithm>
#include <opencv2/imgproc.hpp>

namespace lama::internal::masks {
namespace {

constexpr int kColumns = 8, kCell = 160, kGap = 10, kLabel = 18, kTitle = 34;
const cv::Scalar kPaper(225, 225, 225), kInk(40, 40, 40), kWarning(200, 0, 0);

void write(cv::Mat& sheet, const std::string& text, cv::Point at, double size,
           const cv::Scalar& colour) {
  cv::putText(sheet, text, at, cv::FONT_HERSHEY_SIMPLEX, size, colour, 1, cv::LINE_AA);
}

}  // namespace

Image contact_sheet(const std::vector<Mask>& masks, const std::string& title, double max_area) {
  const int count = static_cast<int>(std::min(masks.size(), kSheetMasks));
  const int rows = (count + kColumns - 1) / kColumns;
  Image image(kGap + kColumns * (kCell + kGap), kTitle + rows * (kCell + kLabel + kGap), 3,
              Depth::u8);
  cv::Mat sheet(image.height(), image.width(), CV_8UC3, image.bytes().data());
  sheet.setTo(kPaper);
  write(sheet, title, {kGap, kTitle - 12}, 0.55, kInk);
  for (int i = 0; i < count; ++i) {
    const Mask& mask = masks[static_cast<std::size_t>(i)];
    const cv::Point corner(kGap + i % kColumns * (kCell + kGap),
                           kTitle + i / kColumns * (kCell + kLabel + kGap));
    cv::Mat hole =
        cv::Mat(mask.height, mask.width, CV_8U, const_cast<std::uint8_t*>(mask.missing.data())) *
        255;
    // The longer side fills the cell.
    const double scale = static_cast<double>(kCell) / std::max(mask.width, mask.height);
    cv::resize(hole, hole,
               {std::max(1, static_cast<int>(mask.width * scale)),
                std::max(1, static_cast<int>(mask.height * scale))},
               0, 0, cv::INTER_AREA);
    cv::cvtColor(hole, hole, cv::COLOR_GRAY2RGB);
    hole.copyTo(sheet(cv::Rect(corner, hole.size())));

    const double area =
        static_cast<double>(mask.count()) / static_cast<double>(mask.missing.size());
    write(sheet, fmt::format("{:.1f} %", 100 * area), corner + cv::Point(0, kCell + 14), 0.42,
          area > max_area ? kWarning : kInk);
  }
  return image;
}

}  // namespace lama::internal::masks
