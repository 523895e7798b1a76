// Requests and answers as the routes see them. How they travel is http_server.h's business.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "server/stored_file.h"

namespace lama::server {

/// A request that is answered with an error: docs/api.md lists the codes.
class HttpError : public Error {
 public:
  HttpError(int number, std::string name, std::string message, std::string at = {},
            std::string methods = {})
      : Error(std::move(message)),
        status(number),
        code(std::move(name)),
        field(std::move(at)),
        allowed(std::move(methods)) {}
  const int status;
  const std::string code;     ///< for programs
  const std::string field;    ///< the field that is wrong; may be empty
  const std::string allowed;  ///< the methods that would do (405); may be empty
};

/// What comes before the body.
struct RequestHead {
  std::string method;  ///< HEAD is GET here
  std::string path;    ///< decoded, without the query
  std::map<std::string, std::string> query;
  /// Empty if absent.
  std::string host, origin, authorization, content_type;
  std::string client;  ///< its address
};

struct Request : RequestHead {
  std::vector<std::uint8_t> body;
  std::string id;  ///< what stands for ID in the route
  /// Becomes true when whoever asked has gone.
  std::shared_ptr<const std::atomic<bool>> abandoned;
};

/// Server-sent events. Thread-safety: as said.
class EventStream {
 public:
  EventStream() = default;
  virtual ~EventStream() = default;
  EventStream(const EventStream&) = delete;
  EventStream& operator=(const EventStream&) = delete;

  /// From now on `changed` is called, from any thread, when next() may have something.
  virtual void listen(std::function<void()> changed) = 0;
  /// What is to be sent; empty if nothing is new. From one thread.
  virtual std::string next() = 0;
  /// Whether what next() returned was the last.
  virtual bool ended() const = 0;
};

struct Response {
  int status = 200;
  std::string type;
  std::vector<std::pair<std::string, std::string>> headers;
  // At most one of:
  std::vector<std::uint8_t> bytes;
  std::shared_ptr<const StoredFile> file;
  std::shared_ptr<EventStream> events;
};

using Reply = std::function<void(Response)>;

Response json_response(int status, const nlohmann::ordered_json& json);
Response error_response(const HttpError& error);
/// What a client hears of whatever was thrown.
HttpError http_error(const std::exception_ptr& error);
Response error_response(const std::exception_ptr& error);

/// Throws HttpError (400): what stands there twice could mean either. `what` is "field" or
/// "parameter".
[[noreturn]] void refuse_twice(const std::string& what, const std::string& name);

/// Throws HttpError for a parameter of the query beside `known`.
void require_known(const RequestHead& request, const std::vector<std::string>& known);

/// `name` as a header's value by which browsers name a file.
std::string content_disposition(const std::string& name);

}  // namespace lama::server
