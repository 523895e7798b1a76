#include "server/server.h"

#include <algorithm>
#include <cctype>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <new>
#include <stop_token>
#include <string_view>
#include <thread>
#include <utility>

#include "base/memory.h"
#include "server/cross_origin.h"
#include "server/routes.h"

namespace lama::internal::server {
namespace {

/// Takes equally long for every wrong token, so that a client cannot guess one letter by letter.
bool same(const std::string& given, const std::string& expected) {
  unsigned differences = given.size() == expected.size() ? 0 : 1;
  for (std::size_t i = 0; i < given.size(); ++i) {
    differences |= static_cast<unsigned char>(given[i] ^ expected[i % expected.size()]);
  }
  return differences == 0;
}

/// Throws HttpError unless the request has the token or needs none. Returns false if it only needs
/// none.
bool require_token(const RequestHead& request, const std::string& token) {
  if (token.empty()) return true;
  if (!request.path.starts_with("/api/") && request.path != "/metrics" &&
      request.path != "/inpaint") {
    return false;
  }
  const std::string& given = request.authorization;
  constexpr std::string_view kScheme = "bearer ";
  const bool bearer =
      given.size() >= kScheme.size() &&
      std::equal(kScheme.begin(), kScheme.end(), given.begin(), [](char expected, char c) {
        return expected == std::tolower(static_cast<unsigned char>(c));
      });
  if (!bearer || !same(given.substr(kScheme.size()), token)) {
    throw HttpError(401, "unauthorized", "this server needs its token");
  }
  return true;
}

/// Bodies use at most half of the available memory.
Options within_memory(Options options) {
  HttpLimits& limits = options.http;
  limits.all_body_bytes = std::min(limits.all_body_bytes, available_memory() / 2);
  limits.body_bytes = std::min(limits.body_bytes, limits.all_body_bytes);
  return options;
}

}  // namespace

struct Server::Impl {
  explicit Impl(Options given)
      : options(within_memory(std::move(given))),
        images(options.storage),
        workers(options.worker, {.pixels = options.pixels,
                                 .memory = options.memory_limit,
                                 .silence = options.worker_silence}),
        http(options.host, options.port, options.http,
             {.admit =
                  [this](const RequestHead& request) {
                    require_own_site(request, options);
                    if (is_preflight(request, options)) return false;  // browsers send no token
                    const bool known = require_token(request, options.token);
                    router.require_route(request);
                    return known;
                  },
              .answer = [this](Request request,
                               const Reply& reply) { answer(std::move(request), reply); },
              .answers_at_once =
                  [this](const RequestHead& request) {
                    return is_preflight(request, options) || router.answers_at_once(request);
                  },
              .log = options.log}),
        jobs(images, workers, options.model, options.precision, options.queue) {
    const Context context{options, images, jobs, workers};
    add_page_routes(router);
    add_about_routes(router, context);
    add_image_routes(router, context);
    add_selection_routes(router, context);
    add_job_routes(router, context);
    add_iopaint_routes(router, context);
  }

  /// Pages of trusted hosts at other addresses are let read what they asked for.
  void answer(Request request, const Reply& reply) const {
    if (!from_trusted_site(request, options)) return router.answer(std::move(request), reply);
    if (is_preflight(request, options)) return reply(preflight_response(request));
    RequestHead head = request;
    router.answer(std::move(request), [head = std::move(head), reply](Response response) {
      allow_page(response, head);
      reply(std::move(response));
    });
  }

  /// Has a thread of its own, because large files take long to close.
  void purge_until(const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any second;
    std::unique_lock lock(mutex);
    const auto stopped = [&stop] { return stop.stop_requested(); };
    while (!second.wait_for(lock, stop, std::chrono::seconds(1), stopped)) {
      try {
        images.purge();
        jobs.purge();
      } catch (const std::bad_alloc&) {
        continue;  // the next second may have memory
      }
    }
  }

  const Options options;
  Router router;
  ImageStore images;
  WorkerClient workers;
  HttpServer http;
  JobQueue jobs;  ///< ends before the objects that its answers use
};

Server::Server(Options options) : impl_(new Impl(std::move(options))) {}
Server::~Server() = default;

int Server::port() const { return impl_->http.port(); }

std::vector<std::string> Server::lost() const { return impl_->workers.lost(); }

void Server::run(const std::function<bool()>& go_on) {
  const std::jthread purging([this](const std::stop_token& stop) { impl_->purge_until(stop); });
  impl_->http.run(go_on, [this] {
    impl_->workers.stop();
    impl_->jobs.stop();
  });
}

}  // namespace lama::internal::server
