// Selections of objects, by a server in this process.
#include "select/select.h"

#include "tests/server/running_server.h"

namespace lama::internal {
namespace {

using testing::Answer;
using testing::form;
using testing::kFormHeaders;
using testing::mask_png;
using testing::RunningServer;
using testing::text_of_file;
namespace fs = std::filesystem;

class Selections : public ::testing::Test {
 protected:
  Answer select(const nlohmann::json& request) const {
    return server_.post(path_, request.dump(), {{"Content-Type", "application/json"}});
  }
  Answer select_by_file(const std::string& scribble) const {
    return server_.post(path_, form({{"scribble", "scribble.png", scribble}}), kFormHeaders);
  }
  static Mask mask_of(const Answer& answer) {
    EXPECT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(answer.headers.at("content-type"), "image/png");
    return mask_from(codecs::read_picture(answer.bytes(), "answer", "mask").image);
  }

  const fs::path photo_ = fs::path(LAMA_SOURCE_DIR) / "examples/dandelions.jpg";
  const Image image_ = testing::read_image(photo_);
  const RunningServer server_;
  const std::string id_ = server_.upload(text_of_file(photo_), "dandelions.jpg");
  const std::string path_ = "/api/v1/images/" + id_ + "/selections";
  const std::string scribble_ = mask_png(960, 540, 740, 405, 830, 417);
};

TEST_F(Selections, ByABoxAreMasksOfThePicturesSize) {
  const Mask mask = mask_of(select({{"box", "705,345,162,195"}}));
  EXPECT_EQ(mask.missing, select::select_in_box(image_, {705, 345, 162, 195}).missing);
}

TEST_F(Selections, ByAScribbleTakeAFileOrAnId) {
  const Mask mask = mask_of(select_by_file(scribble_));
  const Mask scribble = mask_from(
      codecs::read_picture({scribble_.begin(), scribble_.end()}, "scribble", "mask").image);
  EXPECT_EQ(mask.missing, select::select_by_scribble(image_, scribble).missing);
  EXPECT_EQ(mask_of(select({{"scribble", server_.upload(scribble_)}})).missing, mask.missing);
}

TEST_F(Selections, RefuseWhatCannotBeMeant) {
  const auto fails = [](const Answer& answer, int status, const std::string& code) {
    EXPECT_EQ(answer.status, status) << answer.body;
    EXPECT_EQ(answer.error_code(), code) << answer.body;
  };
  fails(select(nlohmann::json::object()), 400, "missing_field");
  fails(select({{"box", "0,0,9,9"}, {"scribble", server_.upload(scribble_)}}), 400,
        "duplicate_field");
  fails(select({{"circle", "0,0,9"}}), 400, "unknown_field");
  for (const char* box : {"0,0,961,10", "0,0,0,1", "-1,0,5,5", "0,0,5", "0,0,5,5,", ""}) {
    fails(select({{"box", box}}), 400, "bad_field");
  }
  fails(select({{"scribble", "nowhere"}}), 404, "not_found");
  fails(select_by_file("no picture"), 415, "unsupported_format");
  fails(select_by_file(mask_png(9, 9, 1, 1, 3, 3)), 422, "size_mismatch");
  fails(select_by_file(mask_png(960, 540, 0, 0, 0, 0)), 422, "nothing_found");
  fails(server_.post("/api/v1/images/nowhere/selections", R"({"box":"0,0,1,1"})"), 404,
        "not_found");
}

}  // namespace
}  // namespace lama::internal
