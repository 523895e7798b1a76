#include "server/http_server.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <new>
#include <optional>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/memory.h"
#include "server/http_connection.h"

namespace lama::internal::server {

namespace asio = boost::asio;
using Tcp = asio::ip::tcp;
using SteadyClock = std::chrono::steady_clock;

namespace {

Tcp::endpoint endpoint_of(asio::io_context& io, const std::string& host, int port) {
  boost::system::error_code error;
  const auto found =
      Tcp::resolver(io).resolve(host, std::to_string(port), Tcp::resolver::passive, error);
  if (error || found.empty()) throw Error(fmt::format("--host {}: no such address", host));
  return *found.begin();
}

}  // namespace

void require_host(const std::string& host) {
  asio::io_context io;
  endpoint_of(io, host, 0);
}

struct HttpServer::Impl {
  Impl(const HttpLimits& limits, HttpHandlers handlers)
      : shared(limits, std::move(handlers)), acceptor(shared.io), timer(shared.io) {}

  /// The one of `may_go` that has waited longest; null if there are none.
  template <typename MayGo>
  std::shared_ptr<HttpConnection> longest(MayGo&& may_go) const {
    std::shared_ptr<HttpConnection> longest;
    for (const auto& weak : open) {
      auto connection = weak.lock();
      if (connection == nullptr || !connection->counted() || !may_go(*connection)) continue;
      if (longest != nullptr && longest->waits_since() <= connection->waits_since()) continue;
      longest = std::move(connection);
    }
    return longest;
  }

  /// Closes an idle connection for another: first one without a whole head, then one without a
  /// token. False if there is none (of this client, if given).
  bool make_room(const std::string* client = nullptr) {
    const auto theirs = [client](const HttpConnection& c) {
      return client == nullptr || c.client() == *client;
    };
    auto goes = longest([&](const HttpConnection& c) { return c.idle() && theirs(c); });
    if (!goes) goes = longest([&](const HttpConnection& c) { return c.unknown() && theirs(c); });
    if (goes != nullptr) goes->close();
    return goes != nullptr;
  }

  /// Whether the waiting client can be served now. If its address has its full share, one of its
  /// own connections must close, or the client is refused.
  bool admit_waiting() {
    if (!waiting) return false;
    boost::system::error_code ignored;
    const std::string client = waiting->remote_endpoint(ignored).address().to_string(ignored);
    const auto held = shared.clients.find(client);
    if (held != shared.clients.end() &&
        held->second.connections >= share_of(shared.limits.connections)) {
      if (make_room(&client)) return true;
      waiting.reset();
      return false;
    }
    return shared.connections < shared.limits.connections || make_room();
  }

  /// Called whenever one of its conditions has changed.
  void accept() {
    if (shared.stopping) return;
    if (admit_waiting()) {
      auto connection = make_connection(shared, *std::exchange(waiting, {}));
      open.erase(std::remove_if(open.begin(), open.end(), [](auto& old) { return old.expired(); }),
                 open.end());
      open.push_back(connection);
      connection->read_head();
    }
    if (waiting || accepting) return;
    acceptor.async_accept([this](boost::system::error_code error, Tcp::socket socket) {
      if (shared.stopping || error == asio::error::operation_aborted) return;
      accepting = false;
      if (error) {
        // Perhaps too many open files: do not retry at once.
        retry = true;
        return;
      }
      waiting = std::move(socket);
      accept();
    });
    accepting = true;
  }

  /// Connections call this, also where nothing may throw.
  void accept_or_retry() noexcept {
    try {
      accept();
    } catch (const std::bad_alloc&) {
      retry = true;  // with the next tick
    }
  }

  void tick(const std::function<bool()>& go_on, const std::function<void()>& stopping) {
    timer.expires_after(std::chrono::milliseconds(100));
    timer.async_wait([this, &go_on, &stopping](boost::system::error_code replaced) {
      if (replaced) return;
      if (!shared.stopping) {
        if (std::exchange(retry, false)) accept_or_retry();
        if (!go_on()) stop(stopping);
      } else if ((shared.connections == 0 && shared.busy == 0) || SteadyClock::now() > end) {
        return shared.io.stop();
      }
      tick(go_on, stopping);
    });
  }

  void stop(const std::function<void()>& stopping) {
    shared.stopping = true;
    end = SteadyClock::now() + shared.limits.grace;
    boost::system::error_code ignored;
    acceptor.close(ignored);
    waiting.reset();
    for (const auto& weak : open) {
      const auto connection = weak.lock();
      if (connection != nullptr && connection->idle()) connection->close();
    }
    stopping();
  }

  SharedByConnections shared;
  Tcp::acceptor acceptor;
  asio::steady_timer timer;
  std::vector<std::weak_ptr<HttpConnection>> open;
  std::optional<Tcp::socket> waiting;  ///< a client that waits for room
  bool accepting = false, retry = false;
  SteadyClock::time_point end;
};

HttpServer::HttpServer(const std::string& host, int port, const HttpLimits& limits,
                       HttpHandlers handlers) try
    : impl_(new Impl(limits, std::move(handlers))) {
  const Tcp::endpoint endpoint = endpoint_of(impl_->shared.io, host, port);
  try {
    Tcp::acceptor& acceptor = impl_->acceptor;
    acceptor.open(endpoint.protocol());
    acceptor.set_option(Tcp::acceptor::reuse_address(true));
    acceptor.bind(endpoint);
    acceptor.listen();
  } catch (const boost::system::system_error& error) {
    if (error.code() == asio::error::address_in_use) {
      throw Error(
          fmt::format("port {} is in use: give another --port, or 0 for any free one", port));
    }
    throw Error(fmt::format("cannot listen on {} port {}: {}", host, port, error.code().message()));
  }
  impl_->shared.room_made = [impl = impl_.get()] { impl->accept_or_retry(); };
} catch (const boost::system::system_error&) {  // of a thread
  throw OutOfMemory(kOutOfMemory);
}

HttpServer::~HttpServer() {
  // The pending operations hold the connections.
  impl_->shared.room_made = nullptr;
}

int HttpServer::port() const { return impl_->acceptor.local_endpoint().port(); }

void HttpServer::run(const std::function<bool()>& go_on, const std::function<void()>& stopping) {
  impl_->accept_or_retry();
  for (;;) {
    try {
      impl_->tick(go_on, stopping);
      impl_->shared.io.run();
      break;
    } catch (const std::bad_alloc&) {
      // A step failed: its resources are closed, and the others continue. It may have been a tick,
      // or the end of an accept.
      boost::system::error_code ignored;
      impl_->acceptor.cancel(ignored);
      impl_->accepting = false;
      impl_->retry = true;
    }
  }
  impl_->shared.workers.stop();  // no request waits for the workers' answers any more
  impl_->shared.workers.join();
}

}  // namespace lama::internal::server
