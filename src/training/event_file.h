// Event files of TensorBoard: records of protobuf (event.proto) framed with checksums as TFRecord
// does it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "training/appended_file.h"

namespace lama::internal::training {

/// A new file in a folder that TensorBoard watches. Each record is with the system when a call
/// returns, so that a program that is killed loses none. Thread-safety: none.
class EventFile {
 public:
  /// Makes `folder` and "events.out.tfevents.SECONDS.HOST.PID.N" in it. Throws Error.
  explicit EventFile(const std::filesystem::path& folder);

  const std::filesystem::path& path() const { return file_.path(); }

  // They throw Error if the disk is full. Later calls can succeed.
  void scalar(const std::string& tag, std::int64_t step, double value);
  /// A PNG or JPEG file of `height` x `width` pixels, RGB.
  void image(const std::string& tag, std::int64_t step, std::span<const std::uint8_t> file,
             int height, int width);
  /// The distribution of those of `values` that are finite; nothing if none is.
  void histogram(const std::string& tag, std::int64_t step, std::span<const float> values);

 private:
  void append(const std::string& event);

  AppendedFile file_;
};

}  // namespace lama::internal::training
