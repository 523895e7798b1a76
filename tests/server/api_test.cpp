// The routes of a server in this process.
#include <algorithm>
#include <cstdint>
#include <regex>
#include <set>

#include "tests/codecs/fixtures.h"
#include "tests/server/running_server.h"

namespace lama::internal {
namespace {

using testing::Answer;
using testing::ask;
using testing::form;
using testing::kFormHeaders;
using testing::mask_png;
using testing::noise_png;
using testing::picture_file;
using testing::RunningServer;
using testing::text_of_file;

codecs::Picture picture_of(const Answer& answer) {
  return codecs::read_picture(answer.bytes(), "answer", "photo");
}

TEST(Api, DescribesItself) {
  const RunningServer server;
  EXPECT_EQ(server.get("/healthz").json().at("status"), "ok");
  const auto about = server.get("/api/v1/capabilities").json();
  EXPECT_EQ(about.at("models").size(), 5U);
  EXPECT_EQ(about.at("models")[0].at("default"), true);
  EXPECT_EQ(about.at("models")[2].at("installed"), false);
  EXPECT_EQ(about.at("options").at("dilate").at("max"), 1000);
  EXPECT_GT(about.at("limits").at("memory_bytes"), 1'000'000);
}

TEST(Api, ReportsTheLimitOfBodiesThatItKeeps) {
  server::Options options;
  options.http.body_bytes = 2000;
  options.http.all_body_bytes = 1000;
  const RunningServer server(std::move(options));
  EXPECT_EQ(server.get("/api/v1/capabilities").json().at("limits").at("body_bytes"), 1000);
  EXPECT_EQ(server.post("/api/v1/images", std::string(1001, 'x')).status, 413);
}

TEST(Api, MatchesItsDescription) {
  const RunningServer server;
  const Answer answer = server.get("/api/openapi.json");
  ASSERT_EQ(answer.headers.at("content-type"), "application/json");
  const auto paths = answer.json().at("paths");
  EXPECT_EQ(paths.size(), 22U) << "also in docs/api.md";
  for (auto path = paths.begin(); path != paths.end(); ++path) {
    std::string address = path.key();
    if (const std::size_t id = address.find("{id}"); id != std::string::npos) {
      address.replace(id, 4, "0");
    }
    for (auto method = path->begin(); method != path->end(); ++method) {
      std::string name = method.key();
      for (char& c : name) c = static_cast<char>(std::toupper(c));
      const Answer there = ask(server.port(), name, address);
      if (there.status == 404 || there.status == 405) {
        // The missing id, not a missing route.
        EXPECT_EQ(there.json().at("error").at("message").get<std::string>().find("there is no /"),
                  std::string::npos)
            << name << ' ' << address;
        EXPECT_EQ(there.status, 404) << name << ' ' << address;
      }
    }
  }
  // The server accepts every field of a job that the description lists.
  const auto fields =
      answer.json().at("components").at("schemas").at("JobRequest").at("properties");
  for (auto field = fields.begin(); field != fields.end(); ++field) {
    EXPECT_NE(server.start({{field.key(), nullptr}}).error_code(), "unknown_field") << field.key();
  }
}

// What the description allows, the server does not refuse as unreadable, and the other way round.
TEST(Api, DescribesTheFieldsThatItRefuses) {
  const RunningServer server;
  const auto paths = server.get("/api/openapi.json").json().at("paths");
  const std::string image = "/api/v1/images/" + server.upload(noise_png(64, 48));
  const auto selection = paths.at("/api/v1/images/{id}/selections").at("post");
  const auto fields = selection.at("requestBody").at("content").at("application/json").at("schema");
  const std::regex box(fields.at("properties").at("box").at("pattern").get<std::string>());
  for (const char* text : {"1,2,30,40", "01,0,09,010", "0,0,0,9", "0,0,9,0", "0,0,9", "0,0,9,9,9",
                           "-1,0,9,9", "1.5,0,9,9", "0, 0, 9, 9", ""}) {
    const bool described = std::regex_match(text, box);
    EXPECT_EQ(
        server.post(image + "/selections", nlohmann::json{{"box", text}}.dump()).status != 400,
        described)
        << text;
    std::string query = text;
    std::replace(query.begin(), query.end(), ' ', '+');
    EXPECT_EQ(server.get(image + "/preview?region=" + query).status != 400, described) << text;
  }
  EXPECT_EQ(fields.at("oneOf").size(), 2U);
  EXPECT_EQ(server.post(image + "/selections", "{}").status, 400);
  EXPECT_FALSE(paths.at("/api/v1/save_image").at("post").at("responses").contains("200"));
  EXPECT_EQ(server.post("/api/v1/save_image", "").status, 400);
  for (const char* path : {"/api/v1/inpaint", "/api/v1/adjust_mask"}) {
    const auto texts = paths.at(path).at("post").at("requestBody").at("content");
    EXPECT_EQ(texts.at("application/json").at("schema").at("properties").at("mask").at("minLength"),
              1);
    EXPECT_EQ(server.post(path, R"({"image":"","mask":"","operate":"expand"})").status, 400)
        << path;
  }
}

TEST(Api, CountsItsWork) {
  const RunningServer server;
  const std::string id = server.upload(noise_png(64, 48));
  const std::string mask = server.upload(mask_png(64, 48, 1, 1, 9, 9));
  server.wait(server.start({{"image", id}, {"mask", mask}}).json().at("id"));
  const std::string metrics = server.get("/metrics").body;
  for (const char* line : {"\nlama_jobs_done_total 1\n", "\nlama_jobs_failed_total 0\n",
                           "\nlama_jobs_waiting 0\n", "\nlama_images 3\n"}) {
    EXPECT_NE(metrics.find(line), std::string::npos) << line << metrics;
  }
}

TEST(Api, KeepsAnUploadUnchanged) {
  const RunningServer server;
  const std::string file = text_of_file(picture_file("png_prophoto16.png"));
  const Answer raw =
      server.post("/api/v1/images?name=..%2Fh%C3%B6hle.png", file, {{"Content-Type", "image/png"}});
  ASSERT_EQ(raw.status, 201) << raw.body;
  const auto about = raw.json();
  EXPECT_EQ(about.at("width"), 24);
  EXPECT_EQ(about.at("height"), 17);
  EXPECT_EQ(about.at("format"), "png");
  EXPECT_EQ(about.at("type"), "image/png");
  EXPECT_EQ(about.at("bit_depth"), 16);
  EXPECT_EQ(about.at("alpha"), false);
  EXPECT_TRUE(about.at("colour").is_string()) << about;
  EXPECT_EQ(about.at("name"), "höhle.png");
  EXPECT_EQ(std::string(about.at("expires")).size(), 20U);
  const std::string path = "/api/v1/images/" + std::string(about.at("id"));
  EXPECT_EQ(raw.headers.at("location"), path);

  const Answer same = server.get(path);
  EXPECT_EQ(same.body, file);
  EXPECT_EQ(same.headers.at("content-type"), "image/png");
  EXPECT_EQ(same.headers.at("content-disposition"),
            "inline; filename=\"h__hle.png\"; filename*=UTF-8''h%C3%B6hle.png");
  EXPECT_EQ(same.headers.at("x-content-type-options"), "nosniff");
  const Answer head = ask(server.port(), "HEAD", path);
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.headers.at("content-length"), std::to_string(file.size()));

  const Answer removed = server.remove(path);
  EXPECT_EQ(removed.status, 204);
  EXPECT_FALSE(removed.headers.contains("content-length"));
  EXPECT_EQ(server.get(path).status, 404);
  EXPECT_EQ(server.remove(path).status, 204);
  EXPECT_EQ(server.get(server.upload(file, "a.png").insert(0, "/api/v1/images/")).body, file);
}

TEST(Api, ShowsPicturesInSrgb) {
  const RunningServer server;
  const std::string id = server.upload(text_of_file(testing::data("photo512.png")));
  const Answer small = server.get("/api/v1/images/" + id + "/preview?max=100");
  EXPECT_EQ(small.headers.at("content-type"), "image/jpeg");
  EXPECT_EQ(picture_of(small).image.width(), 100);
  const Answer png = server.get("/api/v1/images/" + id + "/preview?format=png");
  EXPECT_EQ(png.headers.at("content-type"), "image/png");
  EXPECT_EQ(picture_of(png).image.bytes(),
            testing::read_image(testing::data("photo512.png")).bytes());
  // The same colours in 8 bits of sRGB, within rounding, by the converter that colour_profile_test
  // checks.
  for (const char* name : {"png_prophoto16.png", "jpeg_cmyk.jpg", "tiff_float.tif"}) {
    const auto source = codecs::read_picture(picture_file(name), "photo");
    const Image expected = source.colour->to_srgb(source.image);
    const std::string other = server.upload(text_of_file(picture_file(name)), name);
    const auto shown = picture_of(server.get("/api/v1/images/" + other + "/preview?format=png"));
    ASSERT_EQ(shown.image.depth(), Depth::u8) << name;
    ASSERT_EQ(shown.image.channels(), 3) << name;
    EXPECT_EQ(shown.colour, nullptr);
    for (std::size_t i = 0; i < shown.image.bytes().size(); ++i) {
      ASSERT_NEAR(shown.image.bytes()[i] * 257, expected.samples<std::uint16_t>()[i], 130) << name;
    }
  }
  const std::string alpha = server.upload(text_of_file(picture_file("png_palette_alpha.png")));
  const Answer with_alpha = server.get("/api/v1/images/" + alpha + "/preview");
  EXPECT_EQ(with_alpha.headers.at("content-type"), "image/png");
  EXPECT_TRUE(picture_of(with_alpha).image.has_alpha());
  EXPECT_EQ(server.get("/api/v1/images/" + id + "/preview?max=0").json().at("error").at("field"),
            "max");
  EXPECT_EQ(server.get("/api/v1/images/" + id + "/preview?size=9").json().at("error").at("field"),
            "size");

  // A part of it.
  const Image whole = testing::read_image(testing::data("photo512.png"));
  const Image part =
      picture_of(server.get("/api/v1/images/" + id + "/preview?format=png&region=500,7,12,20"))
          .image;
  ASSERT_EQ(part.width(), 12);
  ASSERT_EQ(part.height(), 20);
  for (int y = 0; y < 20; ++y) {
    for (int i = 0; i < 36; ++i) {
      ASSERT_EQ(part.bytes()[static_cast<std::size_t>(y * 36 + i)],
                whole.bytes()[static_cast<std::size_t>(((7 + y) * 512 + 500) * 3 + i)]);
    }
  }
  for (const char* wrong : {"", "1,2,3", "1,2,3,4,5", "501,7,12,20", "0,0,0,4", "0,0,4,513",
                            "-1,0,4,4", "0,0,4,4,", "0,0,2147483647,2147483647", "0%20,0,4,4"}) {
    EXPECT_EQ(server.get("/api/v1/images/" + id + "/preview?region=" + wrong)
                  .json()
                  .at("error")
                  .at("field"),
              "region")
        << wrong;
  }
}

TEST(Api, FillsAndContinuesFromTheResult) {
  const RunningServer server;
  const std::string photo = noise_png(64, 48);
  const std::string id = server.upload(photo);
  const std::string mask = server.upload(mask_png(64, 48, 20, 10, 30, 30), "mask.png");
  const Answer started =
      server.start({{"image", id}, {"mask", mask}, {"dilate", 2}, {"feather", 0}});
  ASSERT_EQ(started.status, 202) << started.body;
  const std::string job = started.json().at("id");
  const auto done = server.wait(job);
  ASSERT_EQ(done.at("state"), "done") << done;
  EXPECT_EQ(done.at("progress"), 1.0);
  EXPECT_GT(done.at("seconds"), 0.0);
  const auto& result = done.at("result");
  const nlohmann::json box = {{"x", 18}, {"y", 8}, {"width", 14}, {"height", 24}};
  EXPECT_EQ(result.at("replaced"), box);
  EXPECT_GT(result.at("pixels"), 10 * 20);
  EXPECT_EQ(result.at("model"), "small");
  const Answer filled = server.get("/api/v1/jobs/" + job + "/result");
  EXPECT_EQ(filled.headers.at("content-type"), "image/png");
  EXPECT_EQ(server.get("/api/v1/images/" + std::string(result.at("image"))).body, filled.body);
  EXPECT_EQ(picture_of(server.get("/api/v1/jobs/" + job + "/result?format=jpeg")).format,
            codecs::Format::jpeg);
  EXPECT_EQ(server.get("/api/v1/jobs/" + job + "/result?format=gif").status, 400);

  // The removed pixels: the source in the hole, transparent elsewhere.
  const Image before = codecs::read_picture({photo.begin(), photo.end()}, "a", "photo").image;
  const Image removed = picture_of(server.get("/api/v1/jobs/" + job + "/removed")).image;
  ASSERT_EQ(removed.width(), 14);
  ASSERT_EQ(removed.channels(), 4);
  std::size_t opaque = 0;
  for (int y = 0; y < 24; ++y) {
    for (int x = 0; x < 14; ++x) {
      const std::uint8_t* pixel = removed.bytes().data() + 4 * (y * 14 + x);
      if (pixel[3] == 0) continue;
      ++opaque;
      ASSERT_EQ(pixel[3], 255);
      ASSERT_TRUE(
          std::equal(pixel, pixel + 3, before.bytes().data() + 3 * ((y + 8) * 64 + x + 18)));
    }
  }
  EXPECT_EQ(opaque, result.at("pixels"));

  // Continue from the result, with mask and options in one body.
  const Answer again = server.post(
      "/api/v1/jobs",
      form({{"request", "", nlohmann::json({{"image", result.at("image")}, {"dilate", 0}}).dump()},
            {"mask", "m.png", mask_png(64, 48, 40, 10, 50, 30)}}),
      kFormHeaders);
  ASSERT_EQ(again.status, 202) << again.body;
  EXPECT_EQ(server.wait(again.json().at("id")).at("state"), "done");
  // All in one body; a mask that marks nothing returns the same file.
  const Answer one =
      server.post("/api/v1/jobs",
                  form({{"request", "", R"({"invert_mask": true, "dilate": 0, "feather": 0})"},
                        {"image", "p.png", photo},
                        {"mask", "m.png", mask_png(64, 48, 0, 0, 64, 48)}}),
                  kFormHeaders);
  ASSERT_EQ(one.status, 202) << one.body;
  EXPECT_EQ(server.wait(one.json().at("id")).at("result").at("pixels"), 0);
  EXPECT_EQ(server.get("/api/v1/jobs/" + std::string(one.json().at("id")) + "/result").body, photo);
}

TEST(Api, KeepsTheAlphaOfRemovedInk) {
  const codecs::Picture ink = testing::read_fixture("tiff_cmyk.tif");
  const int width = ink.image.width(), height = ink.image.height();
  Image image(width, height, ColourModel::cmyk, true, Depth::u8);
  for (std::size_t i = 0; i < image.pixels(); ++i) {
    std::copy_n(ink.image.bytes().data() + 4 * i, 4, image.bytes().data() + 5 * i);
    image.bytes()[5 * i + 4] = 100;
  }
  const auto file = codecs::encode_picture(image, codecs::Format::tiff, ink, {}, "ink.tif");
  const RunningServer server;
  const std::string id = server.upload({file.begin(), file.end()}, "ink.tif");
  const std::string mask = server.upload(mask_png(width, height, 3, 3, 9, 9), "mask.png");
  const std::string job = server.start({{"image", id}, {"mask", mask}}).json().at("id");
  ASSERT_EQ(server.wait(job).at("state"), "done");
  const Image removed = picture_of(server.get("/api/v1/jobs/" + job + "/removed")).image;
  ASSERT_EQ(removed.depth(), Depth::u16);
  std::set<std::uint16_t> alphas;
  for (std::size_t i = 0; i < removed.pixels(); ++i) {
    alphas.insert(removed.samples<std::uint16_t>()[4 * i + 3]);
  }
  EXPECT_EQ(alphas, (std::set<std::uint16_t>{0, 100 * 257}));
}

TEST(Api, RefusesWithOneErrorForPrograms) {
  server::Options options;
  options.pixels = 10'000;
  options.http.body_bytes = 100'000;
  const RunningServer server(std::move(options));
  const auto expect = [](const Answer& answer, int status, const std::string& code,
                         const std::string& field = {}) {
    EXPECT_EQ(answer.status, status) << answer.body;
    const auto error = answer.json().at("error");
    EXPECT_EQ(error.at("code"), code) << error;
    EXPECT_EQ(error.value("field", ""), field) << error;
    EXPECT_FALSE(std::string(error.at("message")).empty());
  };
  expect(server.get("/api/v1/nothing"), 404, "not_found");
  expect(server.post("/healthz", "x"), 405, "method_not_allowed");
  EXPECT_EQ(server.post("/healthz", "x").headers.at("allow"), "GET, HEAD");
  EXPECT_EQ(server.post("/api/v1/images/0123", "x").headers.at("allow"), "GET, HEAD, DELETE");
  expect(server.get("/api/v1/images/0123"), 404, "not_found");
  expect(server.get("/api/v1/jobs/0123"), 404, "not_found");
  expect(server.get("/api/v1/jobs/0123/events"), 404, "not_found");
  expect(server.post("/api/v1/images", "%PDF-1.4"), 415, "unsupported_format");
  expect(server.post("/api/v1/images", noise_png(64, 64).substr(0, 5000)), 422, "bad_image");
  expect(server.post("/api/v1/images", mask_png(101, 100, 0, 0, 1, 1)), 413, "too_large");
  expect(server.post("/api/v1/images", std::string(100'001, 'x')), 413, "too_large");
  expect(server.post("/api/v1/images", form({{"image", "a", "x"}}), kFormHeaders), 400,
         "unknown_field", "image");
  expect(server.post("/api/v1/images", "--XX\r\n", kFormHeaders), 400, "bad_multipart");
  expect(server.post("/api/v1/jobs", "{"), 400, "bad_json");

  const std::string id = server.upload(noise_png(64, 48));
  const std::string mask = server.upload(mask_png(64, 48, 1, 1, 9, 9));
  const std::string turned = server.upload(mask_png(48, 64, 1, 1, 9, 9));
  const auto with = [&](const nlohmann::json& more) {
    nlohmann::json request = {{"image", id}, {"mask", mask}};
    request.update(more);
    return server.start(request);
  };
  expect(with({{"dialate", 3}}), 400, "unknown_field", "dialate");
  expect(with({{"dilate", 1001}}), 400, "bad_field", "dilate");
  expect(with({{"strategy", "Crop"}}), 400, "bad_field", "strategy");
  expect(with({{"precision", "bf17"}}), 400, "bad_field", "precision");
  expect(with({{"mask_threshold", 0}}), 400, "bad_field", "mask_threshold");
  expect(with({{"model", "/etc/passwd"}}), 400, "unknown_model", "model");
  expect(with({{"model", "absent"}}), 400, "unknown_model", "model");
  expect(with({{"mask", turned}}), 422, "size_mismatch", "mask");
  expect(with({{"mask", "0123"}}), 404, "not_found");
  expect(server.start({{"image", id}}), 400, "missing_field", "mask");
  expect(server.start({{"mask", mask}}), 400, "missing_field", "image");

  // Ambiguous fields.
  const auto started_with = [&](const std::vector<testing::FormPart>& parts) {
    return server.post("/api/v1/jobs", form(parts), kFormHeaders);
  };
  const std::string ids = nlohmann::json({{"image", id}, {"mask", mask}}).dump();
  expect(started_with({{"request", "", ids}, {"image", "a.png", noise_png(64, 48)}}), 400,
         "duplicate_field", "image");
  expect(started_with({{"request", "", ids}, {"request", "", ids}}), 400, "duplicate_field",
         "request");
  expect(
      server.post("/api/v1/images", form({{"file", "a", "x"}, {"file", "b", "x"}}), kFormHeaders),
      400, "duplicate_field", "file");
  expect(server.get("/api/v1/images/" + id + "/preview?max=9&max=8"), 400, "duplicate_field",
         "max");
  // Unknown fields.
  const std::string job = server.start({{"image", id}, {"mask", mask}}).json().at("id");
  for (const std::string& path :
       std::vector<std::string>{"/healthz", "/metrics", "/api/v1/capabilities",
                                "/api/v1/jobs/" + job, "/api/v1/jobs/" + job + "/events"}) {
    expect(server.get(path + "?nonsense=1"), 400, "unknown_field", "nonsense");
  }
  expect(server.remove("/api/v1/jobs/" + job + "?nonsense=1"), 400, "unknown_field", "nonsense");
  expect(server.remove("/api/v1/images/" + id + "?nonsense=1"), 400, "unknown_field", "nonsense");
}

TEST(Api, DoubtsMasksThatLookLikePhotos) {
  const RunningServer server;
  const std::string photo = server.upload(text_of_file(testing::data("photo512.png")));
  const std::string mask = server.upload(mask_png(512, 512, 1, 1, 9, 9));
  const auto notes = [&server](const std::string& image, const std::string& hole) {
    const Answer job = server.start({{"image", image}, {"mask", hole}});
    return server.wait(job.json().at("id")).at("result").at("notes").dump();
  };
  const std::string doubt = "the mask has many shades";
  EXPECT_EQ(notes(photo, mask).find(doubt), std::string::npos);
  EXPECT_NE(notes(mask, photo).find(doubt), std::string::npos) << "swapped";
}

TEST(Api, ComparesSizesBeforeItDecodes) {
  server::Options options;
  options.memory_limit = 64 * 48 * 3;
  const RunningServer server(std::move(options));
  const std::string photo = noise_png(64, 48);
  const std::string id = server.upload(photo);
  const auto with_mask = [&](const std::string& mask) {
    return server.post(
        "/api/v1/jobs",
        form({{"request", "", nlohmann::json({{"image", id}}).dump()}, {"mask", "m.png", mask}}),
        kFormHeaders);
  };
  // Only the head is intact: a decoder would find damage.
  const std::string wrong = noise_png(65, 48);
  EXPECT_EQ(with_mask(wrong.substr(0, 5000)).error_code(), "size_mismatch");
  EXPECT_EQ(with_mask(photo.substr(0, 5000)).error_code(), "bad_image");
  const Answer large = server.post("/api/v1/images", wrong.substr(0, 5000));
  EXPECT_EQ(large.status, 413) << large.body;
  EXPECT_EQ(large.error_code(), "too_large");
}

TEST(Api, QueuesCancelsAndRefusesTooManyJobs) {
  server::Options options;
  options.queue = 3;
  RunningServer server(std::move(options));
  const std::string id = server.upload(noise_png(64, 48));
  const std::string mask = server.upload(mask_png(64, 48, 1, 1, 9, 9));
  const nlohmann::json request = {{"image", id}, {"mask", mask}, {"model", "gate"}};
  const auto state = [&server](const std::string& job) {
    return server.get("/api/v1/jobs/" + job).json();
  };
  const std::string running = server.start(request).json().at("id");
  for (int tries = 0; state(running).at("state") == "queued"; ++tries) {
    ASSERT_LT(tries, 6000);
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  std::vector<std::string> jobs;
  for (int i = 0; i < 3; ++i) {
    const Answer answer = server.start(request);
    EXPECT_EQ(answer.json().at("position"), i);
    jobs.push_back(answer.json().at("id"));
  }
  const Answer full = server.start(request);
  EXPECT_EQ(full.status, 429);
  EXPECT_EQ(full.error_code(), "queue_full");
  EXPECT_EQ(full.headers.count("retry-after"), 1U);
  EXPECT_EQ(server.get("/api/v1/jobs/" + jobs[0] + "/result").status, 404);

  // A waiting client learns that it moves up.
  testing::Connection listener(server.port());
  listener.send(testing::request_text("GET", "/api/v1/jobs/" + jobs[2] + "/events", "", {}));
  while (listener.received.find("\"position\":2") == std::string::npos && listener.receive()) {
  }
  EXPECT_EQ(server.remove("/api/v1/jobs/" + jobs[0]).status, 204);
  EXPECT_EQ(state(jobs[0]).at("state"), "cancelled");
  const Answer of_cancelled = server.get("/api/v1/jobs/" + jobs[0] + "/result");
  EXPECT_EQ(of_cancelled.status, 409);
  EXPECT_EQ(of_cancelled.error_code(), "cancelled");
  EXPECT_EQ(state(jobs[1]).at("position"), 0);
  while (listener.received.find("\"position\":1") == std::string::npos && listener.receive()) {
  }
  EXPECT_EQ(server.remove("/api/v1/jobs/" + running).status, 204);
  server.open_gate();
  EXPECT_EQ(server.wait(running).at("state"), "cancelled");
  EXPECT_EQ(server.wait(jobs[1]).at("state"), "done");
  while (listener.receive()) {
  }
  // Its states in order, and then the end.
  const std::string& events = listener.received;
  EXPECT_NE(events.find("Content-Type: text/event-stream"), std::string::npos) << events;
  const std::size_t first = events.find("\"position\":2"), second = events.find("\"position\":1"),
                    third = events.find("\"state\":\"running\""),
                    last = events.find("\"state\":\"done\"");
  EXPECT_LT(first, second);
  EXPECT_LT(second, third);
  EXPECT_LT(third, last);
  EXPECT_LT(last, events.size());
  // Cancelling an ended job is not an error.
  EXPECT_EQ(server.remove("/api/v1/jobs/" + jobs[2]).status, 204);
  EXPECT_EQ(state(jobs[2]).at("state"), "done");
}

TEST(Api, KeepsNothingOfRefusedAndCancelledJobs) {
  RunningServer server;
  const std::string photo = noise_png(24, 17), unfit = mask_png(8, 8, 1, 1, 3, 3);
  const auto kept = [&server] {
    const std::string text = server.get("/metrics").body;
    const std::string name = "\nlama_image_bytes ";
    return std::stoul(text.substr(text.find(name) + name.size()));
  };
  EXPECT_EQ(kept(), 0U);
  const Answer refused = server.post(
      "/api/v1/jobs", form({{"image", "a.png", photo}, {"mask", "m.png", unfit}}), kFormHeaders);
  EXPECT_EQ(refused.status, 422);
  EXPECT_EQ(kept(), 0U);
  // A waiting job counts with its mask, and both go when it is cancelled.
  const std::string mask = mask_png(24, 17, 3, 3, 9, 9);
  std::vector<std::string> jobs;
  for (int i = 0; i < 2; ++i) {
    const Answer started = server.post("/api/v1/jobs",
                                       form({{"request", "", R"({"model": "gate"})"},
                                             {"image", "a.png", photo},
                                             {"mask", "m.png", mask}}),
                                       kFormHeaders);
    ASSERT_EQ(started.status, 202) << started.body;
    jobs.push_back(started.json().at("id"));
  }
  EXPECT_EQ(kept(), 2 * (photo.size() + mask.size()));
  for (const std::string& job : jobs) server.remove("/api/v1/jobs/" + job);
  server.open_gate();
  for (const std::string& job : jobs) server.wait(job);
  server.wait_for_metric("lama_image_bytes 0");
}

TEST(Api, AdmitsTheTokenAndNoOtherSite) {
  server::Options options;
  options.token = "secret";
  const RunningServer guarded(std::move(options));
  EXPECT_EQ(guarded.get("/api/v1/capabilities").status, 401);
  EXPECT_EQ(guarded.get("/api/v1/capabilities", {{"Authorization", "Bearer secreT"}}).error_code(),
            "unauthorized");
  EXPECT_EQ(guarded.get("/api/v1/capabilities", {{"Authorization", "Bearer secret"}}).status, 200);
  EXPECT_EQ(guarded.get("/api/v1/capabilities", {{"Authorization", "bearer secret"}}).status, 200);
  for (const char* wrong : {"bearer SECRET", "Basic secret", "secret", "Bearer", "Bearer "}) {
    EXPECT_EQ(guarded.get("/api/v1/capabilities", {{"Authorization", wrong}}).status, 401) << wrong;
  }
  EXPECT_EQ(guarded.get("/healthz").status, 200);
  EXPECT_EQ(guarded.get("/healthz", {{"Host", "lama.example"}}).status, 200);

  const RunningServer open;
  const std::string here = "127.0.0.1:" + std::to_string(open.port());
  EXPECT_EQ(open.get("/healthz", {{"Host", here}}).status, 200);
  EXPECT_EQ(open.get("/healthz", {{"Host", "[::1]:80"}}).status, 200);
  const auto wrong = open.get("/healthz", {{"Host", "rebound.example"}});
  EXPECT_EQ(wrong.error_code(), "wrong_host");
  EXPECT_NE(wrong.body.find("start lama serve with --trusted-host rebound.example"),
            std::string::npos);
  EXPECT_EQ(open.get("/healthz", {{"Host", "127.0.0.1.rebound.example"}}).status, 403);
  EXPECT_EQ(open.get("/healthz", {{"Host", "localhost.rebound.example"}}).status, 403);
  EXPECT_EQ(open.get("/healthz", {{"Host", here}, {"Origin", "http://" + here}}).status, 200);
  // The absolute form, whose host counts.
  EXPECT_EQ(open.get("http://" + here + "/healthz").status, 200);
  EXPECT_EQ(open.get("HTTP://" + here + "/healthz", {{"Host", "other.example"}}).status, 200);
  EXPECT_EQ(open.get("http://" + here).headers.at("content-type"), "text/html; charset=utf-8");
  EXPECT_EQ(open.get("http://rebound.example/healthz", {{"Host", here}}).error_code(),
            "wrong_host");
  EXPECT_EQ(open.get("http:///healthz", {{"Host", here}}).status, 400);
  for (const char* origin : {"http://evil.example", "null", "http://127.0.0.1:1"}) {
    for (const char* site : {"cross-site", "same-site", "none", "Same-Origin", ""}) {
      EXPECT_EQ(open.get("/healthz", {{"Host", here}, {"Origin", origin}, {"Sec-Fetch-Site", site}})
                    .error_code(),
                "wrong_origin")
          << origin << ' ' << site;
    }
  }
  EXPECT_NE(open.get("/healthz", {{"Host", here}, {"Origin", "https://photos.example:8443"}})
                .body.find("--trusted-host photos.example\""),
            std::string::npos);
  // A browser whose proxy on this machine replaced the Host.
  const testing::Headers through_proxy = {{"Origin", "http://127.0.0.1:9090"},
                                          {"Sec-Fetch-Site", "same-origin"}};
  testing::Headers replaced = through_proxy, rebound = through_proxy;
  replaced.emplace_back("Host", here);
  rebound.emplace_back("Host", "rebound.example");
  EXPECT_EQ(open.get("/healthz", replaced).status, 200);
  EXPECT_EQ(open.get("/healthz", rebound).error_code(), "wrong_host");
  // The scheme's own port, which browsers leave out.
  EXPECT_EQ(open.get("/healthz", {{"Host", "localhost:80"}, {"Origin", "http://localhost"}}).status,
            200);
  EXPECT_EQ(
      open.get("/healthz", {{"Host", "localhost:443"}, {"Origin", "https://localhost"}}).status,
      200);
  EXPECT_EQ(open.get("/healthz", {{"Host", "localhost:80"}, {"Origin", "https://localhost"}})
                .error_code(),
            "wrong_origin");

  // Behind a proxy that keeps the Host, or replaces it.
  server::Options proxied;
  proxied.trusted_hosts = {"photos.example", "Other.example."};
  const RunningServer trusting(std::move(proxied));
  for (const char* host :
       {"photos.example", "PHOTOS.example:8443", "photos.example.", "other.example"}) {
    EXPECT_EQ(trusting.get("/healthz", {{"Host", host}}).status, 200) << host;
  }
  EXPECT_EQ(trusting.get("/healthz", {{"Host", "evil.photos.example"}}).error_code(), "wrong_host");
  EXPECT_EQ(trusting.get("/healthz", {{"Host", here}, {"Origin", "https://photos.example"}}).status,
            200);
  for (const char* origin : {"https://evil.example", "https://photos.example.evil", "null"}) {
    EXPECT_EQ(trusting.get("/healthz", {{"Host", here}, {"Origin", origin}}).error_code(),
              "wrong_origin");
  }
}

TEST(Api, LetsPagesOfTrustedHostsReadAnswers) {
  server::Options options;
  options.token = "secret";
  options.trusted_hosts = {"photos.example"};
  const RunningServer server(std::move(options));
  const testing::Headers page = {{"Host", "localhost"}, {"Origin", "https://photos.example:8443"}};
  // Before a request with a token browsers ask without one.
  const Answer allowed = ask(server.port(), "OPTIONS", "/api/v1/jobs", {}, page);
  EXPECT_EQ(allowed.status, 204) << allowed.body;
  EXPECT_EQ(allowed.headers.at("access-control-allow-origin"), "https://photos.example:8443");
  EXPECT_EQ(allowed.headers.at("access-control-allow-methods"), "GET, POST, DELETE");
  EXPECT_EQ(allowed.headers.at("access-control-allow-headers"), "Authorization, Content-Type");
  testing::Headers with_token = page;
  with_token.emplace_back("Authorization", "Bearer secret");
  const Answer read = server.get("/api/v1/model", with_token);
  EXPECT_EQ(read.status, 200);
  EXPECT_EQ(read.headers.at("access-control-allow-origin"), "https://photos.example:8443");
  EXPECT_EQ(read.headers.at("vary"), "Origin");
  EXPECT_EQ(server.get("/api/v1/model", page).status, 401);
  // Others learn nothing, and the server's own page needs nothing.
  const Answer foreign = ask(server.port(), "OPTIONS", "/api/v1/jobs", {},
                             {{"Host", "localhost"}, {"Origin", "https://evil.example"}});
  EXPECT_EQ(foreign.status, 403);
  EXPECT_FALSE(foreign.headers.contains("access-control-allow-origin"));
  const Answer own =
      server.get("/healthz", {{"Host", "localhost"}, {"Origin", "http://localhost"}});
  EXPECT_EQ(own.status, 200);
  EXPECT_FALSE(own.headers.contains("access-control-allow-origin"));
  EXPECT_EQ(ask(server.port(), "OPTIONS", "/healthz").status, 405);
}

}  // namespace
}  // namespace lama::internal
