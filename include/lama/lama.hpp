/// @file
/// lama: fills holes in pictures (large-mask inpainting, arXiv 2109.07161).
//
//   lama::Model model;                                 // the user's best; see docs/library.md
//   model.inpaint({.pixels = rgb, .width = w, .height = h},   // 8-bit RGB, rows without gaps
//                 {.values = mask, .width = w, .height = h},  // 255 where to fill
//                 {.pixels = rgb});                           // in place
//
// Principles, for everything here:
// - Pixel buffers are the caller's. They are used during a call only, and no alignment is needed.
// - A result is written when everything has succeeded, and not touched before. An exception or a
//   cancelled run leaves the output as it was.
// - Errors are exceptions, what() being one line for people: std::invalid_argument for an argument
//   that is not as it is described here, std::runtime_error for other failures (a file is missing
//   or damaged, the memory does not suffice), std::bad_alloc.
// - Nothing is printed or downloaded, and nothing found in a file is executed. The environment says
//   where models are, and is read for nothing else.
// - Threads: separate objects are independent. Several threads may use one Model: its fills take
//   turns. A Model must not be moved, assigned to or destroyed while another thread uses it. After
//   fork() a child's fills with its parent's models throw: it opens models of its own, or shares.
// - The same picture, mask, model and options give the same bits for every number of threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "lama/api.h"

namespace lama {

/// "MAJOR.MINOR.PATCH": of the library in use, which may differ from this header's.
LAMA_API const char* version() noexcept;

/// The order of a pixel's samples in memory. Alpha is straight (not multiplied in). The fourth
/// sample of rgbx and bgrx is not read, and not written in place.
enum class Layout { grey = 1, grey_alpha, rgb, rgba, bgr, bgra, rgbx, bgrx };

/// Samples: 0..255, 0..65535 (in the machine's byte order), or 0..1.
enum class Sample { u8, u16, f32 };

/// A picture to be read. Colours are taken as sRGB.
struct Picture {
  const void* pixels = nullptr;  ///< the first sample of the top row
  int width = 0;                 ///< 1 .. 1 000 000
  int height = 0;                ///< 1 .. 1 000 000
  Layout layout = Layout::rgb;   ///< the order of the samples
  Sample sample = Sample::u8;    ///< the type of each sample
  /// Bytes from a row to the one below it: negative if rows are stored bottom up, 0 if they follow
  /// each other without gaps.
  std::ptrdiff_t stride = 0;
};

/// Which pixels to fill, one byte each.
struct MaskValues {
  const std::uint8_t* values = nullptr;  ///< of the top row first
  int width = 0;                         ///< the picture's
  int height = 0;                        ///< the picture's
  std::ptrdiff_t stride = 0;             ///< as a Picture's
};

/// Where the result goes, in the picture's size, layout and samples. With the picture's own pixels
/// and stride the work is done in place: pixels that are not filled are then not even written.
/// Every other overlap of the two is refused (std::invalid_argument).
struct Output {
  void* pixels = nullptr;     ///< the first sample of the top row
  std::ptrdiff_t stride = 0;  ///< as a Picture's
};

/// The words are those of `lama inpaint` (docs/cli.md).
struct Options {
  /// See Options::strategy.
  enum class Strategy { automatic, full, crop, resize };
  /// See Options::detail.
  enum class Detail { automatic, off, on };
  /// See Options::match.
  enum class Match { automatic, off };

  /// Share of 255 from which a mask's value means "fill", above 0 and at most 1.
  double mask_threshold = 0.5;
  /// Fill where the mask does not reach the threshold.
  bool invert_mask = false;
  /// Fill the pixels of the picture that are less than half opaque, and make them opaque. Give no
  /// mask.
  bool fill_transparent = false;
  /// Pixels to grow the hole by, 0 .. 1000: a mask that hugs its object leaves a ghost of it.
  /// Absent: 5; 0 with fill_transparent or published.
  std::optional<int> dilate = std::nullopt;
  /// Width in pixels of a soft edge around the hole, 0 .. 1000. Absent: 3; 0 with fill_transparent
  /// or published.
  std::optional<int> feather = std::nullopt;
  /// The part of a large picture that the network sees: all of it, each group of holes with
  /// context, or all of it scaled down. Automatic is full up to 1024 pixels a side and crop beyond.
  Strategy strategy = Strategy::automatic;
  /// Fine detail for a fill, from the surroundings of the hole: automatic where the network sees
  /// the hole smaller than it is, on for every fill of a network. None with published.
  Detail detail = Detail::automatic;
  /// Correct the fill's shade by the network's error around the hole. Ignored with published.
  Match match = Match::automatic;
  /// Bytes to use beside the picture and the model; 0 for all that the machine has free.
  std::size_t memory_limit = 0;
  /// Give the result of the published predict.py: any mask value above 0 is a hole (mask_threshold
  /// and invert_mask do not count), the whole picture is seen, values are cut off and not rounded.
  bool published = false;
  /// Called now and then, on the thread that called inpaint, with the share of the work that is
  /// done, up to 1. Returns whether to go on. An exception from it ends the work and passes
  /// through. Calling inpaint of the same Model from it throws std::runtime_error.
  std::function<bool(double done)> progress = nullptr;
  /// Called on the thread that called inpaint, with each decision and its reason: a sentence for
  /// people. An exception from it passes through, and the output stays as it was.
  std::function<void(const std::string& sentence)> log = nullptr;
};

/// The memory and time of a fill: Model::estimate.
struct Estimate {
  /// Bytes beside the picture and the model, as Options::memory_limit counts: with this limit the
  /// network sees the same parts at the same scale. 0 for an empty mask.
  std::size_t memory = 0;
  /// Seconds of the network and the copies, at the speed of this model's last fill of each kind.
  /// Absent before the first one.
  std::optional<double> seconds = std::nullopt;
};

/// Number format of the products: float32, or bfloat16 factors with float32 sums, which is faster
/// and changes results a little (docs/performance.md). bf16 needs a processor with AVX512-BF16:
/// opening a network throws on others.
enum class Precision { f32, bf16 };

/// Called while a model opens, on the thread that opens it, with the share of the work that is
/// done, up to 1. Returns whether to go on: if not, the constructor throws std::runtime_error. An
/// exception from it passes through. If Host::run leaves that thread out, there is one call,
/// with 1.
using OpenProgress = std::function<bool(double done)>;

/// What a program lends to a model in place of the library's own: threads, memory or both. Models
/// that share weights share it. Several threads may call the functions at once, until the last such
/// model is destroyed. They must not use the library, and only allocate may throw.
struct Host {
  /// Calls job(i) once for each i from 0 to count - 1, on any threads, and returns when all calls
  /// have returned. No job waits for another, so one thread may call them in turn. `count` is at
  /// least 2 and at most the model's threads. The thread that waits here must not begin another
  /// fill with the model. Absent: the model starts threads of its own.
  std::function<void(int count, const std::function<void(int i)>& job)> run = nullptr;
  /// As malloc and free, with any alignment; both or neither. For a lack of memory allocate returns
  /// null or throws std::bad_alloc, which passes through. They serve the weights as the model keeps
  /// them, the feature maps and working memory of the network, and the pixels that copies are
  /// compared with. Other memory is the C++ library's: files while a model opens, copies of the
  /// picture, masks, tables and texts.
  std::function<void*(std::size_t bytes)> allocate = nullptr;
  std::function<void(void* memory)> release = nullptr;  ///< see allocate
};

/// A network with its weights, ready to run.
class LAMA_API Model {
 public:
  /// Opens the model that `lama inpaint` uses without --model: the one that the environment
  /// variable LAMA_MODEL names, else the best installed one, else the embedded one. `threads`
  /// compute, the caller among them: 1 .. 1024, or 0 for one per processor. The functions of `host`
  /// are copied.
  explicit Model(int threads = 0, Precision precision = Precision::f32,
                 const OpenProgress& progress = nullptr, const Host& host = {});

  /// Opens a published folder (config.yaml and models/best.ckpt), a PyTorch checkpoint, a
  /// TorchScript archive or a .safetensors file: docs/library.md. If no such file exists: an
  /// installed model of this name, or the library's own: "embedded", or "patches", which has no
  /// network and copies the surroundings of every hole.
  explicit Model(const std::filesystem::path& path, int threads = 0,
                 Precision precision = Precision::f32, const OpenProgress& progress = nullptr,
                 const Host& host = {});

  /// The same from the bytes of a .safetensors file made by `lama models convert`. They are not
  /// needed afterwards. `name` stands for the file in errors.
  Model(const void* safetensors, std::size_t size, const std::string& name, int threads = 0,
        Precision precision = Precision::f32, const OpenProgress& progress = nullptr,
        const Host& host = {});

  /// Another model with the same weights in memory: it costs its `threads` (as the constructor's)
  /// and the memory of its own fills, and the two fill at the same time. The weights stay until the
  /// last one is destroyed. May be called while other threads use this model.
  Model share(int threads = 0) const;

  ~Model();
  /// A model that was moved from can only be assigned to or destroyed.
  Model(Model&& other) noexcept;
  /// As the constructor.
  Model& operator=(Model&& other) noexcept;

  const std::string& name() const noexcept;         ///< the path or name it was opened with
  const std::string& description() const noexcept;  ///< the network's architecture, in words
  std::size_t parameter_count() const noexcept;     ///< number of trainable parameters
  /// The network sees sides that are multiples of this. Pictures may have any size: they are
  /// mirrored at their edges up to a multiple.
  int size_multiple() const noexcept;

  /// Fills the hole in `picture` and writes all of the result to `output`. Samples that are not
  /// filled keep their bits, and so does alpha everywhere, unless fill_transparent is set. Returns
  /// false if options.progress stopped it. Waits while another thread fills with this model.
  bool inpaint(const Picture& picture, const MaskValues& mask, const Output& output,
               const Options& options = {});

  /// The memory and time of inpaint with these arguments. It computes only the plan. The picture's
  /// pixels are read with fill_transparent only, and may be null otherwise. Throws as inpaint does,
  /// also if the memory limit does not suffice. May be called while other threads use this model.
  Estimate estimate(const Picture& picture, const MaskValues& mask,
                    const Options& options = {}) const;

 private:
  struct Impl;
  explicit Model(std::unique_ptr<Impl> impl) noexcept;
  std::unique_ptr<Impl> impl_;
};

}  // namespace lama
