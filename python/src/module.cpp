// lama._lama: arrays and errors between Python and include/lama/lama.hpp. What the arguments may
// be, and what becomes of Pillow images, is decided in lama/_model.py.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <iterator>
#include <lama/lama.hpp>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>

namespace nb = nanobind;
using namespace nb::literals;

namespace {

using Pixels = nb::ndarray<nb::ro, nb::c_contig, nb::device::cpu>;
using Values = nb::ndarray<const std::uint8_t, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
using Result = nb::ndarray<nb::c_contig, nb::device::cpu>;

/// Work without the GIL, for the life of this object. At its end Python ends daemon threads when
/// they ask for the GIL, which in the midst of C++ aborts the process: so it waits until none is
/// here, but not for a callback that never returns.
class LongCall {
 public:
  LongCall() { check(); }

  /// To be called now and then. Lets Python act on ctrl-C, and throws what the signal's handler
  /// raised. When Python ends it returns in the thread that ends it alone.
  static void check() {
    if (python_ends && std::this_thread::get_id() != ending) {
      --running;
      while (true) pause();
    }
    const nb::gil_scoped_acquire gil;
    if (PyErr_CheckSignals() != 0) throw nb::python_error();
  }

  static void end_all() {
    if (process != getpid()) return;  // the calls are a parent's
    const nb::gil_scoped_release no_gil;
    ending = std::this_thread::get_id();
    python_ends = true;
    for (int waited = 0; running != 0 && waited < 1000; ++waited) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }

 private:
  struct Counted {
    Counted() { ++running; }
    ~Counted() { --running; }
    Counted(const Counted&) = delete;
    Counted& operator=(const Counted&) = delete;
  };

  static inline const pid_t process = getpid();
  static inline std::atomic<int> running = 0;
  static inline std::atomic<bool> python_ends = false;
  static inline std::thread::id ending;  // written before python_ends

  Counted counted_;  // until the GIL is here again
  nb::gil_scoped_release no_gil_;
};

/// The value whose name is at the same place among `names`.
template <typename Value, std::size_t count>
Value named(const std::string& name, const char* option, const char* const (&names)[count]) {
  const auto* const found = std::find(std::begin(names), std::end(names), name);
  if (found != std::end(names)) return static_cast<Value>(found - std::begin(names));
  std::string all;
  for (const char* const one : names) all += (all.empty() ? "" : ", ") + std::string(one);
  throw std::invalid_argument(std::string(option) + " must be one of " + all + ", not " + name);
}

lama::Sample sample_of(const Pixels& pixels) {
  if (pixels.dtype() == nb::dtype<std::uint8_t>()) return lama::Sample::u8;
  if (pixels.dtype() == nb::dtype<std::uint16_t>()) return lama::Sample::u16;
  if (pixels.dtype() == nb::dtype<float>()) return lama::Sample::f32;
  throw std::invalid_argument("the picture's samples must be uint8, uint16 or float32");
}

lama::Picture picture_of(const Pixels& pixels) {
  const std::size_t channels = pixels.ndim() == 3 ? pixels.shape(2) : 1;
  if (pixels.ndim() < 2 || pixels.ndim() > 3 || channels < 1 || channels > 4) {
    throw std::invalid_argument("the picture must have the shape (H, W) or (H, W, 1 to 4)");
  }
  return {.pixels = pixels.data(),
          .width = static_cast<int>(std::min<std::size_t>(pixels.shape(1), 1'000'001)),
          .height = static_cast<int>(std::min<std::size_t>(pixels.shape(0), 1'000'001)),
          .layout = static_cast<lama::Layout>(channels),
          .sample = sample_of(pixels)};
}

/// A model that threads may share: one fills at a time, the others wait without the GIL.
class Model {
 public:
  Model(const std::optional<nb::bytes>& path, int threads, const std::string& precision)
      : model_(
            open(path, threads, named<lama::Precision>(precision, "precision", {"f32", "bf16"}))) {}

  const lama::Model& get() const { return model_; }

  /// False if `progress` stopped the work.
  bool inpaint(const Pixels& image, const std::optional<Values>& mask, const Result& output,
               lama::Options options, const nb::object& progress) {
    const lama::Picture picture = picture_of(image);
    lama::MaskValues values;
    if (mask) {
      values = {.values = mask->data(),
                .width = static_cast<int>(std::min<std::size_t>(mask->shape(1), 1'000'001)),
                .height = static_cast<int>(std::min<std::size_t>(mask->shape(0), 1'000'001))};
    }
    options.progress = [&progress](double done) {
      LongCall::check();
      if (progress.is_none()) return true;
      const nb::gil_scoped_acquire gil;
      return !progress(done).is(nb::handle(Py_False));
    };
    if (user_ == std::this_thread::get_id()) {
      throw std::runtime_error("the model is at work: its progress callback cannot use it");
    }
    if (process_ != getpid()) {
      throw std::runtime_error("a process before fork() opened the model: open another one");
    }
    const LongCall call;
    std::unique_lock lock(busy_, std::defer_lock);
    while (!lock.try_lock_for(std::chrono::milliseconds(100))) LongCall::check();
    struct InUse {
      std::atomic<std::thread::id>& user;
      explicit InUse(std::atomic<std::thread::id>& by) : user(by) {
        user = std::this_thread::get_id();
      }
      ~InUse() { user = std::thread::id(); }
    } const in_use(user_);
    return model_.inpaint(picture, values, {.pixels = output.data()}, options);
  }

 private:
  static lama::Model open(const std::optional<nb::bytes>& path, int threads,
                          lama::Precision precision) {
    const auto progress = [](double) {
      LongCall::check();
      return true;
    };
    const std::string name = path ? std::string(path->c_str(), path->size()) : "";
    const LongCall call;
    return path ? lama::Model(name, threads, precision, progress)
                : lama::Model(threads, precision, progress);
  }

  lama::Model model_;
  const pid_t process_ = getpid();
  std::timed_mutex busy_;
  std::atomic<std::thread::id> user_;
};

/// An error whose text may have the bytes of a file's name, which need not be UTF-8.
void set_error(PyObject* type, const char* text) {
  PyErr_SetObject(type, nb::steal(PyUnicode_DecodeFSDefault(text)).ptr());
}

void translate(const std::exception_ptr& exception, void* /*unused*/) {
  try {
    std::rethrow_exception(exception);
  } catch (const std::invalid_argument& error) {
    set_error(PyExc_ValueError, error.what());
  } catch (const std::runtime_error& error) {
    set_error(PyExc_RuntimeError, error.what());
  }
}

}  // namespace

NB_MODULE(_lama, module) {
  nb::set_leak_warnings(false);  // a daemon thread keeps its model when Python ends
  nb::register_exception_translator(translate);
  module.attr("__version__") = lama::version();
  nb::module_::import_("atexit").attr("register")(nb::cpp_function(&LongCall::end_all));
  nb::class_<Model>(module, "Model")
      .def(nb::init<const std::optional<nb::bytes>&, int, const std::string&>(), "path"_a.none(),
           "threads"_a, "precision"_a)
      .def_prop_ro("name",
                   [](const Model& model) {
                     const std::string& name = model.get().name();
                     return nb::bytes(name.data(), name.size());
                   })
      .def_prop_ro("description", [](const Model& model) { return model.get().description(); })
      .def_prop_ro("parameter_count",
                   [](const Model& model) { return model.get().parameter_count(); })
      .def_prop_ro("size_multiple", [](const Model& model) { return model.get().size_multiple(); })
      .def(
          "inpaint",
          [](Model& model, const Pixels& image, const std::optional<Values>& mask,
             const Result& output, const std::optional<int> dilate,
             const std::optional<int> feather, double mask_threshold, bool invert_mask,
             bool fill_transparent, const std::string& strategy, const std::string& detail,
             const std::string& match, std::size_t memory_limit, bool published,
             const nb::object& progress) {
            using lama::Options;
            return model.inpaint(
                image, mask, output,
                {.mask_threshold = mask_threshold,
                 .invert_mask = invert_mask,
                 .fill_transparent = fill_transparent,
                 .dilate = dilate,
                 .feather = feather,
                 .strategy = named<Options::Strategy>(strategy, "strategy",
                                                      {"auto", "full", "crop", "resize"}),
                 .detail = named<Options::Detail>(detail, "detail", {"auto", "off", "on"}),
                 .match = named<Options::Match>(match, "match", {"auto", "off"}),
                 .memory_limit = memory_limit,
                 .published = published},
                progress);
          },
          "image"_a, "mask"_a.none(), "output"_a, nb::kw_only(), "dilate"_a.none(),
          "feather"_a.none(), "mask_threshold"_a, "invert_mask"_a, "fill_transparent"_a,
          "strategy"_a, "detail"_a, "match"_a, "memory_limit"_a, "published"_a,
          "progress"_a.none());
}
