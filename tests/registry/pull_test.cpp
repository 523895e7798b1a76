#include "registry/pull.h"

#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>

#include <fstream>
#include <iterator>
#include <set>
#include <thread>

#include "registry/cache.h"
#include "registry/sha256.h"
#include "tests/registry/environment.h"
#include "tests/registry/http_server.h"
#include "tests/weights/fixtures.h"
#include "weights/model_file.h"
#include "weights/safetensors.h"

namespace lama::internal::registry {
namespace {

using namespace std::chrono_literals;
using testing::data;
using testing::error_of;
using testing::http_head;
using testing::HttpConnection;
using testing::HttpRequest;
using testing::HttpServer;
using testing::says;
using testing::ServedFile;
using testing::Variable;
namespace fs = std::filesystem;

std::string read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

class Pull : public ::testing::Test {
 protected:
  Pull() { options_.patience = {.connect = 5s, .stalled = 5s, .attempts = 2, .pause = 1ms}; }

  /// A zip in the authors' form, of the model in tests/data/lightning.
  std::string archive() const {
    const fs::path path = folder_ / "archive.zip";
    testing::write_zip(
        path, {{"big-lama/", ""},
               {"big-lama/config.yaml", read(data("lightning/config.yaml")), true},
               {"big-lama/models/", ""},
               {"big-lama/models/best.ckpt", read(data("lightning/models/best.ckpt")), true}});
    std::string bytes = read(path);
    fs::remove(path);
    return bytes;
  }
  std::string sha256(const std::string& bytes) const {
    std::ofstream(folder_ / "bytes", std::ios::binary) << bytes;
    std::string hash = sha256_of(folder_ / "bytes");
    fs::remove(folder_ / "bytes");
    return hash;
  }
  PublishedModel model(const HttpServer& server) const {
    return {.name = "model",
            .urls = {server.url("/file")},
            .bytes = served_.bytes.size(),
            .sha256 = sha256(served_.bytes)};
  }
  std::string error(const PublishedModel& model) const {
    return error_of([&] { pull(model, options_); });
  }
  /// The names of the files in home().
  std::set<std::string> left() const {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(home())) names.insert(entry.path().filename());
    return names;
  }
  static void expect_lightning(const fs::path& file) {
    const auto opened = weights::open_model(file);
    const auto expected = weights::open_model(data("lightning"));
    EXPECT_EQ(model::to_json(opened.network.config), model::to_json(expected.network.config));
    testing::expect_same_values(*expected.tensors, *opened.tensors);
  }

  const testing::TemporaryFolder folder_;
  const Variable home_{"LAMA_HOME", (folder_ / "new/home").string()};
  const Variable no_proxy_{"no_proxy", "*"};
  ServedFile served_{archive()};
  const HttpServer::Answer orderly_ = [this](const auto& request, const auto& connection) {
    served_.answer(request, connection);
  };
  PullOptions options_;
};

TEST_F(Pull, MakesAPublishedArchiveOneFile) {
  const HttpServer server(orderly_);
  const auto published = model(server);
  const Pulled pulled = pull(published, options_);
  EXPECT_EQ(pulled.file, home() / "model.safetensors");
  EXPECT_FALSE(pulled.was_there);
  EXPECT_FALSE(pulled.trusted);
  EXPECT_EQ(installed(published), pulled.file);
  expect_lightning(pulled.file);
  const weights::SafetensorsFile file(pulled.file);
  EXPECT_EQ(file.metadata().at("lama.source"), server.url("/file"));
  EXPECT_EQ(file.metadata().at("lama.source_sha256"), published.sha256);
  EXPECT_EQ(left(), (std::set<std::string>{".lock", "model.safetensors"}));

  EXPECT_TRUE(pull(published, options_).was_there);
  EXPECT_EQ(server.requests().size(), 1U);
}

TEST_F(Pull, TakesTheOtherPublishedForms) {
  for (const std::string file : {"lightning/models/best.ckpt", "torch/traced.pt"}) {
    served_.bytes = read(data(file));
    const HttpServer server(orderly_);
    auto published = model(server);
    published.name = fs::path(file).stem();
    const auto opened = weights::open_model(pull(published, options_).file);
    EXPECT_EQ(opened.network.config.output_activation, model::OutputActivation::sigmoid) << file;
  }
}

TEST_F(Pull, TheWrongContentIsRemoved) {
  const HttpServer server(orderly_);
  auto published = model(server);
  published.sha256 = std::string(64, 'a');
  EXPECT_TRUE(says(error(published),
                   {"model", server.url("/file"), published.sha256, sha256(served_.bytes)}));
  EXPECT_EQ(left(), (std::set<std::string>{".lock"}));
}

TEST_F(Pull, WithoutAPublishedHashTheFirstPullIsTrustedAndLaterOnesCompared) {
  const testing::Certificate certificate;
  certificate.write(folder_ / "authority.pem");
  const Variable authority("CURL_CA_BUNDLE", (folder_ / "authority.pem").string());
  const HttpServer server(orderly_, &certificate);
  auto published = model(server);
  const std::string hash = std::exchange(published.sha256, "");
  published.bytes = 0;
  bool remembered = false;
  options_.progress = [&](const std::string& stage, double) {
    if (stage == "convert") remembered = fs::exists(home() / "model.sha256");
  };
  Pulled pulled = pull(published, options_);
  EXPECT_TRUE(remembered) << "a kill after the installation would lose the hash";
  EXPECT_TRUE(pulled.trusted);
  EXPECT_EQ(pulled.sha256, hash);
  EXPECT_EQ(read(home() / "model.sha256"), hash + "  " + server.url("/file") + "\n");

  fs::remove(pulled.file);
  pulled = pull(published, options_);
  EXPECT_FALSE(pulled.trusted);

  fs::remove(pulled.file);
  served_ = {read(data("lightning/models/best.ckpt")), "\"two\""};
  EXPECT_TRUE(says(error(published), {hash, sha256(served_.bytes), "model.sha256"}));
  EXPECT_EQ(left(), (std::set<std::string>{".lock", "model.sha256"}));
}

TEST_F(Pull, AnInstalledModelsNextPullRemovesWhatAKilledOneLeft) {
  const HttpServer server(orderly_);
  const auto published = model(server);
  const auto file = pull(published, options_).file;
  std::ofstream(home() / "model.part") << "left";
  std::ofstream(home() / "model.part.source") << "left";
  fs::create_directories(home() / "model.part.unpacked/models");
  options_.offline = true;
  const Pulled again = pull(published, options_);
  EXPECT_TRUE(again.was_there);
  EXPECT_EQ(again.file, file);
  EXPECT_EQ(left(), (std::set<std::string>{".lock", "model.safetensors"}));
}

TEST_F(Pull, PlainHttpIsNotTrusted) {
  const HttpServer server(orderly_);
  auto published = model(server);
  published.sha256.clear();
  EXPECT_TRUE(says(error(published), {server.url("/file"), "https"}));
  EXPECT_EQ(server.requests().size(), 0U);
}

TEST_F(Pull, OfflineDownloadsNothingAndNamesTheUrls) {
  const HttpServer server(orderly_);
  const auto published = model(server);
  options_.offline = true;
  EXPECT_TRUE(says(error(published), {"model", "offline", server.url("/file")}));
  EXPECT_FALSE(fs::exists(home()));
  options_.offline = false;
  pull(published, options_);
  options_.offline = true;
  EXPECT_TRUE(pull(published, options_).was_there);
  EXPECT_EQ(server.requests().size(), 1U);
}

TEST(Offline, FollowsTheEnvironment) {
  for (const char* name : {"LAMA_OFFLINE", "HF_HUB_OFFLINE"}) {
    for (const auto& [value, offline] :
         {std::pair{"1", true}, {"TRUE", true}, {"yes", true}, {"0", false}, {"", false}}) {
      const Variable variable(name, value);
      EXPECT_EQ(offline_by_environment(), offline) << name << '=' << value;
    }
  }
}

TEST_F(Pull, TriesTheNextAddressAndReportsAllFailures) {
  const HttpServer server([&](const HttpRequest& request, const HttpConnection& connection) {
    if (request.target == "/file") return served_.answer(request, connection);
    connection.send(http_head("404 Not Found"));
  });
  auto published = model(server);
  published.urls = {server.url("/gone"), server.url("/file")};
  EXPECT_EQ(pull(published, options_).url, server.url("/file"));

  published.name = "other";
  options_.urls = {server.url("/nowhere"), server.url("/gone")};
  EXPECT_TRUE(says(error(published), {server.url("/nowhere"), server.url("/gone"), "404"}));
  EXPECT_EQ(left(), (std::set<std::string>{".lock", "model.safetensors"}));
}

TEST_F(Pull, AnInterruptedPullIsContinued) {
  const HttpServer server([&](const HttpRequest& request, const HttpConnection& connection) {
    if (!request.header("range").empty()) return served_.answer(request, connection);
    served_.break_off(10000, connection);
    connection.stall();
  });
  auto options = options_;
  options.progress = [](const std::string&, double done) {
    if (done > 0) throw Cancelled();
  };
  const auto published = model(server);
  EXPECT_THROW(pull(published, options), Cancelled);
  EXPECT_EQ(fs::file_size(home() / "model.part"), 10000U);
  expect_lightning(pull(published, options_).file);
  EXPECT_EQ(server.requests().back().header("range"), "bytes=10000-");
}

TEST_F(Pull, AnInterruptionLaterOnLeavesTheDownload) {
  const HttpServer server(orderly_);
  const auto published = model(server);
  for (const std::string stage : {"verify", "unpack", "convert"}) {
    auto options = options_;
    options.progress = [&stage](const std::string& current, double) {
      if (current == stage) throw Cancelled();
    };
    EXPECT_THROW(pull(published, options), Cancelled) << stage;
    EXPECT_EQ(left(), (std::set<std::string>{".lock", "model.part", "model.part.source"})) << stage;
  }
  pull(published, options_);
  EXPECT_EQ(server.requests().size(), 1U);
}

TEST_F(Pull, TwoAtTheSameTimeDownloadOnce) {
  const HttpServer server([&](const HttpRequest& request, const HttpConnection& connection) {
    std::this_thread::sleep_for(300ms);
    served_.answer(request, connection);
  });
  const auto published = model(server);
  Pulled other;
  std::thread thread([&] { other = pull(published, options_); });
  const Pulled pulled = pull(published, options_);
  thread.join();
  EXPECT_NE(pulled.was_there, other.was_there);
  EXPECT_EQ(server.requests().size(), 1U);
  expect_lightning(pulled.file);
}

TEST_F(Pull, InstallsOnlyModels) {
  served_.bytes = "<html>Please log in</html>";
  const HttpServer server(orderly_);
  const auto published = model(server);
  EXPECT_TRUE(says(error(published), {server.url("/file"), "not a model"}));
  EXPECT_FALSE(installed(published));
}

TEST_F(Pull, ReportsAFolderThatCannotBeCreated) {
  const HttpServer server(orderly_);
  std::ofstream(folder_ / "file") << "not a folder";
  const Variable home("LAMA_HOME", (folder_ / "file/home").string());
  EXPECT_TRUE(says(error(model(server)), {(folder_ / "file/home").string()}));
}

// A disk of 64 KiB, if mounting is permitted (as root, also in most containers).
TEST_F(Pull, ReportsAFullDiskBeforeItDownloads) {
  const HttpServer server(orderly_);
  const auto published = model(server);
  ASSERT_GT(published.bytes, 65536U);
  const fs::path disk = folder_ / "disk";
  fs::create_directory(disk);
  const pid_t child = ::fork();
  if (child == 0) {
    if (::unshare(CLONE_NEWNS) != 0 ||
        ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount("tmpfs", disk.c_str(), "tmpfs", 0, "size=64k") != 0) {
      ::_exit(77);
    }
    ::setenv("LAMA_HOME", disk.c_str(), 1);
    std::string text;
    try {
      pull(published, options_);
    } catch (const Error& error) {
      text = error.what();
    }
    ::_exit(text.find(disk.string()) != std::string::npos &&
                    text.find("are free") != std::string::npos
                ? 0
                : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  if (WEXITSTATUS(status) == 77) GTEST_SKIP() << "mounting is not permitted here";
  EXPECT_EQ(status, 0);
  EXPECT_EQ(server.requests().size(), 0U);
}

}  // namespace
}  // namespace lama::internal::registry
