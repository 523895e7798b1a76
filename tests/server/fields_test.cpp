#include "server/fields.h"

#include <fmt/format.h>

#include "server/http.h"
#include "tests/testing.h"

namespace lama::internal::server {
namespace {

Fields fields(const std::string& json) {
  return Fields({reinterpret_cast<const std::uint8_t*>(json.data()), json.size()});
}

/// The field in the error.
std::string field_of(const std::function<void()>& work) {
  try {
    work();
  } catch (const HttpError& error) {
    EXPECT_EQ(error.status, 400);
    return error.field;
  }
  return "no error";
}

TEST(Fields, GivesValuesOfTheirTypes) {
  Fields all = fields(R"({"a": "text", "b": 7, "c": 0.25, "d": true, "e": "two", "f": null})");
  EXPECT_EQ(all.text("a"), "text");
  EXPECT_EQ(all.integer("b", 0, 10), 7);
  EXPECT_EQ(all.share("c"), 0.25);
  EXPECT_EQ(all.boolean("d"), true);
  EXPECT_EQ(all.choice("e", {"one", "two"}), 1U);
  EXPECT_EQ(all.text("f"), std::nullopt);
  EXPECT_EQ(all.text("absent"), std::nullopt);
  all.end();
}

TEST(Fields, NamesTheFieldThatIsWrong) {
  EXPECT_EQ(field_of([] { fields(R"({"a": 1})").text("a"); }), "a");
  for (const char* value : {"-1", "11", "1.5", "\"1\"", "1e30", "18446744073709551615", "[]"}) {
    EXPECT_EQ(field_of([&] { fields(fmt::format(R"({{"b": {}}})", value)).integer("b", 0, 10); }),
              "b")
        << value;
  }
  for (const char* value : {"0", "1.01", "-1", "\"x\""}) {
    EXPECT_EQ(field_of([&] { fields(fmt::format(R"({{"c": {}}})", value)).share("c"); }), "c");
  }
  EXPECT_EQ(field_of([] { fields(R"({"d": 1})").boolean("d"); }), "d");
  EXPECT_EQ(field_of([] { fields(R"({"e": "three"})").choice("e", {"one", "two"}); }), "e");
  EXPECT_EQ(field_of([] { fields("{}").required("a"); }), "a");
  EXPECT_EQ(field_of([] {
              Fields some = fields(R"({"dilate": 1, "dilat": 2})");
              some.integer("dilate", 0, 10);
              some.end();
            }),
            "dilat");
}

TEST(Fields, RefusesNamesThatOccurTwice) {
  EXPECT_EQ(field_of([] { fields(R"({"dilate": 5, "image": "x", "dilate": 6})"); }), "dilate");
  EXPECT_EQ(field_of([] { fields(R"({"dilate": null, "\u0064ilate": 6})"); }), "dilate");
  EXPECT_EQ(field_of([] { fields(R"({"a": {"b": 1}, "b": {"b": 2}})"); }), "no error");
}

TEST(Fields, RefusesJsonThatIsNotAnObject) {
  for (const std::string json : {"", "[]", "{", "3", "{\"a\": \"\xff\"}", "{} {}"}) {
    EXPECT_THROW(fields(json), HttpError) << json;
  }
  EXPECT_THROW(fields(std::string(1'000'000, '[')), HttpError);
}

// Each took minutes or gigabytes when the reader built a tree.
TEST(Fields, TakeTimeAndMemoryInProportion) {
  const auto begin = std::chrono::steady_clock::now();
  std::string objects = R"({"image": [{})";
  for (int i = 0; i < 1'000'000; ++i) objects += ",{}";
  EXPECT_THROW(fields(objects + "]}"), HttpError);
  EXPECT_THROW(fields(R"({"image": )" + std::string(40'000'000, '[')), HttpError);
  std::string many = "{";
  for (int i = 0; i < 300; ++i) many += fmt::format("\"{}\": 0,", i);
  EXPECT_THROW(fields(many + "\"a\": 0}"), HttpError);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10));
  EXPECT_THROW(fields(R"({"a": )" + std::string(20, '[') + std::string(20, ']') + '}'), HttpError);
}

TEST(Fields, ReadLongTextsInPlace) {
  const std::string digits(40'000'000, 'A');
  const std::string json = R"({"first": "a\"b", "image": "data:image/png;base64,)" + digits +
                           R"(", "mask": "AAEC", "slashes": ")" + std::string(8000, 'A') +
                           R"(\/\/8=",)" + R"( "ignored": "\u0041)" + std::string(8000, '.') +
                           R"("})";
  Fields some = fields(json);
  EXPECT_EQ(some.text("first"), "a\"b");
  EXPECT_EQ(some.decoded("image").size(), 30'000'000U);
  EXPECT_EQ(some.decoded("mask"), (std::vector<std::uint8_t>{0, 1, 2}));
  EXPECT_EQ(some.decoded("slashes").size(), 6002U);
  EXPECT_EQ(field_of([&] { some.decoded("ignored"); }), "ignored");
  EXPECT_EQ(field_of([&] { some.text("ignored"); }), "ignored");
  some.end();
  EXPECT_EQ(field_of([] { fields("{}").decoded("image"); }), "image");
}

}  // namespace
}  // namespace lama::internal::server
