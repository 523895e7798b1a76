// Fills: /api/v1/jobs.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "codecs/format_table.h"
#include "engine/precision_names.h"
#include "inpaint/fill_options.h"
#include "server/errors.h"
#include "server/fields.h"
#include "server/fill_fields.h"
#include "server/multipart.h"
#include "server/routes.h"

namespace lama::internal::server {
namespace {

JsonText json_of(const JobStatus& status) {
  const char* const state = [&status] {
    switch (status.state) {
      case JobState::queued:
        return "queued";
      case JobState::running:
        return "running";
      case JobState::done:
        return "done";
      case JobState::failed:
        return "failed";
      case JobState::cancelled:
        return "cancelled";
    }
    return "";
  }();
  JsonText json = {{"id", status.id},
                   {"state", state},
                   {"position", status.position},
                   {"progress", status.progress},
                   {"seconds", status.seconds}};
  if (!status.error_code.empty()) {
    json.add("error", {{"code", status.error_code}, {"message", status.error_message}});
  }
  if (status.result) {
    const JobResult& result = *status.result;
    const Box& box = result.replaced;
    json.add(
        "result",
        {{"image", result.image},
         {"width", result.width},
         {"height", result.height},
         {"type", media_type(result.format)},
         {"replaced", {{"x", box.x}, {"y", box.y}, {"width", box.width}, {"height", box.height}}},
         {"pixels", result.pixels},
         {"notes", result.notes},
         {"details", result.details},
         {"model", result.model}});
  }
  return json;
}

/// The states of a job as events, until it ends.
class JobEvents : public EventStream {
 public:
  JobEvents(JobQueue& jobs, std::string id) : jobs_(jobs), id_(std::move(id)) {
    jobs_.status(id_);  // throws if the job does not exist
  }

  void listen(std::function<void()> changed) override {
    changed_ = std::make_shared<std::function<void()>>(std::move(changed));
    try {
      jobs_.listen(id_, changed_);
    } catch (const NotFound&) {
      ended_ = true;  // removed meanwhile, because it was too old
    }
  }

  std::string next() override {
    if (ended_) return {};
    try {
      JobStatus status = jobs_.status(id_);
      ended_ = status.ended();
      std::string text = fmt::format("event: job\ndata: {}\n\n", json_of(status).text());
      // The mere passage of time is not an event.
      status.seconds = 0;
      std::string timeless = json_of(status).text();
      if (timeless == last_) return {};
      last_ = std::move(timeless);
      return text;
    } catch (const NotFound&) {
      ended_ = true;
      return {};
    }
  }

  bool ended() const override { return ended_; }

 private:
  JobQueue& jobs_;
  const std::string id_;
  std::shared_ptr<std::function<void()>> changed_;
  std::string last_;
  bool ended_ = false;
};

/// Reads a job request's fields except those of the pictures.
JobRequest read_options(Fields& fields, const Options& options) {
  JobRequest job;
  job.model = fields.text("model").value_or(options.model);
  const auto model =
      std::find_if(options.models.begin(), options.models.end(),
                   [&job](const OfferedModel& known) { return known.name == job.model; });
  if (model == options.models.end()) {
    throw HttpError(400, "unknown_model", fmt::format("there is no model {}", job.model), "model");
  }
  if (!model->installed) {
    throw HttpError(
        400, "unknown_model",
        fmt::format("{0} is not installed; fetch it with: lama models pull {0}", job.model),
        "model");
  }
  job.options = fill_options(fields);
  job.options.memory_limit = options.memory_limit;
  std::vector<std::string> precisions;
  precisions.reserve(std::size(engine::kPrecisionNames));
  for (const auto& [name, precision] : engine::kPrecisionNames) precisions.emplace_back(name);
  const auto precision = fields.choice("precision", precisions);
  job.precision = !precision || precisions[*precision] == "auto"
                      ? options.precision
                      : engine::kPrecisionNames[*precision].precision;
  if (!engine::available(job.precision)) {
    throw HttpError(400, "bad_field", "precision: this server's processor has no bf16",
                    "precision");
  }
  return job;
}

/// The parts of a request for a fill. A part that is missing is empty.
struct JobParts {
  std::span<const std::uint8_t> json, image, mask;
  std::string image_name;
};

/// `parts` must outlive the result.
JobParts read_parts(const std::vector<Part>& parts) {
  static constexpr std::uint8_t kNothing[] = {'{', '}'};
  JobParts read;
  read.json = kNothing;
  for (const Part& part : parts) {
    if (part.name == "request") {
      read.json = part.bytes;
    } else if (part.name == "image") {
      read.image = part.bytes;
      read.image_name = part.file_name;
    } else if (part.name == "mask") {
      read.mask = part.bytes;
    } else {
      throw HttpError(400, "unknown_field", "there is no field " + part.name, part.name);
    }
  }
  return read;
}

/// Throws HttpError unless a picture comes once, as an id or as a file.
void require_one(bool id, bool file, const char* name) {
  if (id && file) {
    throw HttpError(400, "duplicate_field",
                    fmt::format("{} is given twice, as an id and as a file", name), name);
  }
  if (!id && !file) {
    throw HttpError(400, "missing_field",
                    fmt::format("{} is required, as an id or as a file", name), name);
  }
}

Response start(const Request& request, Context context) {
  require_known(request, {});
  std::vector<Part> parts;
  JobParts given;
  if (is_multipart(request.content_type)) {
    parts = read_multipart(request.content_type, request.body);
    given = read_parts(parts);
  } else {
    given.json = request.body;
  }
  Fields fields(given.json);
  JobRequest job = read_options(fields, context.options);
  const auto image_id = fields.text("image"), mask_id = fields.text("mask");
  fields.end();
  require_one(image_id.has_value(), !given.image.empty(), "image");
  require_one(mask_id.has_value(), !given.mask.empty(), "mask");
  job.client = request.client;
  job.image_is_own = !image_id;
  job.image = image_id ? context.images.find(*image_id)
                       : store_upload(given.image, given.image_name, request, context);
  const std::string own = job.image_is_own ? job.image->id : "";
  JobStatus status;
  try {
    if (mask_id) {
      const auto bytes = context.images.find(*mask_id)->file->read();
      job.mask = store_mask(bytes, *job.image, request, context);
    } else {
      job.mask = store_mask(given.mask, *job.image, request, context);
    }
    // A client that has gone never learns the id.
    if (*request.abandoned) throw HttpError(503, "cancelled", "the client gave up the job");
    status = context.jobs.add(std::move(job));
  } catch (...) {
    if (!own.empty()) context.images.remove(own);
    throw;
  }
  Response response = json_response(202, json_of(status));
  response.headers.emplace_back("Location", "/api/v1/jobs/" + status.id);
  return response;
}

JobResult require_result(const Request& request, Context context) {
  const JobStatus status = context.jobs.status(request.id);
  if (status.result) return *status.result;
  if (!status.error_message.empty()) {
    throw HttpError(409, "failed", status.error_message);
  }
  if (status.state == JobState::cancelled) {
    throw HttpError(409, "cancelled", "the job was cancelled and has no result");
  }
  throw HttpError(404, "not_done", "the job has no result yet");
}

Response result(const Request& request, Context context) {
  require_known(request, {"format"});
  const JobResult done = require_result(request, context);
  const auto image = context.images.find(done.image);
  std::optional<codecs::Format> format;
  if (const auto wanted = request.query.find("format"); wanted != request.query.end()) {
    std::vector<std::string_view> names;
    for (const codecs::FormatRow& row : codecs::format_table()) {
      if (!row.written) continue;
      names.emplace_back(api_name(row.format));
      if (wanted->second == names.back()) format = row.format;
    }
    if (!format) {
      throw HttpError(400, "bad_field",
                      fmt::format("format must be one of {}", fmt::join(names, ", ")), "format");
    }
  }
  Response response;
  response.type = media_type(format.value_or(image->format));
  std::string name = image->name;
  if (format && *format != image->format) {
    name = renamed(name, *format);
    response.bytes = context.workers.convert(*image, *format, name, request.abandoned);
  } else {
    response.file = image->file;
  }
  response.headers.emplace_back("Content-Disposition", content_disposition(name));
  return response;
}

/// The source's pixels in the grown hole, transparent elsewhere, also in the feathered ring.
Response removed(const Request& request, Context context) {
  require_known(request, {});
  const JobResult done = require_result(request, context);
  const JobRequest job = context.jobs.request(request.id);
  if (job.image == nullptr) {
    throw HttpError(404, "not_found", "the picture of this job does not exist any more");
  }
  const Box& box = done.replaced;
  if (box.width == 0) throw HttpError(404, "not_found", "the job replaced nothing");
  Response response;
  response.type = "image/png";
  response.bytes =
      context.workers.removed(*job.image, *job.mask, job.options, box, request.abandoned);
  return response;
}

}  // namespace

void add_job_routes(Router& router, Context context) {
  router.add("POST", "/api/v1/jobs",
             [context](const Request& request) { return start(request, context); });
  router.add(
      "GET", "/api/v1/jobs/ID",
      [context](const Request& request) {
        require_known(request, {});
        return json_response(200, json_of(context.jobs.status(request.id)));
      },
      Router::When::at_once);
  router.add(
      "DELETE", "/api/v1/jobs/ID",
      [context](const Request& request) {
        require_known(request, {});
        context.jobs.cancel(request.id);
        Response response;
        response.status = 204;
        return response;
      },
      Router::When::at_once);
  router.add(
      "GET", "/api/v1/jobs/ID/events",
      [context](const Request& request) {
        require_known(request, {});
        Response response;
        response.type = "text/event-stream";
        response.events = std::make_shared<JobEvents>(context.jobs, request.id);
        return response;
      },
      Router::When::at_once);
  router.add("GET", "/api/v1/jobs/ID/result",
             [context](const Request& request) { return result(request, context); });
  router.add("GET", "/api/v1/jobs/ID/removed",
             [context](const Request& request) { return removed(request, context); });
}

}  // namespace lama::internal::server
