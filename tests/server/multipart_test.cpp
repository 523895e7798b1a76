#include "server/multipart.h"

#include "server/http.h"
#include "tests/testing.h"

namespace lama::internal::server {
namespace {

constexpr const char* kType = "multipart/form-data; boundary=XX";

std::vector<Part> parts_of(const std::string& body, const std::string& type = kType) {
  static std::string kept;  // parts are views of it
  kept = body;
  return read_multipart(type, {reinterpret_cast<const std::uint8_t*>(kept.data()), kept.size()});
}

std::string text(const Part& part) { return {part.bytes.begin(), part.bytes.end()}; }

TEST(Multipart, ReadsFieldsAndFiles) {
  const auto parts = parts_of(
      "--XX\r\nContent-Disposition: form-data; name=\"request\"\r\n"
      "Content-Type: application/json\r\n\r\n{}\r\n"
      "--XX\r\ncontent-disposition: form-data; name=file; filename=\"a;b \\\"c\\\".png\"\r\n\r\n"
      "\r\n--X\r\n\r\n--XX--\r\n");
  ASSERT_EQ(parts.size(), 2U);
  EXPECT_EQ(parts[0].name, "request");
  EXPECT_EQ(text(parts[0]), "{}");
  EXPECT_EQ(parts[1].name, "file");
  EXPECT_EQ(parts[1].file_name, "a;b \"c\".png");
  EXPECT_EQ(text(parts[1]), "\r\n--X\r\n");
}

TEST(Multipart, AcceptsOtherWritersBodies) {
  EXPECT_TRUE(is_multipart("Multipart/Form-Data; boundary=XX"));
  EXPECT_FALSE(is_multipart("image/png"));
  // A preamble, a quoted boundary, an empty part, no parts.
  EXPECT_EQ(
      parts_of("hello\r\n--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--XX--",
               "multipart/form-data; charset=utf-8; boundary=\"XX\"")
          .size(),
      1U);
  const auto empty =
      parts_of("--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\r\n--XX--");
  ASSERT_EQ(empty.size(), 1U);
  EXPECT_EQ(text(empty[0]), "");
  EXPECT_TRUE(parts_of("--XX--").empty());
}

TEST(Multipart, RefusesBrokenBodiesAndSurvivesCuts) {
  const std::string whole =
      "--XX\r\nContent-Disposition: form-data; name=\"a\"; filename=\"b\"\r\n\r\nfile\r\n--XX--";
  EXPECT_EQ(parts_of(whole).size(), 1U);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_THROW(parts_of(whole.substr(0, size)), HttpError) << size;
  }
  EXPECT_THROW(parts_of(whole, "multipart/form-data"), HttpError);
  EXPECT_THROW(parts_of("--XX\r\n\r\nno name\r\n--XX--"), HttpError);
  std::string many;
  for (int i = 0; i < 65; ++i) {
    many += "--XX\r\nContent-Disposition: form-data; name=a" + std::to_string(i) + "\r\n\r\n\r\n";
  }
  EXPECT_THROW(parts_of(many + "--XX--"), HttpError);
}

}  // namespace
}  // namespace lama::internal::server
