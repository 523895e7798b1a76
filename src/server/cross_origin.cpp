#include "server/cross_origin.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "server/address.h"

namespace lama::internal::server {
namespace {

bool trusted(const std::string& host, const Options& options) {
  const auto& hosts = options.trusted_hosts;
  return std::any_of(hosts.begin(), hosts.end(),
                     [&host](const std::string& given) { return host_name(given) == host; });
}

/// Whether the requesting page has the server's own address. Proxies may name the scheme's own port
/// in Host, and browsers leave it out in Origin.
bool of_this_address(const Origin& origin, const RequestHead& request) {
  const bool secure = origin.scheme == "https";
  if (!secure && origin.scheme != "http") return false;
  return origin.host == request.host || origin.host + (secure ? ":443" : ":80") == request.host;
}

}  // namespace

void require_own_site(const RequestHead& request, const Options& options) {
  const auto name = host_name(request.host);
  if (!name) throw HttpError(400, "bad_request", "the Host header names no host");
  // A site whose name leads to this machine (DNS rebinding) has the same origin. It has no token,
  // so a token makes any name acceptable.
  const bool ours = is_loopback(*name) || *name == options.host ||
                    name == host_name(options.host) || trusted(*name, options);
  if (options.token.empty() && !ours && !request.host.empty()) {
    throw HttpError(
        403, "wrong_host",
        fmt::format("this server does not serve {0}; to allow it, start lama serve with "
                    "--trusted-host {0}",
                    *name));
  }
  // A proxy may keep the Host or replace it by its own. Where it replaces it, a browser still
  // tells, in a header that no page can set, that the page came from where its request goes.
  if (request.origin.empty() || request.fetch_site == "same-origin") return;
  const auto origin = parse_origin(request.origin);
  if (!(origin && of_this_address(*origin, request)) && !from_trusted_site(request, options)) {
    const auto site = origin ? host_name(origin->host) : std::nullopt;
    throw HttpError(403, "wrong_origin",
                    "pages of other sites may not use this server" +
                        (site ? fmt::format("; if {0} is its proxy, start lama serve with "
                                            "--trusted-host {0}",
                                            *site)
                              : ""));
  }
}

bool from_trusted_site(const RequestHead& request, const Options& options) {
  const auto origin = parse_origin(request.origin);
  if (!origin || of_this_address(*origin, request)) return false;
  const auto name = host_name(origin->host);
  return name && trusted(*name, options);
}

bool is_preflight(const RequestHead& request, const Options& options) {
  return request.method == "OPTIONS" && from_trusted_site(request, options);
}

Response preflight_response(const RequestHead& request) {
  Response response;
  response.status = 204;
  allow_page(response, request);
  response.headers.emplace_back("Access-Control-Allow-Methods", "GET, POST, DELETE");
  response.headers.emplace_back("Access-Control-Allow-Headers", "Authorization, Content-Type");
  response.headers.emplace_back("Access-Control-Max-Age", "600");
  return response;
}

void allow_page(Response& response, const RequestHead& request) {
  response.headers.emplace_back("Access-Control-Allow-Origin", request.origin);
  response.headers.emplace_back("Access-Control-Expose-Headers", "X-Seed, Location, Retry-After");
  response.headers.emplace_back("Vary", "Origin");
}

}  // namespace lama::internal::server
