#include "training/data/tar_pictures.h"

#include <fmt/format.h>

#include <map>
#include <optional>
#include <utility>

#include "base/error.h"
#include "base/file_reader.h"
#include "codecs/eight_bit_rgb.h"
#include "codecs/file_limit.h"
#include "codecs/format.h"
#include "codecs/picture.h"
#include "training/data/brace_pattern.h"

namespace lama::internal::training {
namespace {

std::vector<TarMember> index(const std::string& shard) {
  const FileReader file(shard);
  return read_tar_index(
      file.size(), [&file](auto offset, auto into) { file.read(offset, into); }, shard);
}

/// The first dot of the last part of a member's name, where WebDataset's key ends; npos if there is
/// no key.
std::size_t end_of_key(const std::string& name) {
  const std::size_t last = name.rfind('/') + 1;  // 0 without a slash
  const std::size_t dot = name.find('.', last);
  return dot == last ? std::string::npos : dot;
}

/// The format of a picture by its member's name; nothing for KEY.txt and KEY.segmentation.png.
std::optional<codecs::Format> format_of(const std::string& name) {
  const std::size_t dot = end_of_key(name);
  if (dot == std::string::npos || name.rfind('.') != dot) return std::nullopt;
  return codecs::format_by_name(name);
}

}  // namespace

TarPictures::TarPictures(const std::vector<std::string>& patterns) {
  for (const std::string& pattern : patterns) {
    const std::size_t before = pictures_.size();
    for (const std::string& shard : expand_braces(pattern)) add_shard(shard);
    if (pictures_.size() == before) {
      throw Error(fmt::format(
          "{}: no training pictures (KEY.jpg, KEY.png, ...) in WebDataset's shards", pattern));
    }
  }
}

void TarPictures::add_shard(const std::string& shard) {
  std::map<std::string, std::size_t> places;  // of keys, in pictures_
  for (TarMember& member : index(shard)) {
    const auto format = format_of(member.name);
    if (!format) continue;
    const auto [place, is_new] =
        places.try_emplace(member.name.substr(0, end_of_key(member.name)), pictures_.size());
    if (is_new) {
      pictures_.push_back({shards_.size(), std::move(member)});
    } else if (*format == codecs::Format::jpeg) {
      pictures_[place->second].member = std::move(member);
    }
  }
  shards_.push_back(shard);
}

std::string TarPictures::name(std::size_t i) const {
  return fmt::format("{}: {}", shards_[pictures_[i].shard], pictures_[i].member.name);
}

Image TarPictures::read(std::size_t i) const {
  const auto& [shard, member] = pictures_[i];
  if (member.size > codecs::kMaxFileBytes) throw Error(name(i) + ": more than a gigabyte");
  // Opened for each picture: there may be more shards than a process may have files open.
  std::vector<std::uint8_t> bytes = FileReader(shards_[shard]).read(member.offset, member.size);
  return codecs::eight_bit_rgb(codecs::read_picture(std::move(bytes), name(i), "photo"));
}

}  // namespace lama::internal::training
