// What workers do, fail to do and are kept from doing.
#include "server/worker_client.h"

#include <climits>
#include <utility>

#include "server/http.h"
#include "server/tasks.h"
#include "tests/server/running_server.h"

namespace lama::internal {
namespace {

using testing::mask_png;
using testing::noise_png;
using testing::RunningServer;

/// The job of a small picture with this model, when it has ended.
nlohmann::json job_with(const RunningServer& server, const std::string& model) {
  const std::string id = server.upload(noise_png(24, 17));
  const std::string mask = server.upload(mask_png(24, 17, 3, 3, 9, 9));
  return server.wait(
      server.start({{"image", id}, {"mask", mask}, {"model", model}}).json().at("id"));
}

TEST(WorkerClient, OneCrashCostsOneJob) {
  const RunningServer server;
  const auto crashed = job_with(server, "bus");
  EXPECT_EQ(crashed.at("state"), "failed");
  EXPECT_NE(crashed.at("error").at("message").get<std::string>().find("signal 7"),
            std::string::npos)
      << crashed;
  EXPECT_EQ(job_with(server, "small").at("state"), "done");
}

TEST(WorkerClient, AFailedJobDoesNotSayWhereTheModelLies) {
  const RunningServer server;
  const auto failed = job_with(server, "secret");
  EXPECT_EQ(failed.at("error").at("message"), "the model secret cannot be opened");
  EXPECT_EQ(job_with(server, "small").at("state"), "done");
}

TEST(WorkerClient, OptionsArriveAsTheyWereSent) {
  FillOptions options;
  options.dilate = 7;
  options.mask_threshold = 0.25;
  options.invert_mask = true;
  options.strategy = Strategy::resize;
  options.memory_limit = 123456789;
  const auto sent = server::to_task(options);
  EXPECT_EQ(server::to_task(server::options_from(sent)), sent);
  const FillOptions arrived = server::options_from(sent);
  EXPECT_EQ(arrived.dilate, 7);
  EXPECT_EQ(arrived.feather, std::nullopt);
  EXPECT_EQ(arrived.mask_threshold, 0.25);
  EXPECT_TRUE(arrived.invert_mask);
  EXPECT_EQ(arrived.strategy, Strategy::resize);
  EXPECT_EQ(arrived.memory_limit, 123456789U);
}

// The reader need not trust the writer.
TEST(WorkerClient, RefusesFactsOfNoPicture) {
  const auto facts = server::to_task(server::PictureFacts{.width = 3, .height = 4});
  EXPECT_EQ(server::facts_from(facts).height, 4);
  for (const char* field : {"width", "height"}) {
    auto wrong = facts;
    wrong[field] = 0;
    EXPECT_THROW(server::facts_from(wrong), Error) << field;
  }
  auto wrong = facts;
  wrong["format"] = 1000;
  EXPECT_THROW(server::facts_from(wrong), Error);
}

TEST(WorkerClient, RefusesBoxesOutsideThePicture) {
  EXPECT_EQ(server::box_from({1, 2, 3, 4}, {4, 6}), (Box{1, 2, 3, 4}));
  for (const auto& [width, height] : {std::pair{3, 6}, {4, 5}}) {
    EXPECT_THROW(server::box_from({1, 2, 3, 4}, {width, height}), Error);
  }
  EXPECT_THROW(server::box_from({-1, 0, 2, 2}, {4, 6}), Error);
  EXPECT_THROW(server::box_from({1, 2, INT_MAX, INT_MAX}, {4, 6}), Error);
}

TEST(WorkerClient, RefusesAFillWhoseBoxLiesOutsideThePicture) {
  server::WorkerClient client({LAMA_WORKER, testing::small_model(), "/nowhere"},
                              {.pixels = 1000, .memory = 0, .silence = std::chrono::seconds(60)});
  const std::string text = testing::error_of([&client] {
    client.fill({.photo = {1},
                 .mask = {1},
                 .name = "photo.png",
                 .model = "liar",
                 .wanted = [] { return true; },
                 .progress = [](double /*done*/) {}});
  });
  EXPECT_EQ(text, "the box 0,0,24,18 does not lie in 24 x 17 pixels");
}

// The server sends an answer of this status, with a body.
TEST(WorkerClient, AWorkersErrorHasTheStatusOfAnError) {
  for (const auto& [told, expected] :
       {std::pair{422, 422}, {507, 507}, {1000, 500}, {-1, 500}, {204, 500}, {101, 500}}) {
    try {
      server::rethrow({{"error", "why"}, {"status", told}, {"code", "some"}, {"field", ""}});
      ADD_FAILURE() << told;
    } catch (const server::HttpError& error) {
      EXPECT_EQ(error.status, expected) << told;
      EXPECT_EQ(error.code, "some");
    }
  }
}

}  // namespace
}  // namespace lama::internal
