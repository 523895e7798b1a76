#pragma once

namespace lama::internal::training {

/// The storage of training pictures: the published data.train.kind.
enum class PictureSource {
  folder,  ///< `default`: a folder with folders in it
  web,     ///< `default_web`: WebDataset's tar shards
};

}  // namespace lama::internal::training
