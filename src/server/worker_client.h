// Has strangers' pictures worked on in separate processes, which can fail or be ended without harm
// to this one (sandbox/worker_pool.h).
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "codecs/format.h"
#include "engine/precision.h"
#include "image/box.h"
#include "inpaint/fill_options.h"
#include "sandbox/worker_pool.h"
#include "server/image_store.h"
#include "server/iopaint_mask.h"

namespace lama::internal::server {

/// Becomes true when the waiting client has gone. May be null.
using Abandoned = std::shared_ptr<const std::atomic<bool>>;

struct FillTask {
  std::vector<std::uint8_t> photo, mask;
  std::string name;  ///< of the photo
  std::string model;
  engine::Precision precision = engine::Precision::f32;
  FillOptions options;
  std::function<bool()> wanted;               ///< asked ten times a second
  std::function<void(double done)> progress;  ///< 0 to 1
};

struct Filled {
  std::vector<std::uint8_t> file;
  PictureFacts facts;
  Box replaced;                             ///< the smallest box around all replaced pixels
  std::size_t pixels = 0;                   ///< replaced pixels
  std::vector<std::string> notes, details;  ///< those of repair::Repair
};

/// Functions throw HttpError for faulty pictures, and Cancelled after the client has gone or after
/// stop(). Thread-safety: all functions may be called from any thread.
class WorkerClient {
 public:
  struct Limits {
    std::size_t pixels, memory;    ///< memory: 0 means no limit
    std::chrono::seconds silence;  ///< ends tasks without a message for so long
  };
  /// `command` starts a program that calls run_worker().
  WorkerClient(const std::vector<std::string>& command, Limits limits);

  /// Decodes an uploaded picture to check that it is complete.
  PictureFacts inspect(std::span<const std::uint8_t> file, const std::string& name,
                       const Abandoned& abandoned);
  /// The same for the mask of `picture`, whose size it must have.
  void inspect_mask(std::span<const std::uint8_t> file, const StoredImage& picture,
                    const Abandoned& abandoned);
  /// Like codecs::encode_for_display(), of `region` or of all.
  std::vector<std::uint8_t> preview(const StoredImage& image, const std::optional<Box>& region,
                                    int longest, std::optional<codecs::Format> format,
                                    const Abandoned& abandoned);
  /// The picture in another format.
  std::vector<std::uint8_t> convert(const StoredImage& image, codecs::Format format,
                                    const std::string& name, const Abandoned& abandoned);
  /// A PNG of the picture's pixels in `box` that `mask` marks.
  std::vector<std::uint8_t> removed(const StoredImage& image, const StoredFile& mask,
                                    const FillOptions& options, const Box& box,
                                    const Abandoned& abandoned);
  /// A PNG of an object's mask: the object in `box`, or else under the scribble in a picture's
  /// file.
  std::vector<std::uint8_t> select(const StoredImage& image, const std::optional<Box>& box,
                                   std::span<const std::uint8_t> scribble,
                                   const Abandoned& abandoned);
  /// A PNG as from IOPaint's adjust_mask.
  std::vector<std::uint8_t> adjust_mask(std::span<const std::uint8_t> file, Adjustment operation,
                                        int radius, const Abandoned& abandoned);

  /// Opens the model of this name. Throws HttpError on failure.
  void open(const std::string& model, engine::Precision precision);
  Filled fill(const FillTask& asked);

  void stop();
  /// The rights that the workers could not drop, a sentence each: known after open().
  std::vector<std::string> lost() const { return fills_.lost(); }

 private:
  sandbox::Message run(sandbox::WorkerPool& pool, sandbox::Task task);
  sandbox::Message run_picture(nlohmann::json head,
                               std::vector<std::span<const std::uint8_t>> files,
                               const Abandoned& abandoned);

  const Limits limits_;
  sandbox::WorkerPool pictures_, fills_;
};

}  // namespace lama::internal::server
