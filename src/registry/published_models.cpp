#include "registry/published_models.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

namespace lama::registry {
namespace {

/// The number of letters to insert, delete or replace to make one of the other (Levenshtein).
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0U);
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0U : 1U);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

}  // namespace

std::string PublishedModel::file_name() const {
  return urls.front().substr(urls.front().rfind('/') + 1);
}

std::span<const PublishedModel> published_models() {
  static const std::array<PublishedModel, 6> kModels = {{
      {.name = "big-lama",
       .description = "the authors' best for photographs (18 blocks), as they published it",
       .general = true,
       .urls = {"https://huggingface.co/smartywu/big-lama/resolve/"
                "05cb2be7f8dbe6ca7c6e78f4fc827a4b2baaa4a9/big-lama.zip"},
       .bytes = 381428720,
       .sha256 = "f1b358ca24093b93a106183b98a3dea6e8ed09f3b43ea7251eb2c81e7b4575f6"},
      {.name = "big-lama-torchscript",
       .description = "big-lama as IOPaint and simple-lama take it: a smaller download",
       .general = true,
       .urls = {"https://github.com/Sanster/models/releases/download/add_big_lama/big-lama.pt",
                "https://huggingface.co/okaris/simple-lama/resolve/"
                "d5706085cdbdd5eb72503fdcd9fa648e952cfa53/big-lama.pt"},
       .bytes = 205669692,
       .sha256 = "344c77bbcb158f17dd143070d1e789f38a66c04202311ae3a258ef66667a9ea9"},
      {.name = "lama-fourier",
       .description = "the paper's base model for photographs (9 blocks)",
       .general = true,
       .urls = {"https://huggingface.co/camenduru/big-lama/resolve/main/lama-places/lama-fourier/"
                "models/best.ckpt"},
       .bytes = 313967681,
       .sha256 = "b2456284b604786a88a38549432ddf2e73a5911f9868ea692b5122e89a5f1f54"},
      {.name = "lama-fourier-celeba",
       .description = "for portraits: trained on CelebA-HQ faces at 256 x 256",
       .urls = {"https://huggingface.co/camenduru/big-lama/resolve/main/lama-celeba-hq/"
                "lama-fourier/models/best.ckpt"}},
      {.name = "lama-regular-celeba",
       .description = "the same without Fourier convolutions",
       .urls = {"https://huggingface.co/camenduru/big-lama/resolve/main/lama-celeba-hq/"
                "lama-regular/models/best.ckpt"}},
      {.name = "anime-manga-big-lama",
       .description = "for drawings: big-lama fine-tuned on anime and manga, by others",
       .urls = {"https://github.com/Sanster/models/releases/download/AnimeMangaInpainting/"
                "anime-manga-big-lama.pt"},
       .bytes = 205717870,
       .sha256 = "479d3afdcb7ed2fd944ed4ebcc39ca45b33491f0f2e43eb1000bd623cfb41823"},
  }};
  return kModels;
}

const PublishedModel* find_published(std::string_view name) {
  const auto models = published_models();
  const auto found =
      std::find_if(models.begin(), models.end(),
                   [name](const PublishedModel& model) { return model.name == name; });
  return found == models.end() ? nullptr : &*found;
}

std::optional<std::string> nearest_name(std::string_view misspelt) {
  const auto models = published_models();
  const auto distance = [misspelt](const PublishedModel& model) {
    return edit_distance(misspelt, model.name);
  };
  const auto nearest =
      std::min_element(models.begin(), models.end(),
                       [&](const auto& a, const auto& b) { return distance(a) < distance(b); });
  // Beyond a third of its letters, one name is as near as another.
  if (distance(*nearest) * 3 > nearest->name.size()) return std::nullopt;
  return nearest->name;
}

}  // namespace lama::registry
