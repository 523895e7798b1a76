// The server's facts: capabilities, health, metrics.
#include <fmt/format.h>

#include "base/memory.h"
#include "codecs/format_table.h"
#include "engine/precision_names.h"
#include "server/fill_fields.h"
#include "server/json_text.h"
#include "server/routes.h"

namespace lama::internal::server {
namespace {

JsonText capabilities(const Context& context) {
  const Options& options = context.options;
  JsonText models = JsonText::array();
  for (const OfferedModel& model : options.models) {
    models.push_back({{"name", model.name},
                      {"description", model.description},
                      {"default", model.name == options.model},
                      {"installed", model.installed}});
  }
  JsonText read = JsonText::array(), written = JsonText::array();
  for (const codecs::FormatRow& row : codecs::format_table()) {
    read.push_back(row.media_type);
    if (row.written) written.push_back(row.media_type);
  }
  JsonText precisions = JsonText::array();
  for (const auto& [name, precision] : engine::kPrecisionNames) {
    if (engine::available(precision)) precisions.push_back(name);
  }
  return {{"version", LAMA_VERSION},
          {"models", models},
          {"formats", {{"read", read}, {"write", written}}},
          {"precisions", precisions},
          {"strategies", choices_of("strategy")},
          {"limits",
           {{"body_bytes", options.http.body_bytes},
            {"pixels", options.pixels},
            {"queue", options.queue},
            {"memory_bytes", options.memory_limit > 0 ? options.memory_limit : available_memory()},
            {"ttl_seconds", options.storage.ttl.count()}}},
          {"options", fill_option_capabilities()}};
}

/// In the text format of Prometheus.
std::string metrics(const Context& context) {
  const JobQueue::Counts jobs = context.jobs.counts();
  const ImageStore::Usage images = context.images.usage();
  std::string text;
  const auto add = [&text](const char* name, const char* type, const char* help, auto value) {
    text += fmt::format("# HELP {0} {1}\n# TYPE {0} {2}\n{0} {3}\n", name, help, type, value);
  };
  add("lama_jobs_waiting", "gauge", "Waiting fills.", jobs.waiting);
  add("lama_jobs_done_total", "counter", "Successful fills.", jobs.done);
  add("lama_jobs_failed_total", "counter", "Failed fills.", jobs.failed);
  add("lama_jobs_cancelled_total", "counter", "Cancelled fills.", jobs.cancelled);
  add("lama_jobs_refused_total", "counter", "Fills refused because the queue was full.",
      jobs.refused);
  add("lama_jobs_started_total", "counter", "Started fills.", jobs.started);
  add("lama_job_queue_seconds_total", "counter", "Time that started fills had waited.",
      jobs.queue_seconds);
  add("lama_job_work_seconds_total", "counter", "Time spent on fills.", jobs.work_seconds);
  add("lama_images", "gauge", "Stored pictures.", images.images);
  add("lama_image_bytes", "gauge", "Bytes of the stored pictures.", images.bytes);
  add("lama_peak_memory_bytes", "gauge", "Peak memory.", peak_memory());
  return text;
}

}  // namespace

void add_about_routes(Router& router, Context context) {
  router.add(
      "GET", "/healthz",
      [](const Request& request) {
        require_known(request, {});
        return json_response(200, {{"status", "ok"}});
      },
      Router::When::at_once);
  router.add(
      "GET", "/api/v1/capabilities",
      [context](const Request& request) {
        require_known(request, {});
        return json_response(200, capabilities(context));
      },
      Router::When::at_once);
  router.add(
      "GET", "/metrics",
      [context](const Request& request) {
        require_known(request, {});
        Response response;
        response.type = "text/plain; version=0.0.4";
        const std::string text = metrics(context);
        response.bytes.assign(text.begin(), text.end());
        return response;
      },
      Router::When::at_once);
}

}  // namespace lama::internal::server
