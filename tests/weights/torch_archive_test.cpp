#include "weights/torch_archive.h"

#include <algorithm>
#include <cmath>

#include "base/memory.h"
#include "tests/weights/fixtures.h"
#include "weights/safetensors.h"

namespace lama::internal::weights {
namespace {

using namespace lama::internal::testing;           // NOLINT(google-build-using-namespace)
using namespace lama::internal::testing::pickled;  // NOLINT(google-build-using-namespace)

constexpr std::int64_t k40 = std::int64_t{1} << 40, k62 = std::int64_t{1} << 62;

std::string floats(const std::vector<float>& values) {
  std::string text;
  for (const float value : values) text += little_endian(value);
  return text;
}

const std::string kSix = floats({0, 1, 2, 3, 4, 5});

/// A checkpoint put together here, in a folder of its own.
class Archive {
 public:
  explicit Archive(const std::vector<Member>& members) { write_zip(path(), members); }
  /// One tensor "t" with this description, and `storage` as its data.
  explicit Archive(const Tensor& description, const std::string& storage = kSix)
      : Archive({{.name = "archive/data.pkl",
                  .data = pickle(dictionary(text("t") + tensor(description)))},
                 {.name = "archive/data/0", .data = storage}}) {}

  fs::path path() const { return folder_ / "made-up.ckpt"; }
  std::vector<float> read() const { return TorchArchive(path()).read("t"); }
  std::string refusal() const {
    return error_of([&] { (void)read(); });
  }

 private:
  TemporaryFolder folder_;
};

/// An archive with nothing but a pickle.
std::vector<Member> only(const std::string& pickle) {
  return {{.name = "archive/data.pkl", .data = pickle, .compressed = true}};
}

// --- what PyTorch writes

TEST(TorchArchive, ReadsViewsStridesAndTypesAsPyTorchDoes) {
  const TorchArchive file(data("torch/strided.pt"));
  const SafetensorsFile expected(data("torch/strided_expected.safetensors"));
  EXPECT_EQ(file.tensors().size(), expected.tensors().size());
  expect_same_values(file, expected);
  EXPECT_EQ(file.tensors().at("float16").dtype, DType::f16);
  EXPECT_EQ(file.tensors().at("bfloat16").dtype, DType::bf16);
  EXPECT_EQ(file.tensors().at("float64").dtype, DType::f64);
  EXPECT_EQ(file.tensors().at("transposed").shape, (Shape{6, 4}));
}

TEST(TorchArchive, ReadsALightningCheckpoint) {
  const TorchArchive file(data("lightning/models/best.ckpt"));
  const SafetensorsFile expected(data("lightning/expected.safetensors"));
  expect_same_values(file, expected);
  // Beside those, only the generator's batch-norm counters.
  for (const auto& [name, info] : file.tensors()) {
    EXPECT_EQ(name.rfind("model.", 0), 0U) << name;
    if (!expected.tensors().contains(name)) {
      EXPECT_TRUE(name.ends_with(".num_batches_tracked")) << name;
      EXPECT_EQ(info.dtype, DType::i64) << name;
    }
  }
}

TEST(TorchArchive, RefusesHostilePicklesAndRunsNothing) {
  const TemporaryFolder folder;
  const fs::path before = fs::current_path();
  fs::current_path(folder.path());
  EXPECT_TRUE(says(error_of([] { const TorchArchive file(data("torch/evil_reduce.pt")); }),
                   {"evil_reduce.pt", "refused", "posix.system"}));
  EXPECT_TRUE(says(error_of([] { const TorchArchive file(data("torch/evil_builtins.pt")); }),
                   {"evil_builtins.pt", "refused", "builtins.eval"}));
  fs::current_path(before);
  EXPECT_EQ(folder.entries(), 0) << "lama-was-here";
  EXPECT_FALSE(fs::exists("lama-was-here"));
}

// --- checkpoints put together here

TEST(TorchArchive, ReadsWhatIsPutTogetherHere) {
  EXPECT_EQ(Archive(Tensor{}).read(), (std::vector<float>{0, 1, 2, 3, 4, 5}));
  EXPECT_EQ(Archive(Tensor{.shape = {3, 2}, .strides = {1, 3}}).read(),
            (std::vector<float>{0, 3, 1, 4, 2, 5}));
  EXPECT_EQ(Archive(Tensor{.offset = 5, .shape = {}, .strides = {}}).read(), std::vector<float>{5});
  EXPECT_EQ(Archive(Tensor{.offset = 1, .shape = {2, 1, 2}, .strides = {3, 99, 1}}).read(),
            (std::vector<float>{1, 2, 4, 5}));
  EXPECT_EQ(Archive(Tensor{.shape = {2, 3}, .strides = {0, 2}}).read(),
            (std::vector<float>{0, 2, 4, 0, 2, 4}));
}

TEST(TorchArchive, AnyPrefixWillDo) {
  for (const std::string prefix : {"", "archive/", "a/b/"}) {
    const Archive archive(
        {{.name = prefix + "data.pkl", .data = pickle(dictionary(text("t") + tensor({})))},
         {.name = prefix + "data/0", .data = kSix},
         {.name = prefix + "version", .data = "3\n"}});
    EXPECT_EQ(archive.read()[5], 5) << prefix;
  }
}

// PyTorch uses the stem of the file's name, in whatever encoding the system has, and does not say
// which that is.
TEST(TorchArchive, APrefixInAnyEncodingWillDo) {
  for (const std::string_view stem : {"gr\xc3\xb6\xc3\x9f\x65", "gr\xf6\xdf\x65r!"}) {
    const Archive archive(Tensor{});
    Bytes bytes = get(archive.path());
    static constexpr std::string_view kPlain = "archive";
    ASSERT_EQ(stem.size(), kPlain.size());
    for (auto at = bytes.begin();
         (at = std::search(at, bytes.end(), kPlain.begin(), kPlain.end())) != bytes.end(); ++at) {
      std::copy(stem.begin(), stem.end(), at);
    }
    put(archive.path(), bytes);
    EXPECT_EQ(archive.read()[5], 5) << stem;
  }
}

TEST(TorchArchive, ReadsCompressedMembers) {
  // PyTorch never compresses, but people zip their files again.
  const std::string zeros(40000, '\0');
  const Archive archive(
      {{.name = "archive/data.pkl",
        .data = pickle(
            dictionary(text("t") + tensor({.elements = 10000, .shape = {10000}, .strides = {1}}))),
        .compressed = true},
       {.name = "archive/data/0", .data = zeros, .compressed = true}});
  EXPECT_LT(fs::file_size(archive.path()), 2000U);
  EXPECT_EQ(archive.read(), std::vector<float>(10000));
}

TEST(TorchArchive, ListsOnlyTheGeneratorAndNeverLoadsTheRest) {
  const std::string state =
      dictionary(text("generator.model.1.weight") + tensor({}) + text("discriminator.w") +
                 tensor({.key = "missing", .elements = k40, .shape = {k40}, .strides = {1}}) +
                 text("generator_average.w") + tensor({.key = "missing"}) + text("generator.note") +
                 text("no tensor") + text("loss.w") + tensor({.storage = "NoSuchStorage"}));
  const Archive archive(
      {{.name = "archive/data.pkl",
        .data = pickle(dictionary(text("epoch") + integer(3) + text("state_dict") + state))},
       {.name = "archive/data/0", .data = kSix}});
  const TorchArchive file(archive.path());
  ASSERT_EQ(file.tensors().size(), 1U);
  EXPECT_EQ(file.read("model.1.weight").size(), 6U);
}

TEST(TorchArchive, AParameterIsItsTensor) {
  const std::string parameter =
      call(global("torch._utils", "_rebuild_parameter"), tensor({}) + op(0x88) + "N");
  const Archive archive(
      {{.name = "archive/data.pkl", .data = pickle(dictionary(text("t") + parameter))},
       {.name = "archive/data/0", .data = kSix}});
  EXPECT_EQ(archive.read().size(), 6U);
}

TEST(TorchArchive, AParameterThatHoldsItselfIsNoTensor) {
  // p = _rebuild_parameter(p), by way of the memo.
  const std::string self = global("torch._utils", "_rebuild_parameter") + "]q" + op(0) + "R" + "q" +
                           op(1) + "0h" + op(0) + "h" + op(1) + "a0h" + op(1);
  const Archive archive({{.name = "archive/data.pkl",
                          .data = pickle(dictionary(text("s") + self + text("t") + tensor({})))},
                         {.name = "archive/data/0", .data = kSix}});
  EXPECT_EQ(TorchArchive(archive.path()).tensors().size(), 1U);
}

TEST(TorchArchive, TensorsThatShareAStorageAreReadInAnyOrder) {
  const Archive archive({{.name = "archive/data.pkl",
                          .data = pickle(dictionary(
                              text("a") + tensor({}) + text("b") + tensor({.key = "1"}) +
                              text("c") + tensor({.offset = 3, .shape = {3}, .strides = {1}})))},
                         {.name = "archive/data/0", .data = kSix},
                         {.name = "archive/data/1", .data = floats({9, 9, 9, 9, 9, 9})}});
  const TorchArchive file(archive.path());
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(file.read("c"), (std::vector<float>{3, 4, 5}));
    EXPECT_EQ(file.read("b")[0], 9);
    EXPECT_EQ(file.read("a")[1], 1);
  }
}

// --- refusing

TEST(TorchArchive, RefusesWhatIsNoCheckpoint) {
  const TemporaryFolder folder;
  put(folder / "text.ckpt", bytes_of("not a zip file"));
  put(folder / "empty.ckpt", {});
  write_zip(folder / "other.zip", {{.name = "readme.txt", .data = "hello"}});
  write_zip(folder / "nearly.zip", {{.name = "archive/xdata.pkl", .data = "N."}});
  EXPECT_TRUE(says(error_of([&] { const TorchArchive file(folder / "text.ckpt"); }),
                   {"text.ckpt", "PyTorch"}));
  EXPECT_TRUE(
      says(error_of([&] { const TorchArchive file(folder / "empty.ckpt"); }), {"empty.ckpt"}));
  EXPECT_TRUE(
      says(error_of([&] { const TorchArchive file(folder / "none.ckpt"); }), {"none.ckpt"}));
  EXPECT_TRUE(says(error_of([&] { const TorchArchive file(folder / "other.zip"); }),
                   {"other.zip", "data.pkl"}));
  EXPECT_TRUE(says(error_of([&] { const TorchArchive file(folder / "nearly.zip"); }),
                   {"nearly.zip", "data.pkl"}));
}

TEST(TorchArchive, RefusesACheckpointWithoutTensors) {
  for (const std::string& root :
       {std::string("N"), std::string("}"), integer(5), text("text"), std::string("]"),
        dictionary(text("state_dict") + "}"), dictionary(text("state_dict") + "N"),
        dictionary(text("generator.x") + text("y")),
        dictionary(text("epoch") + integer(3) + text("list") + "](NNe")}) {
    const Archive archive(only(pickle(root)));
    EXPECT_TRUE(says(archive.refusal(), {"made-up.ckpt", "without tensors"}));
  }
}

TEST(TorchArchive, MalformedTensorsAreNotListed) {
  const std::string rebuild = global("torch._utils", "_rebuild_tensor_v2");
  const std::string id = tuple(text("storage") + global("torch", "FloatStorage") + text("0") +
                               text("cpu") + integer(6)) +
                         "Q";
  const std::string six = tuple(integer(6)), one = tuple(integer(1));
  for (const std::string& bad :
       {call(rebuild, ""), call(rebuild, id), call(rebuild, id + integer(0) + six),
        call(rebuild, integer(0) + integer(0) + six + one),
        call(rebuild, "NQ" + integer(0) + six + one), call(rebuild, ")Q" + integer(0) + six + one),
        call(rebuild, id + integer(0) + six + ")"), call(rebuild, id + integer(-1) + six + one),
        call(global("torch._utils", "_rebuild_parameter"), ""),
        call(global("torch._utils", "_rebuild_parameter"), "N"), rebuild + "NR", rebuild,
        tensor({.elements = -6}), tensor({.storage = "ComplexFloatStorage"})}) {
    const Archive archive({{.name = "archive/data.pkl",
                            .data = pickle(dictionary(text("bad") + bad + text("t") + tensor({})))},
                           {.name = "archive/data/0", .data = kSix}});
    EXPECT_EQ(TorchArchive(archive.path()).tensors().size(), 1U);
  }
}

TEST(TorchArchive, RefusesWindowsBeyondTheirStorage) {
  for (const Tensor& t :
       {Tensor{.shape = {7}, .strides = {1}}, Tensor{.offset = 1},
        Tensor{.offset = 6, .shape = {}, .strides = {}}, Tensor{.shape = {2, 3}, .strides = {4, 1}},
        Tensor{.shape = {2}, .strides = {6}}, Tensor{.offset = INT64_MAX}, Tensor{.elements = 0}}) {
    EXPECT_TRUE(says(Archive(t).refusal(), {"made-up.ckpt", "tensor t", "beyond its storage"}));
  }
}

TEST(TorchArchive, RefusesNumbersThatOverflow) {
  for (const Tensor& t :
       {Tensor{.shape = {2, 3}, .strides = {k62, 1}},
        Tensor{.shape = {3, 3}, .strides = {k62, k62}},
        Tensor{.shape = {5}, .strides = {k62}},  // 4 * 2^62 is 0 in 64 bits
        Tensor{.shape = {k40}, .strides = {k40}},
        Tensor{.offset = INT64_MAX, .strides = {INT64_MAX, 1}},
        Tensor{.shape = {k62, 4}, .strides = {0, 0}}, Tensor{.shape = {k62}, .strides = {1}},
        Tensor{.shape = {INT64_MAX, INT64_MAX}, .strides = {0, 0}},
        Tensor{.elements = k62, .shape = {6}, .strides = {1}},
        Tensor{.elements = INT64_MAX, .shape = {INT64_MAX}, .strides = {1}}}) {
    EXPECT_TRUE(says(Archive(t).refusal(), {"made-up.ckpt"}));
  }
}

TEST(TorchArchive, RefusesNegativeNumbers) {
  for (const Tensor& t :
       {Tensor{.shape = {-2, 3}}, Tensor{.shape = {-2, -3}}, Tensor{.shape = {INT64_MIN, 1}},
        Tensor{.strides = {-3, 1}}, Tensor{.offset = 5, .strides = {-3, -1}},
        Tensor{.strides = {3, INT64_MIN}}}) {
    EXPECT_TRUE(says(Archive(t).refusal(), {"made-up.ckpt", "tensor t"}));
  }
}

TEST(TorchArchive, RefusesAStorageOfAnotherSizeThanAnnounced) {
  EXPECT_TRUE(
      says(Archive(Tensor{}, floats({1, 2, 3, 4, 5})).refusal(), {"tensor t", "cut short"}));
  EXPECT_TRUE(says(Archive(Tensor{}, kSix.substr(1)).refusal(), {"tensor t", "cut short"}));
  EXPECT_TRUE(says(Archive(Tensor{}, "").refusal(), {"tensor t", "cut short"}));
  EXPECT_TRUE(says(Archive(Tensor{.elements = k40}).refusal(), {"tensor t", "cut short"}));
  EXPECT_TRUE(says(Archive(Tensor{}, kSix + "x").refusal(), {"archive/data/0"}));
}

TEST(TorchArchive, RefusesAMissingStorage) {
  for (const std::string key : {"1", "", "../data.pkl", "0/"}) {
    EXPECT_TRUE(
        says(Archive(Tensor{.key = key}).refusal(), {"made-up.ckpt", "archive/data/" + key}));
  }
}

TEST(TorchArchive, RefusesValuesThatAreNotFinite) {
  EXPECT_TRUE(says(Archive(Tensor{}, floats({0, 0, 0, 0, 0, INFINITY})).refusal(),
                   {"made-up.ckpt", "tensor t"}));
}

TEST(TorchArchive, ByteOrder) {
  const auto with = [](const std::string& order) {
    return Archive(
        {{.name = "archive/data.pkl", .data = pickle(dictionary(text("t") + tensor({})))},
         {.name = "archive/byteorder", .data = order},
         {.name = "archive/data/0", .data = kSix}});
  };
  EXPECT_EQ(with("little").read()[5], 5);
  EXPECT_TRUE(says(with("big").refusal(), {"made-up.ckpt", "big-endian"}));
  error_of([&] { (void)with("").read(); });
  error_of([&] { (void)with(std::string(100'000, 'x')).read(); });
}

TEST(TorchArchive, RefusesADamagedPickle) {
  const Archive archive(only("(((("));
  EXPECT_TRUE(says(archive.refusal(), {"made-up.ckpt", "damaged pickle"}));
}

TEST(TorchArchive, RefusesAHugePickle) {
  const Archive archive(only(std::string((32 << 20) + 1, 'N')));
  EXPECT_TRUE(says(archive.refusal(), {"made-up.ckpt", "data.pkl"}));
}

// --- memory

/// The bytes that `work` adds to the largest memory this process has ever had.
template <typename Work>
std::size_t memory_for(const Work& work) {
  const std::size_t before = peak_memory();
  work();
  return peak_memory() - before;
}

/// Writes `size` where the archive at `path` says how large member `name` is when inflated.
void claim_size(const fs::path& path, const std::string& name, std::uint32_t size) {
  Bytes bytes = get(path);
  int claims = 0;
  for (std::size_t at = 0; at + 46 + name.size() <= bytes.size(); ++at) {
    const std::string_view here(reinterpret_cast<const char*>(bytes.data()) + at, 46 + name.size());
    if (here.starts_with("PK\x03\x04") && here.substr(30, name.size()) == name) {
      std::memcpy(bytes.data() + at + 22, &size, sizeof size);
      ++claims;
    }
    if (here.starts_with("PK\x01\x02") && here.substr(46, name.size()) == name) {
      std::memcpy(bytes.data() + at + 24, &size, sizeof size);
      ++claims;
    }
  }
  ASSERT_EQ(claims, 2);
  put(path, bytes);
}

TEST(TorchArchive, RefusesAMemberThatClaimsAHugeSizeWithoutAllocatingIt) {
  constexpr std::int64_t kElements = (std::int64_t{1} << 30) - 1;
  for (const bool compressed : {false, true}) {
    const Tensor t = {.elements = kElements, .shape = {kElements}, .strides = {1}};
    const Archive archive(
        {{.name = "archive/data.pkl", .data = pickle(dictionary(text("t") + tensor(t)))},
         {.name = "archive/data/0", .data = std::string(50'000, '\0'), .compressed = compressed}});
    claim_size(archive.path(), "archive/data/0", static_cast<std::uint32_t>(kElements * 4));
    std::string error;
    EXPECT_LT(memory_for([&] { error = archive.refusal(); }), std::size_t{512} << 20) << compressed;
    EXPECT_TRUE(says(error, {"made-up.ckpt", "archive/data/0"}));
  }
}

// Stride 0 makes a tensor of any size from one number.
TEST(TorchArchive, RefusesAHugeTensorOnASmallStorageWithoutAllocatingIt) {
  constexpr std::int64_t kElements = std::int64_t{1} << 30;
  const Archive archive(Tensor{.shape = {kElements}, .strides = {0}});
  std::string error;
  EXPECT_LT(memory_for([&] { error = archive.refusal(); }), std::size_t{512} << 20);
  EXPECT_TRUE(says(error, {"made-up.ckpt", "tensor t"}));
}

// --- damaged files

/// Reads all of the damaged file. Whatever is read without an error must be as expected.
/// Returns whether all of it was read.
bool reads_as_before(const fs::path& path, const TensorFile& expected) {
  try {
    const TorchArchive file(path);
    std::map<std::string, std::vector<float>> values;
    for (const auto& [name, info] : expected.tensors()) {
      if (!file.tensors().contains(name)) throw Error(name + " is gone");
      values[name] = file.read(name);
    }
    for (const auto& [name, read] : values) {
      EXPECT_EQ(file.tensors().at(name).shape, expected.tensors().at(name).shape);
      EXPECT_EQ(bits(read), bits(expected.read(name))) << name;
    }
    return true;
  } catch (const Error&) {
    return false;
  }
}

void expect_truncations_noticed(const fs::path& checkpoint, const TensorFile& expected, int count) {
  const TemporaryFolder folder;
  const Bytes whole = get(checkpoint);
  ASSERT_TRUE(reads_as_before(checkpoint, expected));
  for (int i = 0; i < count; ++i) {
    const std::size_t length =
        whole.size() * static_cast<std::size_t>(i) / static_cast<std::size_t>(count);
    put(folder / "cut.ckpt", std::span(whole).first(length));
    EXPECT_FALSE(reads_as_before(folder / "cut.ckpt", expected)) << length;
  }
  put(folder / "cut.ckpt", std::span(whole).first(whole.size() - 1));
  EXPECT_FALSE(reads_as_before(folder / "cut.ckpt", expected));
}

/// Returns how many of the flips were noticed.
int flip_bits(const fs::path& checkpoint, const TensorFile& expected, int count) {
  const TemporaryFolder folder;
  const Bytes whole = get(checkpoint);
  Random random(6);
  int noticed = 0;
  for (int i = 0; i < count; ++i) {
    Bytes damaged = whole;
    const std::size_t bit = random.below(whole.size() * 8);
    flip_bit(damaged, bit);
    put(folder / "flipped.ckpt", damaged);
    SCOPED_TRACE(bit);
    noticed += reads_as_before(folder / "flipped.ckpt", expected) ? 0 : 1;
  }
  return noticed;
}

TEST(TorchArchive, TruncationsAreNoticed) {
  expect_truncations_noticed(data("torch/strided.pt"),
                             SafetensorsFile(data("torch/strided_expected.safetensors")), 300);
}

TEST(TorchArchive, BitFlipsAreNoticedOrHarmless) {
  // Much of this small file is padding between members, where a flip does no harm.
  EXPECT_GT(flip_bits(data("torch/strided.pt"),
                      SafetensorsFile(data("torch/strided_expected.safetensors")), 300),
            100);
}

TEST(SlowTorchArchive, TruncationsAreNoticed) {
  expect_truncations_noticed(data("lightning/models/best.ckpt"),
                             SafetensorsFile(data("lightning/expected.safetensors")), 300);
}

TEST(SlowTorchArchive, BitFlipsAreNoticedOrHarmless) {
  flip_bits(data("lightning/models/best.ckpt"),
            SafetensorsFile(data("lightning/expected.safetensors")), 300);
}

}  // namespace
}  // namespace lama::internal::weights
