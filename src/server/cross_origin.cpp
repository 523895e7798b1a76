#include "server/cross_origin.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <string>

namespace lama::internal::server {
namespace {

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

/// A Host header without its port and an IPv6 address's brackets.
std::string host_name(const std::string& host) {
  return lower(host.starts_with('[') ? host.substr(1, host.find(']') - 1)
                                     : host.substr(0, host.find(':')));
}

bool trusted(const std::string& host, const Options& options) {
  const auto& hosts = options.trusted_hosts;
  return std::any_of(hosts.begin(), hosts.end(),
                     [&host](const std::string& given) { return lower(given) == host; });
}

/// Whether the requesting page has the server's own address.
bool of_this_address(const RequestHead& request) {
  return request.origin == "http://" + request.host || request.origin == "https://" + request.host;
}

}  // namespace

void require_own_site(const RequestHead& request, const Options& options) {
  const std::string name = host_name(request.host);
  // A site whose name leads to this machine (DNS rebinding) has the same origin. It has no token,
  // so a token makes any name acceptable.
  const bool ours = is_loopback(name) || name == options.host || trusted(name, options);
  if (options.token.empty() && !ours && !request.host.empty()) {
    throw HttpError(
        403, "wrong_host",
        fmt::format("this server is not {0}: start it with --trusted-host {0} if it is", name));
  }
  // A proxy may keep the Host or replace it by its own.
  if (!request.origin.empty() && !of_this_address(request) &&
      !from_trusted_site(request, options)) {
    throw HttpError(403, "wrong_origin", "pages of other sites may not use this server");
  }
}

bool from_trusted_site(const RequestHead& request, const Options& options) {
  const std::size_t scheme = request.origin.find("://");
  return scheme != std::string::npos && !of_this_address(request) &&
         trusted(host_name(request.origin.substr(scheme + 3)), options);
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
