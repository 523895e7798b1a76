// How the server treats connections of misbehaving clients.
#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "server/http_server.h"
#include "tests/server/running_server.h"

namespace lama::internal {
namespace {

using std::chrono::milliseconds;
using testing::Answer;
using testing::Connection;
using testing::RunningServer;

server::Options impatient() {
  server::Options options;
  options.http.header_time = milliseconds(400);
  options.http.transfer_time = milliseconds(400);
  options.http.event_interval = milliseconds(100);
  options.http.grace = milliseconds(2000);
  return options;
}

/// Whether the other side closes in time for a busy machine; calls `each` every 50 ms.
bool closes(Connection& connection, const std::function<void()>& each = nullptr) {
  const auto now = [] { return std::chrono::steady_clock::now(); };
  for (const auto end = now() + std::chrono::seconds(30); now() < end;) {
    if (each) each();
    const std::size_t before = connection.received.size();
    const auto asked = now();
    if (!connection.receive(milliseconds(50)) && connection.received.size() == before &&
        now() - asked < milliseconds(45)) {
      return true;
    }
  }
  return false;
}

TEST(HttpServer, LeavesSlowClients) {
  const RunningServer server(impatient());
  Connection silent(server.port());
  EXPECT_TRUE(closes(silent));
  EXPECT_EQ(silent.received, "");
  // Every byte in time, but never all of them.
  Connection slow_header(server.port());
  slow_header.send("GET /healthz HTTP/1.1\r\n");
  EXPECT_TRUE(closes(slow_header, [&] { slow_header.send("A: b\r\n"); }));
  EXPECT_EQ(slow_header.answer().status, 408);
  Connection slow_body(server.port());
  slow_body.send(
      "POST /api/v1/images HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n");
  EXPECT_TRUE(closes(slow_body, [&] { slow_body.send("x"); }));
  EXPECT_EQ(slow_body.answer().error_code(), "timeout");
  EXPECT_EQ(server.get("/healthz").status, 200);
}

TEST(HttpServer, ServesOthersBesideSilentClients) {
  server::Options options = impatient();
  options.http.connections = 20;
  const RunningServer server(std::move(options));
  std::vector<std::unique_ptr<Connection>> silent;
  for (int i = 0; i < 19; ++i) silent.push_back(std::make_unique<Connection>(server.port()));
  EXPECT_EQ(server.get("/healthz").status, 200);
}

TEST(HttpServer, ClosesTheLongestIdleWhenThereIsNoRoom) {
  server::Options options;
  options.http.header_time = std::chrono::minutes(5);
  options.http.connections = 28;  // a client may hold 21
  const RunningServer server(std::move(options));
  const std::string request = testing::request_text("GET", "/healthz", "", {});
  // Counts from its last request.
  Connection busy(server.port());
  std::vector<std::unique_ptr<Connection>> silent;
  for (int i = 0; i < 15; ++i) silent.push_back(std::make_unique<Connection>(server.port()));
  EXPECT_EQ(server.get("/healthz").status, 200) << "the server has accepted those before";
  busy.send(request);
  EXPECT_EQ(busy.answer().status, 200);
  for (int i = 0; i < 15; ++i) silent.push_back(std::make_unique<Connection>(server.port()));
  EXPECT_EQ(server.get("/healthz").status, 200);
  EXPECT_TRUE(closes(*silent.front()));
  EXPECT_TRUE(busy.send(request));
  EXPECT_EQ(busy.answer().status, 200);
}

TEST(HttpServer, KeepsConnectionsWithAnotherRequest) {
  server::Options options;
  options.http.header_time = std::chrono::minutes(5);
  options.http.connections = 5;  // a client may hold 4
  RunningServer server(std::move(options));
  const std::string id = server.upload(testing::noise_png(64, 48));
  const std::string mask = server.upload(testing::mask_png(64, 48, 1, 1, 9, 9));
  const std::string job =
      server.start({{"image", id}, {"mask", mask}, {"model", "gate"}}).json().at("id");
  std::vector<std::unique_ptr<Connection>> listeners;
  for (int i = 0; i < 4; ++i) {
    Connection& listener = *listeners.emplace_back(std::make_unique<Connection>(server.port()));
    listener.send(testing::request_text("GET", "/api/v1/jobs/" + job + "/events", "", {}));
    while (listener.received.find("event: job") == std::string::npos) {
      ASSERT_TRUE(listener.receive());
    }
  }
  Connection late(server.port());
  late.send(testing::request_text("GET", "/healthz", "", {}));
  EXPECT_TRUE(closes(late)) << "this client has its share";
  server.open_gate();  // the listeners' answers end
  for (const auto& listener : listeners) {
    while (listener->receive()) {
    }
    EXPECT_NE(listener->received.find("\"state\":\"done\""), std::string::npos);
  }
}

TEST(HttpServer, TakesSeveralRequestsOnAConnection) {
  const RunningServer server;
  Connection connection(server.port());
  const std::string request = testing::request_text("GET", "/healthz", "", {});
  connection.send(request + request + testing::request_text("GET", "/nothing", "", {}) + request);
  EXPECT_EQ(connection.answer().status, 200);
  EXPECT_EQ(connection.answer().status, 200);
  EXPECT_EQ(connection.answer().status, 404);
  EXPECT_EQ(connection.answer().status, 200);
}

TEST(HttpServer, SendsContinue) {
  const RunningServer server;
  Connection connection(server.port());
  const std::string photo = testing::noise_png(16, 16);
  connection.send(
      "POST /api/v1/images HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
      "Content-Length: " +
      std::to_string(photo.size()) + "\r\n\r\n");
  EXPECT_EQ(connection.answer(false).status, 100);
  connection.send(photo);
  EXPECT_EQ(connection.answer().status, 201);
  // Not before the server has decided about the body.
  Connection unwanted(server.port());
  unwanted.send(
      "POST /api/v1/none HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
      "Content-Length: 1000\r\n\r\n");
  EXPECT_EQ(unwanted.answer().status, 404);
}

TEST(HttpServer, AcceptsBodiesInChunks) {
  const RunningServer server;
  Connection connection(server.port());
  const std::string photo = testing::noise_png(16, 16);
  char size[16];
  std::snprintf(size, sizeof size, "%zx", photo.size());
  connection.send(
      "POST /api/v1/images HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n" +
      std::string(size) + "\r\n" + photo + "\r\n0\r\n\r\n");
  EXPECT_EQ(connection.answer().status, 201);
  std::string bytes;
  for (const char byte : photo) bytes += std::string("1\r\n") + byte + "\r\n";
  connection.send(
      "POST /api/v1/images HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n" +
      bytes + "0\r\n\r\n");
  const Answer stored = connection.answer();
  ASSERT_EQ(stored.status, 201);
  const std::string id = stored.json().at("id");
  EXPECT_TRUE(server.get("/api/v1/images/" + id).body == photo);
}

TEST(HttpServer, BoundsTheMemoryForBodies) {
  server::Options options;
  options.http.body_bytes = 100'000;
  options.http.all_body_bytes = 150'000;
  const RunningServer server(std::move(options));
  const std::string head =
      "POST /api/v1/images HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
      "Content-Length: 100000\r\n\r\n";
  {
    Connection first(server.port());
    first.send(head);
    EXPECT_EQ(first.answer(false).status, 100) << "its memory is reserved";
    Connection second(server.port());
    second.send(head);
    EXPECT_EQ(second.answer().error_code(), "busy");
  }
  // Until the server notices that the first has gone.
  int status = 503;
  while (status == 503) {
    status = server.post("/api/v1/images", std::string(100'000, 'x')).status;
  }
  EXPECT_EQ(status, 415);
}

TEST(HttpServer, SurvivesNonsense) {
  const RunningServer server;
  for (const std::string nonsense :
       {"\r\n\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "\x16\x03\x01\x02",
        "GET /%zz HTTP/1.1\r\nHost: localhost\r\n\r\n", "GET x HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "GET / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n",
        "POST /api/v1/images HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
        "POST /api/v1/images HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999\r\n\r\n",
        "POST /api/v1/images HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: "
        "chunked\r\n\r\nzz\r\n"}) {
    Connection connection(server.port());
    connection.send(nonsense);
    const Answer answer = nonsense[0] == 0x16 ? Answer() : connection.answer();
    EXPECT_TRUE(answer.status == 0 || (answer.status >= 400 && answer.status < 500))
        << nonsense << answer.status;
  }
  Connection large(server.port());
  large.send("GET / HTTP/1.1\r\nHost: localhost\r\nA: " + std::string(20'000, 'a') + "\r\n\r\n");
  EXPECT_EQ(large.answer().status, 431);
  EXPECT_EQ(server.get("/healthz").status, 200);
}

// A proxy may have checked the other one.
TEST(HttpServer, RefusesAHeaderThatOccursTwice) {
  const RunningServer server;
  for (const std::string name :
       {"Host", "Origin", "Sec-Fetch-Site", "Authorization", "Content-Type"}) {
    Connection connection(server.port());
    connection.send("GET /healthz HTTP/1.1\r\n" +
                    (name == "Host" ? std::string() : "Host: localhost\r\n") + name +
                    ": localhost\r\n" + name + ": localhost\r\n\r\n");
    const Answer answer = connection.answer();
    EXPECT_EQ(answer.status, 400) << name;
    EXPECT_NE(answer.body.find("a header occurs twice: " + name), std::string::npos) << answer.body;
  }
}

// RFC 9112, 6.1 and 6.3: the rest must not be read as a request.
TEST(HttpServer, EndsConnectionsWhoseBodiesHaveNoClearEnd) {
  const RunningServer server;
  for (const std::string header :
       {"Transfer-Encoding: xchunked\r\n", "Transfer-Encoding: gzip\r\n",
        "Transfer-Encoding: identity\r\nContent-Length: 3\r\n",
        "Transfer-Encoding: chunked, identity\r\n", "Transfer-Encoding: gzip, chunked\r\n",
        "Transfer-Encoding: xchunked\r\nContent-Length: 76\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
        "Transfer-Encoding:\x0b"
        "chunked\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
        "Content-Length: 3\r\nContent-Length: 4\r\n"}) {
    Connection connection(server.port());
    connection.send("POST /api/v1/images HTTP/1.1\r\nHost: localhost\r\n" + header +
                    "\r\nGET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
    while (connection.receive()) continue;
    EXPECT_EQ(connection.received.find("HTTP/1.1 ", 1), std::string::npos) << header;
    const int status = connection.answer().status;
    EXPECT_TRUE(status == 400 || status == 501) << header << connection.received;
  }
}

TEST(HttpServer, AcceptsBodiesOnlyFromAdmittedClients) {
  server::Options options = impatient();
  options.token = "secret";
  options.http.connections = 8;
  const RunningServer server(std::move(options));
  std::vector<std::unique_ptr<Connection>> strangers;
  for (int i = 0; i < 20; ++i) {
    strangers.push_back(std::make_unique<Connection>(server.port()));
    strangers.back()->send(
        "GET /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 268435456\r\n\r\n");
  }
  const Answer answer =
      server.post("/api/v1/images", testing::noise_png(8, 8), {{"Authorization", "Bearer secret"}});
  EXPECT_EQ(answer.status, 201) << answer.body;
  Connection one(server.port());
  one.send("DELETE /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello");
  while (one.receive()) continue;
  EXPECT_EQ(one.answer().status, 405);
}

TEST(HttpServer, AnswersAHalfClosedConnection) {
  const RunningServer server;
  Connection connection(server.port());
  const std::string png = testing::noise_png(600, 600);
  connection.send(
      fmt::format("POST /api/v1/images HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n{}",
                  png.size(), png));
  connection.end_sending();
  while (connection.receive()) continue;
  EXPECT_NE(connection.received.find("HTTP/1.1 201"), std::string::npos) << connection.received;
}

// A waiting worker, here at the gate, does not delay the health check.
TEST(HttpServer, ReportsHealthWhileWorkersWork) {
  server::Options options;
  options.http.workers = 1;
  const RunningServer server(std::move(options));
  const std::string png = testing::noise_png(3000, 3000);
  Connection busy(server.port());
  busy.send(fmt::format(
      "POST /api/v1/images HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n", png.size()));
  ASSERT_TRUE(busy.send(png));
  EXPECT_EQ(server.get("/healthz").status, 200);
  EXPECT_EQ(server.get("/metrics").status, 200);
  EXPECT_EQ(server.get("/api/v1/jobs/none").status, 404);
  while (!busy.answered() && busy.receive()) continue;
  EXPECT_EQ(busy.answer().status, 201);
}

TEST(HttpServer, KeepsEventsAliveAndEndsThemWhenStopped) {
  RunningServer server(impatient());
  const std::string id = server.upload(testing::noise_png(64, 48));
  const std::string mask = server.upload(testing::mask_png(64, 48, 1, 1, 9, 9));
  const std::string job =
      server.start({{"image", id}, {"mask", mask}, {"model", "gate"}}).json().at("id");
  const std::string waiting =
      server.start({{"image", id}, {"mask", mask}, {"model", "gate"}}).json().at("id");
  Connection listener(server.port());
  listener.send(testing::request_text("GET", "/api/v1/jobs/" + waiting + "/events", "", {}));
  // Longer than any other timeout.
  const auto start = std::chrono::steady_clock::now();
  while (std::chrono::steady_clock::now() - start < milliseconds(1200)) {
    ASSERT_TRUE(listener.receive()) << listener.received;
  }
  EXPECT_NE(listener.received.find("\n: still here\n"), std::string::npos) << listener.received;
  server.begin_to_stop();
  while (listener.receive()) {
  }
  EXPECT_NE(listener.received.find("\"state\":\"cancelled\""), std::string::npos)
      << listener.received;
}

TEST(HttpServer, EndsAfterItsWorkers) {
  std::atomic<bool> begun{false}, ended{false};
  server::HttpLimits limits;
  limits.grace = milliseconds(0);
  server::HttpServer http("127.0.0.1", 0, limits,
                          {.admit = [](const server::RequestHead&) { return true; },
                           .answer =
                               [&](const server::Request&, const server::Reply& reply) {
                                 begun = true;
                                 std::this_thread::sleep_for(milliseconds(600));
                                 ended = true;
                                 reply({});
                               },
                           .answers_at_once = nullptr,
                           .log = nullptr});
  Connection client(http.port());
  client.send(testing::request_text("GET", "/slow", "", {}));
  http.run([&] { return !begun.load(); }, [] {});
  EXPECT_TRUE(ended);
}

}  // namespace
}  // namespace lama::internal
