#include "masks/contact_sheet.h"

#include "tests/testing.h"

namespace lama::internal::masks {
namespace {

/// Pixels of a strong red, the colour of too large shares.
std::ptrdiff_t red_pixels(const Image& sheet) {
  std::ptrdiff_t count = 0;
  for (std::size_t i = 0; i < sheet.bytes().size(); i += 3) {
    const auto* p = sheet.bytes().data() + i;
    if (p[0] > 150 && p[1] < 100 && p[2] < 100) ++count;
  }
  return count;
}

TEST(ContactSheet, GrowsWithItsMasksUpToItsRoom) {
  const Mask mask{64, 32, std::vector<std::uint8_t>(64 * 32, 1)};
  const Image one = contact_sheet({mask}, "title", 1);
  const Image nine = contact_sheet(std::vector<Mask>(9, mask), "title", 1);
  EXPECT_EQ(one.width(), nine.width());
  EXPECT_LT(one.height(), nine.height());
  EXPECT_EQ(contact_sheet(std::vector<Mask>(kSheetMasks + 5, mask), "title", 1).height(),
            contact_sheet(std::vector<Mask>(kSheetMasks, mask), "title", 1).height());
  EXPECT_EQ(contact_sheet({}, "nothing", 1).width(), one.width());
}

TEST(ContactSheet, MarksMasksThatAreTooLarge) {
  const Mask mask{64, 64, std::vector<std::uint8_t>(64 * 64, 1)};
  EXPECT_EQ(red_pixels(contact_sheet({mask}, "title", 1)), 0);
  EXPECT_GT(red_pixels(contact_sheet({mask}, "title", 0.5)), 10);
}

}  // namespace
}  // namespace lama::internal::masks
