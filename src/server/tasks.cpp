#include "server/tasks.h"

#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>
#include <string>
#include <variant>

#include "base/error.h"
#include "codecs/format_table.h"
#include "inpaint/option_table.h"
#include "server/http.h"

namespace lama::internal::server {

using Task = nlohmann::json;

namespace {

struct Write {
  const FillOptions& options;

  Task operator()(const Flag& type) const { return options.*type.field; }
  Task operator()(const WholeNumber& type) const {
    const auto& value = options.*type.field;
    return value ? Task(*value) : Task();
  }
  Task operator()(const Share& type) const { return options.*type.field; }
  Task operator()(const ByteCount& type) const { return options.*type.field; }
  Task operator()(const Enumeration& type) const { return type.get(options); }
};

struct Read {
  FillOptions& options;
  const Task& value;

  void operator()(const Flag& type) const { options.*type.field = value.get<bool>(); }
  void operator()(const WholeNumber& type) const {
    if (!value.is_null()) options.*type.field = value.get<int>();
  }
  void operator()(const Share& type) const { options.*type.field = value.get<double>(); }
  void operator()(const ByteCount& type) const { options.*type.field = value.get<std::size_t>(); }
  void operator()(const Enumeration& type) const { type.set(options, value.get<std::size_t>()); }
};

}  // namespace

Task to_task(const FillOptions& options) {
  Task json = Task::object();
  for (const Option& option : option_table()) {
    json[option.name] = std::visit(Write{options}, option.type);
  }
  return json;
}

FillOptions options_from(const Task& task) {
  FillOptions options;
  for (const Option& option : option_table()) {
    std::visit(Read{options, task.at(option.name)}, option.type);
  }
  return options;
}

Task to_task(codecs::Format format) { return static_cast<int>(format); }

codecs::Format format_from(const Task& task) {
  const int number = task.get<int>();
  for (const codecs::FormatRow& row : codecs::format_table()) {
    if (static_cast<int>(row.format) == number) return row.format;
  }
  throw Error(fmt::format("no picture format has the number {}", number));
}

Task to_task(const PictureFacts& facts) {
  return {{"format", to_task(facts.format)}, {"width", facts.width}, {"height", facts.height},
          {"bit_depth", facts.bit_depth},    {"alpha", facts.alpha}, {"colour", facts.colour}};
}

PictureFacts facts_from(const Task& answer) {
  PictureFacts facts;
  facts.width = answer.at("width").get<int>();
  facts.height = answer.at("height").get<int>();
  if (facts.width < 1 || facts.height < 1) throw Error("no picture came back");
  facts.format = format_from(answer.at("format"));
  facts.bit_depth = answer.at("bit_depth").get<int>();
  facts.alpha = answer.at("alpha").get<bool>();
  facts.colour = answer.at("colour").get<std::string>();
  return facts;
}

Task to_task(const Box& box) { return {box.x, box.y, box.width, box.height}; }

Box box_from(const Task& task) {
  const auto [x, y, width, height] = task.get<std::array<int, 4>>();
  return {x, y, width, height};
}

Box box_from(const Task& task, PixelSize picture) {
  const Box box = box_from(task);
  if (!is_inside(box, {0, 0, picture.width, picture.height})) {
    throw Error(fmt::format("the box {},{},{},{} does not lie in {} x {} pixels", box.x, box.y,
                            box.width, box.height, picture.width, picture.height));
  }
  return box;
}

Task to_answer(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const Cancelled&) {
    return {{"cancelled", true}};
  } catch (...) {
    const HttpError known = http_error(std::current_exception());
    return {{"error", known.what()},
            {"status", known.status},
            {"code", known.code},
            {"field", known.field}};
  }
}

void rethrow(const Task& answer) {
  if (answer.contains("cancelled")) throw Cancelled();
  if (!answer.contains("error")) return;
  // The reader need not trust the writer: other numbers make no answer with a body.
  const int status = answer.at("status").get<int>();
  const bool is_error = status >= 400 && status <= 599;
  throw HttpError(is_error ? status : 500, answer.at("code").get<std::string>(),
                  answer.at("error").get<std::string>(), answer.at("field").get<std::string>());
}

}  // namespace lama::internal::server
