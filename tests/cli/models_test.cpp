#include <nlohmann/json.hpp>

#include "tests/cli/files.h"
#include "tests/cli/run_program.h"
#include "tests/registry/http_server.h"
#include "tests/testing.h"
#include "tests/weights/fixtures.h"

namespace lama::internal {
namespace {

using testing::contains;
using testing::data;
using testing::Finished;
using testing::get;
using testing::run_program;
using testing::small_model;
using testing::TemporaryFolder;
namespace fs = std::filesystem;

nlohmann::json info(const std::string& model) {
  const Finished run = run_program({"models", "info", model, "--json"});
  EXPECT_EQ(run.code, 0) << run.err;
  return nlohmann::json::parse(run.out, nullptr, /*allow_exceptions=*/false);
}

/// Fills the test photo with this model.
Image filled_with(const std::string& model) {
  const TemporaryFolder folder;
  const Finished run = run_program(
      {"inpaint", data("published/odd.png"), data("published/odd_mask.png"), "-o",
       (folder / "out.png").string(), "--model", model, "--dilate", "0", "--feather", "0"});
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
  // Statistics of batch norms are stored but are not parameters.
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

TEST(ModelsInfo, ReportsErrors) {
  for (const fs::path& path : {data("no model"), data("photo512.png"), data("networks")}) {
    const Finished run = run_program({"models", "info", path.string()});
    EXPECT_EQ(run.code, 1);
    EXPECT_TRUE(run.out.empty()) << run.out;
    EXPECT_TRUE(contains(run.only_line(), path.string())) << run.err;
  }
  EXPECT_EQ(run_program({"models"}).code, 2);
  EXPECT_EQ(run_program({"models", "info", "a", "b"}).code, 2);
}

/// A server for a model without a published SHA-256, and an empty cache.
class ModelsPull : public ::testing::Test {
 protected:
  ModelsPull() { certificate_.write(folder_ / "authority.pem"); }
  static std::string archive(const fs::path& file) {
    testing::write_zip(file,
                       {{"m/config.yaml", text_of(data("lightning/config.yaml")), true},
                        {"m/models/best.ckpt", text_of(data("lightning/models/best.ckpt")), true}});
    return text_of(file);
  }
  static std::string text_of(const fs::path& path) {
    const auto bytes = get(path);
    return {bytes.begin(), bytes.end()};
  }
  testing::RunOptions options(std::vector<std::string> environment = {}) const {
    environment.insert(environment.end(),
                       {"LAMA_HOME=" + home_.string(), "no_proxy=*",
                        "CURL_CA_BUNDLE=" + (folder_ / "authority.pem").string()});
    return {.environment = environment};
  }
  Finished run(std::vector<std::string> arguments,
               const std::vector<std::string>& environment = {}) const {
    arguments.insert(arguments.begin(), "models");
    return run_program(arguments, options(environment));
  }

  const TemporaryFolder folder_;
  const fs::path home_ = folder_ / "home";
  const testing::Certificate certificate_;
  const testing::ServedFile served_{.bytes = archive(folder_ / "zip")};
  testing::HttpServer server_{
      [this](const auto& request, const auto& connection) { served_.answer(request, connection); },
      &certificate_};
  const std::string name_ = "lama-fourier-celeba";
  const fs::path file_ = home_ / (name_ + ".safetensors");
};

TEST_F(ModelsPull, InstallsAModelAndUsesIt) {
  const Finished pulled = run({"pull", name_, "--url", server_.url("/model.zip")});
  EXPECT_EQ(pulled.code, 0) << pulled.err;
  EXPECT_TRUE(testing::says(
      pulled.err, {"trust", "licence", file_.string(), "SHA-256", server_.url("/model.zip")}));
  EXPECT_TRUE(pulled.out.empty()) << pulled.out;
  const Finished informed = run({"info", name_, "--json"});
  EXPECT_EQ(informed.code, 0) << informed.err;
  const auto json = nlohmann::json::parse(informed.out);
  EXPECT_EQ(json["model"], name_);
  EXPECT_EQ(json["generator"], info(data("lightning"))["generator"]);
  EXPECT_EQ(filled_with(file_).bytes(), filled_with(data("lightning")).bytes());

  const Finished again = run({"pull", name_}, {"LAMA_OFFLINE=1"});
  EXPECT_EQ(again.code, 0);
  EXPECT_TRUE(contains(again.only_line(), "already installed")) << again.err;
  EXPECT_EQ(server_.requests().size(), 1U);
}

TEST_F(ModelsPull, QuietPrintsNothing) {
  const Finished pulled = run({"pull", name_, "-q", "--url", server_.url("/model.zip")});
  EXPECT_EQ(pulled.code, 0);
  EXPECT_TRUE(pulled.err.empty() && pulled.out.empty()) << pulled.err;
}

TEST_F(ModelsPull, ComparesThePublishedContent) {
  // The state after a download of the right size.
  const fs::path part = home_ / "big-lama-torchscript.part";
  fs::create_directory(home_);
  std::ofstream(home_ / "big-lama-torchscript.part.source")
      << server_.url("/big-lama.pt") << "\n\"one\"\n";
  std::ofstream(part) << "some of it";
  fs::resize_file(part, 205669692);
  const Finished pulled =
      run({"pull", "big-lama-torchscript", "--url", server_.url("/big-lama.pt")});
  EXPECT_EQ(pulled.code, 1);
  EXPECT_TRUE(testing::says(pulled.only_line(),
                            {"344c77bbcb158f17dd143070d1e789f38a66c04202311ae3a258ef66667a9ea9",
                             "instead of", "removed"}));
  EXPECT_FALSE(fs::exists(part));
  EXPECT_EQ(server_.requests().size(), 0U);
}

TEST_F(ModelsPull, CtrlCIsContinued) {
  testing::HttpServer slow(
      [this](const testing::HttpRequest& request, const testing::HttpConnection& connection) {
        if (!request.header("range").empty()) return served_.answer(request, connection);
        served_.break_off(20000, connection);
        connection.stall();
      },
      &certificate_);
  const std::vector<std::string> arguments = {"models", "pull", name_, "--url", slow.url("/m.zip")};
  testing::Program program(arguments, options());
  const fs::path part = home_ / (name_ + ".part");
  for (int i = 0; i < 500; ++i) {
    std::error_code ignored;
    if (fs::exists(part, ignored) && fs::file_size(part, ignored) == 20000) break;
    ::usleep(20000);
  }
  program.send(SIGINT);
  const Finished stopped = program.wait();
  EXPECT_EQ(stopped.code, 130) << stopped.err;
  EXPECT_EQ(stopped.only_line(), "lama: interrupted");
  EXPECT_EQ(fs::file_size(part), 20000U);
  EXPECT_EQ(run_program(arguments, options()).code, 0);
  EXPECT_EQ(slow.requests().back().header("range"), "bytes=20000-");
  EXPECT_TRUE(fs::exists(file_));
  EXPECT_FALSE(fs::exists(part));
}

TEST_F(ModelsPull, ReportsErrors) {
  const auto fails = [this](int code, std::vector<std::string> arguments,
                            const std::vector<std::string>& parts,
                            const std::vector<std::string>& environment = {}) {
    arguments.insert(arguments.begin(), "pull");
    const Finished run = this->run(arguments, environment);
    EXPECT_EQ(run.code, code) << run.err;
    EXPECT_TRUE(testing::says(run.only_line(), parts));
  };
  fails(2, {}, {"NAME"});
  fails(1, {"embedded"}, {"embedded: it is in the program: there is nothing to fetch"});
  fails(1, {"big-llama"}, {"big-llama", "did you mean big-lama?", "lama models list"});
  const std::vector<std::string> address = {"offline", "huggingface.co", "big-lama.zip"};
  fails(1, {"big-lama", "--offline"}, address);
  fails(1, {"big-lama"}, address, {"LAMA_OFFLINE=1"});
  fails(1, {"big-lama"}, address, {"HF_HUB_OFFLINE=1"});
  fails(1, {"big-lama", "--url", server_.url("/m.zip")}, {"381428720", "this is another file"});
  const testing::ServedFile page{.bytes = "<html>"};
  const testing::HttpServer another{
      [&page](const auto& request, const auto& connection) { page.answer(request, connection); },
      &certificate_};
  fails(1, {name_, "--url", another.url("/m.zip")}, {another.url("/m.zip"), "not a model"});
  EXPECT_FALSE(fs::exists(file_));
}

TEST_F(ModelsPull, ListNamesTheFiles) {
  const auto listed = [this](const std::vector<std::string>& environment = {}) {
    const Finished run = this->run({"list"}, environment);
    EXPECT_EQ(run.code, 0) << run.err;
    EXPECT_TRUE(testing::says(
        run.out, {"big-lama ", "381 MB", "lama-fourier", "embedded", "licence", home_.string()}));
    return run.out;
  };
  EXPECT_TRUE(testing::says(
      listed(), {"not installed: lama models pull big-lama\n", "Default model: embedded."}));
  EXPECT_TRUE(testing::says(listed({"LAMA_MODEL=patches"}), {"Default model: patches."}));
  const fs::path torch = folder_ / "torch";
  const fs::path found = torch / "hub/checkpoints/big-lama.pt";
  fs::create_directories(found.parent_path());
  fs::copy_file(data("torch/traced.pt"), found);
  EXPECT_TRUE(testing::says(listed({"TORCH_HOME=" + torch.string()}),
                            {found.string(), "Default model: " + found.string()}));
  fs::create_directory(home_);
  fs::copy_file(small_model(), home_ / "big-lama.safetensors");
  EXPECT_TRUE(testing::says(listed(), {"installed: " + (home_ / "big-lama.safetensors").string()}));

  const auto json =
      nlohmann::json::parse(run({"list", "--json"}, {"TORCH_HOME=" + torch.string()}).out);
  EXPECT_EQ(json["default"], "big-lama");
  EXPECT_EQ(json["folder"], home_.string());
  EXPECT_TRUE(json["licence"].is_string());
  const auto& models = json["models"];
  EXPECT_EQ(models[0]["name"], "big-lama");
  EXPECT_EQ(models[0]["installed"], (home_ / "big-lama.safetensors").string());
  EXPECT_EQ(models[0]["download_bytes"], 381428720);
  EXPECT_EQ(models[1]["installed"], nullptr);
  EXPECT_EQ(models[1]["found_elsewhere"][0], found.string());
  EXPECT_EQ(models[3]["sha256"], nullptr);
  EXPECT_EQ(models[3]["download_bytes"], nullptr);
  EXPECT_EQ(models[models.size() - 2]["name"], "embedded");
  EXPECT_EQ(models.back()["name"], "patches");
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
  // Under its own name the embedded network fills the thinnest holes only.
  EXPECT_EQ(filled_with(twice).bytes(),
            filled_with(LAMA_SOURCE_DIR "/models/embedded.safetensors").bytes());
}

TEST_F(ModelsConvert, TheOutputMayBeTheInput) {
  const std::string model = (folder_ / "f32.safetensors").string();
  fs::copy_file(small_model(), model);
  EXPECT_EQ(convert(model, "f32"), model);
  EXPECT_EQ(info(model)["generator"], info(small_model())["generator"]);
  EXPECT_EQ(folder_.entries(), 1);
}

TEST_F(ModelsConvert, ReportsErrorsAndLeavesNoFile) {
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

  // The writer finds a NaN while it writes the file.
  auto nan = get(small_model());
  const testing::Bytes kNan = {0, 0, 0xc0, 0x7f};
  std::copy(kNan.begin(), kNan.end(), nan.end() - 4);
  const TemporaryFolder elsewhere;
  testing::put(elsewhere / "nan.safetensors", nan);
  fails(1, {(elsewhere / "nan.safetensors").string(), "-o", output}, "nan.safetensors");
  EXPECT_EQ(folder_.entries(), 0);
}

TEST_F(ModelsConvert, QuietPrintsNothing) {
  const Finished run = run_program(
      {"models", "convert", small_model(), "-o", (folder_ / "o.safetensors").string(), "-q"});
  EXPECT_EQ(run.code, 0);
  EXPECT_TRUE(run.out.empty() && run.err.empty()) << run.out << run.err;
}

TEST(ModelsExport, ATorchScriptFileFillsTheSamePicture) {
  const TemporaryFolder folder;
  const std::string output = (folder / "x.pt").string();
  const Finished run = run_program({"models", "export", small_model(), "-o", output});
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_TRUE(contains(run.err, "x.pt: ")) << run.err;
  EXPECT_EQ(filled_with(output).bytes(), filled_with(small_model()).bytes());
}

TEST(ModelsExport, SaysWhatIsWrongAndLeavesNothing) {
  const TemporaryFolder folder;
  const auto fails = [&](const std::string& model, const std::string& name, int code,
                         const std::string& text, std::vector<std::string> more = {}) {
    std::vector<std::string> arguments = {"models", "export", model, "-o",
                                          (folder / name).string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Finished run = run_program(arguments);
    EXPECT_EQ(run.code, code);
    EXPECT_TRUE(contains(run.err, text)) << run.err;
  };
  fails(small_model(), "x.bin", 2, "the name must end in .onnx or .pt");
  fails(small_model(), "x.onnx", 2, "512 is not a size such as 512x512", {"--fixed", "512"});
  fails(small_model(), "x.pt", 2, "--fixed is for .onnx files", {"--fixed", "64x64"});
  fails(small_model(), "x.onnx", 1, "multiples of 8", {"--fixed", "60x64"});
  fails("embedded", "x.onnx", 1, "embedded: a network with interpolated missing pixels");
  EXPECT_EQ(folder.entries(), 0);
}

}  // namespace
}  // namespace lama::internal
