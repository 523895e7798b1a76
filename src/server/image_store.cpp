#include "server/image_store.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/random.h>

#include <array>
#include <ctime>
#include <iterator>
#include <stdexcept>
#include <utility>

#include "codecs/format_table.h"
#include "server/errors.h"

namespace lama::internal::server {

std::string new_id() {
  std::array<std::uint8_t, 16> random = {};
  if (::getrandom(random.data(), random.size(), 0) != static_cast<ssize_t>(random.size())) {
    throw std::runtime_error("the system gives no random numbers");
  }
  std::string id;
  for (const std::uint8_t byte : random) id += fmt::format("{:02x}", byte);
  return id;
}

std::shared_ptr<const StoredImage> ImageStore::add(const PictureFacts& facts,
                                                   std::span<const std::uint8_t> file,
                                                   const std::string& name) {
  auto image = std::make_shared<StoredImage>();
  static_cast<PictureFacts&>(*image) = facts;
  image->id = new_id();
  image->name = name;
  purge();
  image->file = keep(file);
  const std::lock_guard lock(mutex_);
  if (entries_.size() >= limits_.images) refuse_full();
  entries_[image->id] = {image, now_()};
  return image;
}

void ImageStore::refuse_full() {
  throw StorageFull("the server's storage of pictures is full: delete some, or try later");
}

std::shared_ptr<const StoredFile> ImageStore::keep(std::span<const std::uint8_t> file) {
  // Reserve the room before the long write, so that simultaneous uploads do not exceed it.
  const std::size_t size = file.size();
  const auto give_back = [bytes = bytes_, size](const void*) { *bytes -= size; };
  if (bytes_->fetch_add(size) + size > limits_.bytes) {
    give_back(nullptr);
    refuse_full();
  }
  const std::shared_ptr<const void> room(this, give_back);
  auto stored = std::make_shared<const StoredFile>(file);
  const StoredFile* const kept = stored.get();
  return {kept, [room, stored = std::move(stored)](const StoredFile*) {}};
}

std::shared_ptr<const StoredImage> ImageStore::find(const std::string& id) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(id);
  if (found == entries_.end() || found->second.used < oldest()) {
    throw NotFound(fmt::format("image {} does not exist (any more)", id));
  }
  found->second.used = now_();
  return found->second.image;
}

void ImageStore::remove(const std::string& id) {
  decltype(entries_)::node_type removed;  // the file closes without the lock
  const std::lock_guard lock(mutex_);
  removed = entries_.extract(id);
}

void ImageStore::purge() {
  decltype(entries_) removed;  // large files take long to close: without the lock
  const std::lock_guard lock(mutex_);
  for (auto entry = entries_.begin(); entry != entries_.end();) {
    const auto next = std::next(entry);
    if (entry->second.used < oldest()) removed.insert(entries_.extract(entry));
    entry = next;
  }
}

ImageStore::Usage ImageStore::usage() const {
  const std::lock_guard lock(mutex_);
  return {*bytes_, entries_.size()};
}

const char* media_type(codecs::Format format) { return codecs::row_of(format).media_type; }

const char* api_name(codecs::Format format) { return media_type(format) + sizeof "image/" - 1; }

std::string renamed(const std::string& name, codecs::Format format) {
  return name.substr(0, name.find_last_of('.')) + '.' + api_name(format);
}

JsonText json_of(const StoredImage& image, std::chrono::seconds ttl) {
  const std::time_t expires = std::time(nullptr) + ttl.count();
  return {{"id", image.id},
          {"width", image.width},
          {"height", image.height},
          {"format", api_name(image.format)},
          {"type", media_type(image.format)},
          {"bit_depth", image.bit_depth},
          {"alpha", image.alpha},
          {"colour", image.colour.empty() ? JsonText(nullptr) : JsonText(image.colour)},
          {"name", image.name},
          {"expires", fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(expires))}};
}

}  // namespace lama::internal::server
