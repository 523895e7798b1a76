// One client's connection to the HTTP server.
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/thread_pool.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "server/http_server.h"

namespace lama::internal::server {

/// The resources of one address.
struct ClientShare {
  std::size_t connections = 0, body_bytes = 0;
};

/// A client may use three quarters of a shared resource, so that it cannot shut the others out.
inline std::size_t share_of(std::size_t all) { return all - all / 4; }

/// Shared by all connections. Belongs to the network's thread, except for `busy` and `workers`.
struct SharedByConnections {
  const HttpLimits limits;
  const HttpHandlers handlers;
  std::size_t connections = 0;
  std::size_t body_bytes = 0;
  std::map<std::string, ClientShare> clients;  ///< by address
  std::atomic<std::size_t> busy{0};            ///< answers that workers make at this moment
  bool stopping = false;
  /// Called when a connection has ended, or may close for another.
  std::function<void()> room_made;
  // Last, because its pending operations hold connections, which use the members above when they
  // end.
  boost::asio::io_context io{1};
  boost::asio::thread_pool workers;

  SharedByConnections(const HttpLimits& given, HttpHandlers functions)
      : limits(given),
        handlers(std::move(functions)),
        workers(static_cast<std::size_t>(given.workers)) {}
};

/// A connection and its requests, one after another. Runs on the network's thread, except for work
/// posted to the workers. Lives as long as one of its operations is pending.
class HttpConnection {
 public:
  using Clock = std::chrono::steady_clock;

  HttpConnection() = default;
  virtual ~HttpConnection() = default;
  HttpConnection(const HttpConnection&) = delete;
  HttpConnection& operator=(const HttpConnection&) = delete;

  /// Begins with the first request.
  virtual void read_head() = 0;
  virtual void close() = 0;

  /// Whether the connection waits for a request's head or the rest of it, and since when.
  virtual bool idle() const = 0;
  virtual Clock::time_point waits_since() const = 0;
  /// Whether it takes one of the places for connections.
  virtual bool counted() const = 0;
  /// Whether it was admitted only because its request needs no token.
  virtual bool unknown() const = 0;
  /// The client's address.
  virtual const std::string& client() const = 0;
};

std::shared_ptr<HttpConnection> make_connection(SharedByConnections& shared,
                                                boost::asio::ip::tcp::socket socket);

}  // namespace lama::internal::server
