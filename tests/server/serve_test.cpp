// `lama serve`, the program.
#include <sys/resource.h>

#include <csignal>
#include <fstream>
#include <sstream>

#include "tests/cli/run_program.h"
#include "tests/codecs/fixtures.h"
#include "tests/server/running_server.h"

namespace lama::internal {
namespace {

using testing::Answer;
using testing::ask;
using testing::data;
using testing::form;
using testing::kFormHeaders;
using testing::picture_file;
using testing::run_program;
using testing::small_model;
using testing::TemporaryFolder;
using testing::text_of_file;

/// The program as a server.
class Serve {
 public:
  explicit Serve(std::vector<std::string> more = {}, std::vector<std::string> environment = {}) {
    std::vector<std::string> arguments = {"serve", "--port", "0", "--threads", "1"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    environment.push_back("TMPDIR=" + temporary_.path().string());
    program_ = std::make_unique<testing::Program>(
        arguments, testing::RunOptions{.environment = environment, .err = err().string()});
    for (int tries = 0; tries < 3000 && port == 0; ++tries) {
      const std::string output = text_of_file(err());
      const std::string before = "http://127.0.0.1:";
      if (const std::size_t at = output.find(before); at != std::string::npos) {
        port = std::stoi(output.substr(at + before.size()));
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    if (port == 0) throw std::runtime_error("the server did not start: " + text_of_file(err()));
  }
  int stop(int signal) {
    program_->send(signal);
    return program_->wait().code;
  }
  std::string output() const { return text_of_file(err()); }
  std::ptrdiff_t temporary_files() const { return temporary_.entries(); }
  int port = 0;

 private:
  testing::fs::path err() const { return folder_ / "err"; }
  TemporaryFolder folder_, temporary_;
  std::unique_ptr<testing::Program> program_;
};

/// The server and `lama inpaint` make the same bytes of a picture.
TEST(Serve, FillsAsInpaintDoes) {
  Serve serve({"--model", small_model()});
  const TemporaryFolder folder;
  const std::string mask = (folder / "mask.png").string();
  testing::put_mask(mask, 24, 17, 9, 5, 16, 12);
  for (const std::string name : {"png_prophoto16.png", "jpeg_p3.jpg", "tiff_cmyk.tif",
                                 "png_grey_alpha16.png", "webp_lossless.webp"}) {
    const std::string output = (folder / ("out" + name)).string();
    ASSERT_EQ(run_program({"inpaint", picture_file(name).string(), mask, "-o", output, "--model",
                           small_model()})
                  .code,
              0);
    const Answer started = ask(serve.port, "POST", "/api/v1/jobs",
                               form({{"image", name, text_of_file(picture_file(name))},
                                     {"mask", "mask.png", text_of_file(mask)}}),
                               kFormHeaders);
    ASSERT_EQ(started.status, 202) << started.body;
    const std::string job = "/api/v1/jobs/" + std::string(started.json().at("id"));
    ask(serve.port, "GET", job + "/events");
    const Answer result = ask(serve.port, "GET", job + "/result");
    EXPECT_TRUE(result.body == text_of_file(output)) << name << ' ' << result.status;
    const auto picture = codecs::read_picture(result.bytes(), "result", "photo");
    EXPECT_EQ(picture.image.depth(), testing::read_fixture(name).image.depth());
    EXPECT_EQ(picture.colour == nullptr, testing::read_fixture(name).colour == nullptr);
    // The removed pixels, with the picture's colours and depth.
    const Answer removed = ask(serve.port, "GET", job + "/removed");
    ASSERT_EQ(removed.status, 200) << name << removed.body;
    EXPECT_TRUE(codecs::read_picture(removed.bytes(), "removed", "photo").image.has_alpha());
  }
  EXPECT_EQ(serve.temporary_files(), 0) << "stored pictures have no names";
  EXPECT_EQ(serve.stop(SIGINT), 0) << serve.output();
}

// scripts/checks/memory-limit sends everything else.
TEST(Serve, RefusesWhatItsMemoryLimitDoesNotHold) {
#ifdef LAMA_SANITIZED
  GTEST_SKIP() << "a sanitizer maps more";
#endif
  Serve serve({"--model", small_model(), "--memory-limit", "48MB"});
  const auto upload = [&serve](int width, int height) {  // of few bytes
    const auto file = codecs::encode_picture(Image(width, height, 1, Depth::u8),
                                             codecs::Format::png, {}, {}, "black");
    return ask(serve.port, "POST", "/api/v1/images", std::string(file.begin(), file.end()));
  };
  const Answer beyond = upload(9000, 8000);  // 72 MB of pixels
  EXPECT_EQ(beyond.status, 413) << beyond.body;
  const Answer twice = upload(6000, 5000);  // 30 MB, and as much for libvips
  EXPECT_EQ(twice.status, 507) << twice.body;
  EXPECT_EQ(twice.error_code(), "out_of_memory");
  EXPECT_NE(twice.body.find("the memory does not suffice"), std::string::npos) << twice.body;
  EXPECT_EQ(upload(64, 48).status, 201);
  const std::string photo = testing::noise_png(64, 48);
  const Answer filled = ask(
      serve.port, "POST", "/inpaint",
      form({{"image", "a.png", photo}, {"mask", "b.png", testing::mask_png(64, 48, 9, 9, 19, 19)}}),
      kFormHeaders);
  EXPECT_EQ(filled.status, 200) << filled.body;
  EXPECT_EQ(serve.stop(SIGTERM), 0) << serve.output();
}

TEST(Serve, NamesTheAddressThatItCannotUse) {
  const Serve other({"--model", small_model()});
  const std::string port = std::to_string(other.port);
  const auto used = run_program({"serve", "--model", small_model(), "--port", port});
  EXPECT_EQ(used.code, 1);
  EXPECT_EQ(used.only_line(),
            "lama: port " + port + " is in use: give another --port, or 0 for any free one");
  for (const std::string host : {"no.such.invalid", "1.2.3.4.5"}) {
    const auto run = run_program({"serve", "--port", "0", "--host", host});
    EXPECT_EQ(run.code, 1);
    EXPECT_EQ(run.only_line(), "lama: --host " + host + ": no such address");
  }
}

TEST(Serve, NamesAMemoryLimitThatIsTooLow) {
#ifdef LAMA_SANITIZED
  GTEST_SKIP() << "a sanitizer maps more";
#endif
  for (const std::string limit : {"1MB", "5MB"}) {
    const auto run = run_program(
        {"serve", "--model", "embedded", "--port", "0", "--threads", "8", "--memory-limit", limit});
    EXPECT_EQ(run.code, 1);
    EXPECT_NE(run.only_line().find(" MB is too little to start: give at least 59 MB"),
              std::string::npos)
        << run.err;
  }
}

// The worker opens the model, so the server reports what the worker finds.
TEST(Serve, ReportsAModelThatCannotBeOpened) {
  for (const std::string& model : {data("photo512.png").string(), std::string("/nowhere/at/all")}) {
    const auto run = run_program({"serve", "--port", "0", "--model", model});
    EXPECT_EQ(run.code, 1);
    EXPECT_NE(run.only_line().find(model), std::string::npos) << run.err;
  }
}

#ifndef __APPLE__
// An xdg-open that writes down what it was asked for.
TEST(Serve, OpensTheBrowserOnThePhoto) {
  const TemporaryFolder folder;
  const testing::fs::path asked = folder / "asked";
  std::ofstream(folder / "xdg-open")
      << "#!/bin/sh\nprintf %s \"$1\" >" << asked.string() << ".new\nmv " << asked.string()
      << ".new " << asked.string() << "\nexit $LAMA_TEST_CODE\n";
  testing::fs::permissions(folder / "xdg-open", testing::fs::perms::owner_all);
  const std::string path = "PATH=" + folder.path().string() + ":/usr/bin:/bin";
  const auto wait_for = [](const auto& happened) {
    for (int tries = 0; tries < 3000 && !happened(); ++tries) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return happened();
  };
  const std::string photo = picture_file("png_prophoto16.png").string();
  const Serve serve({"--model", small_model(), "--token", "s+e", "--open", photo},
                    {path, "LAMA_TEST_CODE=0"});
  ASSERT_TRUE(wait_for([&] { return testing::fs::exists(asked); })) << serve.output();
  EXPECT_EQ(text_of_file(asked),
            "http://127.0.0.1:" + std::to_string(serve.port) + "/#token=s%2Be&photo");
  const Answer given =
      ask(serve.port, "GET", "/api/v1/inputimage", {}, {{"Authorization", "Bearer s+e"}});
  EXPECT_EQ(given.body, text_of_file(photo));
  EXPECT_EQ(given.headers.at("content-type"), "image/png");
  EXPECT_NE(given.headers.at("content-disposition").find("png_prophoto16.png"), std::string::npos);

  testing::fs::remove(asked);
  const Serve alone({"--model", small_model(), "--open"}, {path, "LAMA_TEST_CODE=3"});
  ASSERT_TRUE(wait_for([&] { return testing::fs::exists(asked); })) << alone.output();
  EXPECT_EQ(text_of_file(asked), "http://127.0.0.1:" + std::to_string(alone.port) + "/");
  EXPECT_TRUE(wait_for([&] {
    return alone.output().find("open the address yourself") != std::string::npos;
  })) << alone.output();
  const auto wrong = run_program({"serve", "--port", "0", "--open", "nowhere.jpg"});
  EXPECT_EQ(wrong.code, 1);
  EXPECT_NE(wrong.only_line().find("nowhere.jpg"), std::string::npos);
}
#endif

TEST(Serve, EndsOnRequestEvenDuringAFill) {
  Serve serve({"--model", "embedded"});
  const Answer started =
      ask(serve.port, "POST", "/api/v1/jobs",
          form({{"request", "", R"({"strategy": "full"})"},
                {"image", "photo.png", testing::noise_png(2000, 2000)},
                {"mask", "mask.png", testing::mask_png(2000, 2000, 500, 500, 1500, 1500)}}),
          kFormHeaders);
  ASSERT_EQ(started.status, 202) << started.body;
  const std::string job = "/api/v1/jobs/" + std::string(started.json().at("id"));
  for (double progress = 0; progress == 0;) {
    const auto now = ask(serve.port, "GET", job).json();
    ASSERT_NE(now.at("state"), "failed") << now;
    progress = now.at("progress");
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(serve.stop(SIGTERM), 0) << serve.output();
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
  EXPECT_EQ(serve.temporary_files(), 0);
}

TEST(Serve, AnswersAndEndsWhileAPictureIsEncoded) {
  Serve serve({"--model", small_model()});
  const std::string photo = testing::noise_png(1500, 1500);
  const Answer started =
      ask(serve.port, "POST", "/api/v1/jobs",
          form({{"image", "photo.png", photo},
                {"mask", "mask.png", testing::mask_png(1500, 1500, 5, 5, 9, 9)}}),
          kFormHeaders);
  ASSERT_EQ(started.status, 202) << started.body;
  const std::string job = "/api/v1/jobs/" + std::string(started.json().at("id"));
  ask(serve.port, "GET", job + "/events");
  // AVIF takes seconds, and there are two who encode.
  testing::Connection first(serve.port), second(serve.port);
  for (testing::Connection* encoding : {&first, &second}) {
    encoding->send(testing::request_text("GET", job + "/result?format=avif", "", {}));
  }
  EXPECT_EQ(ask(serve.port, "GET", "/healthz").status, 200);
  EXPECT_EQ(ask(serve.port, "GET", job).json().at("state"), "done");
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(serve.stop(SIGTERM), 0) << serve.output();
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(8));
}

TEST(Serve, TakesItsTokenFromAFileOrTheEnvironment) {
  const TemporaryFolder folder;
  const std::string file = (folder / "token").string();
  std::ofstream(file) << "from-file\r\nmore\n";
  const auto lets_in = [](const Serve& serve, const std::string& token) {
    return ask(serve.port, "GET", "/api/v1/capabilities", {},
               {{"Authorization", "Bearer " + token}})
               .status == 200;
  };
  {
    const Serve serve({"--model", small_model(), "--token-file", file});
    EXPECT_TRUE(lets_in(serve, "from-file"));
    EXPECT_FALSE(lets_in(serve, "from-file\r"));
    EXPECT_FALSE(lets_in(serve, ""));
  }
  const Serve serve({"--model", small_model()}, {"LAMA_TOKEN=from-environment"});
  EXPECT_TRUE(lets_in(serve, "from-environment"));
  EXPECT_EQ(serve.output().find("from-environment"), std::string::npos);  // a log, not a terminal
  EXPECT_FALSE(lets_in(serve, "from-file"));
  for (const std::string text : {"", "two words", "\n"}) {
    std::ofstream(file) << text;
    const auto run =
        run_program({"serve", "--model", small_model(), "--port", "0", "--token-file", file});
    EXPECT_NE(run.code, 0) << text;
    EXPECT_NE(run.only_line().find("token"), std::string::npos) << run.err;
  }
  EXPECT_EQ(
      run_program({"serve", "--port", "0", "--token-file", folder.path().string()}).only_line(),
      "lama: " + folder.path().string() + ": it is a folder: name the file that holds the token");
  std::ofstream(file) << std::string(5000, 'x');
  EXPECT_NE(run_program({"serve", "--model", small_model(), "--port", "0", "--token-file", file})
                .only_line()
                .find("its first line is longer"),
            std::string::npos);
  EXPECT_EQ(run_program({"serve", "--model", small_model(), "--port", "0", "--token", ""}).code, 2);
}

TEST(Serve, AdmitsOnlyThisMachineByDefault) {
  const auto only_line = [](const std::vector<std::string>& arguments) {
    const auto run = run_program(arguments);
    EXPECT_EQ(run.code, 2);
    return run.only_line();
  };
  EXPECT_NE(only_line({"serve", "--host", "0.0.0.0", "--token", "x"}).find("--allow-remote"),
            std::string::npos);
  EXPECT_NE(only_line({"serve", "--host", "0.0.0.0", "--allow-remote"}).find("--token"),
            std::string::npos);
  Serve serve(
      {"--model", small_model(), "--host", "127.0.0.1", "--token", "secret", "--allow-remote"});
  EXPECT_NE(serve.output().find("note: --allow-remote has no effect without --host"),
            std::string::npos);
  EXPECT_EQ(ask(serve.port, "GET", "/api/v1/capabilities").status, 401);
  EXPECT_EQ(serve.output().find("secret"), std::string::npos) << "a log is no place for a token";
  const auto models =
      ask(serve.port, "GET", "/api/v1/capabilities", {}, {{"Authorization", "Bearer secret"}})
          .json()
          .at("models");
  // Without the file's folder.
  EXPECT_EQ(models[0].at("name"), "shallow.safetensors");
  EXPECT_EQ(models[0].at("default"), true);
}

TEST(Serve, LogsRequestsOnRequest) {
  Serve serve({"--model", small_model(), "-v"});
  ask(serve.port, "GET", "/?token=hidden");
  ask(serve.port, "GET", "/a%0ab\x1b");
  EXPECT_EQ(serve.stop(SIGTERM), 0);
  std::istringstream lines(serve.output());
  std::vector<nlohmann::json> logged;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with('{')) logged.push_back(nlohmann::json::parse(line));
  }
  ASSERT_GE(logged.size(), 1U) << serve.output();
  EXPECT_EQ(logged[0].at("path"), "/");
  EXPECT_EQ(logged[0].at("status"), 200);
  EXPECT_EQ(logged[0].at("client"), "127.0.0.1");
}

TEST(Serve, KeepsMorePicturesThanTheFirstLimitOfOpenFiles) {
  rlimit before = {};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit few = {.rlim_cur = 40, .rlim_max = before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
  const Serve serve({"--model", small_model()});
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  const std::string photo = testing::noise_png(8, 8);
  for (int i = 0; i < 60; ++i) {
    const Answer answer = ask(serve.port, "POST", "/api/v1/images", photo);
    ASSERT_EQ(answer.status, 201) << i << answer.body;
  }
}

TEST(Serve, ReportsAMissingTemporaryFolder) {
  const auto run = run_program({"serve", "--model", small_model(), "--port", "0"},
                               {.environment = {"TMPDIR=/nowhere/at/all"}});
  EXPECT_EQ(run.code, 1);
  const std::string line = run.only_line();
  EXPECT_NE(line.find("TMPDIR"), std::string::npos) << run.err;
  EXPECT_NE(line.find("/nowhere/at/all: No such file"), std::string::npos) << run.err;
}

TEST(Serve, ReportsWhyItCannotListen) {
  Serve serve({"--model", small_model()});
  const auto run =
      run_program({"serve", "--model", small_model(), "--port", std::to_string(serve.port)});
  EXPECT_EQ(run.code, 1);
  EXPECT_NE(run.only_line().find("in use"), std::string::npos) << run.err;
}

}  // namespace
}  // namespace lama::internal
