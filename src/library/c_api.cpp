// include/lama/lama.h over include/lama/lama.hpp.
#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <type_traits>

#include "lama/lama.h"
#include "lama/lama.hpp"

namespace {

/// Stands for this thread until it ends, which an id does not: it is used again. Null before the
/// thread's first call.
thread_local std::shared_ptr<const char> this_thread;

/// Why functions failed. A text that was given out stays as it is.
class Errors {
 public:
  /// Keeps the text of the last function that this thread called; "" if it did not fail. If even
  /// that fails, the status alone has to do.
  void set(const char* text) noexcept {
    const std::lock_guard lock(mutex_);
    last_ = "";
    try {
      const std::string wanted = text;
      if (texts_.size() < kMostTexts || texts_.contains(wanted)) {
        last_ = texts_.insert(wanted).first->c_str();
      } else {
        last_ = "another error: too many different ones to keep its text";
      }
      keep_for_this_thread();
    } catch (const std::exception&) {
      if (const auto found = of_thread_.find(this_thread); found != of_thread_.end()) {
        of_thread_.erase(found);
      }
    }
  }
  /// This thread's last text; for a thread that has called nothing, the last text of all threads.
  const char* text() const noexcept {
    const std::lock_guard lock(mutex_);
    const auto found = of_thread_.find(this_thread);
    return found == of_thread_.end() ? last_ : found->second;
  }

 private:
  static constexpr std::size_t kMostTexts = 1000;

  void keep_for_this_thread() {
    if (!this_thread) this_thread = std::make_shared<const char>('\0');
    const auto found = of_thread_.find(this_thread);
    if (found != of_thread_.end()) {
      found->second = last_;
      return;
    }
    std::erase_if(of_thread_, [](const auto& entry) { return entry.first.expired(); });
    of_thread_.emplace(this_thread, last_);
  }

  mutable std::mutex mutex_;
  std::set<std::string> texts_;
  const char* last_ = "";
  std::map<std::weak_ptr<const char>, const char*, std::owner_less<>> of_thread_;
};

}  // namespace

struct lama_model {
  std::optional<lama::Model> model;  // nothing if it could not be opened
  Errors errors;
};

namespace {

constexpr const char* kNoModel = "no model: a null pointer was given, or there was no memory";
constexpr const char* kNoMemory = "out of memory";
constexpr const char* kCancelled = "cancelled";

lama_status fail(lama_model* model, lama_status status, const char* text) noexcept {
  model->errors.set(text);
  return status;
}

/// Runs `function`, which returns a status, and lets no exception out.
template <typename Function>
lama_status guarded(lama_model* model, Function&& function) noexcept {
  model->errors.set("");
  try {
    return function();
  } catch (const std::invalid_argument& error) {
    return fail(model, LAMA_BAD_ARGUMENT, error.what());
  } catch (const std::bad_alloc&) {
    return fail(model, LAMA_OUT_OF_MEMORY, kNoMemory);
  } catch (const std::exception& error) {
    return fail(model, LAMA_FAILED, error.what());
  } catch (...) {  // from a callback written in C++
    return fail(model, LAMA_FAILED, "a callback threw something that is no std::exception");
  }
}

void require(const void* pointer, const char* name) {
  if (pointer == nullptr) throw std::invalid_argument(std::string(name) + " is a null pointer");
}

/// The size that a struct had in its first version. Structs that have got fields since are named.
template <typename Struct>
constexpr std::size_t first_size() {
  if constexpr (std::is_same_v<Struct, lama_options>) return offsetof(lama_options, detail);
  return sizeof(Struct);
}

/// The struct_size of a caller's struct, which is at least that of the first version.
template <typename Struct>
std::size_t checked_size(const Struct* given, const char* name) {
  constexpr std::size_t kFirst = first_size<Struct>();
  constexpr std::size_t kLargest = 4096;  // more was not set by anybody
  require(given, name);
  const std::size_t size = given->struct_size;
  if (size < kFirst || size > kLargest) {
    throw std::invalid_argument(std::string(name) + ".struct_size is " + std::to_string(size) +
                                ": set it to sizeof(" + name + ")");
  }
  return size;
}

/// The caller's struct as this version knows it. Fields that an older caller's struct lacks are 0;
/// the fields beyond in a newer caller's struct must be 0.
template <typename Struct>
Struct known_part(const Struct* given, const char* name) {
  const std::size_t size = checked_size(given, name);
  const auto* bytes = reinterpret_cast<const unsigned char*>(given);
  for (std::size_t i = sizeof(Struct); i < size; ++i) {
    if (bytes[i] != 0) {
      throw std::invalid_argument(std::string(name) + " has fields that this version (" +
                                  lama::version() + ") does not know");
    }
  }
  Struct known{};
  std::memcpy(&known, given, std::min(size, sizeof known));
  return known;
}

lama::Picture picture_from(const lama_picture* given) {
  const auto picture = known_part(given, "lama_picture");
  return {.pixels = picture.pixels,
          .width = picture.width,
          .height = picture.height,
          // The numbers are the same. Model::inpaint refuses numbers that are no layout or sample
          // type.
          .layout = static_cast<lama::Layout>(picture.layout),
          .sample = static_cast<lama::Sample>(picture.sample),
          .stride = picture.stride};
}

/// A number of pixels in which 0 stands for the default.
std::optional<int> pixels_from(std::int32_t given) {
  if (given == 0) return std::nullopt;
  return given == LAMA_NONE ? 0 : given;
}

lama::Options options_from(const lama_options* given) {
  lama::Options options;
  if (given == nullptr) return options;
  const auto known = known_part(given, "lama_options");
  if (known.mask_threshold != 0) options.mask_threshold = known.mask_threshold;
  options.invert_mask = known.invert_mask != 0;
  options.fill_transparent = known.fill_transparent != 0;
  options.dilate = pixels_from(known.dilate);
  options.feather = pixels_from(known.feather);
  options.strategy = static_cast<lama::Options::Strategy>(known.strategy);
  options.detail = static_cast<lama::Options::Detail>(known.detail);
  options.match = static_cast<lama::Options::Match>(known.match);
  options.published = known.published != 0;
  options.memory_limit = known.memory_limit;
  if (known.progress != nullptr) {
    options.progress = [progress = known.progress, user = known.user](double done) {
      return progress(done, user) != 0;
    };
  }
  if (known.log != nullptr) {
    options.log = [log = known.log, user = known.user](const std::string& sentence) {
      log(sentence.c_str(), user);
    };
  }
  return options;
}

lama::Host host_from(const lama_host* given) {
  lama::Host host;
  if (given == nullptr) return host;
  const auto known = known_part(given, "lama_host");
  if (known.run != nullptr) {
    host.run = [known](int count, const std::function<void(int)>& job) {
      // The job is only read.
      known.run(
          count,
          [](int i, void* data) { (*static_cast<const std::function<void(int)>*>(data))(i); },
          const_cast<std::function<void(int)>*>(&job), known.user);
    };
  }
  if (known.allocate != nullptr) {
    host.allocate = [known](std::size_t bytes) { return known.allocate(bytes, known.user); };
  }
  if (known.release != nullptr) {
    host.release = [known](void* memory) { known.release(memory, known.user); };
  }
  return host;
}

/// `mask` may be null where `options` fill what is transparent.
lama::MaskValues mask_from(const lama_mask* mask, const lama::Options& options) {
  if (mask == nullptr && options.fill_transparent) return {};
  const auto known = known_part(mask, "lama_mask");
  return {known.values, known.width, known.height, known.stride};
}

/// Makes *model and opens it with `open`.
template <typename Open>
lama_status open_with(lama_model** model, Open&& open) noexcept {
  if (model == nullptr) return LAMA_BAD_ARGUMENT;
  *model = new (std::nothrow) lama_model;
  if (*model == nullptr) return LAMA_OUT_OF_MEMORY;
  return guarded(*model, [&] { return open((*model)->model); });
}

lama::Model& opened(lama_model* model) {
  if (!model->model) throw std::invalid_argument("the model could not be opened: close it");
  return *model->model;
}

lama::Precision precision_of(int precision) {
  if (precision == LAMA_PRECISION_F32) return lama::Precision::f32;
  if (precision == LAMA_PRECISION_BF16) return lama::Precision::bf16;
  throw std::invalid_argument(
      fmt::format("precision takes LAMA_PRECISION_F32 or LAMA_PRECISION_BF16, not {}", precision));
}

}  // namespace

const char* lama_version(void) { return lama::version(); }

lama_status lama_open(const char* path, int threads, int precision, lama_model** model) {
  const lama_open_options options = {.struct_size = sizeof options,
                                     .threads = threads,
                                     .precision = precision,
                                     .progress = nullptr,
                                     .user = nullptr,
                                     .host = nullptr,
                                     .safetensors = nullptr,
                                     .size = 0};
  return lama_open_with(path, &options, model);
}

lama_status lama_open_with(const char* path, const lama_open_options* options, lama_model** model) {
  return open_with(model, [&](auto& opened) {
    lama_open_options known{};
    if (options != nullptr) known = known_part(options, "lama_open_options");
    bool cancelled = false;
    lama::OpenProgress progress;
    if (known.progress != nullptr) {
      progress = [&](double done) {
        cancelled = known.progress(done, known.user) == 0;
        return !cancelled;
      };
    }
    const lama::Precision precision = precision_of(known.precision);
    const lama::Host host = host_from(known.host);
    try {
      if (known.safetensors != nullptr) {
        require(path, "path, the name of the bytes,");
        opened.emplace(known.safetensors, known.size, path, known.threads, precision, progress,
                       host);
      } else if (path == nullptr) {
        opened.emplace(known.threads, precision, progress, host);
      } else {
        opened.emplace(path, known.threads, precision, progress, host);
      }
    } catch (const std::runtime_error&) {
      if (!cancelled) throw;
      return fail(*model, LAMA_CANCELLED, kCancelled);
    }
    return LAMA_OK;
  });
}

lama_status lama_share(lama_model* model, int threads, lama_model** shared) {
  return open_with(shared, [&](auto& made) {
    require(model, "model");
    made.emplace(opened(model).share(threads));
    return LAMA_OK;
  });
}

void lama_close(lama_model* model) { delete model; }

const char* lama_error_text(const lama_model* model) {
  return model == nullptr ? kNoModel : model->errors.text();
}

lama_status lama_get_info(lama_model* model, lama_info* info) {
  if (model == nullptr) return LAMA_BAD_ARGUMENT;
  return guarded(model, [&] {
    const std::size_t size = checked_size(info, "lama_info");
    const lama::Model& from = opened(model);
    // Fields of a newer caller that are not known here are 0.
    std::memset(reinterpret_cast<unsigned char*>(info), 0, size);
    *info = {.struct_size = size,
             .name = from.name().c_str(),
             .description = from.description().c_str(),
             .parameter_count = from.parameter_count(),
             .size_multiple = from.size_multiple()};
    return LAMA_OK;
  });
}

lama_status lama_inpaint(lama_model* model, const lama_picture* picture, const lama_mask* mask,
                         void* output, ptrdiff_t output_stride, const lama_options* options) {
  if (model == nullptr) return LAMA_BAD_ARGUMENT;
  return guarded(model, [&] {
    const lama::Options chosen = options_from(options);
    const bool done = opened(model).inpaint(picture_from(picture), mask_from(mask, chosen),
                                            {.pixels = output, .stride = output_stride}, chosen);
    return done ? LAMA_OK : fail(model, LAMA_CANCELLED, kCancelled);
  });
}

lama_status lama_estimate_inpaint(lama_model* model, const lama_picture* picture,
                                  const lama_mask* mask, const lama_options* options,
                                  lama_estimate* estimate) {
  if (model == nullptr) return LAMA_BAD_ARGUMENT;
  return guarded(model, [&] {
    const std::size_t size = checked_size(estimate, "lama_estimate");
    const lama::Options chosen = options_from(options);
    const lama::Estimate from =
        opened(model).estimate(picture_from(picture), mask_from(mask, chosen), chosen);
    std::memset(reinterpret_cast<unsigned char*>(estimate), 0, size);
    *estimate = {.struct_size = size, .memory = from.memory, .seconds = from.seconds.value_or(-1)};
    return LAMA_OK;
  });
}
