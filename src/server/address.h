// The addresses of requests, servers and pages, read by Boost.URL.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace lama::internal::server {

/// The target of a request's first line.
struct Target {
  std::string path;  ///< decoded, without the query
  std::map<std::string, std::string> query;
  /// The absolute form, which proxies receive, names the host too. It overrides the Host header
  /// (RFC 9112, 3.2.2).
  std::optional<std::string> host;
};
/// Throws HttpError for a target that is no address, and for a field that occurs twice.
Target parse_target(std::string_view text);

/// The name in a Host header: without port and an IPv6 address's brackets, in small letters.
/// Nothing if it is no host.
std::optional<std::string> host_name(std::string_view host);

/// The scheme and host of a page.
struct Origin {
  std::string scheme;
  std::string host;  ///< with the port, if it has one
};
/// Nothing for `null` and other texts that are no origin.
std::optional<Origin> parse_origin(std::string_view text);

/// Whether it names this machine alone: localhost, 127.x.x.x, ::1.
bool is_loopback(const std::string& host);

/// Writes all but letters, digits and -._~ as %XX.
std::string escaped(std::string_view text);

}  // namespace lama::internal::server
