// PyTorch runs the files in tests/differential/exports_fill_as_the_engine.py.
#include "export/torch_script.h"

#include "tests/export/models.h"
#include "tests/testing.h"
#include "tests/weights/fixtures.h"

namespace lama::internal::exporting {
namespace {

namespace fs = std::filesystem;
using testing::error_of;
using testing::TemporaryFolder;

TEST(TorchScript, IsReadBackAsTheSameNetwork) {
  const TemporaryFolder folder;
  for (const char* const name : {"networks/odd", "networks/shallow", "options/regular"}) {
    const weights::ModelFile model = testing::exported_model(name);
    write_torch_script(model, folder / "x.pt");
    const weights::ModelFile read = weights::open_model(folder / "x.pt");
    EXPECT_EQ(read.format, "TorchScript archive");
    EXPECT_EQ(model::to_json(read.network.config), model::to_json(model.network.config));
    for (const model::Parameter& parameter : model::parameters(model.network)) {
      EXPECT_EQ(testing::bits(read.tensors->read(parameter.name)),
                testing::bits(model.tensors->read(parameter.name)))
          << parameter.name;
    }
  }
}

TEST(TorchScript, TheSameModelGivesTheSameBytes) {
  const weights::ModelFile model = testing::exported_model("networks/odd");
  const TemporaryFolder folder;
  write_torch_script(model, folder / "a.pt");
  write_torch_script(model, folder / "b.pt");
  EXPECT_EQ(testing::get(folder / "a.pt"), testing::get(folder / "b.pt"));
}

TEST(TorchScript, ReplacesTheTargetOfALinkAndKeepsItsMode) {
  const weights::ModelFile model = testing::exported_model("networks/odd");
  const TemporaryFolder folder;
  write_torch_script(model, folder / "old.pt");
  fs::permissions(folder / "old.pt", fs::perms(0600));
  fs::create_symlink("old.pt", folder / "link.pt");
  write_torch_script(model, folder / "link.pt");
  EXPECT_TRUE(fs::is_symlink(folder / "link.pt"));
  EXPECT_EQ(fs::status(folder / "old.pt").permissions(), fs::perms(0600));
  EXPECT_EQ(folder.entries(), 2);
}

TEST(TorchScript, AnExceptionLeavesNothing) {
  const weights::ModelFile model = testing::exported_model("networks/odd");
  const TemporaryFolder folder;
  const auto stop = [] { throw Error("stopped"); };
  EXPECT_EQ(error_of([&] { write_torch_script(model, folder / "x.pt", stop); }), "stopped");
  EXPECT_EQ(folder.entries(), 0);
  EXPECT_NE(
      error_of([&] { write_torch_script(model, folder / "none" / "x.pt"); }).find("none/x.pt"),
      std::string::npos);
}

}  // namespace
}  // namespace lama::internal::exporting
