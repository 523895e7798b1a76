// What the server says of itself.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/memory.h"
#include "server/routes.h"

namespace lama::server {
namespace {

using Json = nlohmann::ordered_json;

Json capabilities(const Context& context) {
  const Options& options = context.options;
  Json models = Json::array();
  for (const Model& model : options.models) {
    models.push_back({{"name", model.name},
                      {"description", model.description},
                      {"default", model.name == options.model},
                      {"installed", model.installed}});
  }
  Json types = Json::array();
  for (const auto format : {codecs::Format::jpeg, codecs::Format::png, codecs::Format::webp,
                            codecs::Format::tiff, codecs::Format::heif, codecs::Format::avif}) {
    types.push_back(media_type(format));
  }
  const auto range = [](double least, double most, double otherwise) {
    return Json{{"min", least}, {"max", most}, {"default", otherwise}};
  };
  const auto pixels = [](int otherwise) {
    return Json{{"min", 0}, {"max", kMaxGrowth}, {"default", otherwise}};
  };
  return {{"version", LAMA_VERSION},
          {"models", models},
          {"formats", {{"read", types}, {"write", types}}},
          {"precisions", {"f32"}},
          {"strategies", {"auto", "full", "crop", "resize"}},
          {"limits",
           {{"body_bytes", options.http.body_bytes},
            {"pixels", options.pixels},
            {"queue", options.queue},
            {"memory_bytes", options.memory_limit > 0 ? options.memory_limit : available_memory()},
            {"ttl_seconds", options.storage.ttl.count()}}},
          {"options",
           {{"dilate", pixels(kDefaultDilate)},
            {"feather", pixels(kDefaultFeather)},
            {"mask_threshold", range(0, 1, 0.5)}}}};
}

}  // namespace

void add_about_routes(Router& router, Context context) {
  router.add("GET", "/healthz", [](const Request&) {
    return json_response(200, {{"status", "ok"}});
  });
  router.add("GET", "/api/v1/capabilities",
             [context](const Request&) { return json_response(200, capabilities(context)); });
}

}  // namespace lama::server
