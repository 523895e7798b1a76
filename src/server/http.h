// Requests and answers, in the routes' form. http_server.h transports them.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "server/json_text.h"
#include "server/stored_file.h"

namespace lama::internal::server {

/// The server answers the request with this error: docs/api.md lists the codes.
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
  const std::string field;    ///< the bad field; may be empty
  const std::string allowed;  ///< the allowed methods (405); may be empty
};

/// The part before the body.
struct RequestHead {
  std::string method;  ///< GET for HEAD
  std::string path;    ///< decoded, without the query
  std::map<std::string, std::string> query;
  /// Empty if absent.
  std::string host, origin, fetch_site, authorization, content_type;
  std::string client;  ///< its address
};

struct Request : RequestHead {
  std::vector<std::uint8_t> body;
  std::string id;  ///< the route's ID
  /// Becomes true when the client has gone.
  std::shared_ptr<const std::atomic<bool>> abandoned;
};

/// Server-sent events. Thread-safety: see each function.
class EventStream {
 public:
  EventStream() = default;
  virtual ~EventStream() = default;
  EventStream(const EventStream&) = delete;
  EventStream& operator=(const EventStream&) = delete;

  /// Registers `changed`, which is called from any thread when next() may have an event.
  virtual void listen(std::function<void()> changed) = 0;
  /// The next events to send; empty if there are none. Called from one thread.
  virtual std::string next() = 0;
  /// Whether next() has returned the last event.
  virtual bool ended() const = 0;
};

struct Response {
  int status = 200;
  std::string type;
  std::vector<std::pair<std::string, std::string>> headers;
  // At most one of these is set:
  std::vector<std::uint8_t> bytes;
  std::shared_ptr<const StoredFile> file;
  std::shared_ptr<EventStream> events;
};

using Reply = std::function<void(Response)>;

Response json_response(int status, const JsonText& json);
Response error_response(const HttpError& error);
/// The answer to an exception.
HttpError http_error(const std::exception_ptr& error);
Response error_response(const std::exception_ptr& error);

/// Says that memory ran out, when there is enough for that: other requests will return theirs.
void refuse_when_possible(const Reply& reply);

/// Throws HttpError (400), because a repeated name is ambiguous. `what` is "field" or
/// "parameter".
[[noreturn]] void refuse_twice(const std::string& what, const std::string& name);

/// Throws HttpError if the query has a parameter that is not in `known`.
void require_known(const RequestHead& request, const std::vector<std::string>& known);

/// `name` as a header value that gives browsers the file's name.
std::string content_disposition(const std::string& name);

}  // namespace lama::internal::server
