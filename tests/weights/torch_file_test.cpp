#include "weights/torch_file.h"

#include "tests/weights/fixtures.h"
#include "weights/safetensors.h"
#include "weights/torch_archive.h"
#include "weights/torch_legacy.h"

namespace lama::internal::weights {
namespace {

using namespace lama::internal::testing;           // NOLINT(google-build-using-namespace)
using namespace lama::internal::testing::pickled;  // NOLINT(google-build-using-namespace)
using model::OutputActivation;

struct WrittenKind {
  std::string file;
  TorchFile::Content content;
  std::optional<OutputActivation> activation;
};

// All hold the generator of the Lightning fixture (tests/oracle/make_torch_files.py).
const std::vector<WrittenKind> kKinds = {
    {"lightning/models/best.ckpt", TorchFile::Content::lightning, std::nullopt},
    {"torch/traced.pt", TorchFile::Content::torch_script, OutputActivation::sigmoid},
    {"torch/state_dict.pth", TorchFile::Content::state_dict, std::nullopt},
    {"torch/parallel.pth", TorchFile::Content::state_dict, std::nullopt},
    {"torch/legacy.pth", TorchFile::Content::state_dict, std::nullopt},
    {"torch/module.pt", TorchFile::Content::module, OutputActivation::sigmoid},
    {"torch/module_legacy.pt", TorchFile::Content::module, OutputActivation::sigmoid},
};

TEST(TorchFile, ReadsEveryKindThatPyTorchWrites) {
  const SafetensorsFile expected(data("lightning/expected.safetensors"));
  for (const auto& [name, content, activation] : kKinds) {
    SCOPED_TRACE(name);
    EXPECT_TRUE(is_torch_file(data(name)));
    const auto file = open_torch_file(data(name));
    EXPECT_EQ(file->content(), content);
    EXPECT_EQ(file->output_activation(), activation);
    expect_same_values(*file, expected);
    for (const auto& [tensor, info] : file->tensors()) {
      EXPECT_TRUE(expected.tensors().contains(tensor) || tensor.ends_with(".num_batches_tracked"))
          << tensor;
    }
  }
}

// Training goes on from all networks, whatever file they are in.
TEST(TorchFile, ListsAllNetworks) {
  const SafetensorsFile expected(data("lightning/expected.safetensors"));
  for (const auto& [name, content, activation] : kKinds) {
    SCOPED_TRACE(name);
    const auto file = open_torch_file(data(name), Listing::networks);
    for (const auto& [tensor, info] : expected.tensors()) {
      ASSERT_TRUE(file->tensors().contains("generator." + tensor)) << tensor;
      EXPECT_EQ(bits(file->read("generator." + tensor)), bits(expected.read(tensor))) << tensor;
    }
    EXPECT_EQ(file->tensors().contains("discriminator.model0.0.weight"),
              content == TorchFile::Content::lightning);
  }
}

TEST(TorchFile, ListsAllNetworksWhereTheGeneratorLeavesItsLayersNameOut) {
  const auto names = [](const std::vector<std::string>& stored) {
    std::string items;
    for (const std::string& name : stored) items += text(name) + tensor({});
    const TemporaryFolder folder;
    write_zip(folder / "layers.pt", {{.name = "a/data.pkl", .data = pickle(dictionary(items))},
                                     {.name = "a/data/0", .data = std::string(24, '\0')}});
    std::vector<std::string> listed;
    const TorchArchive archive(folder / "layers.pt", Listing::networks);
    for (const auto& [name, info] : archive.tensors()) {
      listed.push_back(name);
      EXPECT_EQ(archive.read(name).size(), 6U);
    }
    return listed;
  };
  using Names = std::vector<std::string>;
  EXPECT_EQ(names({"1.weight"}), (Names{"generator.model.1.weight"}));
  EXPECT_EQ(names({"generator.1.weight", "discriminator.model0.0.weight"}),
            (Names{"discriminator.model0.0.weight", "generator.model.1.weight"}));
}

TEST(TorchFile, ListsEverythingOfACheckpoint) {
  const auto file = open_torch_file(data("lightning/models/best.ckpt"), Listing::tree);
  const auto& scalars = file->scalars();
  EXPECT_EQ(scalars.at("global_step"), TorchFile::Scalar(std::int64_t{3}));
  EXPECT_EQ(scalars.at("pytorch-lightning_version"), TorchFile::Scalar("1.2.9"));
  EXPECT_EQ(scalars.at("optimizer_states/0/param_groups/0/lr"), TorchFile::Scalar(1e-3));
  EXPECT_EQ(scalars.at("optimizer_states/1/param_groups/0/betas/1"), TorchFile::Scalar(0.999));
  EXPECT_EQ(scalars.at("optimizer_states/1/param_groups/0/amsgrad"),
            TorchFile::Scalar(std::int64_t{0}));
  // Objects that are no plain data are not read.
  EXPECT_FALSE(scalars.contains("hyper_parameters"));
  EXPECT_EQ(file->read("optimizer_states/0/state/0/step"), std::vector<float>{2});
  const std::string weight = "state_dict/generator.model.1.ffc.convl2l.weight";
  EXPECT_EQ(file->tensors().at("optimizer_states/0/state/0/exp_avg").shape,
            file->tensors().at(weight).shape);
  // As they are stored, whatever their type.
  const std::string counter = "state_dict/generator.model.1.bn_l.num_batches_tracked";
  ASSERT_EQ(file->tensors().at(counter).dtype, DType::i64);
  EXPECT_EQ(file->read_bytes(counter).size(), 8U);
  EXPECT_EQ(file->read_bytes(weight).size(), 4 * file->read(weight).size());
}

TEST(TorchFile, TellsOthersApart) {
  EXPECT_FALSE(is_torch_file(data("lightning/expected.safetensors")));
  EXPECT_FALSE(is_torch_file(data("lightning/config.yaml")));
  EXPECT_TRUE(says(error_of([] { (void)open_torch_file(data("lightning/config.yaml")); }),
                   {"config.yaml", "cut short or not a PyTorch file"}));
}

TEST(TorchFile, SaysWhyAFrozenArchiveIsOfNoUse) {
  EXPECT_TRUE(says(error_of([] { (void)open_torch_file(data("torch/frozen.pt")); }),
                   {"frozen.pt", "frozen TorchScript", "lost their names"}));
}

/// An archive with this pickle and the storage 0 of six elements.
class Archive {
 public:
  explicit Archive(const std::string& value) {
    write_zip(path(), {{.name = "a/data.pkl", .data = pickle(value)},
                       {.name = "a/data/0", .data = std::string(24, '\0')}});
  }
  fs::path path() const { return folder_ / "made-up.pt"; }
  std::vector<std::string> names() const {
    std::vector<std::string> names;
    const TorchArchive archive(path());
    for (const auto& [name, info] : archive.tensors()) names.push_back(name);
    return names;
  }

 private:
  TemporaryFolder folder_;
};

std::string module(const std::string& class_name, const std::string& attributes) {
  return global("__torch__.x", class_name) + ")" + op(0x81) + dictionary(attributes) + "b";
}

TEST(TorchFile, FindsTheGeneratorWhereverItIs) {
  const auto names = [](const std::vector<std::string>& stored) {
    std::string items;
    for (const std::string& name : stored) items += text(name) + tensor({});
    return Archive(dictionary(items)).names();
  };
  using Names = std::vector<std::string>;
  EXPECT_EQ(names({"model.1.weight"}), (Names{"model.1.weight"}));
  EXPECT_EQ(names({"generator.model.1.weight", "discriminator.w"}), (Names{"model.1.weight"}));
  EXPECT_EQ(names({"model.generator.model.1.weight", "model.discriminator.w"}),
            (Names{"model.1.weight"}));
  EXPECT_EQ(names({"module.model.1.weight", "module.model.4.weight"}),
            (Names{"model.1.weight", "model.4.weight"}));
  EXPECT_EQ(names({"module.generator.model.1.weight", "module.x"}), (Names{"model.1.weight"}));
  // Not the averaged generator, and not one inside something else.
  EXPECT_EQ(names({"generator_average.model.1.weight", "generator.w", "x.y.generator.z"}),
            (Names{"w"}));
  EXPECT_EQ(names({"module.a", "b"}), (Names{"b", "module.a"}));
}

TEST(TorchFile, FindsTheGeneratorAmongDictionariesOfNetworks) {
  const std::string items = text("step") + "N" + text("dis_state_dict") +
                            dictionary(text("model0.0.weight") + tensor({})) +
                            text("gen_state_dict") +
                            dictionary(text("model.1.weight") + tensor({}));
  EXPECT_EQ(Archive(dictionary(items)).names(), (std::vector<std::string>{"model.1.weight"}));
}

TEST(TorchFile, FindsTheGeneratorBesideTensorsOfItsOwnAndDeeper) {
  const std::string generator = dictionary(text("model.1.weight") + tensor({})),
                    discriminator = dictionary(text("model.0.weight") + tensor({}));
  const std::string networks = text("dis") + discriminator + text("gen") + generator;
  const std::vector<std::string> expected = {"model.1.weight"};
  EXPECT_EQ(Archive(dictionary(text("iteration") + tensor({}) + networks)).names(), expected);
  EXPECT_EQ(Archive(dictionary(text("state_dict") + dictionary(networks))).names(), expected);
  EXPECT_EQ(Archive(dictionary(text("checkpoint") + dictionary(networks))).names(), expected);
  EXPECT_EQ(Archive(dictionary(text("a") + dictionary(text("b") + dictionary(networks)))).names(),
            expected);
  EXPECT_EQ(Archive("](" + discriminator + generator + "e").names(), expected);
  // Another architecture's tensors stay as they are.
  EXPECT_EQ(Archive(dictionary(text("module.a") + tensor({}) + text("optimizer") +
                               dictionary(text("b") + tensor({}))))
                .names(),
            (std::vector<std::string>{"a"}));
}

TEST(TorchFile, SaysWhatAFileWithoutTensorsHolds) {
  const auto refusal = [](const std::string& root) {
    return error_of([&] { (void)Archive(root).names(); });
  };
  EXPECT_TRUE(says(refusal(dictionary(text("epoch") + integer(3) + text("weights") + "N")),
                   {"its keys are epoch; weights: save generator.state_dict()"}));
  EXPECT_TRUE(says(refusal(integer(5)), {"it has no keys", "state_dict"}));
}

TEST(TorchFile, DictionariesSharedVeryOftenAreRefused) {
  // Each of three levels holds the one below a thousand times: 10^9 entries in a small pickle.
  std::string pairs, levels = "(" + dictionary(text("a") + integer(1)) + "q" + op(0);
  for (int level = 1; level <= 3; ++level) {
    pairs.clear();
    for (int i = 0; i < 1000; ++i) pairs += text(std::to_string(i)) + "h" + op(level - 1);
    levels += dictionary(pairs) + "q" + op(level);
  }
  const std::string root = levels + "1" + "h" + op(3);
  EXPECT_TRUE(says(error_of([&] { (void)Archive(root).names(); }), {"made-up.pt", "than any"}));
}

TEST(TorchFile, TellsTheOutputActivationFromTheLastLayer) {
  const auto activation = [](const std::string& layers) {
    const Archive archive(
        module("W", text("generator") + module("G", text("model") + module("Sequential", layers))));
    return TorchArchive(archive.path()).output_activation();
  };
  const std::string first = text("1") + module("Conv2d", text("weight") + tensor({}));
  const auto layer = [](const std::string& position, const std::string& name) {
    return text(position) + module(name, "");
  };
  EXPECT_EQ(activation(first + layer("10", "Sigmoid") + layer("9", "ReLU")),
            OutputActivation::sigmoid);
  EXPECT_EQ(activation(first + layer("2", "Tanh")), OutputActivation::tanh);
  const Archive layers(module("Sequential", first + layer("2", "Sigmoid")));
  EXPECT_EQ(TorchArchive(layers.path()).output_activation(), OutputActivation::sigmoid)
      << "of generator.model alone";
  EXPECT_EQ(activation(layer("0", "Sigmoid") + first), OutputActivation::none);
}

TEST(TorchFile, ModulesInACircleAreRefused) {
  // The module is put into the memo before it gets its state, which holds the module.
  const std::string circle = global("__torch__", "W") + ")" + op(0x81) + "q" + op(0) +
                             dictionary(text("self") + "h" + op(0)) + "b";
  EXPECT_TRUE(says(error_of([&] { (void)Archive(circle).names(); }), {"made-up.pt", "nested"}));
}

TEST(TorchFile, ModulesSharedWithoutEndAreRefused) {
  // Each level holds the one below twice: 2^30 paths in a pickle of a kilobyte.
  std::string below = module("Leaf", text("w") + tensor({}));
  std::string levels = "(" + below + "q" + op(0);
  for (int i = 1; i < 31; ++i) {
    levels +=
        module("Level", text("a") + "h" + op(i - 1) + text("b") + "h" + op(i - 1)) + "q" + op(i);
  }
  // The object made last is the root; the others are dropped with it.
  const std::string root = levels + "1" + "h" + op(30);
  EXPECT_TRUE(
      says(error_of([&] { (void)Archive(root).names(); }), {"made-up.pt", "more than any"}));
}

// What is not taken from a dictionary costs time too: here the entries of a state with
// "_parameters".
TEST(TorchFile, ALongDictionaryOfManyModulesIsRefused) {
  std::string state = "}q" + op(1) + "K" + op(7) + "q" + op(2);
  std::string pairs;
  for (int i = 0; i < 200'000; ++i) pairs += "h" + op(2) + "h" + op(2);
  state += "0(" + pairs + "u(" + pairs + "u(" + pairs + "u(" + text("_parameters") +
           dictionary(text("w") + tensor({})) + "u";
  const auto root = [&](const std::string& second) {
    return module(
        "W", text("first") + global("__torch__.x", "M") + ")" + op(0x81) + state + "b" + second);
  };
  EXPECT_EQ(Archive(root("")).names(), (std::vector<std::string>{"first.w"}));
  const std::string second =
      text("second") + global("__torch__.x", "M") + ")" + op(0x81) + "h" + op(1) + "b";
  EXPECT_TRUE(says(error_of([&] { (void)Archive(root(second)).names(); }), {"more than any"}));
}

TEST(TorchFile, ALongNameOfManyModulesIsRefused) {
  std::string items = text("0") + text(std::string(1 << 20, 'x')) + "q" + op(2);
  for (int i = 0; i < 100; ++i) {
    items += text(std::to_string(i)) +
             module("M", "h" + op(2) + global("__torch__.x", "M") + ")" + op(0x81) +
                             dictionary(text("w") + tensor({})) + "b");
  }
  EXPECT_TRUE(says(error_of([&] { (void)Archive(module("W", items)).names(); }), {"names"}));
}

TEST(TorchFile, TensorsOfImpossiblyManySidesAreNone) {
  const Tensor many{.shape = Shape(9, 1), .strides = Shape(9, 1)};
  EXPECT_EQ(Archive(dictionary(text("a") + tensor({}) + text("b") + tensor(many))).names(),
            (std::vector<std::string>{"a"}));
}

// --- the format before PyTorch 1.6

const Bytes& legacy() {
  static const Bytes bytes = get(data("torch/legacy.pth"));
  return bytes;
}

std::string legacy_refusal(std::span<const std::uint8_t> bytes) {
  return error_of([&] {
    const TorchLegacy file(bytes, "x.pth");
    for (const auto& [name, info] : file.tensors()) {
      if (is_floating(info.dtype)) (void)file.read(name);
    }
  });
}

TEST(TorchLegacy, TruncationsAreNoticed) {
  ASSERT_NO_THROW(TorchLegacy(legacy(), "x.pth"));
  const std::size_t size = legacy().size();
  for (std::size_t length = 0; length < size; length += 1 + size / 500) {
    EXPECT_TRUE(says(legacy_refusal(std::span(legacy()).first(length)), {"x.pth"})) << length;
  }
  EXPECT_TRUE(says(legacy_refusal(std::span(legacy()).first(size - 1)),
                   {"x.pth", "ends inside storage", "again"}));
}

TEST(TorchLegacy, BitFlipsDoNoHarm) {
  Random random(3);
  const std::size_t pickles = 30000;  // the bytes after it are weights, without checksums
  for (int i = 0; i < 2000; ++i) {
    Bytes damaged = legacy();
    flip_bit(damaged, random.below(pickles * 8));
    try {
      const TorchLegacy file(damaged, "x.pth");
      for (const auto& [name, info] : file.tensors()) {
        if (is_floating(info.dtype)) (void)file.read(name);
      }
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find("x.pth"), std::string::npos);
    }
  }
}

TEST(TorchLegacy, RefusesHostilePickles) {
  const std::string magic("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.", 15);
  const std::string start =
      magic + pickle(integer(1001)) + pickle(dictionary(text("little_endian") + op(0x88)));
  const auto refusal = [](const std::string& file) { return legacy_refusal(bytes_of(file)); };
  EXPECT_TRUE(says(refusal(magic + pickle(integer(1002))), {"x.pth", "protocol 1002"}));
  EXPECT_TRUE(says(
      refusal(magic + pickle(integer(1001)) + pickle(dictionary(text("little_endian") + op(0x89)))),
      {"x.pth", "big-endian"}));
  EXPECT_TRUE(says(refusal(start + pickle(call(global("posix", "system"), text("true")))),
                   {"x.pth", "refused", "posix.system"}));
  const std::string object = pickle(dictionary(text("t") + tensor({})));
  const auto keys = [](const std::string& key) { return pickle("](" + text(key) + "e"); };
  EXPECT_TRUE(says(refusal(start + object + keys("1")), {"x.pth", "storage 1", "type"}));
  EXPECT_TRUE(says(refusal(start + object + pickle("]")), {"x.pth", "storage 0 is missing"}));
  // More elements than the file has bytes, and fewer than the tensor needs.
  const auto with_count = [&](std::uint64_t count) {
    return start + object + keys("0") + little_endian(count) + std::string(24, '\0');
  };
  EXPECT_TRUE(says(refusal(with_count(std::uint64_t{1} << 62)), {"x.pth", "ends inside storage"}));
  EXPECT_TRUE(says(refusal(with_count(5)), {"x.pth", "cut short"}));
  const Bytes whole = bytes_of(with_count(6));
  EXPECT_EQ(TorchLegacy(whole, "x.pth").read("t"), std::vector<float>(6));
}

}  // namespace
}  // namespace lama::internal::weights
