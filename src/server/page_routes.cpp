// The embedded files: the page (web/), its sample pictures, openapi.json.
#include <string_view>

#include "server/page_files.h"
#include "server/routes.h"

namespace lama::internal::server {
namespace {

/// Nothing from elsewhere, nothing inline, and no frames. The page shows pictures that it fetched
/// with its token as blob:.
constexpr const char* kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'";

const char* type_of(std::string_view path) {
  static constexpr std::pair<std::string_view, const char*> kTypes[] = {
      {".html", "text/html; charset=utf-8"},
      {".js", "text/javascript"},
      {".css", "text/css"},
      {".json", "application/json"},
      {".svg", "image/svg+xml"},
      {".jpg", "image/jpeg"},
      {".png", "image/png"},
  };
  for (const auto& [ending, type] : kTypes) {
    if (path.ends_with(ending)) return type;
  }
  return "application/octet-stream";
}

}  // namespace

void add_page_routes(Router& router) {
  for (const PageFile& file : page_files()) {
    const auto answer = [&file](const Request&) {
      Response response;
      response.type = type_of(file.path);
      response.headers = {{"Content-Security-Policy", kPolicy}, {"Cache-Control", "no-cache"}};
      response.bytes.assign(file.bytes.begin(), file.bytes.end());
      return response;
    };
    const std::string path(file.path);
    router.add("GET", path, answer, Router::When::at_once);
    if (path == "/index.html") router.add("GET", "/", answer, Router::When::at_once);
  }
}

}  // namespace lama::internal::server
