#include "server/server.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <utility>

#include "base/memory.h"
#include "server/routes.h"

namespace lama::server {
namespace {

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

/// A Host header without its port, and without the brackets of an IPv6 address.
std::string host_name(const std::string& host) {
  return lower(host.starts_with('[') ? host.substr(1, host.find(']') - 1)
                                     : host.substr(0, host.find(':')));
}

/// Takes as long for every wrong token, so that none can be found letter by letter.
bool same(const std::string& given, const std::string& expected) {
  unsigned differences = given.size() == expected.size() ? 0 : 1;
  for (std::size_t i = 0; i < given.size(); ++i) {
    differences |= static_cast<unsigned char>(given[i] ^ expected[i % expected.size()]);
  }
  return differences == 0;
}

/// Throws HttpError for what another site makes a browser send.
void require_own_site(const RequestHead& request, const Options& options) {
  const std::string name = host_name(request.host);
  // A site whose name leads to this machine (DNS rebinding) would be of the same origin. It has no
  // token, so that with one any name will do.
  const auto trusted = [&options](const std::string& host) {
    const auto& hosts = options.trusted_hosts;
    return std::any_of(hosts.begin(), hosts.end(),
                       [&host](const std::string& given) { return lower(given) == host; });
  };
  const bool ours = is_loopback(name) || name == options.host || trusted(name);
  if (options.token.empty() && !ours && !request.host.empty()) {
    throw HttpError(
        403, "wrong_host",
        fmt::format("this server is not {0}: start it with --trusted-host {0} if it is", name));
  }
  // A proxy may leave the Host as it is there or put its own in its place.
  const std::size_t scheme = request.origin.find("://");
  const bool from_trusted =
      scheme != std::string::npos && trusted(host_name(request.origin.substr(scheme + 3)));
  if (!request.origin.empty() && request.origin != "http://" + request.host &&
      request.origin != "https://" + request.host && !from_trusted) {
    throw HttpError(403, "wrong_origin", "pages of other sites may not use this server");
  }
}

/// Throws HttpError unless the request has the token or needs none; false if it only needs none.
bool require_token(const RequestHead& request, const std::string& token) {
  if (token.empty()) return true;
  if (!request.path.starts_with("/api/") && request.path != "/metrics") return false;
  const std::string& given = request.authorization;
  constexpr std::size_t kScheme = sizeof "Bearer " - 1;
  if (lower(given.substr(0, kScheme)) != "bearer " || !same(given.substr(kScheme), token)) {
    throw HttpError(401, "unauthorized", "this server needs its token");
  }
  return true;
}

/// Bodies take at most half of the memory that there is.
HttpLimits within_memory(HttpLimits limits) {
  limits.all_body_bytes = std::min(limits.all_body_bytes, available_memory() / 2);
  limits.body_bytes = std::min(limits.body_bytes, limits.all_body_bytes);
  return limits;
}

}  // namespace

bool is_loopback(const std::string& host) {
  // Digits alone: 127.0.0.1.example.org is a name like any other.
  const bool address = host.find_first_not_of("0123456789.") == std::string::npos;
  return host == "localhost" || host == "::1" || (address && host.starts_with("127."));
}

struct Server::Impl {
  explicit Impl(Options given)
      : options(std::move(given)),
        images(options.storage),
        work(options.worker, {.pixels = options.pixels,
                              .memory = options.memory_limit,
                              .silence = options.worker_silence}),
        http(options.host, options.port, within_memory(options.http),
             {.admit =
                  [this](const RequestHead& request) {
                    require_own_site(request, options);
                    const bool known = require_token(request, options.token);
                    router.require_route(request);
                    return known;
                  },
              .answer = [this](Request request,
                               const Reply& reply) { router.answer(std::move(request), reply); },
              .answers_at_once =
                  [this](const RequestHead& request) { return router.answers_at_once(request); },
              .log = options.log}),
        jobs(images, work, options.model, options.precision, options.queue) {
    const Context context{options, images, jobs, work};
    add_page_routes(router);
    add_about_routes(router, context);
    add_image_routes(router, context);
    add_selection_routes(router, context);
    add_job_routes(router, context);
    add_iopaint_routes(router, context);
  }

  const Options options;
  Router router;
  ImageStore images;
  Work work;
  HttpServer http;
  JobQueue jobs;  ///< ends before what its answers go to
};

Server::Server(Options options) : impl_(new Impl(std::move(options))) {}
Server::~Server() = default;

int Server::port() const { return impl_->http.port(); }

std::vector<std::string> Server::lost() const { return impl_->work.lost(); }

void Server::run(const std::function<bool()>& go_on) {
  auto purged = Clock::now();
  const auto tick = [this, &go_on, &purged] {
    if (Clock::now() - purged > std::chrono::seconds(1)) {
      purged = Clock::now();
      impl_->images.purge();
      impl_->jobs.purge();
    }
    return go_on();
  };
  impl_->http.run(tick, [this] {
    impl_->work.stop();
    impl_->jobs.stop();
  });
}

}  // namespace lama::server
