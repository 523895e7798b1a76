#include "server/address.h"

#include <algorithm>
#include <boost/url.hpp>

#include "base/lower_case.h"
#include "server/http.h"

namespace lama::internal::server {
namespace {

namespace urls = boost::urls;

constexpr std::string_view kHttp = "http://";

boost::core::string_view view(std::string_view text) { return {text.data(), text.size()}; }

HttpError no_address() { return {400, "bad_request", "the address cannot be parsed"}; }

}  // namespace

std::optional<std::string> host_name(std::string_view host) {
  // Boost.URL 1.81 refuses 1.2.3.4.example, because it reads an address with a rest. After a letter
  // it reads a name.
  const bool literal = host.starts_with('[');
  const std::string named = literal ? std::string(host) : 'x' + std::string(host);
  const auto authority = urls::parse_authority(named);
  if (!authority || authority->has_userinfo()) return std::nullopt;
  // The port's number is 0 if it is above 65535.
  if (!authority->port().empty() && authority->port_number() == 0) return std::nullopt;
  std::string name = lower_case(authority->host_address().substr(literal ? 0 : 1));
  if (name.ends_with('.')) name.pop_back();  // the same name, written to its root
  return name;
}

Target parse_target(std::string_view text) {
  Target target;
  std::string own(text);
  if (!text.starts_with('/')) {
    const auto origin = parse_origin(text.substr(0, text.find_first_of("/?", kHttp.size())));
    const bool known = origin && origin->scheme == "http" && host_name(origin->host) != "";
    if (!known) throw no_address();
    target.host = origin->host;
    own = text.substr(kHttp.size() + origin->host.size());
    if (!own.starts_with('/')) own.insert(0, 1, '/');
  }
  // Proxies that take a path's beginning away often leave a second slash.
  own.erase(0, std::min(own.find_first_not_of('/'), own.size()) - 1);
  const auto url = urls::parse_origin_form(own);
  if (!url) throw no_address();
  target.path = url->path();
  urls::encoding_opts plus_is_blank;
  plus_is_blank.space_as_plus = true;
  for (const auto& field : url->params(plus_is_blank)) {
    if (field.key.empty() && !field.has_value) continue;
    if (!target.query.emplace(field.key, field.value).second) refuse_twice("parameter", field.key);
  }
  return target;
}

std::optional<Origin> parse_origin(std::string_view text) {
  const std::size_t end = text.find("://");
  if (end == 0 || end == std::string_view::npos) return std::nullopt;
  const std::string_view host = text.substr(end + 3);
  if (!host_name(host)) return std::nullopt;
  return Origin{lower_case(text.substr(0, end)), std::string(host)};
}

bool is_loopback(const std::string& host) {
  if (const auto address = urls::parse_ipv4_address(host)) return address->is_loopback();
  if (const auto address = urls::parse_ipv6_address(host)) return address->is_loopback();
  return host == "localhost";
}

std::string escaped(std::string_view text) {
  return urls::encode(view(text), urls::unreserved_chars);
}

}  // namespace lama::internal::server
