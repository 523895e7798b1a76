#include "weights/safetensors.h"

#include <algorithm>
#include <cmath>
#include <ctime>
#include <limits>

#include "tests/weights/fixtures.h"

namespace lama::internal::weights {
namespace {

using namespace lama::internal::testing;  // NOLINT(google-build-using-namespace)

constexpr float kMax = std::numeric_limits<float>::max();
constexpr float kTiny = std::numeric_limits<float>::denorm_min();

TensorToWrite tensor(const std::string& name, const Shape& shape, const std::vector<float>& values,
                     DType dtype = DType::f32) {
  return {.name = name, .dtype = dtype, .shape = shape, .values = [values] { return values; }};
}

std::vector<float> written_and_read(const std::vector<float>& values, DType dtype) {
  const TemporaryFolder folder;
  write_safetensors(folder / "x",
                    {tensor("t", {static_cast<std::int64_t>(values.size())}, values, dtype)}, {});
  const SafetensorsFile file(folder / "x");
  EXPECT_EQ(file.tensors().at("t").dtype, dtype);
  return file.read("t");
}

std::string file_refusal(const Bytes& bytes) {
  return error_of([&] { const SafetensorsFile file(bytes, "a.safetensors"); });
}

// --- reading

TEST(Safetensors, ReadsFixtures) {
  const SafetensorsFile network(data("networks/odd.safetensors"));
  EXPECT_EQ(network.tensors().size(), 166U);
  EXPECT_EQ(network.tensors().at("model.1.ffc.convl2l.weight").shape, (Shape{6, 4, 7, 7}));
  EXPECT_EQ(network.tensors().at("model.1.ffc.convl2l.weight").dtype, DType::f16);
  EXPECT_EQ(network.tensors().at("model.1.bn_l.weight").dtype, DType::f32);
  EXPECT_EQ(network.read("model.1.ffc.convl2l.weight").size(), 6U * 4 * 7 * 7);
  EXPECT_EQ(network.metadata().at("format"), "pt");
  EXPECT_TRUE(network.metadata().contains("lama.config"));

  const SafetensorsFile parity(data("parity/shallow_200x136.safetensors"));
  EXPECT_EQ(parity.tensors().at("image").dtype, DType::u8);
  EXPECT_EQ(parity.raw("image").size(), 200U * 136 * 3);
  EXPECT_EQ(parity.metadata().at("height"), "200");

  const SafetensorsFile strided(data("torch/strided_expected.safetensors"));
  EXPECT_EQ(strided.read("scalar"), std::vector<float>{3.25F});
  EXPECT_EQ(strided.tensors().at("scalar").shape, Shape{});
  EXPECT_EQ(strided.tensors().at("empty").shape, (Shape{0, 3}));
  EXPECT_TRUE(strided.read("empty").empty());
  EXPECT_TRUE(strided.metadata().empty());
}

TEST(Safetensors, ReadsEveryTypeByHand) {
  Bytes bytes = safetensors_bytes(
      R"({"d":{"dtype":"F64","shape":[1],"data_offsets":[0,8]},
          "f":{"dtype":"F32","shape":[1],"data_offsets":[8,12]},
          "h":{"dtype":"F16","shape":[2],"data_offsets":[12,16]},
          "b":{"dtype":"BF16","shape":[1,1],"data_offsets":[16,18]},
          "i":{"dtype":"I64","shape":[],"data_offsets":[18,26]},
          "z":{"dtype":"BOOL","shape":[3,0],"data_offsets":[26,26]},
          "__metadata__":{"key":"value","":"","ü":"\n"}}    )",
      0);
  for (const std::string& part :
       {little_endian(0.1), little_endian(-1.5F), std::string("\x00\x3c\x01\x80", 4),
        std::string("\x80\x3f", 2), little_endian(std::int64_t{7})}) {
    bytes.insert(bytes.end(), part.begin(), part.end());
  }
  const SafetensorsFile file(bytes, "memory");
  EXPECT_EQ(file.read("d"), std::vector<float>{0.1F});
  EXPECT_EQ(file.read("f"), std::vector<float>{-1.5F});
  EXPECT_EQ(file.read("h"), (std::vector<float>{1.0F, -0x1p-24F}));
  EXPECT_EQ(file.read("b"), std::vector<float>{1.0F});
  EXPECT_EQ(file.tensors().at("i").dtype, DType::i64);
  EXPECT_EQ(file.raw("i")[0], 7);
  EXPECT_EQ(file.tensors().at("z").dtype, DType::boolean);
  EXPECT_EQ(file.metadata(),
            (std::map<std::string, std::string>{{"key", "value"}, {"", ""}, {"ü", "\n"}}));
}

// Pages are given back to the system after a read: they must come again.
TEST(Safetensors, ReadsTheSameTwice) {
  const SafetensorsFile file(data("networks/odd.safetensors"));
  std::map<std::string, std::vector<float>> first;
  for (const auto& [name, info] : file.tensors()) first[name] = file.read(name);
  for (const auto& [name, values] : first) EXPECT_EQ(bits(file.read(name)), bits(values)) << name;
}

TEST(Safetensors, RefusesValuesThatAreNotFiniteAndNamesTheTensor) {
  const auto with = [](const char* dtype, const std::string& value) {
    Bytes bytes = safetensors_bytes(std::string(R"({"model.7.bias":{"dtype":")") + dtype +
                                        R"(","shape":[1],"data_offsets":[0,)" +
                                        std::to_string(value.size()) + "]}}",
                                    0);
    bytes.insert(bytes.end(), value.begin(), value.end());
    return bytes;
  };
  for (const Bytes& bytes :
       {with("F32", little_endian(std::nanf(""))), with("F32", little_endian(-INFINITY)),
        with("F16", little_endian<std::uint16_t>(0x7c00)),
        with("F16", little_endian<std::uint16_t>(0xfe01)),
        with("BF16", little_endian<std::uint16_t>(0x7f80)), with("F64", little_endian(1e300))}) {
    const SafetensorsFile file(bytes, "a.safetensors");
    EXPECT_TRUE(says(error_of([&] { (void)file.read("model.7.bias"); }),
                     {"a.safetensors", "model.7.bias"}));
  }
}

// --- refusing

TEST(Safetensors, RefusesFilesTooShortForTheirHeader) {
  EXPECT_TRUE(says(file_refusal({}), {"a.safetensors"}));
  EXPECT_TRUE(says(file_refusal(Bytes(7)), {"a.safetensors"}));
  EXPECT_TRUE(says(file_refusal(Bytes(8)), {"a.safetensors"}));  // a header of no bytes is no JSON
  for (const std::uint64_t length :
       {std::uint64_t{3}, std::uint64_t{1} << 30, std::uint64_t{1} << 63, ~std::uint64_t{0}}) {
    Bytes bytes = bytes_of(little_endian(length) + "{}");
    EXPECT_TRUE(says(file_refusal(bytes), {"a.safetensors", std::to_string(length)}));
  }
}

TEST(Safetensors, AcceptsAFileWithoutTensors) {
  const Bytes bytes = safetensors_bytes("{}", 0);
  EXPECT_TRUE(SafetensorsFile(bytes, "memory").tensors().empty());
}

TEST(Safetensors, RefusesHeadersThatAreNoObject) {
  for (const char* header : {"", " ", "[]", "null", "3", "\"x\"", "{", "{}}", "{} x", "{\"a\"}",
                             "{\"a\":1,}", "{'a':1}", "{\"\xff\":1}", "\xef\xbb\xbf{", "NaN"}) {
    EXPECT_TRUE(says(file_refusal(safetensors_bytes(header, 0)), {"a.safetensors", "damaged"}))
        << header;
  }
}

TEST(Safetensors, RefusesKeysThatOccurTwice) {
  const std::string x = R"({"dtype":"U8","shape":[1],"data_offsets":[0,1]})";
  for (const std::string& header :
       {R"({"x":)" + x + R"(,"x":)" + x + "}",
        std::string(R"({"x":{"dtype":"F32","dtype":"U8","shape":[1],"data_offsets":[0,1]}})"),
        R"({"__metadata__":{"a":"1","a":"2"},"x":)" + x + "}",
        R"({"__metadata__":{},"__metadata__":{},"x":)" + x + "}"}) {
    EXPECT_TRUE(says(file_refusal(safetensors_bytes(header, 1)), {"unique"})) << header;
  }
}

TEST(Safetensors, RefusesBadEntriesAndNamesThem) {
  for (
      const char* entry : {
          "1",
          "[]",
          "{}",
          R"({"shape":[2],"data_offsets":[0,8]})",
          R"({"dtype":"F32","data_offsets":[0,8]})",
          R"({"dtype":"F32","shape":[2]})",
          R"({"dtype":5,"shape":[2],"data_offsets":[0,8]})",
          R"({"dtype":"F32","shape":2,"data_offsets":[0,8]})",
          R"({"dtype":"F32","shape":[2],"data_offsets":8})",
          R"({"dtype":"F32","shape":[2],"data_offsets":[8]})",
          R"({"dtype":"F32","shape":[2],"data_offsets":[0,4,8]})",
          R"({"dtype":"F32","shape":[2],"data_offsets":[0,8.0]})",
          R"({"dtype":"F32","shape":[2],"data_offsets":["0","8"]})",
          R"({"dtype":"F32","shape":[-2],"data_offsets":[0,8]})",
          R"({"dtype":"F32","shape":[2.0],"data_offsets":[0,8]})",
          R"({"dtype":"F32","shape":["2"],"data_offsets":[0,8]})",
          R"({"dtype":"F32","shape":[[2]],"data_offsets":[0,8]})",
          R"({"dtype":"F32","shape":[null],"data_offsets":[0,8]})",
          R"({"dtype":"F32","shape":[2],"data_offsets":[-8,0]})",
          R"({"dtype":"F32","shape":[2],"data_offsets":[8,0]})",
          R"({"dtype":"F32","shape":[2],"data_offsets":[0,9]})",
          R"({"dtype":"F32","shape":[2],"data_offsets":[0,18446744073709551615]})",
          R"({"dtype":"F32","shape":[2],"data_offsets":[18446744073709551608,18446744073709551615]})",
          R"({"dtype":"F32","shape":[2],"data_offsets":[0,99999999999999999999]})",
          R"({"dtype":"F32","shape":[3],"data_offsets":[0,8]})",
          R"({"dtype":"F32","shape":[1],"data_offsets":[0,8]})",
          R"({"dtype":"F64","shape":[2],"data_offsets":[0,8]})",
          R"({"dtype":"F32","shape":[],"data_offsets":[0,8]})",
          R"({"dtype":"F32","shape":[2,0],"data_offsets":[0,8]})",
          R"({"dtype":"F32","shape":[18446744073709551615,2],"data_offsets":[0,8]})",
          // 2^64 + 2 elements, 2^62 floats: right again if the product wraps around.
          R"({"dtype":"F32","shape":[2147483648,2147483648,4],"data_offsets":[0,0]})",
          R"({"dtype":"F32","shape":[4611686018427387904],"data_offsets":[0,0]})",
          R"({"dtype":"F32","shape":[4611686018427387906],"data_offsets":[0,8]})",
          R"({"dtype":"F32","shape":[0,9223372036854775808],"data_offsets":[0,0]})",
      }) {
    const std::string header = std::string(R"({"some.tensor":)") + entry + "}";
    EXPECT_TRUE(says(file_refusal(safetensors_bytes(header, 8)), {"a.safetensors", "some.tensor"}))
        << entry;
  }
}

TEST(Safetensors, RefusesUnknownTypesAndSaysWhich) {
  for (const std::string dtype : {"F8_E4M3", "U16", "f32", "", "F32 "}) {
    const std::string header =
        R"({"t":{"dtype":")" + dtype + R"(","shape":[8],"data_offsets":[0,8]}})";
    EXPECT_TRUE(says(file_refusal(safetensors_bytes(header, 8)), {"tensor t", "dtype " + dtype}));
  }
}

TEST(Safetensors, RefusesDataThatIsNotCoveredOnce) {
  const auto two = [](int begin1, int end1, int begin2, int end2) {
    const auto entry = [](int begin, int end) {
      return R"({"dtype":"U8","shape":[)" + std::to_string(end - begin) + R"(],"data_offsets":[)" +
             std::to_string(begin) + "," + std::to_string(end) + "]}";
    };
    return R"({"a":)" + entry(begin1, end1) + R"(,"b":)" + entry(begin2, end2) + "}";
  };
  const Bytes good = safetensors_bytes(two(4, 8, 0, 4), 8),
              empty = safetensors_bytes(two(0, 8, 8, 8), 8);
  EXPECT_EQ(SafetensorsFile(good, "memory").raw("a").size(), 4U);
  EXPECT_EQ(SafetensorsFile(empty, "memory").raw("b").size(), 0U);
  for (const std::string& header : {two(0, 4, 3, 8), two(0, 8, 0, 8), two(0, 3, 4, 8),
                                    two(1, 4, 4, 8), two(0, 8, 4, 4), two(0, 4, 4, 7)}) {
    EXPECT_TRUE(says(file_refusal(safetensors_bytes(header, 8)), {"a.safetensors", "damaged"}))
        << header;
  }
  EXPECT_TRUE(says(file_refusal(safetensors_bytes("{}", 5)), {"5 bytes"}));
}

TEST(Safetensors, RefusesMetadataThatIsNotText) {
  for (const char* metadata :
       {"1", "[]", "null", "{\"a\":1}", "{\"a\":null}", "{\"a\":{\"b\":\"c\"}}"}) {
    const std::string header = std::string("{\"__metadata__\":") + metadata + "}";
    EXPECT_TRUE(says(file_refusal(safetensors_bytes(header, 0)), {"__metadata__"})) << metadata;
  }
}

TEST(Safetensors, SurvivesHostileNesting) {
  struct Piece {
    std::string open, close;
    int count;
  };
  for (const Piece& piece :
       {Piece{"[", "]", 100'000}, Piece{"{\"a\":", "}", 100'000}, Piece{"{\"a\":[", "]}", 10'000},
        Piece{"[[],", "]", 10'000}, Piece{"{\"a\":{},\"b\":", "}", 10'000}}) {
    std::string header = "{\"x\":";
    for (int i = 0; i < piece.count; ++i) header += piece.open;
    EXPECT_TRUE(says(file_refusal(safetensors_bytes(header, 0)), {"a.safetensors"})) << piece.open;
    header += "0";
    for (int i = 0; i < piece.count; ++i) header += piece.close;
    EXPECT_TRUE(says(file_refusal(safetensors_bytes(header + "}", 0)), {"a.safetensors"}))
        << piece.open;
  }
}

// The callback of nlohmann's parser took half a minute.
TEST(Safetensors, HeadersAreReadInOnePass) {
  const auto processor_time = [](std::size_t tensors) {
    std::string header = "{";
    for (std::size_t i = 0; i < tensors; ++i) {
      header += (i > 0 ? "," : "") + ("\"t" + std::to_string(i)) +
                R"(":{"dtype":"U8","shape":[1],"data_offsets":[)" + std::to_string(i) + "," +
                std::to_string(i + 1) + "]}";
    }
    const Bytes file = safetensors_bytes(header + "}", tensors);
    const std::clock_t begin = std::clock();
    EXPECT_EQ(SafetensorsFile(file, "a.safetensors").tensors().size(), tensors);
    return std::clock() - begin;
  };
  const std::clock_t of_fewer = processor_time(5'000);
  // 10 times as much in one pass, 100 times where each tensor is compared with all.
  EXPECT_LT(processor_time(50'000), 40 * of_fewer);
}

TEST(Safetensors, RefusesMoreThanAnyModelHas) {
  std::string values, sides = "1";
  for (int i = 0; i < 1'000'000; ++i) values += "1,";
  EXPECT_TRUE(says(file_refusal(safetensors_bytes("{\"a\":[" + values + "1]}", 0)), {"unique"}));
  for (int i = 0; i < 100; ++i) sides += ",1";
  const std::string wrong = file_refusal(safetensors_bytes(
      R"({"t":{"dtype":"U8","shape":[)" + sides + R"(],"data_offsets":[0,1]}})", 1));
  EXPECT_TRUE(says(wrong, {"tensor t: bad shape"})) << wrong;
}

// Names come from strangers: they must not reach a terminal as they are.
TEST(Safetensors, ErrorsAreOneLineWhateverTheNames) {
  const std::string error = file_refusal(safetensors_bytes(R"({"a\nb\u001b[2J":1})", 0));
  for (const char c : error) EXPECT_GE(static_cast<unsigned char>(c), 0x20);
}

TEST(Safetensors, MissingFileIsAnError) {
  const TemporaryFolder folder;
  EXPECT_TRUE(says(error_of([&] { const SafetensorsFile file(folder / "none"); }), {"none"}));
  error_of([&] { const SafetensorsFile file(folder.path()); });
}

// --- damaged files: nothing but an Error or a whole answer

/// Opens and reads everything. Returns whether that went well.
bool file_survives(const Bytes& bytes) {
  try {
    const SafetensorsFile file(bytes, "damaged");
    for (const auto& [name, info] : file.tensors()) {
      if (is_floating(info.dtype)) (void)file.read(name);
    }
    return true;
  } catch (const Error&) {
    return false;
  }
}

Bytes small_file() {
  const TemporaryFolder folder;
  write_safetensors(folder / "x",
                    {tensor("first", {2, 3}, {1, 2, 3, 4, 5, 6}), tensor("scalar", {}, {7}),
                     tensor("half", {4}, {1, 2, 3, 4}, DType::f16), tensor("empty", {0, 9}, {})},
                    {{"format", "pt"}});
  return get(folder / "x");
}

TEST(Safetensors, EveryTruncationIsNoticed) {
  const Bytes whole = small_file();
  ASSERT_TRUE(file_survives(whole));
  for (std::size_t length = 0; length < whole.size(); ++length) {
    EXPECT_FALSE(
        file_survives({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length)}))
        << length;
  }
}

TEST(Safetensors, EveryBitFlipIsNoticedOrHarmless) {
  const Bytes whole = small_file();
  int noticed = 0;
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    Bytes damaged = whole;
    flip_bit(damaged, bit);
    noticed += file_survives(damaged) ? 0 : 1;
  }
  EXPECT_GT(noticed, 500);
}

TEST(Safetensors, GarbageIsAnError) {
  Random random(1);
  for (int i = 0; i < 500; ++i) {
    Bytes bytes = safetensors_bytes(std::string(random.below(200), ' '), 0);
    for (std::size_t j = 8; j < bytes.size(); ++j) {
      static constexpr std::string_view kLetters = "{}[]\":,0123456789-.eE\\u dtypeshapF32_offst";
      bytes[j] = static_cast<std::uint8_t>(kLetters[random.below(kLetters.size())]);
    }
    if (bytes.size() > 8) bytes[8] = '{';
    file_survives(bytes);
  }
}

// --- writing

TEST(WriteSafetensors, KeepsEveryBitOfFloat32) {
  std::vector<float> values = {0.0F, -0.0F, 1.0F, kMax, -kMax, kTiny, -kTiny, 1.0F / 3};
  Random random(2);
  while (values.size() < 2000) {
    const auto value = std::bit_cast<float>(static_cast<std::uint32_t>(random()));
    if (std::isfinite(value)) values.push_back(value);
  }
  EXPECT_EQ(bits(written_and_read(values, DType::f32)), bits(values));
}

/// The multiple of 2^-`mantissa` of its binade nearest to `x`, ties to even; binades end at
/// 2^`lowest`. A slow statement of what 16-bit rounding is.
double nearest(double x, int mantissa, int lowest) {
  int exponent = 0;
  std::frexp(x, &exponent);
  const double unit = std::ldexp(1.0, std::max(exponent - 1, lowest) - mantissa);
  return std::nearbyint(x / unit) * unit;
}

void expect_rounding(DType dtype, float largest, int mantissa, int lowest) {
  std::vector<float> values = {0.0F, -0.0F, 1.0F, 1.0F / 3, largest, -largest, kTiny};
  Random random(3);
  while (values.size() < 50'000) {
    auto pattern = static_cast<std::uint32_t>(random());
    // Half of them ties, or beside a tie: a one where rounding starts.
    if (values.size() % 2 == 0) {
      pattern = (pattern & ~0U << (23 - mantissa)) | 1U << (22 - mantissa);
      if (values.size() % 4 == 0) pattern += static_cast<std::uint32_t>(random.below(3)) - 1;
    }
    const auto value = std::bit_cast<float>(pattern);
    if (std::abs(value) <= largest) values.push_back(value);
    // Most patterns are beyond the range of float16 or below it: add some in the middle.
    values.push_back(std::ldexp(std::bit_cast<float>((pattern & 0x807fffffU) | 0x3f800000U),
                                lowest - 12 + static_cast<int>(random.below(24))));
  }
  const std::vector<float> result = written_and_read(values, dtype);
  for (std::size_t i = 0; i < values.size(); ++i) {
    ASSERT_EQ(double{result[i]}, nearest(double{values[i]}, mantissa, lowest)) << values[i];
    ASSERT_EQ(std::signbit(result[i]), std::signbit(values[i])) << values[i];
  }
}

TEST(WriteSafetensors, RoundsToFloat16) { expect_rounding(DType::f16, 65504, 10, -14); }

TEST(WriteSafetensors, RoundsToBfloat16) { expect_rounding(DType::bf16, 0x1.fep127F, 7, -126); }

TEST(WriteSafetensors, KeepsShapesMetadataAndNames) {
  const TemporaryFolder folder;
  const std::map<std::string, std::string> metadata = {
      {"format", "pt"}, {"lama.config", R"({"a": "b\n"})"}, {"ü", ""}};
  const std::string odd_name = "quote\" slash\\ ü \n";
  write_safetensors(folder / "x.safetensors",
                    {tensor("z", {2, 0, 3}, {}), tensor("a", {}, {1}),
                     tensor(odd_name, {1, 1}, {2}), tensor("h", {3}, {1, 2, 3}, DType::bf16)},
                    metadata);
  const SafetensorsFile file(folder / "x.safetensors");
  EXPECT_EQ(file.metadata(), metadata);
  EXPECT_EQ(file.tensors().size(), 4U);
  EXPECT_EQ(file.tensors().at("z").shape, (Shape{2, 0, 3}));
  EXPECT_EQ(file.tensors().at("a").shape, Shape{});
  EXPECT_EQ(file.read(odd_name), std::vector<float>{2});
  EXPECT_EQ(file.tensors().at("h").dtype, DType::bf16);
  EXPECT_EQ(folder.entries(), 1);
}

TEST(WriteSafetensors, AlignsTheData) {
  const TemporaryFolder folder;
  for (std::size_t length = 1; length <= 8; ++length) {
    write_safetensors(folder / "x", {tensor(std::string(length, 'n'), {1}, {1})}, {});
    std::uint64_t header = 0;
    std::memcpy(&header, get(folder / "x").data(), sizeof header);
    EXPECT_EQ(header % 8, 0U);
  }
}

TEST(WriteSafetensors, WithoutTensors) {
  const TemporaryFolder folder;
  write_safetensors(folder / "x", {}, {});
  EXPECT_TRUE(SafetensorsFile(folder / "x").tensors().empty());
}

TEST(WriteSafetensors, RefusesValuesBeyondTheTypeAndLeavesNothing) {
  struct Row {
    DType dtype;
    float value;
    const char* text;
  };
  for (const Row& row : {Row{DType::f16, 65520.0F, "65520"}, Row{DType::f16, -70000.0F, "-70000"},
                         Row{DType::bf16, kMax, "e+38"}}) {
    const TemporaryFolder folder;
    const auto write = [&] {
      write_safetensors(folder / "out.safetensors",
                        {tensor("good", {1}, {1}, row.dtype),
                         tensor("model.3.weight", {2}, {1, row.value}, row.dtype)},
                        {});
    };
    EXPECT_TRUE(says(error_of(write), {"out.safetensors", row.text, "model.3.weight",
                                       std::string(name(row.dtype))}));
    EXPECT_EQ(folder.entries(), 0);

    // And what was there before stays.
    write_safetensors(folder / "out.safetensors", {tensor("old", {1}, {1})}, {});
    error_of(write);
    EXPECT_EQ(folder.entries(), 1);
    EXPECT_TRUE(SafetensorsFile(folder / "out.safetensors").tensors().contains("old"));
  }
  // The last value that rounds down into the range.
  EXPECT_EQ(written_and_read({65519.996F}, DType::f16), std::vector<float>{65504});
}

TEST(WriteSafetensors, LeavesNothingWhenTheValuesCannotBeHad) {
  const TemporaryFolder folder;
  const TensorToWrite failing = {.name = "t", .dtype = DType::f32, .shape = {1}, .values = [] {
                                   throw Error("no values today");
                                   return std::vector<float>();
                                 }};
  EXPECT_TRUE(
      says(error_of([&] { write_safetensors(folder / "x", {failing}, {}); }), {"no values today"}));
  EXPECT_EQ(folder.entries(), 0);
}

}  // namespace
}  // namespace lama::internal::weights
