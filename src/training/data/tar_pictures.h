#pragma once

#include <string>
#include <vector>

#include "training/data/pictures.h"
#include "training/data/tar_index.h"

namespace lama::internal::training {

/// The pictures in WebDataset's shards: plain tar archives. Their headers are read once, and each
/// picture when it is asked for, so that pictures of all shards can be mixed without the published
/// shuffle buffer. Of several members with one key (the name up to the first dot of its last part)
/// the JPEG is meant, as in the published code, and if there is none, the first picture.
class TarPictures : public Pictures {
 public:
  /// `patterns` as expand_braces takes them: "train/part{00000..00039}.tar".
  /// Throws Error if a shard is missing or damaged, or one of the patterns has no pictures.
  explicit TarPictures(const std::vector<std::string>& patterns);

  std::size_t size() const override { return pictures_.size(); }
  std::string name(std::size_t i) const override;
  Image read(std::size_t i) const override;

 private:
  struct Place {
    std::size_t shard;
    TarMember member;
  };

  void add_shard(const std::string& shard);

  std::vector<std::string> shards_;
  std::vector<Place> pictures_;
};

}  // namespace lama::internal::training
