// HTTP/1.1 over TCP, on Boost.Beast. One thread serves all connections, so that a slow or silent
// client costs a socket and no thread; answers are made by a few others.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "server/http.h"

namespace lama::server {

struct HttpLimits {
  std::size_t body_bytes = std::size_t{256} << 20;
  /// Of all bodies that are being received or worked on.
  std::size_t all_body_bytes = std::size_t{768} << 20;
  std::size_t header_bytes = 16384;
  std::size_t connections = 256;
  std::chrono::milliseconds header_time{15'000};  ///< for a whole header, and between requests
  /// A body or answer may take this and what its bytes take at the least rate.
  std::chrono::milliseconds transfer_time{20'000};
  std::size_t least_bytes_per_second = 50'000;
  std::chrono::milliseconds event_interval{15'000};  ///< at most, between signs of life of events
  std::chrono::milliseconds grace{5'000};            ///< for open requests at the end
  int workers = 2;                                   ///< threads that make answers
};

/// A request that was answered, for the access log.
struct Served {
  std::string client, method, path;
  int status = 0;
  std::size_t received = 0, sent = 0;  ///< bytes of the bodies; of events 0
  double seconds = 0;
};

struct HttpHandlers {
  /// Before the body is received, on the network's thread: throws HttpError to refuse. False lets a
  /// stranger in, who makes way when there is no room.
  std::function<bool(const RequestHead&)> admit;
  /// On one of the workers. Must see to it that the Reply is called once; may throw only if there
  /// is no memory, before that.
  std::function<void(Request, Reply)> answer;
  /// May be empty. Whether this is answered on the network's thread: what never waits for work.
  std::function<bool(const RequestHead&)> answers_at_once;
  /// May be empty. On the network's thread.
  std::function<void(const Served&)> log;
};

class HttpServer {
 public:
  /// Listens. Port 0: any that is free. Throws Error if that fails.
  HttpServer(const std::string& host, int port, const HttpLimits& limits, HttpHandlers handlers);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  int port() const;

  /// Serves until `go_on`, called ten times a second, returns false. Then `stopping` is called, and
  /// open requests have a while to end. False if a worker is still at one after that: the
  /// destructor waits for it.
  void run(const std::function<bool()>& go_on, const std::function<void()>& stopping);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace lama::server
