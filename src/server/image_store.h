// Stores uploaded pictures and results until they are unused for a while.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <utility>

#include "codecs/format.h"
#include "server/json_text.h"
#include "server/stored_file.h"

namespace lama::internal::server {

using Clock = std::chrono::steady_clock;

/// 32 random hexadecimal digits.
std::string new_id();

/// The facts that a picture's file gives.
struct PictureFacts {
  codecs::Format format = codecs::Format::png;
  int width = 0, height = 0;  ///< upright
  int bit_depth = 8;          ///< of a sample in memory: 8, 16, or 32 for floats
  bool alpha = false;
  std::string colour;  ///< the colour profile's name; empty if there is none
};

struct StoredImage : PictureFacts {
  std::string id;
  std::string name;  ///< as uploaded, without folders
  std::shared_ptr<const StoredFile> file;
};

/// Thread-safety: all functions may be called from any thread.
class ImageStore {
 public:
  struct Limits {
    std::size_t bytes;         ///< of all files
    std::size_t images;        ///< their number
    std::chrono::seconds ttl;  ///< after their last use
  };
  /// `now` is the clock; thread-safe.
  explicit ImageStore(Limits limits, std::function<Clock::time_point()> now = Clock::now)
      : limits_(limits), now_(std::move(now)) {}

  /// Keeps a picture's file. Throws StorageFull.
  std::shared_ptr<const StoredImage> add(const PictureFacts& facts,
                                         std::span<const std::uint8_t> file,
                                         const std::string& name);
  /// Stores a file that belongs to a picture, such as its mask, as long as it is referred to.
  /// Counts among all files' bytes. Throws StorageFull.
  std::shared_ptr<const StoredFile> keep(std::span<const std::uint8_t> file);
  /// Restarts the image's time. Throws NotFound.
  std::shared_ptr<const StoredImage> find(const std::string& id);
  /// Does nothing if the image does not exist.
  void remove(const std::string& id);
  /// Removes images that were unused for too long.
  void purge();

  struct Usage {
    std::size_t bytes, images;
  };
  Usage usage() const;
  std::chrono::seconds ttl() const { return limits_.ttl; }

 private:
  struct Entry {
    std::shared_ptr<const StoredImage> image;
    Clock::time_point used;
  };
  Clock::time_point oldest() const { return now_() - limits_.ttl; }
  [[noreturn]] static void refuse_full();

  const Limits limits_;
  const std::function<Clock::time_point()> now_;
  mutable std::mutex mutex_;
  std::map<std::string, Entry> entries_;
  /// Of all existing files, including those that are only being sent or filled.
  std::shared_ptr<std::atomic<std::size_t>> bytes_ = std::make_shared<std::atomic<std::size_t>>(0);
};

/// The media type of a format, such as image/jpeg.
const char* media_type(codecs::Format format);
/// Its name in the API, such as jpeg.
const char* api_name(codecs::Format format);
/// `name` with the ending of `format`.
std::string renamed(const std::string& name, codecs::Format format);

/// In the API's form.
JsonText json_of(const StoredImage& image, std::chrono::seconds ttl);

}  // namespace lama::internal::server
