// HTTP/1.1 over TCP, on Boost.Beast. One thread serves all connections, so that a slow or silent
// client costs a socket and no thread. A few workers make the answers.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "server/http.h"

namespace lama::internal::server {

struct HttpLimits {
  std::size_t body_bytes = std::size_t{256} << 20;
  /// Of all bodies in transfer or in work.
  std::size_t all_body_bytes = std::size_t{768} << 20;
  std::size_t header_bytes = 16384;
  std::size_t connections = 256;
  std::chrono::milliseconds header_time{15'000};  ///< for a whole header, and between requests
  /// A body or answer may take this time plus the time of its bytes at the least rate.
  std::chrono::milliseconds transfer_time{20'000};
  std::size_t least_bytes_per_second = 50'000;
  std::chrono::milliseconds event_interval{15'000};  ///< the longest silence between events
  std::chrono::milliseconds grace{5'000};            ///< for open requests when the server stops
  int workers = 2;                                   ///< threads that make answers
};

/// An answered request, for the access log.
struct Served {
  std::string client, method, path;
  int status = 0;
  std::size_t received = 0, sent = 0;  ///< bytes of the bodies; of events 0
  double seconds = 0;
};

struct HttpHandlers {
  /// Called before the body, on the network's thread. Throws HttpError to refuse. False admits a
  /// stranger, whose connection closes first when room is short.
  std::function<bool(const RequestHead&)> admit;
  /// Called on a worker. Must call the Reply exactly once; may throw only before that, if there is
  /// no memory.
  std::function<void(Request, Reply)> answer;
  /// May be empty. Whether the network's thread answers this request, because the answer never
  /// waits for work.
  std::function<bool(const RequestHead&)> answers_at_once;
  /// May be empty. Called on the network's thread.
  std::function<void(const Served&)> log;
};

/// Throws Error unless `host` is a name or an address of this network.
void require_host(const std::string& host);

class HttpServer {
 public:
  /// Listens. Port 0 selects a free one. Throws Error on failure.
  HttpServer(const std::string& host, int port, const HttpLimits& limits, HttpHandlers handlers);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  int port() const;

  /// Serves until `go_on`, called ten times a second, returns false. Then it calls `stopping`,
  /// gives open requests time to end, and waits for workers that are still busy: afterwards nothing
  /// calls the handlers.
  void run(const std::function<bool()>& go_on, const std::function<void()>& stopping);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace lama::internal::server
