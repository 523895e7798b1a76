#include "plugin/open_module.h"

#include "plugin/build_id.h"
#include "tests/testing.h"

namespace lama::internal::plugin {
namespace {

namespace fs = std::filesystem;

TEST(OpenModule, RefusesAModuleOfOtherSourcesAndNamesBothFiles) {
  const std::string error = testing::error_of([] { load_module(LAMA_OTHER_MODULE); });
  EXPECT_NE(error.find(std::string(LAMA_OTHER_MODULE) + ": built from other sources (0.2.0)"),
            std::string::npos)
      << error;
  EXPECT_NE(error.find(fs::read_symlink("/proc/self/exe").string()), std::string::npos) << error;
  EXPECT_NE(error.find(build_id()), std::string::npos) << error;
  EXPECT_NE(error.find("build and install both together"), std::string::npos) << error;
}

TEST(OpenModule, AFileThatIsNoLibraryIsAnError) {
  const std::string error = testing::error_of([] { load_module(testing::data("nothing.so")); });
  EXPECT_NE(error.find("nothing.so: cannot be loaded"), std::string::npos) << error;
}

}  // namespace
}  // namespace lama::internal::plugin
