#include <nlohmann/json.hpp>

#include "tests/cli/files.h"
#include "tests/cli/run_program.h"

namespace lama {
namespace {

using testing::data;
using testing::Finished;
using testing::get;
using testing::run_program;
using testing::small_model;
using testing::TemporaryFolder;
namespace fs = std::filesystem;

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

nlohmann::json info(const std::string& model) {
  const Finished run = run_program({"models", "info", model, "--json"});
  EXPECT_EQ(run.code, 0) << run.err;
  return nlohmann::json::parse(run.out, nullptr, /*allow_exceptions=*/false);
}

/// Fills the test photo with this model.
Image filled_with(const std::string& model) {
  const TemporaryFolder folder;
  const Finished run =
      run_program({"inpaint", data("published/odd.png"), data("published/odd_mask.png"), "-o",
                   (folder / "out.png").string(), "--model", model});
  EXPECT_EQ(run.code, 0) << run.err;
  return testing::read_image(folder / "out.png");
}

Mask photo_hole() { return mask_from(testing::read_image(data("published/odd_mask.png"))); }

TEST(ModelsInfo, DescribesAModelInWords) {
  const Finished run = run_program({"models", "info", small_model()});
  EXPECT_EQ(run.code, 0) << run.err;
  for (const std::string part :
       {"model ", "shallow.safetensors (safetensors)", "ngf 8", "2 blocks", "ratio 0.75", "sigmoid",
        "parameters ", "stored as   float16", "stored as   float32"}) {
    EXPECT_TRUE(contains(run.out, part)) << part << " in " << run.out;
  }
}

TEST(ModelsInfo, DescribesAModelAsJson) {
  const auto json = info(small_model());
  EXPECT_EQ(json["model"], small_model());
  EXPECT_EQ(json["format"], "safetensors");
  EXPECT_GT(json["parameters"], 10000);
  EXPECT_EQ(json["generator"]["ngf"], 8);
  EXPECT_EQ(json["generator"]["n_blocks"], 2);
  // Statistics of batch norms are stored and are no parameters.
  const int stored =
      json["elements"]["float16"].get<int>() + json["elements"]["float32"].get<int>();
  EXPECT_GT(stored, json["parameters"]);
}

TEST(ModelsInfo, KnowsTheEmbeddedModelAndTheEnvironment) {
  EXPECT_EQ(info("embedded")["model"], "embedded");
  EXPECT_TRUE(contains(run_program({"models", "info"}).out, "embedded"));
  const Finished chosen =
      run_program({"models", "info"}, {.environment = {"LAMA_MODEL=" + small_model()}});
  EXPECT_TRUE(contains(chosen.out, small_model())) << chosen.out;
}

TEST(ModelsInfo, KnowsPublishedFoldersAndCheckpoints) {
  EXPECT_EQ(info(data("lightning"))["format"], "published folder");
  EXPECT_EQ(info(data("lightning/models/best.ckpt"))["format"], "Lightning checkpoint");
}

TEST(ModelsInfo, SaysWhatIsWrong) {
  for (const fs::path& path : {data("no model"), data("photo512.png"), data("networks")}) {
    const Finished run = run_program({"models", "info", path.string()});
    EXPECT_EQ(run.code, 1);
    EXPECT_TRUE(run.out.empty()) << run.out;
    EXPECT_TRUE(contains(run.only_line(), path.string())) << run.err;
  }
  EXPECT_EQ(run_program({"models"}).code, 2);
  EXPECT_EQ(run_program({"models", "info", "a", "b"}).code, 2);
}

class ModelsConvert : public ::testing::Test {
 protected:
  std::string convert(const std::string& model, const std::string& dtype) const {
    const std::string output = (folder_ / (dtype + ".safetensors")).string();
    const Finished run = run_program({"models", "convert", model, "-o", output, "--dtype", dtype});
    EXPECT_EQ(run.code, 0) << run.err;
    EXPECT_TRUE(contains(run.only_line(), output)) << run.err;
    return output;
  }
  const TemporaryFolder folder_;
};

TEST_F(ModelsConvert, Float32GivesTheSamePicture) {
  for (const std::string& model : {small_model(), data("lightning").string()}) {
    const std::string converted = convert(model, "f32");
    EXPECT_EQ(info(converted)["generator"], info(model)["generator"]);
    EXPECT_EQ(info(converted)["parameters"], info(model)["parameters"]);
    EXPECT_EQ(filled_with(converted).bytes(), filled_with(model).bytes()) << model;
  }
}

TEST_F(ModelsConvert, SixteenBitsGiveNearlyTheSamePicture) {
  const std::string model = convert(data("lightning"), "f32");
  const Image expected = filled_with(model);
  for (const auto& [dtype, name, allowed] :
       {std::tuple{"f16", "float16", 2}, {"bf16", "bfloat16", 8}}) {
    const std::string converted = convert(model, dtype);
    const auto json = info(converted);
    EXPECT_GT(json["elements"][name], json["elements"]["float32"]) << json;
    EXPECT_LT(fs::file_size(converted), fs::file_size(model));
    const auto difference = testing::differences(filled_with(converted), expected, photo_hole());
    EXPECT_GT(difference.hole, 0) << dtype << ": nothing was rounded";
    EXPECT_LE(difference.hole, allowed) << dtype;
    EXPECT_EQ(difference.outside, 0) << dtype;
  }
}

TEST_F(ModelsConvert, ConvertingAgainChangesNothing) {
  const std::string once = convert("embedded", "f16");
  fs::rename(once, folder_ / "once.safetensors");
  const std::string twice = convert((folder_ / "once.safetensors").string(), "f16");
  EXPECT_EQ(get(folder_ / "once.safetensors"), get(twice));
  EXPECT_EQ(filled_with(twice).bytes(), filled_with("embedded").bytes());
}

TEST_F(ModelsConvert, TheOutputMayBeTheInput) {
  const std::string model = (folder_ / "f32.safetensors").string();
  fs::copy_file(small_model(), model);
  EXPECT_EQ(convert(model, "f32"), model);
  EXPECT_EQ(info(model)["generator"], info(small_model())["generator"]);
  EXPECT_EQ(folder_.entries(), 1);
}

TEST_F(ModelsConvert, SaysWhatIsWrongAndLeavesNothing) {
  const std::string output = (folder_ / "o.safetensors").string();
  const auto fails = [](int code, std::vector<std::string> arguments, const std::string& part) {
    arguments.insert(arguments.begin(), {"models", "convert"});
    const Finished run = run_program(arguments);
    EXPECT_EQ(run.code, code) << run.err;
    EXPECT_TRUE(contains(run.only_line(), part)) << run.err;
  };
  fails(1, {data("no model"), "-o", output}, "no model");
  fails(1, {small_model(), "-o", (folder_ / "no/o.safetensors").string()}, "does not exist");
  fails(2, {small_model(), "-o", (folder_ / "photo.jpg").string()}, ".safetensors");
  fails(2, {small_model()}, "--output");
  fails(2, {"-o", output}, "MODEL");
  fails(2, {small_model(), "-o", output, "--dtype", "f8"}, "f8");

  // A value that is no number is found while the file is being written.
  auto nan = get(small_model());
  const testing::Bytes kNan = {0, 0, 0xc0, 0x7f};
  std::copy(kNan.begin(), kNan.end(), nan.end() - 4);
  const TemporaryFolder elsewhere;
  testing::put(elsewhere / "nan.safetensors", nan);
  fails(1, {(elsewhere / "nan.safetensors").string(), "-o", output}, "nan.safetensors");
  EXPECT_EQ(folder_.entries(), 0);
}

TEST_F(ModelsConvert, QuietSaysNothing) {
  const Finished run = run_program(
      {"models", "convert", small_model(), "-o", (folder_ / "o.safetensors").string(), "-q"});
  EXPECT_EQ(run.code, 0);
  EXPECT_TRUE(run.out.empty() && run.err.empty()) << run.out << run.err;
}

}  // namespace
}  // namespace lama
