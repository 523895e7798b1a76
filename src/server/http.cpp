#include "server/http.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <new>
#include <thread>

#include "base/memory.h"
#include "codecs/picture.h"
#include "image/mask.h"
#include "server/address.h"
#include "server/errors.h"

namespace lama::internal::server {
Response json_response(int status, const JsonText& json) {
  Response response;
  response.status = status;
  response.type = "application/json";
  response.bytes.assign(json.text().begin(), json.text().end());
  response.bytes.push_back('\n');
  return response;
}

Response error_response(const HttpError& error) {
  JsonText json = {{"code", error.code}, {"message", error.what()}};
  if (!error.field.empty()) json.add("field", error.field);
  Response response = json_response(error.status, {{"error", json}});
  if (error.status == 429 || error.status == 503) response.headers.emplace_back("Retry-After", "5");
  if (!error.allowed.empty()) response.headers.emplace_back("Allow", error.allowed);
  if (error.status == 401) response.headers.emplace_back("WWW-Authenticate", "Bearer");
  return response;
}

HttpError http_error(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const HttpError& known) {
    return known;
  } catch (const Cancelled&) {
    return HttpError(503, "cancelled", "the work was given up");
  } catch (const NotFound& absent) {
    return HttpError(404, "not_found", absent.what());
  } catch (const QueueFull& full) {
    return HttpError(429, "queue_full", full.what());
  } catch (const Stopping& stopping) {
    return HttpError(503, "stopping", stopping.what());
  } catch (const StorageFull& full) {
    return HttpError(507, "storage_full", full.what());
  } catch (const UnfitMask& unfit) {
    return HttpError(422, "size_mismatch", unfit.what(), "mask");
  } catch (const codecs::TooManyPixels& large) {
    return HttpError(413, "too_large", large.what());
  } catch (const OutOfMemory& end) {
    return HttpError(507, "out_of_memory", end.what());
  } catch (const std::bad_alloc&) {
    return HttpError(507, "out_of_memory", kOutOfMemory);
  } catch (const Error& other) {
    return HttpError(422, "bad_image", other.what());
  } catch (const std::exception& other) {
    return HttpError(500, "internal", other.what());
  }
}

Response error_response(const std::exception_ptr& error) {
  return error_response(http_error(error));
}

void refuse_when_possible(const Reply& reply) {
  for (;;) {
    try {
      return reply(error_response(HttpError(503, "out_of_memory", kOutOfMemory)));
    } catch (const std::bad_alloc&) {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
  }
}

void refuse_twice(const std::string& what, const std::string& name) {
  throw HttpError(400, "duplicate_field", fmt::format("the {} {} occurs twice", what, name), name);
}

void require_known(const RequestHead& request, const std::vector<std::string>& known) {
  for (const auto& [name, value] : request.query) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      throw HttpError(400, "unknown_field", fmt::format("there is no parameter {}", name), name);
    }
  }
}

std::string content_disposition(const std::string& name) {
  std::string plain;
  for (const char c : name) {
    const auto code = static_cast<unsigned char>(c);
    const bool ascii = code >= 0x20 && code < 0x7f && c != '"' && c != '\\' && c != '%';
    plain += ascii ? c : '_';
  }
  return fmt::format("inline; filename=\"{}\"; filename*=UTF-8''{}", plain, escaped(name));
}

}  // namespace lama::internal::server
