#include "plugin/build_id.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "tests/testing.h"

namespace lama::internal::plugin {
namespace {

using testing::TemporaryFolder;

void write(const TemporaryFolder& tree, const std::string& name, const std::string& text) {
  std::filesystem::create_directories((tree / name).parent_path());
  std::ofstream(tree / name) << text;
}

std::string file_made_for(const TemporaryFolder& tree) {
  const std::string output = (tree / "build_id.cpp").string();
  const std::string command = std::string("'") + LAMA_CMAKE + "' -DTREE='" + tree.path().string() +
                              "' -DOUTPUT='" + output +
                              "' -P '" LAMA_SOURCE_DIR "/cmake/build_id.cmake'";
  if (std::system(command.c_str()) != 0) ADD_FAILURE() << command;  // NOLINT(concurrency-mt-unsafe)
  std::ostringstream text;
  text << std::ifstream(output).rdbuf();
  return text.str();
}

TEST(BuildId, HasSixteenHexadecimalDigits) {
  const std::string id = build_id();
  EXPECT_EQ(id.size(), 16U);
  EXPECT_TRUE(std::all_of(id.begin(), id.end(), [](unsigned char c) { return std::isxdigit(c); }));
}

TEST(BuildId, IsTheSameInAnotherFolderWithTheSameSources) {
  const TemporaryFolder first, second;
  for (const TemporaryFolder* tree : {&first, &second}) {
    write(*tree, "src/engine/tensor.h", "struct Tensor;\n");
    write(*tree, "include/lama/lama.h", "int lama;\n");
  }
  write(second, "docs/index.md", "No source.\n");
  EXPECT_NE(file_made_for(first).find("build_id() { return \""), std::string::npos);
  EXPECT_EQ(file_made_for(first), file_made_for(second));
}

TEST(BuildId, IsAnotherAfterASourceWasChangedRenamedOrAdded) {
  const TemporaryFolder tree;
  write(tree, "src/engine/tensor.h", "struct Tensor;\n");
  const std::string before = file_made_for(tree);
  write(tree, "src/engine/tensor.h", "struct Tensor {};\n");
  const std::string changed = file_made_for(tree);
  std::filesystem::rename(tree / "src/engine/tensor.h", tree / "src/engine/view.h");
  const std::string renamed = file_made_for(tree);
  write(tree, "src/engine/tensor.h", "struct Tensor {};\n");
  const std::string added = file_made_for(tree);
  EXPECT_NE(before, changed);
  EXPECT_NE(changed, renamed);
  EXPECT_NE(renamed, added);
  EXPECT_NE(added, changed);
}

}  // namespace
}  // namespace lama::internal::plugin
