#include "cli/existing.h"

#include "tests/cli/run_program.h"

namespace lama::internal {
namespace {

using testing::run_program;

// One wording and one exit code for a path that does not exist, wherever it stands.
TEST(Existing, NamesTheMissingPathAndItsArgument) {
  const testing::TemporaryFolder folder;
  const std::string no = (folder / "no").string(), here = folder.path().string(),
                    file = "/dev/null";
  const std::string no_file = no + ": no such file (", no_folder = no + ": no such folder (",
                    neither = no + ": no such file or folder (";
  struct {
    std::vector<std::string> arguments;
    std::string message;
  } const cases[] = {
      // Before the output, whose name is no file's.
      {{"inpaint", no, file, "-o", here + "/results"}, neither + "IMAGE)"},
      {{"inpaint", here, no, "-o", here + "/results"}, neither + "MASK)"},
      {{"select", no, "--box", "1,1,2,2", "-o", here + "/o.png"}, no_file + "photo)"},
      {{"masks", "make", file, no, here}, no_folder + "INDIR)"},
      {{"masks", "make", file, here, here, "--labels", no}, no_folder + "--labels)"},
      {{"masks", "preview", file, "-o", here + "/o.png", "--labels", no}, no_folder + "--labels)"},
      {{"train", "tiny", "--resume", no}, neither + "--resume)"},
      {{"train", "tiny", "--init-from", no}, neither + "--init-from)"},
      {{"train", "tiny", "--config-dir", no}, no_folder + "--config-dir)"},
      {{"train", "tiny", "--weights", no}, no_folder + "--weights)"},
      {{"evaluate", no, here}, no_folder + "DATASET)"},
      {{"evaluate", here, no}, no_folder + "PREDICTIONS)"},
      {{"evaluate", here, here, "--weights", no}, no_folder + "--weights)"},
      {{"evaluate", here, here, "--features", no}, no_file + "--features)"},
      {{"evaluate", "--study-results", no}, no_file + "--study-results)"},
      {{"serve", "--port", "0", "--open", no}, no_file + "photo)"},
      {{"serve", "--port", "0", "--token-file", no}, no_file + "token)"},
  };
  for (const auto& [arguments, message] : cases) {
    const auto run = run_program(arguments);
    EXPECT_EQ(run.code, 1) << message;
    EXPECT_EQ(run.only_line(), "lama: " + message);
  }
}

TEST(Existing, WantsTheRightKind) {
  const testing::TemporaryFolder folder;
  const auto run = run_program({"evaluate", "a", "b", "--features", folder.path().string()});
  EXPECT_EQ(run.code, 1);
  EXPECT_EQ(run.only_line(),
            "lama: " + folder.path().string() + ": not a regular file (--features)");
}

}  // namespace
}  // namespace lama::internal
