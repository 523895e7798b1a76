#include "server/fill_fields.h"

#include <nlohmann/json.hpp>
#include <string>
#include <variant>
#include <vector>

#include "inpaint/option_table.h"

namespace lama::internal::server {
namespace {

using Json = nlohmann::ordered_json;

std::vector<std::string> names_of(const Enumeration& type) {
  std::vector<std::string> names;
  for (const Choice& choice : type.choices) names.emplace_back(choice.name);
  return names;
}

/// Sets an option by its field, if there is one.
struct SetByField {
  Fields& fields;
  FillOptions& options;
  const std::string name;

  void operator()(const Flag& type) const {
    if (const auto value = fields.boolean(name)) options.*type.field = *value;
  }
  void operator()(const WholeNumber& type) const {
    if (const auto value = fields.integer(name, type.least, type.most)) {
      options.*type.field = *value;
    }
  }
  void operator()(const Share& type) const {
    if (const auto value = fields.share(name)) options.*type.field = *value;
  }
  void operator()(const ByteCount& /*type*/) const {}  // the server sets it
  void operator()(const Enumeration& type) const {
    if (const auto value = fields.choice(name, names_of(type))) type.set(options, *value);
  }
};

struct Capability {
  Json operator()(const Flag& type) const {
    return {{"type", "boolean"}, {"default", FillOptions().*type.field}};
  }
  Json operator()(const WholeNumber& type) const {
    Json json = {{"type", "integer"}, {"min", type.least}, {"max", type.most}};
    if (type.standard) json["default"] = *type.standard;
    return json;
  }
  Json operator()(const Share& type) const {
    return {{"type", "number"}, {"min", 0}, {"max", 1}, {"default", FillOptions().*type.field}};
  }
  Json operator()(const ByteCount& /*type*/) const { return {{"type", "integer"}}; }
  Json operator()(const Enumeration& type) const {
    return {{"type", "choice"},
            {"choices", names_of(type)},
            {"default", type.choices.at(static_cast<std::size_t>(type.get(FillOptions()))).name}};
  }
};

}  // namespace

FillOptions fill_options(Fields& fields) {
  FillOptions options;
  for (const Option& option : option_table()) {
    if (option.offered_to(Door::http)) {
      std::visit(SetByField{fields, options, option.name}, option.type);
    }
  }
  return options;
}

Json fill_option_capabilities() {
  Json json = Json::object();
  for (const Option& option : option_table()) {
    if (option.offered_to(Door::http)) json[option.name] = std::visit(Capability(), option.type);
  }
  return json;
}

Json choices_of(const std::string& name) {
  return names_of(std::get<Enumeration>(option_named(name).type));
}

}  // namespace lama::internal::server
