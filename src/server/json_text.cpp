#include "server/json_text.h"

namespace lama::internal::server {

namespace {

std::string dumped(const std::string& text, bool ascii) {
  return nlohmann::json(text).dump(-1, ' ', ascii, nlohmann::json::error_handler_t::replace);
}

}  // namespace

JsonText::JsonText(const std::string& text) : text_(dumped(text, false)) {}

JsonText::JsonText(const std::vector<std::string>& texts) : JsonText(array()) {
  for (const std::string& text : texts) push_back(text);
}

JsonText::JsonText(std::initializer_list<Member> members) : text_("{}") {
  for (const Member& member : members) add(member.name, member.value);
}

JsonText JsonText::ascii(const std::string& text) {
  JsonText value = nullptr;
  value.text_ = dumped(text, true);
  return value;
}

JsonText JsonText::object() { return std::initializer_list<Member>(); }

JsonText JsonText::array() {
  JsonText value = nullptr;
  value.text_ = "[]";
  return value;
}

void JsonText::add(std::string_view name, const JsonText& value) {
  insert(dumped(std::string(name), false) + ':' + value.text_);
}

void JsonText::insert(const std::string& piece) {
  const char end = text_.back();
  text_.pop_back();
  if (text_.size() > 1) text_ += ',';
  text_ += piece;
  text_ += end;
}

}  // namespace lama::internal::server
