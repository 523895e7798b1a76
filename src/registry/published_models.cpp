#include "registry/published_models.h"

#include <algorithm>
#include <array>
#include <vector>

#include "base/similar_name.h"

namespace lama::internal::registry {

std::string PublishedModel::file_name() const {
  return urls.front().substr(urls.front().rfind('/') + 1);
}

std::span<const PublishedModel> published_models() {
  static const std::array<PublishedModel, 6> kModels = {{
      {.name = "big-lama",
       .description = "the authors' best for photographs (18 blocks), in their own archive",
       .general = true,
       .urls = {"https://huggingface.co/smartywu/big-lama/resolve/"
                "05cb2be7f8dbe6ca7c6e78f4fc827a4b2baaa4a9/big-lama.zip"},
       .bytes = 381428720,
       .sha256 = "f1b358ca24093b93a106183b98a3dea6e8ed09f3b43ea7251eb2c81e7b4575f6"},
      {.name = "big-lama-torchscript",
       .description = "big-lama as IOPaint and simple-lama load it: a smaller download",
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
  std::vector<std::string> names;
  for (const PublishedModel& model : published_models()) names.emplace_back(model.name);
  return similar_name(misspelt, names);
}

}  // namespace lama::internal::registry
