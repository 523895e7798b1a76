// Which function answers which request.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "server/http.h"

namespace lama::server {

/// Routes are added before the first request. Thread-safety: const functions may run at the same
/// time.
class Router {
 public:
  using Function = std::function<Response(const Request&)>;
  using LateFunction = std::function<void(const Request&, Reply)>;

  /// Routes that answer at once wait for no worker: what asks how the server or a job is.
  enum class When { worker, at_once };

  /// `path` may have one segment ID, which stands for anything; `/*` at its end for any path below.
  void add(const std::string& method, const std::string& path, Function function,
           When when = When::worker);
  /// For what is answered later, from whatever thread.
  void add_late(const std::string& method, const std::string& path, LateFunction function);

  /// Throws HttpError (404, 405) if nothing answers it.
  void require_route(const RequestHead& request) const;
  /// Of what require_route() has let pass.
  bool answers_at_once(const RequestHead& request) const;
  /// Answers; with an error if the route throws.
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

}  // namespace lama::server
