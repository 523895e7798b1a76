#include "server/router.h"

#include "tests/testing.h"

namespace lama::internal::server {
namespace {

/// The answer of a router with some routes: its text, or the status of an error.
std::string answer(const std::string& method, const std::string& path) {
  Router router;
  const auto say = [](const char* name) {
    return [name](const Request& request) {
      Response response;
      const std::string text = std::string(name) + request.id;
      response.bytes.assign(text.begin(), text.end());
      return response;
    };
  };
  router.add("GET", "/images/ID", say("one "));
  router.add("DELETE", "/images/ID", say("gone "));
  router.add("GET", "/images/ID/preview", say("small "));
  router.add("POST", "/images", say("new"));
  router.add("GET", "/throws", [](const Request&) -> Response { throw std::bad_alloc(); });
  Request request;
  request.method = method;
  request.path = path;
  std::string text;
  router.answer(request, [&text](const Response& response) {
    text = response.status == 200 ? std::string(response.bytes.begin(), response.bytes.end())
                                  : std::to_string(response.status);
  });
  return text;
}

TEST(Router, FindsRoutes) {
  EXPECT_EQ(answer("GET", "/images/7"), "one 7");
  EXPECT_EQ(answer("DELETE", "/images/7"), "gone 7");
  EXPECT_EQ(answer("GET", "/images/7/preview"), "small 7");
  EXPECT_EQ(answer("POST", "/images"), "new");
}

TEST(Router, RefusesOthers) {
  EXPECT_EQ(answer("GET", "/images"), "405");
  EXPECT_EQ(answer("PUT", "/images/7"), "405");
  for (const char* path : {"/", "/images/", "/images//preview", "/images/7/", "/images/7/preview/8",
                           "/image", "/images/../images"}) {
    EXPECT_EQ(answer("GET", path), "404") << path;
  }
  EXPECT_EQ(answer("GET", "/throws"), "507");
}

}  // namespace
}  // namespace lama::internal::server
