#include "weights/tensor_file.h"

#include <cmath>
#include <limits>

#include "tests/weights/fixtures.h"

namespace lama::internal::weights {
namespace {

using lama::internal::testing::bits;
using lama::internal::testing::error_of;
using lama::internal::testing::says;

TEST(ElementCount, MultipliesTheSides) {
  EXPECT_EQ(element_count({}), 1U);
  EXPECT_EQ(element_count({7}), 7U);
  EXPECT_EQ(element_count({64, 4, 7, 7}), 12544U);
  EXPECT_EQ(element_count({0}), 0U);
  EXPECT_EQ(element_count({5, 0, 3}), 0U);
}

TEST(ElementCount, RefusesWhatNoMemoryHolds) {
  constexpr std::int64_t k31 = std::int64_t{1} << 31, k47 = std::int64_t{1} << 47;
  EXPECT_EQ(element_count({k47}), std::size_t{1} << 47);
  EXPECT_FALSE(element_count({k47, 4}));
  EXPECT_FALSE(element_count({k31, k31, 4}));  // 2^64: wraps around to 0 in 64 bits
  EXPECT_FALSE(element_count({k31, k31, 5}));
  EXPECT_FALSE(element_count({INT64_MAX}));
  EXPECT_FALSE(element_count({INT64_MAX, INT64_MAX}));
  EXPECT_FALSE(element_count({-1}));
  EXPECT_FALSE(element_count({-2, -3}));
  EXPECT_FALSE(element_count({0, -1}));
  EXPECT_FALSE(element_count({INT64_MIN}));
  EXPECT_FALSE(element_count({0, INT64_MAX})) << "a side that no memory holds, even if empty";
}

TEST(DTypes, SizesAndNames) {
  struct Row {
    DType dtype;
    std::size_t size;
    bool floating;
    const char* name;
  };
  for (const Row& row :
       {Row{DType::f64, 8, true, "float64"}, Row{DType::f32, 4, true, "float32"},
        Row{DType::f16, 2, true, "float16"}, Row{DType::bf16, 2, true, "bfloat16"},
        Row{DType::i64, 8, false, "int64"}, Row{DType::i32, 4, false, "int32"},
        Row{DType::i16, 2, false, "int16"}, Row{DType::i8, 1, false, "int8"},
        Row{DType::u8, 1, false, "uint8"}, Row{DType::boolean, 1, false, "bool"}}) {
    EXPECT_EQ(bytes_per_element(row.dtype), row.size) << row.name;
    EXPECT_EQ(is_floating(row.dtype), row.floating) << row.name;
    EXPECT_EQ(name(row.dtype), row.name);
  }
}

TEST(Shapes, ReadableText) {
  EXPECT_EQ(to_string(Shape{64, 4, 7, 7}), "[64, 4, 7, 7]");
  EXPECT_EQ(to_string(Shape{}), "[]");
}

/// Converts `values`, stored at an odd address: members of archives lie anywhere.
template <typename Stored>
std::vector<float> converted(DType dtype, const std::vector<Stored>& values) {
  std::vector<std::uint8_t> storage(values.size() * sizeof(Stored) + 1);
  std::memcpy(storage.data() + 1, values.data(), values.size() * sizeof(Stored));
  std::vector<float> result(values.size());
  to_float(dtype, storage.data() + 1, values.size(), result.data());
  return result;
}

TEST(ToFloat, ConvertsEveryFloatingType) {
  const std::vector<float> expected = {1.0F, -0.0F, -2.5F, 0x1p-14F};
  EXPECT_EQ(bits(converted<float>(DType::f32, expected)), bits(expected));
  EXPECT_EQ(bits(converted<double>(DType::f64, {1.0, -0.0, -2.5, 0x1p-14})), bits(expected));
  EXPECT_EQ(bits(converted<std::uint16_t>(DType::f16, {0x3c00, 0x8000, 0xc100, 0x0400})),
            bits(expected));
  EXPECT_EQ(bits(converted<std::uint16_t>(DType::bf16, {0x3f80, 0x8000, 0xc020, 0x3880})),
            bits(expected));
}

TEST(ToFloat, RoundsDoubles) {
  const auto values = converted<double>(DType::f64, {1.0 / 3, 1 + 0x1p-24, 1 + 0x1.8p-23, 1e-60});
  EXPECT_EQ(values, (std::vector<float>{1.0F / 3, 1.0F, 1 + 0x1p-22F, 0.0F}));
}

TEST(ToFloat, NothingFromNowhere) {
  for (const DType dtype : {DType::f64, DType::f32, DType::f16, DType::bf16}) {
    EXPECT_NO_FATAL_FAILURE(to_float(dtype, nullptr, 0, nullptr));
  }
}

/// A file that holds one tensor.
class OneTensor : public TensorFile {
 public:
  explicit OneTensor(std::vector<float> values) : TensorFile("one.file"), values_(values) {
    tensors_["model.1.weight"] = {DType::f32, {static_cast<std::int64_t>(values.size())}};
  }

 private:
  std::vector<float> load(const std::string&) const override { return values_; }
  std::vector<float> values_;
};

TEST(TensorFile, RefusesValuesThatAreNotFinite) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  for (const float bad : {kInfinity, -kInfinity, std::nanf(""), -std::nanf("1")}) {
    for (const std::size_t place : {0U, 4U, 8U}) {
      std::vector<float> values(9, 1.0F);
      values[place] = bad;
      const OneTensor file(values);
      EXPECT_TRUE(says(error_of([&] { (void)file.read("model.1.weight"); }),
                       {"one.file", "model.1.weight", std::isnan(bad) ? "nan" : "inf"}));
    }
  }
}

TEST(TensorFile, AcceptsTheLargestAndTheSmallest) {
  const std::vector<float> values = {std::numeric_limits<float>::max(),
                                     -std::numeric_limits<float>::max(),
                                     std::numeric_limits<float>::denorm_min(), -0.0F};
  EXPECT_EQ(bits(OneTensor(values).read("model.1.weight")), bits(values));
}

}  // namespace
}  // namespace lama::internal::weights
