// What is done with the pictures of strangers: by processes of its own, each of which can be ended
// and can fail without this one (sandbox/worker_pool.h).
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
#include "inpaint/box.h"
#include "inpaint/fill_options.h"
#include "sandbox/worker_pool.h"
#include "server/image_store.h"
#include "server/iopaint_mask.h"

namespace lama::server {

/// Whoever waits has gone when it becomes true. May be null.
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
  Box replaced;                             ///< the smallest that holds all that was replaced
  std::size_t pixels = 0;                   ///< that were replaced
  std::vector<std::string> notes, details;  ///< as repair::Repair's
};

/// Functions throw what is wrong with a picture as HttpError, and Cancelled when the one who waits
/// has gone or after stop(). Thread-safety: all functions may be called from any thread.
class Work {
 public:
  struct Limits {
    std::size_t pixels, memory;    ///< memory: 0 is none
    std::chrono::seconds silence;  ///< a task in which nothing is heard for so long is ended
  };
  /// `command` starts a program that calls run_worker().
  Work(const std::vector<std::string>& command, Limits limits);

  /// Decodes a picture that was sent: is all of it there? `what` names it in errors: "photo".
  PictureFacts inspect(std::span<const std::uint8_t> file, const std::string& name,
                       const Abandoned& abandoned);
  /// The same for the mask of `picture`, whose size it must have.
  void inspect_mask(std::span<const std::uint8_t> file, const StoredImage& picture,
                    const Abandoned& abandoned);
  /// As codecs::encode_for_display() does, of `region` or of all.
  std::vector<std::uint8_t> preview(const StoredImage& image, const std::optional<Box>& region,
                                    int longest, std::optional<codecs::Format> format,
                                    const Abandoned& abandoned);
  /// The picture in another format.
  std::vector<std::uint8_t> convert(const StoredImage& image, codecs::Format format,
                                    const std::string& name, const Abandoned& abandoned);
  /// A PNG of what lay in `box` where `mask` marks it.
  std::vector<std::uint8_t> removed(const StoredImage& image, const StoredFile& mask,
                                    const FillOptions& options, const Box& box,
                                    const Abandoned& abandoned);
  /// A PNG of the mask of an object: of that in `box`, or else of that under the scribble which a
  /// picture's file shows.
  std::vector<std::uint8_t> select(const StoredImage& image, const std::optional<Box>& box,
                                   std::span<const std::uint8_t> scribble,
                                   const Abandoned& abandoned);
  /// A PNG as IOPaint's adjust_mask makes it.
  std::vector<std::uint8_t> adjust_mask(std::span<const std::uint8_t> file, Adjustment operation,
                                        int radius, const Abandoned& abandoned);

  /// Makes the model of this name ready. Throws HttpError if it cannot be.
  void open(const std::string& model, engine::Precision precision);
  Filled fill(const FillTask& asked);

  void stop();
  /// What the system cannot keep the workers from, a sentence each: known after open().
  std::vector<std::string> lost() const { return fills_.lost(); }

 private:
  sandbox::Message run(sandbox::WorkerPool& pool, sandbox::Task task);
  sandbox::Message run_picture(nlohmann::json head,
                               std::vector<std::span<const std::uint8_t>> files,
                               const Abandoned& abandoned);

  const Limits limits_;
  sandbox::WorkerPool pictures_, fills_;
};

}  // namespace lama::server
