#include "server/address.h"

#include <gtest/gtest.h>

#include "server/http.h"

namespace lama::internal::server {
namespace {

using Query = std::map<std::string, std::string>;

// Expected by RFC 3986 and, for + in a query, by the URL standard's forms.
TEST(Address, ReadsTargets) {
  const Target plain = parse_target("/a%20b/c+d?x=1%2B1&y=two+words&z&empty=&%c3%a4=%C3%B6");
  EXPECT_EQ(plain.path, "/a b/c+d");
  EXPECT_EQ(
      plain.query,
      (Query{
          {"x", "1+1"}, {"y", "two words"}, {"z", ""}, {"empty", ""}, {"\xc3\xa4", "\xc3\xb6"}}));
  EXPECT_EQ(plain.host, std::nullopt);
  EXPECT_EQ(parse_target("/").path, "/");
  EXPECT_EQ(parse_target("//").path, "/");
  EXPECT_EQ(parse_target("///page.js?a=//").path, "/page.js");
  EXPECT_EQ(parse_target("//a//b/").path, "/a//b/");
  EXPECT_EQ(parse_target("http://here//b").path, "/b");
  EXPECT_EQ(parse_target("/?").query, Query());
  EXPECT_EQ(parse_target("/?&a=1&&b=2&").query, (Query{{"a", "1"}, {"b", "2"}}));
  EXPECT_EQ(parse_target("/a?x=b=c&d=/?:@").query, (Query{{"x", "b=c"}, {"d", "/?:@"}}));
  EXPECT_EQ(parse_target(std::string("/%00")).path, std::string("/\0", 2));
}

TEST(Address, ReadsTargetsOfProxies) {
  const Target target = parse_target("HTTP://photos.example:8080/a?b=c");
  EXPECT_EQ(target.host, "photos.example:8080");
  EXPECT_EQ(target.path, "/a");
  EXPECT_EQ(target.query, (Query{{"b", "c"}}));
  EXPECT_EQ(parse_target("http://[::1]:80?b").host, "[::1]:80");
  EXPECT_EQ(parse_target("http://here").path, "/");
  EXPECT_EQ(parse_target("http://10.0.0.1.photos.example/").host, "10.0.0.1.photos.example");
}

TEST(Address, RefusesTargetsThatAreNoAddress) {
  for (const char* text :
       {"", "x", "*", "here:443", "/%", "/%z0", "/a?b=%0", "/a b", "/a#b", "/\x01", "/\xc3\xb6"}) {
    EXPECT_THROW(parse_target(text), HttpError) << text;
  }
  for (const char* text :
       {"http://", "http:///a", "http:/here/", "http://:80/", "http://he re/", "http://here:port/",
        "http://here:65536/", "http://here:80:80/", "http://user@here/", "https://here/"}) {
    EXPECT_THROW(parse_target(text), HttpError) << text;
  }
  EXPECT_THROW(parse_target("/?a=1&a=2"), HttpError);
  EXPECT_THROW(parse_target("/?a=1&%61=2"), HttpError);
}

TEST(Address, NamesHosts) {
  EXPECT_EQ(host_name("Photos.Example:8080"), "photos.example");
  EXPECT_EQ(host_name("[::1]:80"), "::1");
  EXPECT_EQ(host_name("127.0.0.1:80"), "127.0.0.1");
  EXPECT_EQ(host_name("127.0.0.1.Photos.example:80"), "127.0.0.1.photos.example");
  EXPECT_EQ(host_name("1.2.3.4x"), "1.2.3.4x");
  EXPECT_EQ(host_name("here:65535"), "here");
  EXPECT_EQ(host_name("Photos.example.:80"), "photos.example") << "from the root";
  EXPECT_EQ(host_name("127.0.0.1."), "127.0.0.1");
  EXPECT_EQ(host_name(""), "");
  for (const char* text :
       {"a b", "[::1", "user@here", "@here", "here:port", "here:65536", "here/", "a\\b"}) {
    EXPECT_EQ(host_name(text), std::nullopt) << text;
  }
}

TEST(Address, ReadsOrigins) {
  const auto origin = parse_origin("https://photos.example:8443");
  ASSERT_TRUE(origin);
  EXPECT_EQ(origin->scheme, "https");
  EXPECT_EQ(origin->host, "photos.example:8443");
  for (const char* text : {"null", "", "photos.example", "https:/photos.example", "://a"}) {
    EXPECT_FALSE(parse_origin(text)) << text;
  }
}

TEST(Address, KnowsThisMachine) {
  for (const char* host : {"localhost", "127.0.0.1", "127.255.0.9", "::1"}) {
    EXPECT_TRUE(is_loopback(host)) << host;
  }
  for (const char* host : {"", "127.0.0.1.example.org", "128.0.0.1", "0.0.0.0", "::", "::2",
                           "localhost.example", "127.1"}) {
    EXPECT_FALSE(is_loopback(host)) << host;
  }
}

TEST(Address, EscapesForAddresses) {
  EXPECT_EQ(escaped("aZ09-._~"), "aZ09-._~");
  EXPECT_EQ(escaped("a b&c=d/\xc3\xb6%"), "a%20b%26c%3Dd%2F%C3%B6%25");
}

}  // namespace
}  // namespace lama::internal::server
