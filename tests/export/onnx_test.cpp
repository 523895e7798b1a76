// tests/differential/exports_fill_as_the_engine.py compares the files' results in other programs'
// runtimes.
#include "export/onnx.h"

#include <map>
#include <string_view>
#include <vector>

#include "tests/export/models.h"
#include "tests/testing.h"
#include "tests/weights/fixtures.h"

namespace lama::internal::exporting {
namespace {

using testing::error_of;
using testing::TemporaryFolder;

/// The fields of a message: texts and messages as bytes, numbers as nothing.
std::multimap<std::uint64_t, std::string_view> fields(std::string_view bytes) {
  std::size_t at = 0;
  const auto varint = [&] {
    std::uint64_t value = 0;
    for (int shift = 0;; shift += 7) {
      const auto byte = static_cast<unsigned char>(bytes.at(at++));
      value |= std::uint64_t{byte & 0x7FU} << shift;
      if (byte < 0x80) return value;
    }
  };
  std::multimap<std::uint64_t, std::string_view> result;
  while (at < bytes.size()) {
    const std::uint64_t tag = varint();
    std::string_view value;
    if (tag % 8 == 0) {
      varint();
    } else {
      const std::uint64_t size = tag % 8 == 5 ? 4 : varint();
      EXPECT_LE(size, bytes.size() - at);
      value = bytes.substr(at, size);
      at += size;
    }
    result.emplace(tag / 8, value);
  }
  return result;
}

TEST(Onnx, AFileIsOneModelWithItsTensors) {
  const weights::ModelFile model = testing::exported_model("networks/odd");
  const TemporaryFolder folder;
  for (const auto& fixed : {std::optional<PictureSize>(), std::optional(PictureSize{24, 16})}) {
    write_onnx(model, folder / "x.onnx", fixed);
    const auto bytes = testing::get(folder / "x.onnx");
    const std::string text(bytes.begin(), bytes.end());
    const auto file = fields(text);
    ASSERT_EQ(file.count(7), 1U);
    const auto graph = fields(file.find(7)->second);
    EXPECT_EQ(graph.count(11), 2U);  // inputs
    EXPECT_EQ(graph.count(12), 1U);  // an output
    std::map<std::string_view, std::string_view> tensors;
    const auto initializers = graph.equal_range(5);
    for (auto it = initializers.first; it != initializers.second; ++it) {
      const auto tensor = fields(it->second);
      EXPECT_TRUE(tensors.emplace(tensor.find(8)->second, tensor.find(9)->second).second);
    }
    for (const model::Parameter& parameter : model::parameters(model.network)) {
      ASSERT_TRUE(tensors.contains(parameter.name)) << parameter.name;
      const std::vector<float> values = model.tensors->read(parameter.name);
      const std::string_view stored = tensors[parameter.name];
      EXPECT_EQ(stored.size(), values.size() * sizeof(float));
      // The Fourier unit's channels have another order.
      if (parameter.name.find(".fu.") != std::string::npos) continue;
      EXPECT_EQ(stored, std::string_view(reinterpret_cast<const char*>(values.data()),
                                         values.size() * sizeof(float)));
    }
    EXPECT_EQ(text.find("DFT") == std::string::npos, fixed.has_value());
  }
}

TEST(Onnx, RefusesSizesThatTheNetworkCannotRunAt) {
  const weights::ModelFile model = testing::exported_model("networks/odd");
  const TemporaryFolder folder;
  for (const PictureSize size : {PictureSize{25, 16}, {0, 16}, {16, -4}, {16, 40000}}) {
    EXPECT_NE(error_of([&] { write_onnx(model, folder / "x.onnx", size); }).find("multiples of 4"),
              std::string::npos);
  }
  EXPECT_EQ(folder.entries(), 0);
}

TEST(Onnx, AnExceptionLeavesNothing) {
  const weights::ModelFile model = testing::exported_model("networks/odd");
  const TemporaryFolder folder;
  const auto stop = [] { throw Error("stopped"); };
  EXPECT_EQ(error_of([&] { write_onnx(model, folder / "x.onnx", {}, stop); }), "stopped");
  EXPECT_EQ(folder.entries(), 0);
}

}  // namespace
}  // namespace lama::internal::exporting
