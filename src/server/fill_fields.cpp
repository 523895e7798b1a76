#include "server/fill_fields.h"

#include <string>
#include <variant>
#include <vector>

#include "inpaint/option_table.h"

namespace lama::internal::server {
namespace {

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
  JsonText operator()(const Flag& type) const {
    return {{"type", "boolean"}, {"default", FillOptions().*type.field}};
  }
  JsonText operator()(const WholeNumber& type) const {
    JsonText json = {{"type", "integer"}, {"min", type.least}, {"max", type.most}};
    if (type.standard) json.add("default", *type.standard);
    return json;
  }
  JsonText operator()(const Share& type) const {
    return {{"type", "number"}, {"min", 0}, {"max", 1}, {"default", FillOptions().*type.field}};
  }
  JsonText operator()(const ByteCount& /*type*/) const { return {{"type", "integer"}}; }
  JsonText operator()(const Enumeration& type) const {
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

JsonText fill_option_capabilities() {
  JsonText json = JsonText::object();
  for (const Option& option : option_table()) {
    if (option.offered_to(Door::http)) json.add(option.name, std::visit(Capability(), option.type));
  }
  return json;
}

std::vector<std::string> choices_of(const std::string& name) {
  return names_of(std::get<Enumeration>(option_named(name).type));
}

}  // namespace lama::internal::server
