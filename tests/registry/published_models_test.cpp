#include "registry/published_models.h"

#include <set>

#include "tests/testing.h"

namespace lama::internal::registry {
namespace {

TEST(PublishedModels, AreWellFormed) {
  std::set<std::string> names, hashes;
  for (const PublishedModel& model : published_models()) {
    EXPECT_TRUE(names.insert(model.name).second) << model.name;
    // Names become file names.
    EXPECT_EQ(model.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz-"), std::string::npos);
    EXPECT_FALSE(model.description.empty());
    EXPECT_FALSE(model.urls.empty());
    for (const std::string& url : model.urls) EXPECT_TRUE(url.starts_with("https://")) << url;
    // A known hash implies a known size.
    EXPECT_EQ(model.sha256.empty(), model.bytes == 0) << model.name;
    if (model.sha256.empty()) continue;
    EXPECT_EQ(model.sha256.size(), 64U);
    EXPECT_EQ(model.sha256.find_first_not_of("0123456789abcdef"), std::string::npos);
    EXPECT_TRUE(hashes.insert(model.sha256).second) << model.name;
  }
}

TEST(PublishedModels, AreFoundByTheirNames) {
  EXPECT_EQ(find_published("big-lama")->file_name(), "big-lama.zip");
  EXPECT_EQ(find_published("big-lama-torchscript")->file_name(), "big-lama.pt");
  EXPECT_EQ(find_published("embedded"), nullptr);
  EXPECT_EQ(find_published(""), nullptr);
}

TEST(PublishedModels, MisspeltNamesAreGuessed) {
  EXPECT_EQ(nearest_name("big-llama"), "big-lama");
  EXPECT_EQ(nearest_name("biglama"), "big-lama");
  EXPECT_EQ(nearest_name("lama_fourier"), "lama-fourier");
  EXPECT_EQ(nearest_name("stable-diffusion"), std::nullopt);
  EXPECT_EQ(nearest_name(""), std::nullopt);
}

}  // namespace
}  // namespace lama::internal::registry
