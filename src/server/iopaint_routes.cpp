// The part of IOPaint's API that concerns an eraser, and the request of lama-cleaner, as it was
// called before, so that their clients work here: docs/api.md says which fields count.
#include <algorithm>
#include <array>
#include <filesystem>
#include <iterator>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <utility>

#include "codecs/picture.h"
#include "server/fields.h"
#include "server/iopaint_mask.h"
#include "server/multipart.h"
#include "server/routes.h"

namespace lama::internal::server {
namespace {

/// Fields without meaning here: other networks' settings, and sizes that our strategies choose
/// themselves. IOPaint's own page misspells the last two.
constexpr const char* kIgnored[] = {
    "ldm_steps",
    "ldm_sampler",
    "zits_wireframe",
    "hd_strategy_crop_trigger_size",
    "hd_strategy_crop_margin",
    "hd_strategy_resize_limit",
    "prompt",
    "negative_prompt",
    "use_croper",
    "croper_x",
    "croper_y",
    "croper_height",
    "croper_width",
    "use_extender",
    "extender_x",
    "extender_y",
    "extender_height",
    "extender_width",
    "sd_scale",
    "sd_mask_blur",
    "sd_strength",
    "sd_steps",
    "sd_guidance_scale",
    "sd_sampler",
    "sd_match_histograms",
    "sd_outpainting_softness",
    "sd_outpainting_space",
    "sd_lcm_lora",
    "sd_keep_unmasked_area",
    "cv2_flag",
    "cv2_radius",
    "paint_by_example_example_image",
    "p2p_image_guidance_scale",
    "enable_controlnet",
    "controlnet_conditioning_scale",
    "controlnet_method",
    "enable_brushnet",
    "brushnet_method",
    "brushnet_conditioning_scale",
    "enable_powerpaint_v2",
    "powerpaint_task",
    "fitting_degree",
    "hd_strategy_crop_triger_size",
    "hd_trategy_resize_imit",
};

/// An error in IOPaint's form. Its clients show `errors` or `detail`.
Response iopaint_error(const HttpError& error) {
  Response response = json_response(
      error.status == 422 ? 400 : error.status,
      {{"error", error.code}, {"detail", error.what()}, {"body", ""}, {"errors", error.what()}});
  response.headers = error_response(error).headers;
  return response;
}
Response iopaint_error(const std::exception_ptr& error) { return iopaint_error(http_error(error)); }

/// IOPaint's names of strategies, and what they are here.
constexpr std::array<std::pair<const char*, Strategy>, 3> kStrategies = {
    {{"Original", Strategy::full}, {"Resize", Strategy::resize}, {"Crop", Strategy::automatic}}};

HttpError error_of(const JobStatus& job) {
  if (job.state == JobState::cancelled) return {503, "cancelled", "the fill was cancelled"};
  const bool full = job.error_code == "out_of_memory" || job.error_code == "storage_full";
  return {full ? 507 : 500, job.error_code, job.error_message};
}

/// The answer after the job's end. The result is not kept.
Response answer_to(const JobStatus& job, const std::string& seed, Context context) try {
  if (!job.result) return iopaint_error(error_of(job));
  Response response;
  response.file = context.images.find(job.result->image)->file;
  context.images.remove(job.result->image);
  response.type = media_type(job.result->format);
  response.headers.emplace_back("X-Seed", seed);
  return response;
} catch (...) {
  return iopaint_error(std::current_exception());
}

/// Fills and answers when that is done. Nothing of it is kept.
void fill_at_once(const Request& request, std::span<const std::uint8_t> image,
                  std::span<const std::uint8_t> mask, Strategy strategy, const std::string& seed,
                  const Reply& reply, Context context) {
  JobRequest job;
  job.model = context.options.model;
  // IOPaint changes only the mask's pixels.
  job.options.dilate = 0;
  job.options.feather = 0;
  job.options.strategy = strategy;
  job.options.memory_limit = context.options.memory_limit;
  job.abandoned = request.abandoned;
  job.client = request.client;
  // The picture goes with this, before the answer does.
  auto stored = store_upload(image, "", request, context);
  std::shared_ptr<const StoredImage> kept(
      stored.get(),
      [&images = context.images, stored](const StoredImage* gone) { images.remove(gone->id); });
  job.image = stored;
  job.mask = store_mask(mask, *stored, request, context);
  auto answer = [context, reply, seed, kept = std::move(kept)](const JobStatus& status) mutable {
    kept.reset();
    try {
      reply(answer_to(status, seed, context));
    } catch (const std::bad_alloc&) {
      refuse_when_possible(reply);
    }
  };
  context.jobs.add(std::move(job), std::move(answer));
}

void inpaint(const Request& request, const Reply& reply, Context context) {
  require_known(request, {});
  Fields fields(request.body);
  const auto image = fields.decoded("image"), mask = fields.decoded("mask");
  std::vector<std::string> names;
  names.reserve(std::size(kStrategies));
  for (const auto& [name, strategy] : kStrategies) names.emplace_back(name);
  const std::size_t strategy = fields.choice("hd_strategy", names).value_or(2);
  const int seed = fields.integer("sd_seed", -1, 2147483647).value_or(42);
  for (const char* ignored : kIgnored) fields.ignore(ignored);
  fields.end();
  fill_at_once(request, image, mask, kStrategies.at(strategy).second, std::to_string(seed), reply,
               context);
}

/// lama-cleaner's form. Of its fields, which differ from version to version, three count.
void inpaint_form(const Request& request, const Reply& reply, Context context) {
  require_known(request, {});
  if (!is_multipart(request.content_type)) {
    throw HttpError(400, "bad_request", "a form with the files image and mask is required");
  }
  const std::vector<Part> parts = read_multipart(request.content_type, request.body);
  const auto find = [&parts](const std::string& name) -> std::span<const std::uint8_t> {
    const auto part = std::find_if(parts.begin(), parts.end(),
                                   [&name](const Part& each) { return each.name == name; });
    return part == parts.end() ? std::span<const std::uint8_t>() : part->bytes;
  };
  for (const char* name : {"image", "mask"}) {
    if (find(name).empty()) {
      throw HttpError(400, "missing_field", std::string(name) + " is required, as a file", name);
    }
  }
  const auto text = find("hdStrategy");
  const std::string wanted(text.begin(), text.end());
  const auto known = std::find_if(kStrategies.begin(), kStrategies.end(),
                                  [&wanted](const auto& each) { return each.first == wanted; });
  if (!wanted.empty() && known == kStrategies.end()) {
    throw HttpError(400, "bad_field", "hdStrategy must be Original, Resize or Crop", "hdStrategy");
  }
  const Strategy strategy = wanted.empty() ? Strategy::automatic : known->second;
  fill_at_once(request, find("image"), find("mask"), strategy, "42", reply, context);
}

/// The prompt with which a picture was made: there is none here.
Response gen_info(const Request& request, Context context) {
  require_known(request, {});
  const std::vector<Part> parts = read_multipart(request.content_type, request.body);
  if (parts.size() != 1 || parts[0].name != "file") {
    throw HttpError(400, "missing_field", "one file is required", "file");
  }
  context.workers.inspect(parts[0].bytes, "file", request.abandoned);
  return json_response(200, {{"prompt", ""}, {"negative_prompt", ""}});
}

Response adjust_mask(const Request& request, Context context) {
  require_known(request, {});
  Fields fields(request.body);
  const auto bytes = fields.decoded("mask");
  std::vector<std::string> names;
  names.reserve(std::size(kAdjustments));
  for (const auto& [name, adjustment] : kAdjustments) names.emplace_back(name);
  const auto operation = fields.choice("operate", names);
  if (!operation) throw HttpError(400, "missing_field", "operate is required", "operate");
  const int radius = fields.integer("kernel_size", 0, kMaxKernel).value_or(5);
  fields.end();
  Response response;
  response.type = "image/png";
  response.bytes = context.workers.adjust_mask(bytes, kAdjustments[*operation].second, radius,
                                               request.abandoned);
  return response;
}

/// The answer with the photo that the server is started with, kept as a file because many clients
/// may read it slowly. IOPaint, too, says without an error if it has none. Throws Error.
Response input_image(const std::string& path) {
  if (path.empty()) return json_response(200, {{"detail", "No input image configured"}});
  const auto photo = codecs::read_picture_file(path, "photo");
  const auto format = codecs::format_of(photo);
  if (!format) throw Error(path + ": not a picture (photo)");
  Response response;
  response.file = std::make_shared<const StoredFile>(photo);
  response.type = media_type(*format);
  response.headers.emplace_back(
      "Content-Disposition", content_disposition(std::filesystem::path(path).filename().string()));
  return response;
}

JsonText model_info(const std::string& name) {
  JsonText info = {{"name", name},
                   {"path", name},
                   {"model_type", "inpaint"},
                   {"is_single_file_diffusers", false},
                   {"controlnets", JsonText::array()},
                   {"brushnets", JsonText::array()}};
  for (const char* what :
       {"need_prompt", "support_strength", "support_outpainting", "support_lcm_lora",
        "support_controlnet", "support_brushnet", "support_powerpaint_v2"}) {
    info.add(what, false);
  }
  return info;
}

JsonText server_config(Context context) {
  JsonText models = JsonText::array();
  for (const OfferedModel& model : context.options.models) {
    if (model.installed) models.push_back(model_info(model.name));
  }
  return {{"plugins", JsonText::array()},
          {"modelInfos", models},
          {"removeBGModel", "briaai/RMBG-1.4"},
          {"removeBGModels", JsonText::array()},
          {"realesrganModel", "realesr-general-x4v3"},
          {"realesrganModels", JsonText::array()},
          {"interactiveSegModel", "vit_b"},
          {"interactiveSegModels", JsonText::array()},
          {"enableFileManager", false},
          {"enableAutoSaving", false},
          {"enableControlnet", false},
          {"controlnetMethod", nullptr},
          {"disableModelSwitch", true},
          {"isDesktop", false},
          {"samplers", JsonText::array()}};
}

}  // namespace

void add_iopaint_routes(Router& router, Context context) {
  using Late = void (*)(const Request&, const Reply&, Context);
  for (const auto& [path, function] : {std::pair<const char*, Late>{"/api/v1/inpaint", inpaint},
                                       std::pair<const char*, Late>{"/inpaint", inpaint_form}}) {
    router.add_late("POST", path,
                    [context, function = function](const Request& request, const Reply& reply) {
                      try {
                        function(request, reply, context);
                      } catch (...) {
                        reply(iopaint_error(std::current_exception()));
                      }
                    });
  }
  using Prompt = Response (*)(const Request&, Context);
  for (const auto& [path, function] :
       {std::pair<const char*, Prompt>{"/api/v1/adjust_mask", adjust_mask},
        std::pair<const char*, Prompt>{"/api/v1/gen-info", gen_info}}) {
    router.add("POST", path, [context, function = function](const Request& request) {
      try {
        return function(request, context);
      } catch (...) {
        return iopaint_error(std::current_exception());
      }
    });
  }
  router.add("POST", "/api/v1/save_image", [](const Request&) {
    // The page saves by itself where the server does not.
    return iopaint_error(HttpError(400, "not_saved", "the server keeps no files"));
  });
  router.add("GET", "/api/v1/server-config",
             [context](const Request&) { return json_response(200, server_config(context)); });
  router.add("GET", "/api/v1/samplers",
             [](const Request&) { return json_response(200, JsonText::array()); });
  router.add("GET", "/api/v1/model", [context](const Request&) {
    return json_response(200, model_info(context.options.model));
  });
  router.add("GET", "/api/v1/inputimage",
             [photo = input_image(context.options.photo)](const Request& request) {
               require_known(request, {});
               return photo;
             });
}

}  // namespace lama::internal::server
