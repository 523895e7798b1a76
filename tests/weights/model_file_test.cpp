#include "weights/model_file.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>

#include "tests/weights/fixtures.h"
#include "weights/safetensors.h"

namespace lama::internal::weights {
namespace {

using namespace lama::internal::testing;  // NOLINT(google-build-using-namespace)
using model::GeneratorConfig;

constexpr GeneratorConfig kSmall = {.ngf = 4, .n_downsampling = 1, .n_blocks = 1};

/// The parameters that `config` needs, with values that differ.
std::map<std::string, TensorToWrite> tensors_of(const GeneratorConfig& config) {
  std::map<std::string, TensorToWrite> tensors;
  for (const auto& [name, shape, role] : model::parameters(model::architecture(config))) {
    const std::vector<float> values(*element_count(shape),
                                    static_cast<float>(tensors.size() + 1) / 8);
    tensors[name] = {
        .name = name, .dtype = DType::f32, .shape = shape, .values = [values] { return values; }};
  }
  return tensors;
}

using Edit = std::function<void(std::map<std::string, TensorToWrite>&)>;

void write_model(const fs::path& path, const GeneratorConfig& config, const Edit& edit = {}) {
  auto tensors = tensors_of(config);
  if (edit) edit(tensors);
  std::vector<TensorToWrite> list;
  for (auto& [name, tensor] : tensors) list.push_back(tensor);
  write_safetensors(path, list, {{"lama.config", model::to_json(config)}});
}

/// The message that refuses a small model after `edit` of its tensors.
std::string refusal(const Edit& edit) {
  const TemporaryFolder folder;
  write_model(folder / "edited.safetensors", kSmall, edit);
  return error_of([&] { (void)open_model(folder / "edited.safetensors"); });
}

std::string refusal(const fs::path& path) {
  return error_of([&] { (void)open_model(path); });
}

// --- opening

TEST(OpenModel, PublishedFolder) {
  const ModelFile model = open_model(data("lightning"));
  EXPECT_EQ(model.format, "published folder");
  EXPECT_EQ(model.name, data("lightning").string());
  EXPECT_EQ(model.network.config.ngf, 4);
  EXPECT_EQ(model.network.config.n_blocks, 2);
  expect_same_values(*model.tensors, SafetensorsFile(data("lightning/expected.safetensors")));
}

TEST(OpenModel, CheckpointOfAPublishedFolder) {
  const ModelFile model = open_model(data("lightning/models/best.ckpt"));
  EXPECT_EQ(model.format, "Lightning checkpoint");
  EXPECT_EQ(model.network.config, open_model(data("lightning")).network.config);
  expect_same_values(*model.tensors, SafetensorsFile(data("lightning/expected.safetensors")));
}

TEST(OpenModel, CheckpointBesideItsConfig) {
  const TemporaryFolder folder;
  fs::copy_file(data("lightning/models/best.ckpt"), folder / "renamed.bin");
  EXPECT_TRUE(says(refusal(folder / "renamed.bin"), {"renamed.bin", "config.yaml"}));
  fs::copy_file(data("lightning/config.yaml"), folder / "config.yaml");
  EXPECT_EQ(open_model(folder / "renamed.bin").network.config.ngf, 4);

  const fs::path before = fs::current_path();
  fs::current_path(folder.path());
  EXPECT_NO_THROW(EXPECT_EQ(open_model("renamed.bin").network.config.ngf, 4)) << "a bare name";
  fs::current_path(before);
}

TEST(OpenModel, SafetensorsOfACompiledModule) {
  const TemporaryFolder folder;
  write_model(folder / "compiled.safetensors", kSmall, [](auto& tensors) {
    for (auto& [name, tensor] : tensors) tensor.name = "_orig_mod." + name;
  });
  EXPECT_EQ(open_model(folder / "compiled.safetensors").tensors->read("model.1.ffc.convl2l.weight"),
            (write_model(folder / "plain.safetensors", kSmall),
             open_model(folder / "plain.safetensors").tensors->read("model.1.ffc.convl2l.weight")));
}

TEST(OpenModel, FolderWithAnotherCheckpoint) {
  const TemporaryFolder folder;
  fs::create_directory(folder / "models");
  fs::copy_file(data("lightning/config.yaml"), folder / "config.yaml");
  const auto checkpoint = data("lightning/models/best.ckpt");
  fs::copy_file(checkpoint, folder / "models/epoch=1-step=9.ckpt");
  EXPECT_EQ(open_model(folder.path()).network.config.ngf, 4) << "the only one";
  fs::copy_file(checkpoint, folder / "models/epoch=2-step=19.ckpt");
  EXPECT_TRUE(
      says(refusal(folder.path()), {"best.ckpt is missing", "epoch=1-step=9.ckpt, epoch=2"}));
  fs::copy_file(checkpoint, folder / "models/last.ckpt");
  EXPECT_EQ(open_model(folder.path()).tensors->name(), folder / "models/last.ckpt");
}

TEST(OpenModel, TellsTheArchitectureOfPyTorchFiles) {
  const GeneratorConfig published = open_model(data("lightning")).network.config;
  for (const auto& [file, format] :
       {std::pair("traced.pt", "TorchScript archive"), std::pair("module.pt", "PyTorch module"),
        std::pair("module_legacy.pt", "PyTorch module")}) {
    const ModelFile model = open_model(data("torch") / file);
    EXPECT_EQ(model.format, format);
    EXPECT_EQ(model.network.config, published) << file;
    EXPECT_TRUE(says(model.taken_for_granted, {"padding_type reflect", "dilation 1"}));
    expect_same_values(*model.tensors, SafetensorsFile(data("lightning/expected.safetensors")));
  }
  EXPECT_EQ(open_model(data("lightning")).taken_for_granted, "");
}

TEST(OpenModel, AsksForWhatWeightsCannotTell) {
  const std::vector<std::string> sigmoid = {"add_out_act=sigmoid"}, tanh = {"add_out_act=tanh"};
  for (const char* file : {"state_dict.pth", "parallel.pth", "legacy.pth"}) {
    EXPECT_TRUE(says(refusal(data("torch") / file), {file, "--set add_out_act=sigmoid"}));
    EXPECT_EQ(open_model(data("torch") / file, sigmoid).network.config,
              open_model(data("lightning")).network.config);
    EXPECT_EQ(open_model(data("torch") / file, tanh).network.config.output_activation,
              model::OutputActivation::tanh);
  }
}

TEST(OpenModel, OverridesTheConfig) {
  const auto opened = [](const std::string& text) {
    return open_model(data("lightning"), std::vector<std::string>{text}).network.config;
  };
  EXPECT_EQ(opened("add_out_act=tanh").output_activation, model::OutputActivation::tanh);
  EXPECT_EQ(opened("resnet_conv_kwargs.fft_norm=forward").resnet.fourier_unit.fft_norm,
            model::FftNorm::forward);
  const auto error = [&](const std::string& text) { return error_of([&] { (void)opened(text); }); };
  EXPECT_TRUE(says(error("ngf=8"), {"do not fit", "[4, 4, 7, 7] instead of [8, 4, 7, 7]"}));
  EXPECT_TRUE(says(error("add_out_act=relu"), {"add_out_act=relu", "not one of sigmoid"}));
  for (const std::string text : {"no_such=1", "resnet_conv_kwargs.no_such=1", "ngf.x=1", "=1",
                                 "ngf", "ngf=", "~=1", "n~2gf=8", "ngf=\xff"}) {
    EXPECT_TRUE(says(error(text), {text == "ngf=\xff" ? "ngf" : text})) << text;
  }
}

TEST(OpenModel, SafetensorsWithItsArchitecture) {
  for (const auto& [file, ngf, blocks] : {std::tuple("networks/shallow.safetensors", 8, 2),
                                          std::tuple("networks/deep.safetensors", 8, 18),
                                          std::tuple("networks/odd.safetensors", 6, 3)}) {
    const ModelFile model = open_model(data(file));
    EXPECT_EQ(model.format, "safetensors");
    EXPECT_EQ(model.network.config.ngf, ngf);
    EXPECT_EQ(model.network.config.n_blocks, blocks);
    EXPECT_EQ(model.network.config.output_activation, model::OutputActivation::sigmoid);
  }
}

TEST(OpenModel, SafetensorsBesideAConfig) {
  EXPECT_EQ(open_model(data("lightning/expected.safetensors")).network.config.ngf, 4);
  const TemporaryFolder folder;
  fs::copy_file(data("lightning/expected.safetensors"), folder / "alone.safetensors");
  EXPECT_TRUE(says(refusal(folder / "alone.safetensors"), {"alone.safetensors", "config.yaml"}));
}

TEST(OpenModel, SafetensorsIsKnownByItsContentToo) {
  const TemporaryFolder folder;
  write_model(folder / "model.bin", kSmall);
  EXPECT_EQ(open_model(folder / "model.bin").format, "safetensors");
}

TEST(OpenModel, Memory) {
  const TemporaryFolder folder;
  write_model(folder / "x", kSmall);
  const Bytes bytes = get(folder / "x");
  const ModelFile model = open_model(bytes, "embedded");
  EXPECT_EQ(model.name, "embedded");
  EXPECT_EQ(model.network.config, kSmall);
  EXPECT_EQ(model.tensors->read("model.1.bn_l.bias").size(), 4U);

  const Bytes empty = safetensors_bytes("{}", 0);
  EXPECT_TRUE(
      says(error_of([&] { (void)open_model(empty, "embedded"); }), {"embedded", "lama.config"}));
  EXPECT_TRUE(says(error_of([&] { (void)open_model(std::span<const std::uint8_t>(), "embedded"); }),
                   {"embedded"}));
}

TEST(OpenModel, BatchNormCountersAreNoSurprise) {
  const TemporaryFolder folder;
  write_model(folder / "x", kSmall, [](auto& tensors) {
    const std::string name = "model.1.bn_l.num_batches_tracked";
    tensors[name] = {.name = name, .dtype = DType::f32, .shape = {}, .values = [] {
                       return std::vector<float>{7};
                     }};
  });
  EXPECT_NO_THROW((void)open_model(folder / "x"));
}

// --- weights that do not fit

TEST(OpenModel, ListsMissingTensors) {
  EXPECT_TRUE(
      says(refusal([](auto& tensors) {
             tensors.erase("model.1.bn_l.weight");
             tensors.erase("model.9.bias");
           }),
           {"edited.safetensors", "model.1.bn_l.weight is missing", "model.9.bias is missing"}));
}

TEST(OpenModel, ListsTensorsLeftOver) {
  EXPECT_TRUE(says(refusal([](auto& tensors) {
                     tensors["model.12.extra"] = tensors.at("model.1.bn_l.weight");
                     tensors.at("model.12.extra").name = "model.12.extra";
                   }),
                   {"edited.safetensors", "model.12.extra", "not part of the network"}));
}

TEST(OpenModel, ListsTensorsOfAnotherShape) {
  EXPECT_TRUE(says(
      refusal([](auto& tensors) {
        tensors.at("model.1.ffc.convl2l.weight").shape = {4, 4, 49};
        auto& swapped = tensors.at("model.2.ffc.convl2g.weight");
        std::swap(swapped.shape[0], swapped.shape[1]);
      }),
      {"edited.safetensors", "model.1.ffc.convl2l.weight is [4, 4, 49]", "instead of [4, 4, 7, 7]",
       "model.2.ffc.convl2g.weight is [4, 6, 3, 3]", "instead of [6, 4, 3, 3]"}));
}

TEST(OpenModel, ListsTensorsOfAnotherType) {
  const TemporaryFolder folder;
  write_model(folder / "x", kSmall);
  Bytes bytes = get(folder / "x");
  const std::string entry = R"("model.1.bn_l.bias":{"dtype":"F32")";
  const auto at = std::search(bytes.begin(), bytes.end(), entry.begin(), entry.end());
  ASSERT_NE(at, bytes.end());
  at[static_cast<std::ptrdiff_t>(entry.size()) - 4] = 'I';
  EXPECT_TRUE(
      says(error_of([&] { (void)open_model(bytes, "x"); }), {"model.1.bn_l.bias", "int32"}));
}

TEST(OpenModel, CountsWhatItDoesNotList) {
  const auto with_missing = [](std::size_t missing) {
    return refusal([missing](auto& tensors) {
      while (tensors.size() > tensors_of(kSmall).size() - missing) tensors.erase(tensors.begin());
    });
  };
  EXPECT_EQ(with_missing(12).find("more"), std::string::npos);
  EXPECT_TRUE(says(with_missing(13), {"and 1 more"}));
  EXPECT_LT(with_missing(40).size(), 1500U);
}

TEST(OpenModel, ConfigOfAnotherNetwork) {
  const TemporaryFolder folder;
  auto tensors = tensors_of(kSmall);
  std::vector<TensorToWrite> list;
  for (auto& [name, tensor] : tensors) list.push_back(tensor);
  GeneratorConfig other = kSmall;
  other.ngf = 8;
  write_safetensors(folder / "x", list, {{"lama.config", model::to_json(other)}});
  EXPECT_TRUE(says(refusal(folder / "x"), {"do not fit", "[4, 4, 7, 7] instead of [8, 4, 7, 7]"}));

  // One block more: the decoder's tensors are found in other places.
  other = kSmall;
  other.n_blocks = 2;
  write_safetensors(folder / "x", list, {{"lama.config", model::to_json(other)}});
  EXPECT_TRUE(
      says(refusal(folder / "x"), {"do not fit", "model.4.conv1.ffc.convl2l.weight is missing"}));

  for (const char* config : {"", "{}", "nonsense: [", "{\"generator\": {\"kind\": \"x\"}}"}) {
    write_safetensors(folder / "x", list, {{"lama.config", config}});
    EXPECT_TRUE(says(refusal(folder / "x"), {(folder / "x").string()})) << config;
  }
}

// --- paths that hold no model

TEST(OpenModel, FolderWithoutItsParts) {
  const TemporaryFolder folder;
  EXPECT_TRUE(says(refusal(folder.path()), {folder.path().string(), "config.yaml is missing"}));
  fs::copy_file(data("lightning/config.yaml"), folder / "config.yaml");
  EXPECT_TRUE(says(refusal(folder.path()), {"models/best.ckpt is missing"}));
  fs::create_directory(folder / "models");
  put(folder / "models/best.ckpt", {});
  EXPECT_TRUE(says(refusal(folder.path()), {"best.ckpt", "cut short or not a PyTorch file"}));
}

TEST(OpenModel, OtherFiles) {
  const TemporaryFolder folder;
  EXPECT_TRUE(says(refusal(folder / "none.ckpt"), {"none.ckpt", "no such file", "model"}));
  for (const auto& [name, content] :
       {std::pair<std::string, std::string>{"empty.ckpt", ""},
        {"notes.txt", "just text"},
        {"photo.png", "\x89PNG\r\n\x1a\n"},
        {"legacy.pth", "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."},
        {"P", "P"}}) {
    put(folder / name, bytes_of(content));
    EXPECT_TRUE(says(refusal(folder / name), {name, "not a model", "expected"}));
  }
  put(folder / "x.onnx", bytes_of("\x08\x08"));
  EXPECT_TRUE(says(refusal(folder / "x.onnx"),
                   {"x.onnx", "ONNX files do not load", "lama models pull big-lama"}));
  put(folder / "empty.safetensors", {});
  EXPECT_TRUE(says(refusal(folder / "empty.safetensors"), {"empty.safetensors"}));
  put(folder / "cut.ckpt", bytes_of("PK\x03\x04"));
  fs::copy_file(data("lightning/config.yaml"), folder / "config.yaml");
  EXPECT_TRUE(says(refusal(folder / "cut.ckpt"), {"cut.ckpt", "cut short or not a PyTorch file"}));
  EXPECT_TRUE(says(refusal(fs::path("/dev/null")), {"/dev/null", "not a regular file"}));
}

// The system's errors for such paths are Errors like any other.
TEST(OpenModel, PathsThatTheSystemRefuses) {
  const TemporaryFolder folder;
  EXPECT_TRUE(says(refusal(folder / std::string(5000, 'x')), {"xxx"}));
  fs::create_symlink("loop", folder / "loop");
  EXPECT_TRUE(says(refusal(folder / "loop"), {"loop"}));
}

// --- converting

TEST(Convert, Float32KeepsEveryBit) {
  const TemporaryFolder folder;
  const ModelFile original = open_model(data("lightning"));
  convert(original, folder / "out.safetensors", DType::f32);
  const ModelFile converted = open_model(folder / "out.safetensors");
  EXPECT_EQ(converted.network.config, original.network.config);
  const SafetensorsFile expected(data("lightning/expected.safetensors"));
  EXPECT_EQ(converted.tensors->tensors().size(), expected.tensors().size());
  expect_same_values(*converted.tensors, expected);
  EXPECT_EQ(folder.entries(), 1);
}

TEST(Convert, NarrowsOnlyConvolutions) {
  for (const DType dtype : {DType::f16, DType::bf16}) {
    // Half of a unit in the last place, 11 or 8 bits down, bounds the rounding.
    const double bound = dtype == DType::f16 ? 0x1p-11 : 0x1p-8;
    const TemporaryFolder folder;
    const ModelFile original = open_model(data("lightning"));
    convert(original, folder / "out.safetensors", dtype);
    const ModelFile converted = open_model(folder / "out.safetensors");
    bool rounded = false;
    for (const auto& [name, info] : converted.tensors->tensors()) {
      const auto before = original.tensors->read(name), after = converted.tensors->read(name);
      if (info.shape.size() == 1) {
        EXPECT_EQ(info.dtype, DType::f32) << name;
        EXPECT_EQ(bits(after), bits(before)) << name;
        continue;
      }
      EXPECT_EQ(info.dtype, dtype) << name;
      for (std::size_t i = 0; i < before.size(); ++i) {
        const double error = std::abs(double{after[i]} - before[i]);
        ASSERT_LE(error, std::max(std::abs(double{before[i]}) * bound, 0x1p-25)) << name;
        rounded = rounded || error > 0;
      }
    }
    EXPECT_TRUE(rounded);
  }
}

TEST(Convert, OntoItsOwnInput) {
  const TemporaryFolder folder;
  const fs::path path = folder / "model.safetensors";
  fs::copy_file(data("networks/odd.safetensors"), path);
  const ModelFile model = open_model(path);
  convert(model, path, DType::f32);
  EXPECT_EQ(folder.entries(), 1);
  const SafetensorsFile original(data("networks/odd.safetensors"));
  expect_same_values(*open_model(path).tensors, original);
  EXPECT_EQ(open_model(path).tensors->tensors().at("model.1.ffc.convl2l.weight").dtype, DType::f32);
  // The model opened before still reads its own file.
  expect_same_values(*model.tensors, original);
}

TEST(Convert, RefusesAWeightBeyondFloat16AndLeavesNothing) {
  const TemporaryFolder folder;
  write_model(folder / "x", kSmall, [](auto& tensors) {
    tensors.at("model.9.weight").values = [] { return std::vector<float>(3 * 4 * 7 * 7, 1e6F); };
  });
  const ModelFile model = open_model(folder / "x");
  EXPECT_TRUE(says(error_of([&] { convert(model, folder / "half", DType::f16); }),
                   {"half", "model.9.weight", "float16"}));
  EXPECT_EQ(folder.entries(), 1);
}

TEST(Convert, RefusesAModelWithNaN) {
  const TemporaryFolder folder;
  write_model(folder / "x", kSmall, [](auto& tensors) {
    tensors.at("model.9.bias").values = [] { return std::vector<float>(3, std::nanf("")); };
  });
  const ModelFile model = open_model(folder / "x");
  EXPECT_TRUE(
      says(error_of([&] { convert(model, folder / "out", DType::f32); }), {"model.9.bias", "nan"}));
  EXPECT_EQ(folder.entries(), 1);
}

// --- counting

TEST(ParameterCount, IsThePublishedOne) {
  ModelFile model;
  model.network = model::architecture({.n_blocks = 9});
  EXPECT_EQ(model.parameter_count(), 27'048'835U);
  model.network = model::architecture({.n_blocks = 18});
  EXPECT_EQ(model.parameter_count(), 50'975'875U);
}

TEST(ParameterCount, LeavesOutStatistics) {
  const ModelFile model = open_model(data("networks/odd.safetensors"));
  std::size_t count = 0;
  for (const auto& [name, info] : model.tensors->tensors()) {
    if (name.find(".running_") == std::string::npos) count += *element_count(info.shape);
  }
  EXPECT_EQ(model.parameter_count(), count);
}

}  // namespace
}  // namespace lama::internal::weights
