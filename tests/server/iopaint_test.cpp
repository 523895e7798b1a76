// Clients of IOPaint.
#include "base/base64.h"
#include "tests/server/running_server.h"

namespace lama::internal {
namespace {

using testing::Answer;
using testing::Connection;
using testing::data;
using testing::mask_png;
using testing::noise_png;
using testing::RunningServer;
using testing::text_of_file;

std::string base64_of(const std::string& bytes) {
  return encode_base64({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
}

/// A request of krita-iopaint, byte for byte (tests/oracle/make_krita_request.py).
std::string krita_request() { return text_of_file(data("requests/krita_iopaint.http")); }

/// A picture of that request.
std::string in_krita_request(const std::string& name) {
  const std::string request = krita_request();
  const auto json = nlohmann::json::parse(request.substr(request.find("\r\n\r\n")));
  const auto url = json.at(name).get<std::string>();
  const auto bytes = decode_base64(std::string_view(url).substr(url.find(',') + 1));
  return {bytes->begin(), bytes->end()};
}

TEST(Iopaint, ServesKrita) {
  const RunningServer server;
  const std::string photo = in_krita_request("image"), mask = in_krita_request("mask");
  Connection krita(server.port());
  krita.send(krita_request());
  const Answer answer = krita.answer();
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(answer.headers.at("content-type"), "image/png");
  EXPECT_EQ(answer.headers.at("x-seed"), "42");
  // The server keeps nothing of it.
  server.wait_for_metric("lama_images 0");
  server.wait_for_metric("lama_image_bytes 0");
  // The same as a job without growth and feather.
  const Answer job = server.post("/api/v1/jobs",
                                 testing::form({{"request", "", R"({"dilate": 0, "feather": 0})"},
                                                {"image", "a.png", photo},
                                                {"mask", "m.png", mask}}),
                                 testing::kFormHeaders);
  const std::string id = job.json().at("id");
  EXPECT_EQ(server.wait(id).at("state"), "done");
  EXPECT_EQ(server.get("/api/v1/jobs/" + id + "/result").body, answer.body);
  // Outside of the soft selection nothing changed; inside something did.
  const auto pixels = [](const std::string& bytes) {
    return codecs::read_picture({bytes.begin(), bytes.end()}, "krita", "photo").image;
  };
  const Image before = pixels(photo), after = pixels(answer.body), selected = pixels(mask);
  ASSERT_EQ(after.channels(), 4) << "Krita's layers have alpha";
  std::size_t changed = 0;
  for (std::size_t i = 0; i < before.pixels(); ++i) {
    const bool same = std::equal(before.bytes().data() + 4 * i, before.bytes().data() + 4 * i + 4,
                                 after.bytes().data() + 4 * i);
    if (!same) {
      EXPECT_GE(selected.bytes()[i], 128);
    }
    changed += same ? 0U : 1U;
  }
  EXPECT_GT(changed, 300U);
}

TEST(Iopaint, ReportsFullStorageAsTheJobsDo) {
  server::Options options;
  options.storage.images = 1;  // no room for the result
  const RunningServer server(std::move(options));
  Connection krita(server.port());
  krita.send(krita_request());
  const Answer answer = krita.answer();
  EXPECT_EQ(answer.status, 507);
  EXPECT_EQ(answer.json().at("error"), "storage_full") << answer.body;
}

TEST(Iopaint, AcceptsItsFieldsAndNoOthers) {
  const RunningServer server;
  nlohmann::json request = {{"image", base64_of(noise_png(64, 48))},
                            {"mask", base64_of(mask_png(64, 48, 20, 10, 30, 30))},
                            {"hd_strategy", "Original"},
                            {"hd_strategy_crop_triger_size", 640},
                            {"sd_seed", 7},
                            {"prompt", ""}};
  const auto post = [&] { return server.post("/api/v1/inpaint", request.dump()); };
  EXPECT_EQ(post().headers.at("x-seed"), "7");
  request["hd_strategie"] = "Crop";
  const Answer unknown = post();
  EXPECT_EQ(unknown.status, 400);
  EXPECT_EQ(unknown.json().at("errors"), "there is no field hd_strategie");
  request.erase("hd_strategie");
  request["mask"] = base64_of(mask_png(48, 64, 20, 10, 30, 30));
  EXPECT_EQ(post().status, 400);
  request["mask"] = "!";
  EXPECT_EQ(post().json().at("detail"), "mask is not base64");
  request.erase("mask");
  EXPECT_EQ(post().json().at("error"), "missing_field");
}

TEST(Iopaint, CancelsForClosedConnections) {
  RunningServer server;
  const std::string id = server.upload(noise_png(64, 48));
  const std::string mask = server.upload(mask_png(64, 48, 1, 1, 9, 9));
  const std::string gate =
      server.start({{"image", id}, {"mask", mask}, {"model", "gate"}}).json().at("id");
  {
    Connection krita(server.port());
    krita.send(krita_request());
    server.wait_for_metric("lama_jobs_waiting 1");
  }
  // Its place is free before the job in front of it ends.
  server.wait_for_metric("lama_jobs_cancelled_total 1");
  server.wait_for_metric("lama_jobs_waiting 0");
  server.wait_for_metric("lama_images 2");
  server.open_gate();
  EXPECT_EQ(server.wait(gate).at("state"), "done");
}

TEST(Iopaint, AdjustsMasks) {
  const RunningServer server;
  const Answer answer = server.post(
      "/api/v1/adjust_mask", nlohmann::json({{"mask", base64_of(mask_png(16, 9, 5, 3, 6, 4))},
                                             {"operate", "expand"},
                                             {"kernel_size", 1}})
                                 .dump());
  ASSERT_EQ(answer.status, 200) << answer.body;
  const Image image = codecs::read_picture(answer.bytes(), "mask", "mask").image;
  ASSERT_EQ(image.channels(), 4);
  const auto pixel = [&image](int x, int y) {
    const std::uint8_t* at = image.bytes().data() + 4 * (y * 16 + x);
    return std::vector<int>(at, at + 4);
  };
  EXPECT_EQ(pixel(5, 3), (std::vector<int>{255, 203, 0, 186}));
  EXPECT_EQ(pixel(4, 3), (std::vector<int>{255, 203, 0, 186}));
  EXPECT_EQ(pixel(4, 2), (std::vector<int>{0, 0, 0, 0}));
  EXPECT_EQ(server.post("/api/v1/adjust_mask", R"({"mask": "", "operate": "turn"})").status, 400);
}

TEST(Iopaint, DescribesItself) {
  const RunningServer server;
  EXPECT_EQ(server.get("/api/v1/model").json().at("name"), "small");
  const auto config = server.get("/api/v1/server-config").json();
  EXPECT_EQ(config.at("modelInfos").size(), 4U);
  EXPECT_EQ(config.at("plugins").size(), 0U);
}

// What IOPaint's page asks for beside fills.
TEST(Iopaint, AnswersItsPage) {
  const RunningServer server;
  EXPECT_EQ(server.get("/api/v1/samplers").json(), nlohmann::json::array());
  const Answer none = server.get("/api/v1/inputimage");
  EXPECT_EQ(none.status, 200);
  EXPECT_EQ(none.headers.at("content-type"), "application/json");
  const Answer prompt =
      server.post("/api/v1/gen-info", testing::form({{"file", "a.png", noise_png(9, 9)}}),
                  testing::kFormHeaders);
  EXPECT_EQ(prompt.json(), nlohmann::json({{"prompt", ""}, {"negative_prompt", ""}}));
  EXPECT_EQ(server
                .post("/api/v1/gen-info", testing::form({{"file", "a.png", "no picture"}}),
                      testing::kFormHeaders)
                .status,
            400);
  EXPECT_EQ(server.post("/api/v1/gen-info", "", testing::kFormHeaders).status, 400);
  const Answer saved =
      server.post("/api/v1/save_image", testing::form({{"file", "a.png", noise_png(9, 9)}}),
                  testing::kFormHeaders);
  EXPECT_EQ(saved.status, 400);
  EXPECT_EQ(saved.json().at("detail"), "the server keeps no files");
}

TEST(Iopaint, KeepsThePhotoThatItWasStartedWith) {
  const testing::TemporaryFolder folder;
  const auto path = folder / "photo.png";
  testing::put_noise(path, 30, 20);
  const std::string photo = text_of_file(path);
  server::Options options;
  options.photo = path.string();
  const RunningServer server(options);
  testing::fs::remove(path);
  for (int i = 0; i < 2; ++i) {
    const Answer given = server.get("/api/v1/inputimage");
    EXPECT_EQ(given.body, photo);
    EXPECT_EQ(given.headers.at("content-type"), "image/png");
  }
  testing::put(path, std::vector<std::uint8_t>{'t', 'e', 'x', 't'});
  EXPECT_EQ(testing::error_of([&options] { const RunningServer other(options); }),
            path.string() + ": not a picture (photo)");
}

TEST(Iopaint, FillsWhatLamaCleanersClientsSend) {
  const RunningServer server;
  const std::string photo = noise_png(64, 48), mask = mask_png(64, 48, 20, 20, 30, 30);
  std::vector<testing::FormPart> fields = {{"image", "a.png", photo},
                                           {"mask", "m.png", mask},
                                           {"hdStrategy", "", "Crop"},
                                           {"sizeLimit", "", "1080"}};
  for (int i = 0; i < 40; ++i) fields.push_back({"more" + std::to_string(i), "", "0"});
  const Answer filled = server.post("/inpaint", testing::form(fields), testing::kFormHeaders);
  ASSERT_EQ(filled.status, 200) << filled.body;
  const Answer same =
      server.post("/api/v1/inpaint",
                  nlohmann::json({{"image", base64_of(photo)}, {"mask", base64_of(mask)}}).dump());
  EXPECT_EQ(filled.body, same.body);
  const auto fails = [&](const std::vector<testing::FormPart>& parts, const std::string& field) {
    const Answer answer = server.post("/inpaint", testing::form(parts), testing::kFormHeaders);
    EXPECT_EQ(answer.status, 400) << answer.body;
    EXPECT_NE(std::string(answer.json().at("detail")).find(field), std::string::npos);
  };
  fails({{"image", "a.png", photo}}, "mask");
  fails({{"mask", "m.png", mask}}, "image");
  fails({{"image", "a.png", photo}, {"mask", "m.png", mask}, {"hdStrategy", "", "Best"}},
        "hdStrategy");
  EXPECT_EQ(server.post("/inpaint", "{}").status, 400);
  server::Options options;
  options.token = "secret";
  const RunningServer guarded(std::move(options));
  EXPECT_EQ(guarded.post("/inpaint", testing::form(fields), testing::kFormHeaders).status, 401);
}

}  // namespace
}  // namespace lama::internal
