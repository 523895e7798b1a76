#include "server/router.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace lama::internal::server {
namespace {

/// Whether `path` matches `pattern`. Sets `id` to the segment at ID.
bool matches(std::string_view pattern, std::string_view path, std::string& id) {
  const std::size_t at = pattern.find("/ID");
  if (at == std::string_view::npos) return path == pattern;
  const std::size_t begin = at + 1;
  if (path.size() < begin || path.substr(0, begin) != pattern.substr(0, begin)) return false;
  const std::size_t end = std::min(path.find('/', begin), path.size());
  if (end == begin || path.substr(end) != pattern.substr(begin + 2)) return false;
  id = path.substr(begin, end - begin);
  return true;
}

}  // namespace

void Router::add(const std::string& method, const std::string& path, Function function, When when) {
  add_late(method, path,
           [function = std::move(function)](const Request& request, const Reply& reply) {
             reply(function(request));
           });
  routes_.back().when = when;
}

void Router::add_late(const std::string& method, const std::string& path, LateFunction function) {
  routes_.push_back({method, path, std::move(function), When::worker});
}

const Router::Route& Router::find(const RequestHead& request, std::string& id) const {
  std::string allowed;
  for (const Route& route : routes_) {
    if (!matches(route.path, request.path, id)) continue;
    if (route.method == request.method) return route;
    if (!allowed.empty()) allowed += ", ";
    allowed += route.method == "GET" ? "GET, HEAD" : route.method;
  }
  if (!allowed.empty()) {
    throw HttpError(405, "method_not_allowed",
                    fmt::format("{} does not accept {}", request.path, request.method), "",
                    allowed);
  }
  throw HttpError(404, "not_found", fmt::format("there is no {}", request.path));
}

void Router::require_route(const RequestHead& request) const {
  std::string id;
  find(request, id);
}

bool Router::answers_at_once(const RequestHead& request) const {
  std::string id;
  return find(request, id).when == When::at_once;
}

void Router::answer(Request request, const Reply& reply) const try {
  std::string id;
  const Route& route = find(request, id);
  request.id = id;
  route.function(request, reply);
} catch (...) {
  reply(error_response(std::current_exception()));
}

}  // namespace lama::internal::server
