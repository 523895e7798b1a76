#include "registry/download.h"
#include "tests/testing.h"

#include <fstream>
#include <iterator>

#include "tests/full_disk.h"
#include "tests/registry/environment.h"
#include "tests/registry/http_server.h"

namespace lama::internal::registry {
namespace {

using namespace std::chrono_literals;
using testing::contains;
using testing::content_length;
using testing::error_of;
using testing::FullDisk;
using testing::http_head;
using testing::HttpConnection;
using testing::HttpRequest;
using testing::HttpServer;
using testing::ServedFile;
using testing::Variable;
namespace fs = std::filesystem;

std::string noise(std::size_t bytes) {
  std::string text;
  for (unsigned int x = 1; text.size() < bytes; x = x * 1664525U + 1013904223U) {
    text += static_cast<char>(x >> 24U);
  }
  return text;
}

class Download : public ::testing::Test {
 protected:
  void fetch(const std::string& url, std::uint64_t bytes = 0) const {
    download(url, file_, bytes, patience_, [](double) {});
  }
  std::string error(const std::string& url, std::uint64_t bytes = 0) const {
    return error_of([&] { fetch(url, bytes); });
  }
  std::string error_on_a_disk_of(rlim_t bytes, const std::string& url) const {
    const FullDisk disk(bytes);
    return error(url);
  }
  std::string content() const {
    std::ifstream file(file_, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  /// Leaves the files of an interrupted call.
  void put_part(const std::string& bytes, const std::string& url, const std::string& tag) const {
    std::ofstream(file_, std::ios::binary) << bytes;
    std::ofstream(source_of(file_)) << url << '\n' << tag << '\n';
  }

  const testing::TemporaryFolder folder_;
  const fs::path file_ = folder_ / "file";
  const ServedFile served_{noise(300000)};
  const HttpServer::Answer orderly_ = [this](const auto& request, const auto& connection) {
    served_.answer(request, connection);
  };
  const Variable no_proxy_{"no_proxy", "*"};
  Patience patience_{.connect = 5s, .stalled = 5s, .attempts = 3, .pause = 1ms};
};

TEST_F(Download, FetchesAFile) {
  const HttpServer server(orderly_);
  fetch(server.url("/file"));
  EXPECT_EQ(content(), served_.bytes);
  ASSERT_EQ(server.requests().size(), 1U);
  EXPECT_EQ(server.requests()[0].target, "/file");
  EXPECT_EQ(server.requests()[0].header("range"), "");
}

TEST_F(Download, FetchesAnEmptyFile) {
  const HttpServer server([](const HttpRequest&, const HttpConnection& connection) {
    connection.send(http_head("200 OK", content_length(0)));
  });
  put_part("old", "http://elsewhere/", "\"one\"");
  fetch(server.url("/file"));
  EXPECT_EQ(content(), "");
}

TEST_F(Download, ReportsProgress) {
  const HttpServer server(orderly_);
  std::vector<double> shares;
  download(server.url("/file"), file_, 0, patience_,
           [&shares](double share) { shares.push_back(share); });
  ASSERT_FALSE(shares.empty());
  EXPECT_TRUE(std::is_sorted(shares.begin(), shares.end()));
  EXPECT_EQ(shares.back(), 1);
}

TEST_F(Download, ContinuesABrokenConnection) {
  int count = 0;
  const HttpServer server([&](const HttpRequest& request, const HttpConnection& connection) {
    if (count++ == 0) {
      served_.break_off(100000, connection);
    } else {
      served_.answer(request, connection);
    }
  });
  fetch(server.url("/file"), served_.bytes.size());
  EXPECT_EQ(content(), served_.bytes);
  ASSERT_EQ(server.requests().size(), 2U);
  EXPECT_EQ(server.requests()[1].header("range"), "bytes=100000-");
  EXPECT_EQ(server.requests()[1].header("if-range"), "\"one\"");
}

TEST_F(Download, AnInterruptedCallIsContinuedByTheNext) {
  const HttpServer server([&](const HttpRequest& request, const HttpConnection& connection) {
    if (!request.header("range").empty()) return served_.answer(request, connection);
    served_.break_off(100000, connection);
    connection.stall();
  });
  const auto stop = [](double share) {
    if (share > 0.3) throw Cancelled();
  };
  EXPECT_THROW(download(server.url("/file"), file_, 0, patience_, stop), Cancelled);
  EXPECT_EQ(content(), served_.bytes.substr(0, 100000));
  fetch(server.url("/file"));
  EXPECT_EQ(content(), served_.bytes);
  EXPECT_EQ(server.requests().back().header("range"), "bytes=100000-");
}

TEST_F(Download, BeginsAgainIfTheServerIgnoresRanges) {
  const HttpServer server([&](const HttpRequest&, const HttpConnection& connection) {
    served_.answer({}, connection);
  });
  put_part(served_.bytes.substr(0, 1000), server.url("/file"), "\"one\"");
  fetch(server.url("/file"), served_.bytes.size());
  EXPECT_EQ(content(), served_.bytes);
  EXPECT_EQ(server.requests().size(), 1U);
}

TEST_F(Download, BeginsAgainIfTheFileHasChanged) {
  const ServedFile changed{noise(1234), "\"two\""};
  const HttpServer server([&](const HttpRequest& request, const HttpConnection& connection) {
    changed.answer(request, connection);
  });
  put_part(served_.bytes.substr(0, 1000), server.url("/file"), "\"one\"");
  fetch(server.url("/file"));
  EXPECT_EQ(content(), changed.bytes);
}

TEST_F(Download, BeginsAgainIfTheServerSendsAnotherPart) {
  int count = 0;
  const HttpServer server([&](const HttpRequest& request, const HttpConnection& connection) {
    if (count++ > 0) return served_.answer(request, connection);
    connection.send(
        http_head("206 Partial Content", "Content-Range: bytes 0-9/300000\n" + content_length(10)));
    connection.send("0123456789");
  });
  put_part(served_.bytes.substr(0, 1000), server.url("/file"), "\"one\"");
  fetch(server.url("/file"), served_.bytes.size());
  EXPECT_EQ(content(), served_.bytes);
}

TEST_F(Download, BeginsAgainIfThePartBelongsToAnotherFile) {
  const HttpServer server(orderly_);
  for (const auto& [url, tag] :
       {std::pair{server.url("/other"), "\"one\""}, std::pair{server.url("/file"), ""},
        std::pair{std::string(), ""}}) {
    put_part("something else", url, tag);
    fetch(server.url("/file"));
    EXPECT_EQ(content(), served_.bytes);
  }
  for (const HttpRequest& request : server.requests()) EXPECT_EQ(request.header("range"), "");
}

TEST_F(Download, AWeakTagPromisesNothing) {
  const HttpServer server([&](const HttpRequest& request, const HttpConnection& connection) {
    EXPECT_EQ(request.header("range"), "");
    ServedFile{served_.bytes, "W/\"one\""}.break_off(1000, connection);
  });
  EXPECT_NE(error(server.url("/file")), "");
  EXPECT_EQ(server.requests().size(), 4U) << "one that brought something, and three in vain";
}

TEST_F(Download, NothingIsFetchedTwice) {
  const HttpServer server(orderly_);
  fetch(server.url("/file"));
  fetch(server.url("/file"));  // the size is unknown: the server claims that this was all
  EXPECT_EQ(server.requests().back().header("range"), "bytes=300000-");
  fetch(server.url("/file"), served_.bytes.size());  // here it is known
  EXPECT_EQ(server.requests().size(), 2U);
  EXPECT_EQ(content(), served_.bytes);
}

TEST_F(Download, APartThatIsTooLongIsDropped) {
  const HttpServer server(orderly_);
  put_part(served_.bytes + "more", server.url("/file"), "\"one\"");
  fetch(server.url("/file"), served_.bytes.size());
  EXPECT_EQ(content(), served_.bytes);
}

TEST_F(Download, AMissingFileIsRequestedOnce) {
  const HttpServer server([](const HttpRequest&, const HttpConnection& connection) {
    connection.send(http_head("404 Not Found", content_length(5)) + "Sorry");
  });
  const std::string text = error(server.url("/file"));
  EXPECT_TRUE(contains(text, server.url("/file")) && contains(text, "404")) << text;
  EXPECT_EQ(server.requests().size(), 1U);
  EXPECT_EQ(content(), "");
}

TEST_F(Download, AServersOwnErrorsMayPass) {
  int count = 0;
  const HttpServer server([&](const HttpRequest& request, const HttpConnection& connection) {
    const std::vector<std::string> errors = {"500 Internal Server Error", "429 Too Many Requests"};
    if (const auto i = static_cast<std::size_t>(count++); i < errors.size()) {
      connection.send(http_head(errors[i], content_length(5)) + "Sorry");
    } else {
      served_.answer(request, connection);
    }
  });
  fetch(server.url("/file"));
  EXPECT_EQ(content(), served_.bytes);
}

TEST_F(Download, GivesUpAfterSomeAttempts) {
  const HttpServer server([](const HttpRequest&, const HttpConnection& connection) {
    connection.send(http_head("503 Service Unavailable", content_length(0)));
  });
  const std::string text = error(server.url("/file"));
  EXPECT_TRUE(contains(text, "503") && contains(text, "tried 3 times")) << text;
  EXPECT_EQ(server.requests().size(), 3U);
}

TEST_F(Download, PausesBetweenAttemptsCanBeInterrupted) {
  const HttpServer server([](const HttpRequest&, const HttpConnection& connection) {
    connection.send(http_head("503 Service Unavailable", content_length(0)));
  });
  patience_.pause = 1h;
  int calls = 0;
  const auto stop = [&](double) {
    if (++calls > 20) throw Cancelled();
  };
  EXPECT_THROW(download(server.url("/file"), file_, 0, patience_, stop), Cancelled);
}

TEST_F(Download, FollowsRedirects) {
  const HttpServer server([&](const HttpRequest& request, const HttpConnection& connection) {
    if (request.target == "/file") return served_.answer(request, connection);
    connection.send(
        http_head("302 Found", "ETag: \"redirect\"\nLocation: /file\n" + content_length(6)) +
        "Moved!");
  });
  fetch(server.url("/moved"));
  EXPECT_EQ(content(), served_.bytes);
  std::ifstream source(source_of(file_));
  std::string url, tag;
  source >> url >> tag;
  EXPECT_EQ(tag, "\"one\"") << "the file's, not the redirect's";
}

TEST_F(Download, FollowsNoCircles) {
  const HttpServer server([](const HttpRequest&, const HttpConnection& connection) {
    connection.send(http_head("302 Found", "Location: /file\n" + content_length(0)));
  });
  EXPECT_TRUE(contains(error(server.url("/file")), "redirects"));
  EXPECT_EQ(server.requests().size(), 11U);
}

TEST_F(Download, RefusesOtherProtocols) {
  EXPECT_NE(error("file:///etc/passwd"), "");
  EXPECT_NE(error("ftp://127.0.0.1/file"), "");
  EXPECT_NE(error("no URL"), "");
  const HttpServer server([](const HttpRequest&, const HttpConnection& connection) {
    connection.send(http_head("302 Found", "Location: file:///etc/passwd\n" + content_length(0)));
  });
  EXPECT_NE(error(server.url("/file")), "");
  EXPECT_EQ(content(), "");
}

class SlowDownload : public Download {};

TEST_F(SlowDownload, LeavesStalledServers) {
  const HttpServer server([&](const HttpRequest& request, const HttpConnection& connection) {
    if (request.header("range").empty()) served_.break_off(1000, connection);
    connection.stall();
  });
  patience_.stalled = 1s;
  patience_.attempts = 2;
  const auto start = std::chrono::steady_clock::now();
  const std::string text = error(server.url("/file"));
  EXPECT_TRUE(contains(text, "too slow")) << text;
  EXPECT_LT(std::chrono::steady_clock::now() - start, 30s);
  EXPECT_EQ(content(), served_.bytes.substr(0, 1000)) << "kept for another time";
}

TEST_F(Download, ReportsAClosedPort) {
  std::string url;
  { url = HttpServer(orderly_).url("/file"); }
  EXPECT_TRUE(contains(error(url), "connect")) << error(url);
}

TEST_F(Download, TheWrongSizeIsRefusedAtOnce) {
  const HttpServer server(orderly_);
  const std::string text = error(server.url("/file"), 299999);
  EXPECT_TRUE(contains(text, "300000") && contains(text, "299999")) << text;
  EXPECT_EQ(server.requests().size(), 1U);
  EXPECT_EQ(content(), "");
}

TEST_F(Download, MoreThanExpectedIsRefused) {
  const HttpServer server([&](const HttpRequest&, const HttpConnection& connection) {
    connection.send(http_head("200 OK"));  // until the connection ends
    connection.send(served_.bytes);
  });
  EXPECT_TRUE(contains(error(server.url("/file"), 1000), "more than the 1000 bytes"));
  EXPECT_LE(content().size(), 1000U);
}

TEST_F(Download, ImpossibleSizesAreRefused) {
  const HttpServer server([](const HttpRequest&, const HttpConnection& connection) {
    connection.send(http_head("200 OK", content_length(std::size_t{1} << 60U)));
    connection.send("a");
  });
  EXPECT_TRUE(contains(error(server.url("/file")), "more than any model"));
}

TEST_F(Download, AFalseContentLengthEnds) {
  const HttpServer server([&](const HttpRequest& request, const HttpConnection& connection) {
    if (!request.header("range").empty()) {
      connection.send(http_head("416 Range Not Satisfiable",
                                "Content-Range: bytes */300000\n" + content_length(0)));
      return;
    }
    connection.send(http_head("200 OK", "ETag: \"one\"\n" + content_length(300100)));
    connection.send(served_.bytes);
  });
  EXPECT_NE(error(server.url("/file"), 300100), "");
  EXPECT_LT(server.requests().size(), 10U);
}

TEST_F(Download, HttpsTrustsTheAuthoritiesThatTheEnvironmentNames) {
  const testing::Certificate certificate;
  const HttpServer server(orderly_, &certificate);
  EXPECT_TRUE(contains(error(server.url("/file")), "certificate"));
  EXPECT_EQ(server.requests().size(), 0U);
  certificate.write(folder_ / "authority.pem");
  for (const auto& [name, other] : {std::pair{"CURL_CA_BUNDLE", "SSL_CERT_FILE"},
                                    std::pair{"SSL_CERT_FILE", "CURL_CA_BUNDLE"}}) {
    fs::remove(file_);
    const Variable unset(other, "");
    const Variable variable(name, (folder_ / "authority.pem").string());
    fetch(server.url("/file"));
    EXPECT_EQ(content(), served_.bytes) << name;
  }
}

TEST_F(Download, HttpsDoesNotRedirectToHttp) {
  const testing::Certificate certificate;
  const HttpServer plain(orderly_);
  const HttpServer server(
      [&](const HttpRequest&, const HttpConnection& connection) {
        connection.send(
            http_head("302 Found", "Location: " + plain.url("/file") + "\n" + content_length(0)));
      },
      &certificate);
  certificate.write(folder_ / "authority.pem");
  const Variable variable("CURL_CA_BUNDLE", (folder_ / "authority.pem").string());
  EXPECT_NE(error(server.url("/file")), "");
  EXPECT_EQ(plain.requests().size(), 0U);
}

TEST_F(Download, GoesThroughTheProxyOfTheEnvironment) {
  const HttpServer proxy(orderly_);
  const Variable all("no_proxy", "");
  const Variable variable("http_proxy", "http://" + proxy.host());
  fetch("http://models.example/file");
  EXPECT_EQ(content(), served_.bytes);
  EXPECT_EQ(proxy.requests()[0].target, "http://models.example/file");
}

TEST_F(Download, ReportsAFullDisk) {
  const HttpServer server(orderly_);
  const std::string text = error_on_a_disk_of(100000, server.url("/file"));
  EXPECT_TRUE(contains(text, file_.string()) && contains(text, "cannot write")) << text;
  fetch(server.url("/file"));  // with free space again
  EXPECT_EQ(content(), served_.bytes);
  EXPECT_EQ(server.requests().back().header("range"), "bytes=100000-");
}

TEST_F(Download, LeavesNoFileOpenOnADiskThatIsFull) {
  const HttpServer server(orderly_);
  const std::string text = error_on_a_disk_of(0, server.url("/file"));
  EXPECT_TRUE(contains(text, "cannot write")) << text;
  for (const auto& entry : fs::directory_iterator("/proc/self/fd")) {
    std::error_code gone;
    EXPECT_NE(fs::read_symlink(entry.path(), gone), fs::canonical(file_));
  }
}

TEST_F(Download, ReportsAMissingFolder) {
  const HttpServer server(orderly_);
  const fs::path file = folder_ / "no folder" / "file";
  const std::string text =
      error_of([&] { download(server.url("/file"), file, 0, patience_, [](double) {}); });
  EXPECT_TRUE(contains(text, file.string())) << text;
}

}  // namespace
}  // namespace lama::internal::registry
