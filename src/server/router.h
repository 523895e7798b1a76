// Finds the function that answers a request.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "server/http.h"

namespace lama::internal::server {

/// Add all routes before the first request. Thread-safety: const functions may run at the same
/// time.
class Router {
 public:
  using Function = std::function<Response(const Request&)>;
  using LateFunction = std::function<void(const Request&, Reply)>;

  /// Routes that answer at once wait for no worker: those that report the state of the server or a
  /// job.
  enum class When { worker, at_once };

  /// `path` may have one segment ID, which matches anything.
  void add(const std::string& method, const std::string& path, Function function,
           When when = When::worker);
  /// For answers that come later, from any thread.
  void add_late(const std::string& method, const std::string& path, LateFunction function);

  /// Throws HttpError (404, 405) if no route matches.
  void require_route(const RequestHead& request) const;
  /// For requests that require_route() has accepted.
  bool answers_at_once(const RequestHead& request) const;
  /// Answers, with an error if the route throws.
  void answer(Request request, const Reply& reply) const;

 private:
  struct Route {
    std::string method, path;
    LateFunction function;
    When when;
  };
  const Route& find(const RequestHead& request, std::string& id) const;

  std::vector<Route> routes_;
};

}  // namespace lama::internal::server
