// The photographs a network learns from.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "image/image.h"
#include "training/config/picture_source.h"

namespace lama::internal::training {

/// Pictures that can be read in any order. Thread-safety: const functions may run at the same time.
class Pictures {
 public:
  virtual ~Pictures() = default;
  Pictures(const Pictures&) = delete;
  Pictures& operator=(const Pictures&) = delete;

  virtual std::size_t size() const = 0;
  /// The picture's name in messages: its file, or its shard and its place there.
  virtual std::string name(std::size_t i) const = 0;
  /// Upright, 8 bits, sRGB; alpha is left out. Throws Error if it cannot be read.
  virtual Image read(std::size_t i) const = 0;

 protected:
  Pictures() = default;
};

/// Throws Error if a folder or shard of `indir` is missing. It reads none of them.
void require_pictures(PictureSource source, const std::vector<std::string>& indir);

/// The pictures of all of `indir`: folders, or patterns for the names of shards. Throws Error,
/// which names the wanted files, if there are none in one of them.
std::unique_ptr<Pictures> open_pictures(PictureSource source,
                                        const std::vector<std::string>& indir);

}  // namespace lama::internal::training
