// The part of IOPaint's API that concerns an eraser, so that its clients work here: docs/api.md
// says which fields count.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "server/fields.h"
#include "server/iopaint_mask.h"
#include "server/routes.h"

namespace lama::server {
namespace {

using Json = nlohmann::ordered_json;

/// What means nothing here: other networks' settings, and sizes that the strategies here find
/// themselves. The last two are misspelt by IOPaint's own page.
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

/// An error as IOPaint words it. Its clients show `errors` or `detail`.
Response iopaint_error(const Response& error) {
  const auto json = Json::parse(error.bytes.begin(), error.bytes.end()).at("error");
  Response response =
      json_response(error.status == 422 ? 400 : error.status, {{"error", json.at("code")},
                                                               {"detail", json.at("message")},
                                                               {"body", ""},
                                                               {"errors", json.at("message")}});
  response.headers.insert(response.headers.end(), error.headers.begin(), error.headers.end());
  return response;
}

void inpaint(const Request& request, const Reply& reply, Context context) {
  require_known(request, {});
  Fields fields(request.body);
  const auto image = fields.decoded("image"), mask = fields.decoded("mask");
  static constexpr Strategy kStrategies[] = {Strategy::full, Strategy::resize, Strategy::automatic};
  const std::size_t strategy =
      fields.choice("hd_strategy", {"Original", "Resize", "Crop"}).value_or(2);
  const int seed = fields.integer("sd_seed", -1, 2147483647).value_or(42);
  for (const char* ignored : kIgnored) fields.ignore(ignored);
  fields.end();

  JobRequest job;
  job.model = context.options.model;
  // IOPaint changes what the mask marks and nothing else.
  job.options.dilate = 0;
  job.options.feather = 0;
  job.options.strategy = kStrategies[strategy];
  job.options.memory_limit = context.options.memory_limit;
  job.abandoned = request.abandoned;
  job.client = request.client;
  // Nothing of it is kept: the picture goes with this, before the answer does.
  auto stored = store_upload(image, "", request, context);
  std::shared_ptr<const StoredImage> kept(
      stored.get(),
      [&images = context.images, stored](const StoredImage* gone) { images.remove(gone->id); });
  job.image = stored;
  job.mask = store_mask(mask, *stored, request, context);
  auto answer = [context, reply, seed, kept = std::move(kept)](const JobStatus& status) mutable {
    kept.reset();
    if (!status.result) {
      const bool cancelled = status.state == JobState::cancelled;
      return reply(iopaint_error(
          error_response(cancelled ? HttpError(503, "cancelled", "the fill was cancelled")
                                   : HttpError(status.error_code == "out_of_memory" ? 507 : 500,
                                               status.error_code, status.error_message))));
    }
    Response response;
    try {
      response.file = context.images.find(status.result->image)->file;
    } catch (...) {
      return reply(iopaint_error(error_response(std::current_exception())));
    }
    context.images.remove(status.result->image);
    response.type = media_type(status.result->format);
    response.headers.emplace_back("X-Seed", std::to_string(seed));
    reply(std::move(response));
  };
  context.jobs.add(std::move(job), std::move(answer));
}

Response adjust_mask(const Request& request, Context context) {
  require_known(request, {});
  Fields fields(request.body);
  const auto bytes = fields.decoded("mask");
  const std::size_t operation =
      fields.choice("operate", {"expand", "shrink", "reverse"}).value_or(3);
  if (operation == 3) throw HttpError(400, "missing_field", "operate is required", "operate");
  const int radius = fields.integer("kernel_size", 0, kMaxKernel).value_or(5);
  fields.end();
  Response response;
  response.type = "image/png";
  response.bytes = context.work.adjust_mask(bytes, static_cast<Adjustment>(operation), radius,
                                            request.abandoned);
  return response;
}

Json model_info(const std::string& name) {
  Json info = {{"name", name},
               {"path", name},
               {"model_type", "inpaint"},
               {"is_single_file_diffusers", false},
               {"controlnets", Json::array()},
               {"brushnets", Json::array()}};
  for (const char* what :
       {"need_prompt", "support_strength", "support_outpainting", "support_lcm_lora",
        "support_controlnet", "support_brushnet", "support_powerpaint_v2"}) {
    info[what] = false;
  }
  return info;
}

Json server_config(Context context) {
  Json models = Json::array();
  for (const Model& model : context.options.models) {
    if (model.installed) models.push_back(model_info(model.name));
  }
  return {{"plugins", Json::array()},
          {"modelInfos", models},
          {"removeBGModel", "briaai/RMBG-1.4"},
          {"removeBGModels", Json::array()},
          {"realesrganModel", "realesr-general-x4v3"},
          {"realesrganModels", Json::array()},
          {"interactiveSegModel", "vit_b"},
          {"interactiveSegModels", Json::array()},
          {"enableFileManager", false},
          {"enableAutoSaving", false},
          {"enableControlnet", false},
          {"controlnetMethod", nullptr},
          {"disableModelSwitch", true},
          {"isDesktop", false},
          {"samplers", Json::array()}};
}

}  // namespace

void add_iopaint_routes(Router& router, Context context) {
  router.add_late("POST", "/api/v1/inpaint", [context](const Request& request, const Reply& reply) {
    try {
      inpaint(request, reply, context);
    } catch (...) {
      reply(iopaint_error(error_response(std::current_exception())));
    }
  });
  router.add("POST", "/api/v1/adjust_mask", [context](const Request& request) {
    try {
      return adjust_mask(request, context);
    } catch (...) {
      return iopaint_error(error_response(std::current_exception()));
    }
  });
  router.add("GET", "/api/v1/server-config",
             [context](const Request&) { return json_response(200, server_config(context)); });
  router.add("GET", "/api/v1/model", [context](const Request&) {
    return json_response(200, model_info(context.options.model));
  });
}

}  // namespace lama::server
