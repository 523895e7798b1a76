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

  /// `path` may have one segment ID, which stands for anything; `/*` at its end for any path below.
  void add(const std::string& method, const std::string& path, Function function);
  /// For what is answered later, from whatever thread.
  void add_late(const std::string& method, const std::string& path, LateFunction function);

  /// Throws HttpError (404, 405) if nothing answers it.
  void require_route(const RequestHead& request) const;
  /// Answers; with an error if the route throws.
  void answer(Request request, const Reply& reply) const;

 private:
  struct Route {
    std::string method, path;
    LateFunction function;
  };
  const Route& find(const RequestHead& request, std::string& id) const;

  std::vector<Route> routes_;
};

}  // namespace lama::server
