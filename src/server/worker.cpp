#include "server/worker.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <new>
#include <nlohmann/json.hpp>
#include <optional>
#include <type_traits>
#include <utility>

#include "codecs/display.h"
#include "image/crop.h"
#include "repair/repair.h"
#include "sandbox/message.h"
#include "select/select.h"
#include "server/http.h"
#include "server/iopaint_mask.h"
#include "server/tasks.h"

namespace lama::internal::server {
namespace {

using Json = nlohmann::json;
using sandbox::Message;
using Bytes = std::vector<std::uint8_t>;

Message file(Bytes bytes) {
  Message answer{Json::object(), {}};
  answer.parts.push_back(std::move(bytes));
  return answer;
}

PictureFacts facts_of(const codecs::Picture& picture) {
  return {.format = picture.format,
          .width = picture.image.width(),
          .height = picture.image.height(),
          .bit_depth = static_cast<int>(8 * bytes_per_sample(picture.image.depth())),
          .alpha = picture.image.has_alpha(),
          .colour = codecs::colour_name(picture)};
}

/// Decodes an uploaded picture, unless it exceeds the server's limits: throws HttpError or
/// TooManyPixels before it decodes anything.
codecs::Picture read(Message& task, const codecs::Needed& needed = {}) {
  Bytes& bytes = task.parts.at(0);
  const auto name = task.head.at("name").get<std::string>();
  const auto what = task.head.value("what", "photo");
  const auto memory_limit = task.head.at("memory_limit").get<std::size_t>();
  if (memory_limit > 0) {
    const codecs::PictureSize size = codecs::read_size(bytes, name, what);
    if (size.bytes > memory_limit) {
      throw HttpError(413, "too_large",
                      fmt::format("{}: {} x {} pixels take {} bytes of memory, more than the {} of "
                                  "--memory-limit ({})",
                                  name, size.width, size.height, size.bytes, memory_limit, what));
    }
  }
  return codecs::read_needed(std::move(bytes), name, what, needed,
                             task.head.at("pixels").get<std::size_t>());
}

PixelSize size_of(const Image& image) { return {image.width(), image.height()}; }

/// Checks that a picture is complete and describes it. A mask must have its picture's size.
Message inspect(Message& task) {
  // From the head only: a few bytes can hold very many pixels, which take long to decode.
  const codecs::PictureSize size = codecs::read_size(
      task.parts.at(0), task.head.at("name").get<std::string>(), task.head.value("what", "photo"));
  if (const auto wanted = task.head.find("size"); wanted != task.head.end()) {
    require_same_size({wanted->at(0).get<int>(), wanted->at(1).get<int>()},
                      {size.width, size.height}, {task.head.at("picture").get<std::string>()});
  }
  // The smallest decoding finds damage as every other does.
  PictureFacts facts = facts_of(read(task, {.longest = 1}));
  facts.width = size.width;
  facts.height = size.height;
  return {to_task(facts), {}};
}

std::optional<codecs::Format> format_in(const Json& task) {
  const auto format = task.find("format");
  if (format == task.end()) return std::nullopt;
  return format_from(*format);
}

Message preview(Message& task) {
  const int longest = task.head.at("longest").get<int>();
  const auto region = task.head.find("region");
  if (region == task.head.end()) {
    return file(codecs::encode_for_display(read(task, {.longest = longest}), longest,
                                           format_in(task.head)));
  }
  codecs::Picture picture = read(task, {.rows = box_from(*region).bottom()});
  picture.image = crop(picture.image, box_from(*region, size_of(picture.image)));
  return file(codecs::encode_for_display(picture, longest, format_in(task.head)));
}

Message convert(Message& task) {
  const codecs::Picture picture = read(task);
  return file(codecs::encode_picture(picture.image, format_in(task.head).value(), picture, {},
                                     task.head.at("output_name").get<std::string>()));
}

/// `box` of `whole`, transparent where `hole` is not.
Image cut_out(const Image& whole, const Mask& hole, const Box& box) {
  Image cut(box.width, box.height, whole.colour_model(), true, whole.depth());
  const auto from_channels = static_cast<std::size_t>(whole.channels());
  const auto to_channels = static_cast<std::size_t>(cut.channels());
  visit_samples(whole, [&](const auto* source) {
    using Sample = std::remove_cv_t<std::remove_pointer_t<decltype(source)>>;
    auto* out = cut.samples<Sample>();
    for (int y = box.y; y < box.bottom(); ++y) {
      for (int x = box.x; x < box.right(); ++x, out += to_channels) {
        const std::size_t at =
            static_cast<std::size_t>(y) * static_cast<std::size_t>(whole.width()) +
            static_cast<std::size_t>(x);
        if (hole.missing[at] == 0) continue;
        std::copy_n(source + at * from_channels, from_channels, out);
        if (!whole.has_alpha()) out[to_channels - 1] = static_cast<Sample>(whole.max_value());
      }
    }
  });
  return cut;
}

/// PNG has no CMYK: use sRGB, with the same alpha.
Image in_srgb(const Image& cut, const ColourConverter& colour) {
  const Image srgb = colour.to_srgb(cut);
  const auto channels = static_cast<std::size_t>(cut.channels());
  Image both(cut.width(), cut.height(), 4, Depth::u16);
  visit_samples(cut, [&](const auto* source) {
    for (std::size_t i = 0; i < cut.pixels(); ++i) {
      auto* pixel = both.samples<std::uint16_t>() + 4 * i;
      std::copy_n(srgb.samples<std::uint16_t>() + 3 * i, 3, pixel);
      pixel[3] = static_cast<std::uint16_t>(
          std::lround(65535.0 * source[(i + 1) * channels - 1] / cut.max_value()));
    }
  });
  return both;
}

/// The source's pixels in the grown hole, transparent elsewhere, also in the feathered ring.
Message removed(Message& task) {
  const codecs::Picture picture = read(task);
  const FillOptions options = options_from(task.head.at("options"));
  const PixelSize size = size_of(picture.image);
  const Image mask =
      codecs::read_mask(std::move(task.parts.at(1)), size, {"the picture", "the mask"});
  const Mask hole = dilate(missing_from(mask, options), inpaint_options(options).dilate);
  const Image cut = cut_out(picture.image, hole, box_from(task.head.at("box"), size));
  return file(picture.image.colour_model() == ColourModel::cmyk
                  ? codecs::encode_bare_png(in_srgb(cut, *picture.colour))
                  : codecs::encode_picture(cut, codecs::Format::png, picture, {}, "removed.png"));
}

/// The mask of an object, from a box or from a scribble.
Message select_object(Message& task) {
  const Image photo = read(task).image;
  const auto box = task.head.find("box");
  try {
    if (box != task.head.end()) {
      return file(codecs::encode_mask_png(select::select_in_box(photo, box_from(*box))));
    }
    const Image scribble = codecs::read_mask(std::move(task.parts.at(1)), size_of(photo),
                                             {"the picture", "the scribble"});
    return file(codecs::encode_mask_png(
        select::select_by_scribble(photo, mask_from(scribble, {}, "the scribble"))));
  } catch (const select::NothingFound& nothing) {
    throw HttpError(422, "nothing_found", nothing.what(),
                    box != task.head.end() ? "box" : "scribble");
  }
}

Message adjust_mask(Message& task) {
  const Image image = read(task).image;
  const Mask mask = adjusted(mask_from(image, {.threshold = 127.0 / 255}),
                             static_cast<Adjustment>(task.head.at("operation").get<int>()),
                             task.head.at("radius").get<int>());
  // The colour of IOPaint's brush in the mask, transparent elsewhere.
  constexpr std::array<std::uint8_t, 4> kBrush = {255, 203, 0, 186};
  Image shown(mask.width, mask.height, 4, Depth::u8);
  for (std::size_t i = 0; i < mask.missing.size(); ++i) {
    if (mask.missing[i] != 0) std::copy(kBrush.begin(), kBrush.end(), shown.bytes().data() + 4 * i);
  }
  return file(codecs::encode_bare_png(shown));
}

/// Fills, with the last used model.
class FillTasks {
 public:
  FillTasks(int socket, const OpenModel& open_model) : socket_(socket), open_model_(open_model) {}

  Message open(Message& task) {
    require_network(task.head);
    return {Json::object(), {}};
  }

  Message fill(Message& task) {
    require_network(task.head);
    const auto name = task.head.at("name").get<std::string>();
    repair::Repaired repaired = repair::repair({.photo = std::move(task.parts.at(0)),
                                                .mask = std::move(task.parts.at(1)),
                                                .photo_name = name,
                                                .output_name = name,
                                                .door = Door::http},
                                               *network_, options_from(task.head.at("options")),
                                               [this](double done) { report_progress(done); });
    const repair::Repair& filled = repaired.repair;
    const Mask& replaced = filled.result.replaced;
    Message answer = file(std::move(repaired.file));
    PictureFacts facts = facts_of(filled.picture);
    facts.format = filled.format;
    answer.head = to_task(facts);
    answer.head["replaced"] = to_task(bounds_of(replaced));
    answer.head["replaced_pixels"] = replaced.count();
    answer.head["notes"] = filled.notes;
    answer.head["details"] = filled.details;
    return answer;
  }

 private:
  void require_network(const Json& task) {
    const auto model = task.at("model").get<std::string>();
    const auto precision = static_cast<engine::Precision>(task.at("precision").get<int>());
    if (network_ && model == model_ && precision == precision_) return;
    // Release the old network first: memory may not suffice for two.
    network_.reset();
    try {
      network_ = open_model_(model, precision);
    } catch (const Error& error) {
      throw HttpError(500, "bad_model", error.what());
    }
    model_ = model;
    precision_ = precision;
  }

  void report_progress(double done) const {
    pollfd waiting = {.fd = socket_, .events = POLLIN, .revents = 0};
    // Only a request to stop can arrive during a task.
    if (::poll(&waiting, 1, 0) > 0) {
      sandbox::receive(socket_);
      throw Cancelled();
    }
    sandbox::send(socket_, {{{"news", "progress"}, {"done", done}}, {}});
  }

  const int socket_;
  const OpenModel& open_model_;
  std::optional<Backend> network_;
  std::string model_;
  engine::Precision precision_ = engine::Precision::f32;
};

Message answer_of(Message& task, FillTasks& fills) {
  const auto name = task.head.at("task").get<std::string>();
  if (name == "inspect") return inspect(task);
  if (name == "preview") return preview(task);
  if (name == "convert") return convert(task);
  if (name == "removed") return removed(task);
  if (name == "select") return select_object(task);
  if (name == "adjust_mask") return adjust_mask(task);
  if (name == "open") return fills.open(task);
  if (name == "fill") return fills.fill(task);
  throw Error("there is no task " + name);
}

}  // namespace

void run_worker(int socket, const OpenModel& open_model, const std::vector<std::string>& lost) {
  FillTasks fills(socket, open_model);
  sandbox::send(socket, {{{"ready", lost}}, {}});
  while (auto task = sandbox::receive(socket)) {
    if (task->head.value("task", "") == "cancel") continue;  // it came too late
    Message answer;
    try {
      answer = answer_of(*task, fills);
    } catch (const std::bad_alloc&) {
      answer.head = to_answer(std::current_exception());
      answer.head["last"] = true;  // libraries may have lost something
    } catch (...) {
      answer.head = to_answer(std::current_exception());
    }
    task.reset();
    sandbox::send(socket, answer);
  }
}

}  // namespace lama::internal::server
