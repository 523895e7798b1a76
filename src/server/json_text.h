// JSON for answers, which are also made where memory has ended.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace lama::internal::server {

/// A value, kept as its text. The destructors of nlohmann's objects and arrays allocate, and end
/// the program if that fails; this one's does not.
class JsonText {
 public:
  struct Member;

  // NOLINTBEGIN(google-explicit-constructor): values stand where JSON is written
  template <typename Number, typename = std::enable_if_t<std::is_arithmetic_v<Number>>>
  JsonText(Number number) : text_(nlohmann::json(number).dump()) {}
  /// Bytes that are not UTF-8, as in names of files, become U+FFFD.
  JsonText(const std::string& text);
  JsonText(const char* text) : JsonText(std::string(text)) {}
  JsonText(std::nullptr_t /*null*/) : text_("null") {}
  JsonText(const std::vector<std::string>& texts);
  /// An object: {{"name", value}, ...}.
  JsonText(std::initializer_list<Member> members);
  // NOLINTEND(google-explicit-constructor)
  /// A text that a terminal may show.
  static JsonText ascii(const std::string& text);
  static JsonText object();
  static JsonText array();

  /// To an object.
  void add(std::string_view name, const JsonText& value);
  /// To an array.
  void push_back(const JsonText& value) { insert(value.text_); }

  const std::string& text() const { return text_; }

 private:
  void insert(const std::string& piece);

  std::string text_;
};

struct JsonText::Member {
  std::string_view name;
  JsonText value;
};

}  // namespace lama::internal::server
