#include "tests/cli/files.h"
#include "tests/cli/run_program.h"

namespace lama::internal {
namespace {

using testing::Finished;
using testing::put_mask;
using testing::run_program;
using testing::TemporaryFolder;
namespace fs = std::filesystem;

class SelectCommand : public ::testing::Test {
 protected:
  Finished select(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {"select", photo_});
    arguments.insert(arguments.end(), {"-o", mask_});
    return run_program(arguments);
  }

  TemporaryFolder folder_;
  const std::string photo_ = (fs::path(LAMA_SOURCE_DIR) / "examples/dandelions.jpg").string();
  const std::string mask_ = (folder_ / "mask.png").string();
};

TEST_F(SelectCommand, WritesAMaskForInpaint) {
  const Finished run = select({"--box", "705,345,162,195"});
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_NE(run.err.find("mask.png: selected 2."), std::string::npos) << run.err;
  const Image mask = testing::read_image(mask_);
  EXPECT_EQ(mask.width(), 960);
  EXPECT_EQ(mask.channels(), 1);
  const std::string scribble = (folder_ / "scribble.png").string();
  put_mask(scribble, 960, 540, 740, 405, 830, 417);
  EXPECT_EQ(select({"--scribble", scribble, "-q"}).err, "");
  EXPECT_GT(mask_from(testing::read_image(mask_)).count(), 5000U);
  EXPECT_EQ(run_program({"inpaint", "--model", testing::small_model(), photo_, mask_, "-o",
                         (folder_ / "out.jpg").string()})
                .code,
            0);
}

TEST_F(SelectCommand, SaysWhatIsWrong) {
  const auto fails = [&](const std::vector<std::string>& arguments, int code,
                         const std::string& part) {
    const Finished run = select(arguments);
    EXPECT_EQ(run.code, code) << run.err;
    EXPECT_NE(run.err.find(part), std::string::npos) << run.err;
    EXPECT_FALSE(fs::exists(mask_));
  };
  fails({}, 2, "--box or --scribble");
  fails({"--box", "1,2,3,4", "--scribble", photo_}, 2, "--box or --scribble");
  fails({"--box", "1,2,3"}, 2, "--box");
  fails({"--box", "0,0,2000,10"}, 1,
        photo_ + " is 960 x 540 pixels: --box 0,0,2000,10 reaches beyond it");
  fails({"--box", "10,10,0,50"}, 1, "--box 10,10,0,50 has no pixels");
  fails({"--scribble", "nowhere.png"}, 1, "nowhere.png: no such file (scribble)");
  const std::string black = (folder_ / "black.png").string();
  testing::put_mask(black, 960, 540, 0, 0, 0, 0);
  fails({"--scribble", black}, 1, black + ": it marks nothing: paint white on the object");
  testing::put_mask(black, 10, 10, 1, 1, 2, 2);
  fs::resize_file(black, fs::file_size(black) - 20);  // the sizes are compared before the pixels
  fails({"--scribble", black}, 1,
        photo_ + " is 960 x 540 pixels and " + black + " 10 x 10: their sizes must be equal");
  const Finished other = run_program({"select", photo_, "--box", "1,2,3,4", "-o", "mask.jpg"});
  EXPECT_EQ(other.code, 2);
  EXPECT_NE(other.err.find("must end in .png"), std::string::npos) << other.err;
}

}  // namespace
}  // namespace lama::internal
