#include "inpaint/inpaint.h"

#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/thread_pool.h"
#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "codecs/picture.h"

namespace lama::cli {
namespace {

struct Options {
  std::string image, mask, output, model;
  int threads = ThreadPool::available_processors();
  int dilate = 0, feather = 0, quality = 0;
  bool published = false, json = false;
};

/// Names and durations of the stages of a run, in order.
class Stages {
 public:
  void add(const std::string& name, double seconds) { list_.emplace_back(name, seconds); }
  template <typename Work>
  auto time(const std::string& name, Work&& work) {
    const auto start = Clock::now();
    auto result = work();
    add(name, std::chrono::duration<double>(Clock::now() - start).count());
    return result;
  }
  const std::vector<std::pair<std::string, double>>& list() const { return list_; }
  double total() const { return std::chrono::duration<double>(Clock::now() - begin_).count(); }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point begin_ = Clock::now();
  std::vector<std::pair<std::string, double>> list_;
};

void run(const Options& options, const Common& common) {
  // What can fail at once fails before the long work.
  const codecs::Format format = codecs::format_for(options.output);
  require_writable(options.output);

  Stages stages;
  codecs::Picture picture =
      stages.time("read", [&] { return codecs::read_picture(options.image, "photo"); });
  if (format == codecs::Format::jpeg && picture.image.has_alpha()) {
    throw Error(fmt::format("{}: JPEG has no transparency and {} has: write a .png", options.output,
                            options.image));
  }
  const Mask mask = stages.time("mask", [&] {
    const Image image = codecs::read_picture(options.mask, "mask").image;
    return options.published ? published_mask_from(image) : mask_from(image);
  });
  const int width = picture.image.width(), height = picture.image.height();
  if (mask.width != width || mask.height != height) {
    throw Error(fmt::format("{} is {} x {} pixels and its mask {} is {} x {}: they must be equal",
                            options.image, width, height, options.mask, mask.width, mask.height));
  }
  check_interrupted();

  std::vector<std::string> notes;
  const std::size_t missing = mask.count();
  std::size_t filled = 0;
  std::string model_name = "no model";
  if (missing == 0 && format == picture.format && options.quality == 0) {
    // Not even decoded and encoded again: the same file.
    notes.push_back("the mask marks nothing: the output is a copy of the input");
    const auto bytes = read_file(options.image, SIZE_MAX);
    AtomicFile file(options.output);
    file.write(bytes);
    file.commit();
  } else {
    if (missing == 0) {
      notes.push_back("the mask marks nothing: the output shows what the input shows");
    } else if (missing == picture.image.pixels()) {
      notes.push_back("the mask marks every pixel: nothing is left to fill from");
    }
    Inpainted result;
    if (missing > 0) {
      const weights::Model model =
          stages.time("open model", [&] { return open_chosen_model(options.model); });
      const engine::Network network = stages.time("prepare model", [&] {
        return engine::Network(model.network, *model.tensors, options.threads);
      });
      check_interrupted();
      model_name = model.name;
      Progress progress(std::filesystem::path(options.image).filename().string(), !common.quiet);
      result = inpaint(
          network, std::move(picture.image), mask,
          {.dilate = options.dilate, .feather = options.feather, .truncate = options.published},
          [&progress](const engine::LayerDone& layer) {
            check_interrupted();
            progress.update(layer.done);
          });
      stages.add("prepare picture", result.prepare_seconds);
      stages.add("network", result.network_seconds);
      stages.add("compose", result.compose_seconds);
      filled = result.replaced.count();
    } else {
      result.image = std::move(picture.image);
    }
    check_interrupted();
    stages.time("write", [&] {
      codecs::write_picture(options.output, result.image, picture, {.quality = options.quality});
      return 0;
    });
  }

  const double total = stages.total();
  if (options.json) {
    nlohmann::ordered_json json = {{"output", options.output}, {"model", model_name},
                                   {"width", width},           {"height", height},
                                   {"filled_pixels", filled},  {"threads", options.threads}};
    for (const auto& [name, seconds] : stages.list()) json["seconds"][name] = seconds;
    json["seconds"]["total"] = total;
    json["peak_memory_bytes"] = peak_memory();
    json["notes"] = notes;
    print_result(json);
    return;
  }
  if (common.quiet) return;
  for (const std::string& note : notes) say("note: {}\n", note);
  if (common.verbose) {
    for (const auto& [name, seconds] : stages.list()) {
      say("{:<16}{:8.3f} s\n", name, seconds);
    }
    say("{:<16}{:8.0f} MB\n", "peak memory", static_cast<double>(peak_memory()) * 1e-6);
  }
  say("{}: filled {:.1f} % of {} x {} pixels in {:.2f} s (model: {}, {} threads)\n", options.output,
      100.0 * static_cast<double>(filled) / (double{1} * width * height), width, height, total,
      model_name, options.threads);
}

}  // namespace

void add_inpaint(CLI::App& app, const Common& common) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("inpaint", "fill the hole that a mask marks in a picture");
  command->add_option("IMAGE", options->image, "the picture, JPEG or PNG")->required();
  command
      ->add_option("MASK", options->mask,
                   "a picture of the same size, white (at least 50 %) where to fill")
      ->required();
  command
      ->add_option("-o,--output", options->output,
                   "the result, .jpg or .png; may be the input itself")
      ->required()
      ->check([](const std::string& name) {
        try {
          codecs::format_for(name);
          return std::string();
        } catch (const Error& error) {
          return std::string(error.what());
        }
      });
  command->add_option("--model", options->model, kModelHelp);
  command->add_option("--threads", options->threads, "threads to compute with")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  command->add_option("--dilate", options->dilate, "grow the hole by N pixels first")
      ->check(CLI::Range(0, 1000))
      ->capture_default_str();
  command
      ->add_option("--feather", options->feather,
                   "blend over N pixels around the hole; they are filled too")
      ->check(CLI::Range(0, 1000))
      ->capture_default_str();
  command
      ->add_option("--quality", options->quality,
                   "of a JPEG result, 1 to 100; default: the source's, or 95")
      ->check(CLI::Range(1, 100));
  command->add_flag("--published", options->published,
                    "give what the published predict.py gives: any mask value above black is a "
                    "hole, and values are cut off instead of rounded");
  command->add_flag("--json", options->json, "print a summary for programs on stdout");
  command->footer("Also -v (--verbose) and -q (--quiet), as for every command.");
  command->callback([options, &common] { run(*options, common); });
}

}  // namespace lama::cli
