#include "server/worker_client.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/error.h"
#include "image/mask.h"
#include "server/http.h"
#include "server/tasks.h"

namespace lama::internal::server {
namespace {

using Json = nlohmann::json;
using sandbox::Message;

std::vector<std::uint8_t> file_of(Message answer) {
  if (answer.parts.size() != 1) throw Error("no file came back");
  return std::move(answer.parts[0]);
}

/// The most bytes of a file that a worker makes: uncompressed floats with alpha, and metadata.
std::uint64_t most_bytes(const WorkerClient::Limits& limits) {
  constexpr std::uint64_t kPixel = 4 * sizeof(float), kMetadata = 64U << 20;
  const std::uint64_t bytes = kPixel * limits.pixels + kMetadata;
  return limits.memory > 0 ? std::min<std::uint64_t>(bytes, limits.memory) : bytes;
}

}  // namespace

WorkerClient::WorkerClient(const std::vector<std::string>& command, Limits limits)
    : limits_(limits),
      pictures_(command, limits.silence, most_bytes(limits)),
      fills_(command, limits.silence, most_bytes(limits)) {}

Message WorkerClient::run(sandbox::WorkerPool& pool, sandbox::Task task) {
  task.message.head["pixels"] = limits_.pixels;
  task.message.head["memory_limit"] = limits_.memory;
  Message answer;
  try {
    answer = pool.run(task);
  } catch (const sandbox::WorkerDied& death) {
    if (death.out_of_memory) throw HttpError(507, "out_of_memory", death.what());
    throw HttpError(500, "internal", death.what());
  } catch (const sandbox::TookTooLong& late) {
    throw HttpError(503, "timeout", late.what());
  }
  rethrow(answer.head);
  return answer;
}

Message WorkerClient::run_picture(Json head, std::vector<std::span<const std::uint8_t>> files,
                                  const Abandoned& abandoned) {
  sandbox::Task task;
  task.message.head = std::move(head);
  task.parts = std::move(files);
  task.wanted = [abandoned] { return abandoned == nullptr || !*abandoned; };
  return run(pictures_, std::move(task));
}

PictureFacts WorkerClient::inspect(std::span<const std::uint8_t> file, const std::string& name,
                                   const Abandoned& abandoned) {
  return facts_from(
      run_picture({{"task", "inspect"}, {"name", name}, {"what", "photo"}}, {file}, abandoned)
          .head);
}

void WorkerClient::inspect_mask(std::span<const std::uint8_t> file, const StoredImage& picture,
                                const Abandoned& abandoned) {
  run_picture({{"task", "inspect"},
               {"name", "mask"},
               {"what", "mask"},
               {"size", {picture.width, picture.height}},
               {"picture", picture.name}},
              {file}, abandoned);
}

std::vector<std::uint8_t> WorkerClient::preview(const StoredImage& image,
                                                const std::optional<Box>& region, int longest,
                                                std::optional<codecs::Format> format,
                                                const Abandoned& abandoned) {
  Json head = {{"task", "preview"}, {"name", image.name}, {"longest", longest}};
  if (region) head["region"] = to_task(*region);
  if (format) head["format"] = to_task(*format);
  const auto file = image.file->read();
  return file_of(run_picture(std::move(head), {file}, abandoned));
}

std::vector<std::uint8_t> WorkerClient::convert(const StoredImage& image, codecs::Format format,
                                                const std::string& name,
                                                const Abandoned& abandoned) {
  const auto file = image.file->read();
  return file_of(run_picture({{"task", "convert"},
                              {"name", image.name},
                              {"format", to_task(format)},
                              {"output_name", name}},
                             {file}, abandoned));
}

std::vector<std::uint8_t> WorkerClient::removed(const StoredImage& image, const StoredFile& mask,
                                                const FillOptions& options, const Box& box,
                                                const Abandoned& abandoned) {
  const auto file = image.file->read(), mask_file = mask.read();
  return file_of(run_picture({{"task", "removed"},
                              {"name", image.name},
                              {"options", to_task(options)},
                              {"box", to_task(box)}},
                             {file, mask_file}, abandoned));
}

std::vector<std::uint8_t> WorkerClient::select(const StoredImage& image,
                                               const std::optional<Box>& box,
                                               std::span<const std::uint8_t> scribble,
                                               const Abandoned& abandoned) {
  Json head = {{"task", "select"}, {"name", image.name}};
  const auto file = image.file->read();
  std::vector<std::span<const std::uint8_t>> files = {file};
  if (box) {
    head["box"] = to_task(*box);
  } else {
    files.push_back(scribble);
  }
  return file_of(run_picture(std::move(head), std::move(files), abandoned));
}

std::vector<std::uint8_t> WorkerClient::adjust_mask(std::span<const std::uint8_t> file,
                                                    Adjustment operation, int radius,
                                                    const Abandoned& abandoned) {
  return file_of(run_picture({{"task", "adjust_mask"},
                              {"name", "mask"},
                              {"what", "mask"},
                              {"operation", static_cast<int>(operation)},
                              {"radius", radius}},
                             {file}, abandoned));
}

void WorkerClient::open(const std::string& model, engine::Precision precision) {
  sandbox::Task task;
  task.message.head = {
      {"task", "open"}, {"model", model}, {"precision", static_cast<int>(precision)}};
  run(fills_, std::move(task));
}

Filled WorkerClient::fill(const FillTask& asked) {
  sandbox::Task task;
  task.message.head = {{"task", "fill"},
                       {"name", asked.name},
                       {"model", asked.model},
                       {"precision", static_cast<int>(asked.precision)},
                       {"options", to_task(asked.options)}};
  task.parts = {asked.photo, asked.mask};
  task.wanted = asked.wanted;
  task.news = [&asked](const Message& news) { asked.progress(news.head.at("done").get<double>()); };
  task.grace = std::chrono::seconds(1);
  Message answer = run(fills_, std::move(task));
  Filled filled;
  filled.facts = facts_from(answer.head);
  filled.pixels = answer.head.at("replaced_pixels").get<std::size_t>();
  if (filled.pixels > PixelSize{filled.facts.width, filled.facts.height}.pixels()) {
    throw Error("the process that did the work filled more pixels than the picture has");
  }
  if (filled.pixels > 0) {
    filled.replaced =
        box_from(answer.head.at("replaced"), {filled.facts.width, filled.facts.height});
  }
  filled.notes = answer.head.at("notes").get<std::vector<std::string>>();
  filled.details = answer.head.at("details").get<std::vector<std::string>>();
  filled.file = file_of(std::move(answer));
  return filled;
}

void WorkerClient::stop() {
  pictures_.stop();
  fills_.stop();
}

}  // namespace lama::internal::server
