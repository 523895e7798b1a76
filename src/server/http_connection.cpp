#include "server/http_connection.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <new>
#include <optional>

#include "base/memory.h"
#include "server/address.h"

namespace lama::internal::server {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using Tcp = asio::ip::tcp;

std::string text_of(beast::string_view text) { return {text.data(), text.size()}; }

template <typename Fields>
RequestHead head_of(const http::header<true, Fields>& header) {
  RequestHead head;
  head.method = header.method() == http::verb::head ? "GET" : text_of(header.method_string());
  Target target = parse_target({header.target().data(), header.target().size()});
  head.path = std::move(target.path);
  head.query = std::move(target.query);
  const auto single = [&header](beast::string_view name) {
    if (header.count(name) > 1) {
      throw HttpError(400, "bad_request", "a header occurs twice: " + text_of(name));
    }
    return text_of(header[name]);
  };
  head.host = single("Host");
  if (target.host) head.host = *target.host;
  head.origin = single("Origin");
  head.fetch_site = single("Sec-Fetch-Site");
  head.authorization = single("Authorization");
  head.content_type = single("Content-Type");
  return head;
}

/// Throws HttpError for a body whose end is ambiguous (RFC 9112, 6.1 and 6.3): another reader could
/// take its rest for a request.
template <typename Fields>
void require_clear_end(const http::header<true, Fields>& header) {
  const std::size_t codings = header.count(http::field::transfer_encoding);
  if (codings == 0) return;
  if (header.version() < 11 || header.count(http::field::content_length) > 0) {
    throw HttpError(400, "bad_request", "Transfer-Encoding and another length occur together");
  }
  if (codings > 1 || !beast::iequals(header[http::field::transfer_encoding], "chunked")) {
    throw HttpError(501, "bad_request", "chunked is the only supported transfer coding");
  }
}

class Connection : public HttpConnection, public std::enable_shared_from_this<Connection> {
 public:
  Connection(SharedByConnections& shared, Tcp::socket socket)
      : shared_(shared),
        stream_(std::move(socket)),
        buffer_(shared.limits.header_bytes + kReadSize),
        timer_(shared.io),
        probe_(shared.io) {
    beast::error_code ignored;
    const auto peer = stream_.socket().remote_endpoint(ignored);
    served_.client = peer.address().to_string(ignored);
    ++shared_.clients[served_.client].connections;
    ++shared_.connections;
    stream_.socket().set_option(Tcp::no_delay(true), ignored);
  }
  ~Connection() override {
    *abandoned_ = true;
    leave();
    if (shared_.room_made) shared_.room_made();
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void read_head() override {
    if (shared_.stopping) return;
    idle_ = true;
    waits_since_ = Clock::now();
    parser_.emplace();
    parser_->header_limit(static_cast<std::uint32_t>(shared_.limits.header_bytes));
    parser_->body_limit(shared_.limits.body_bytes);
    body_ = {};
    body_end_ = 0;
    read_until(waits_since_ + shared_.limits.header_time);
    http::async_read_header(stream_, buffer_, *parser_,
                            [self = shared_from_this()](beast::error_code error, std::size_t) {
                              self->guarded([&] { self->on_head(error); });
                            });
    if (shared_.room_made) shared_.room_made();
  }

  void close() override {
    idle_ = false;
    leave();
    stream_.close();
  }
  bool idle() const override { return idle_; }
  Clock::time_point waits_since() const override { return waits_since_; }
  bool counted() const override { return counted_; }
  bool unknown() const override { return !trusted_; }
  const std::string& client() const override { return served_.client; }

 private:
  static constexpr std::size_t kReadSize = 65536;

  /// After it closes, another may take its place.
  void leave() {
    if (!std::exchange(counted_, false)) return;
    release_body();
    --shared_.connections;
    const auto client = shared_.clients.find(served_.client);
    if (--client->second.connections == 0) shared_.clients.erase(client);
  }

  /// Runs a step of this connection. If memory runs out, only this request
  /// ends.
  template <typename Step>
  void guarded(Step&& step) {
    try {
      step();
    } catch (const std::bad_alloc&) {
      parser_.reset();
      body_ = {};
      keep_alive_ = false;
      try {
        send(error_response(HttpError(503, "out_of_memory", kOutOfMemory)));
      } catch (const std::bad_alloc&) {
        close();
      }
    }
  }

  /// Ends reads at that time, with timed_out_. The stream's own timeout would close the connection
  /// before it could report why.
  void read_until(Clock::time_point end) {
    timed_out_ = false;
    stream_.expires_at(end + std::chrono::seconds(1));  // in case the timer below fails
    timer_.expires_at(end);
    timer_.async_wait([self = weak_from_this()](beast::error_code error) {
      const auto here = self.lock();
      if (error || !here || here->timer_.expiry() > Clock::now()) return;
      here->timed_out_ = true;
      beast::error_code ignored;
      here->stream_.socket().cancel(ignored);
    });
  }
  void stop_timer() { timer_.expires_at(Clock::time_point::max()); }

  void on_head(beast::error_code error) {
    stop_timer();
    const bool begun = idle_ && buffer_.size() > 0;
    idle_ = false;
    is_head_ = false;
    begin_ = Clock::now();
    served_.status = 0;
    served_.received = served_.sent = 0;
    trusted_ = false;
    // A client that has sent nothing gets no answer.
    if (error && timed_out_ && !begun) return;
    if (error) return on_read_error(error);
    const auto& header = parser_->get();
    served_.method = text_of(header.method_string());
    served_.path = text_of(header.target().substr(0, header.target().find('?')));
    is_head_ = header.method() == http::verb::head;
    keep_alive_ = header.keep_alive();
    interim_ = header.version() >= 11;
    try {
      require_clear_end(header.base());
      static_cast<RequestHead&>(request_) = head_of(header.base());
      request_.client = served_.client;
      if (header.version() >= 11 && request_.host.empty()) {
        throw HttpError(400, "bad_request", "the Host header is missing");
      }
      trusted_ = shared_.handlers.admit(request_);
      reserve_body();
    } catch (const HttpError& refusal) {
      // The body, if any, is not read.
      const bool unclear = header.count(http::field::transfer_encoding) > 0;
      keep_alive_ = keep_alive_ && parser_->is_done() && !unclear;
      return send(error_response(refusal));
    }
    if (parser_->is_done()) return answer();
    if (!beast::iequals(header[http::field::expect], "100-continue")) return read_body();
    go_on_.emplace(http::status::continue_, header.version());
    http::async_write(stream_, *go_on_,
                      [self = shared_from_this()](beast::error_code failed, std::size_t) {
                        if (!failed) self->guarded([&] { self->read_body(); });
                      });
  }

  /// Counts the body among those with reserved memory before any of it arrives, and allocates the
  /// memory if the length is known.
  void reserve_body() {
    const auto length = parser_->content_length();
    if (parser_->is_done()) return;
    if (request_.method != "POST") {
      throw HttpError(400, "bad_request", request_.method + " takes no body");
    }
    const std::size_t most = shared_.limits.body_bytes;
    if (length && *length > most) refuse_large();
    const std::size_t bytes = length ? static_cast<std::size_t>(*length) : most;
    if (shared_.body_bytes + bytes > shared_.limits.all_body_bytes) {
      throw HttpError(503, "busy", "too much is being uploaded: try again in a moment");
    }
    if (!counted_) return;
    std::size_t& of_client = shared_.clients[served_.client].body_bytes;
    if (of_client + bytes > std::max(most, share_of(shared_.limits.all_body_bytes))) {
      throw HttpError(503, "busy", "you are uploading too much at once: try again in a moment");
    }
    if (length) body_.reserve(bytes + kReadSize);
    shared_.body_bytes += bytes;
    of_client += bytes;
    reserved_ = bytes;
  }
  void release_body() {
    const std::size_t bytes = std::exchange(reserved_, 0);
    if (bytes == 0) return;
    shared_.body_bytes -= bytes;
    shared_.clients[served_.client].body_bytes -= bytes;
  }

  [[noreturn]] void refuse_large() const {
    throw HttpError(413, "too_large",
                    fmt::format("the limit is {} bytes", shared_.limits.body_bytes));
  }

  void read_body() {
    // Drops clients below the least rate.
    const auto& limits = shared_.limits;
    read_until(begin_ + limits.transfer_time +
               std::chrono::milliseconds(1000 * served_.received / limits.least_bytes_per_second));
    // Grow the buffer here, where only this request fails. It does not shrink, because every growth
    // sets the new bytes to 0, and a chunk may have one byte.
    body_.resize(body_end_ + kReadSize);
    auto& room = parser_->get().body();
    room.data = body_.data() + body_end_;
    room.size = kReadSize;
    room.more = true;
    http::async_read_some(stream_, buffer_, *parser_,
                          [self = shared_from_this()](beast::error_code error, std::size_t bytes) {
                            self->guarded([&] {
                              self->served_.received += bytes;
                              self->stop_timer();
                              self->body_end_ += kReadSize - self->parser_->get().body().size;
                              if (error && error != http::error::need_buffer) {
                                return self->on_read_error(error);
                              }
                              if (self->parser_->is_done()) return self->answer();
                              self->read_body();
                            });
                          });
  }

  void on_read_error(beast::error_code error) {
    keep_alive_ = false;
    if (timed_out_ && error == asio::error::operation_aborted) {
      send(error_response(HttpError(408, "timeout", "the request took too long")));
    } else if (error == http::error::body_limit) {
      try {
        refuse_large();
      } catch (const HttpError& refusal) {
        send(error_response(refusal));
      }
    } else if (error == http::error::header_limit || error == http::error::buffer_overflow) {
      send(error_response(HttpError(431, "too_large", "the request's header is too long")));
    } else if (error.category() == make_error_code(http::error::bad_method).category() &&
               error != http::error::end_of_stream && error != http::error::partial_message) {
      send(error_response(HttpError(400, "bad_request", "this is not HTTP: " + error.message())));
    }
  }

  void answer() {
    body_.resize(body_end_);
    request_.body = std::exchange(body_, {});
    served_.received = request_.body.size();
    abandoned_ = std::make_shared<std::atomic<bool>>(false);
    request_.abandoned = abandoned_;
    stream_.expires_never();
    answering_ = true;
    watch();
    // The last reference must be released on this thread: a worker hands it back.
    auto held = std::make_shared<std::shared_ptr<Connection>>(shared_from_this());
    // Not const: a worker moves it, where a copy could end the program for lack of memory.
    Reply reply = [held, &io = shared_.io](Response response) {
      auto given = std::make_shared<Response>(std::move(response));
      asio::post(io, [held, given] {
        const auto self = std::exchange(*held, nullptr);
        if (self) self->guarded([&] { self->send(std::move(*given)); });
      });
    };
    auto work = std::make_shared<Request>(std::exchange(request_, {}));
    if (shared_.handlers.answers_at_once && shared_.handlers.answers_at_once(*work)) {
      return shared_.handlers.answer(std::move(*work), reply);
    }
    asio::post(shared_.workers, [&shared = shared_, work, reply = std::move(reply)] {
      const Busy busy(shared.busy);
      try {
        shared.handlers.answer(std::move(*work), reply);
      } catch (...) {
        *work = {};
        refuse_when_possible(reply);
      }
    });
  }

  /// Counts a worker's answer from its start.
  struct Busy {
    explicit Busy(std::atomic<std::size_t>& number) : count(number) { ++count; }
    ~Busy() { --count; }
    Busy(const Busy&) = delete;
    Busy& operator=(const Busy&) = delete;
    std::atomic<std::size_t>& count;
  };

  /// Notices when the client leaves during its answer.
  void watch() {
    stream_.socket().async_wait(
        Tcp::socket::wait_read,
        [self = weak_from_this(), abandoned = abandoned_](beast::error_code error) {
          const auto here = self.lock();
          if (error || !here) return;
          beast::error_code failed;
          // Readable without data means that the other side sends no more. (Another request may
          // have come: it waits.)
          if (here->stream_.socket().available(failed) == 0 || failed) here->probe(abandoned);
        });
  }

  /// A client that closed only its sending half still waits for the answer. It ignores an interim
  /// response (RFC 9110, 15.2); a client that has gone refuses it.
  void probe(const std::shared_ptr<std::atomic<bool>>& abandoned) {
    if (!answering_) return;  // the answer came while this call waited for its turn
    constexpr std::string_view kInterim = "HTTP/1.1 100 Continue\r\n\r\n";
    const int socket = stream_.socket().native_handle();
    char ignored = 0;
    const bool gone =
        ::recv(socket, &ignored, 1, MSG_PEEK | MSG_DONTWAIT) < 0 ||
        (interim_ && ::send(socket, kInterim.data(), kInterim.size(),
                            MSG_DONTWAIT | MSG_NOSIGNAL) != static_cast<ssize_t>(kInterim.size()));
    if (gone) {
      *abandoned = true;
      return;
    }
    probe_.expires_after(std::chrono::milliseconds(200));
    probe_.async_wait([self = weak_from_this(), abandoned](beast::error_code error) {
      const auto here = self.lock();
      if (!error && here) here->probe(abandoned);
    });
  }

  template <typename Header>
  void set_head(Header& header, const Response& response) {
    header.version(11);
    header.result(static_cast<unsigned>(response.status));
    if (!response.type.empty()) header.set(http::field::content_type, response.type);
    header.set("X-Content-Type-Options", "nosniff");
    header.set("Referrer-Policy", "no-referrer");
    header.set("Cross-Origin-Resource-Policy", "same-origin");
    header.set(http::field::cache_control, "no-store");
    // Only the page, which has its own policy, may run anything in a browser.
    header.set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
    for (const auto& [name, value] : response.headers) header.set(name, value);
    keep_alive_ = keep_alive_ && !shared_.stopping;
    header.keep_alive(keep_alive_);
  }

  void send(Response response) {
    beast::error_code ignored;
    answering_ = false;
    stream_.socket().cancel(ignored);  // the watch
    probe_.cancel();
    release_body();
    served_.status = response.status;
    if (response.events && !is_head_) return send_events(std::move(response));
    if (response.file && !is_head_) return send_file(std::move(response));
    const std::size_t size = response.file ? response.file->size() : response.bytes.size();
    if (is_head_) {
      http::response<http::empty_body> message;
      set_head(message, response);
      message.content_length(size);
      return write(std::move(message), 0);
    }
    http::response<http::vector_body<std::uint8_t>> message;
    set_head(message, response);
    message.body() = std::move(response.bytes);
    // RFC 9110, 8.6: a 204 has no Content-Length, not even 0.
    constexpr int kNoContent = 204;
    if (response.status != kNoContent) message.prepare_payload();
    write(std::move(message), size);
  }

  void send_file(Response response) {
    http::response<http::file_body> message;
    set_head(message, response);
    beast::error_code error;
    // Opened again, for its own position.
    message.body().open(response.file->path().c_str(), beast::file_mode::scan, error);
    if (error) {
      response.file.reset();
      return send(error_response(HttpError(500, "internal", "a stored file cannot be read")));
    }
    message.prepare_payload();
    write(std::move(message), response.file->size());
  }

  template <typename Message>
  void write(Message message, std::size_t size) {
    served_.sent = size;
    const auto& limits = shared_.limits;
    stream_.expires_after(limits.transfer_time +
                          std::chrono::milliseconds(1000 * size / limits.least_bytes_per_second));
    auto held = std::make_shared<Message>(std::move(message));
    http::async_write(stream_, *held,
                      [self = shared_from_this(), held](beast::error_code error, std::size_t) {
                        self->log();
                        if (error) return;
                        if (self->keep_alive_) return self->read_head();
                        self->close_gently();
                      });
  }

  /// An immediate close would lose an answer to an unfinished request.
  void close_gently() {
    beast::error_code ignored;
    stream_.socket().shutdown(Tcp::socket::shutdown_send, ignored);
    stream_.expires_after(std::chrono::seconds(2));
    discard();
  }
  void discard() {
    buffer_.clear();
    stream_.async_read_some(
        buffer_.prepare(kReadSize),
        [self = shared_from_this()](beast::error_code error, std::size_t bytes) {
          self->served_.received += bytes;
          constexpr std::size_t kEnough = 16U << 20;
          if (!error && self->served_.received < kEnough) self->discard();
        });
  }

  void log() {
    if (!shared_.handlers.log) return;
    served_.seconds = std::chrono::duration<double>(Clock::now() - begin_).count();
    shared_.handlers.log(served_);
  }

  // Sends events as they come, and a comment now and then, which reveals clients that have
  // gone.

  void send_events(Response response) {
    keep_alive_ = false;
    events_ = std::move(response.events);
    auto header = std::make_shared<http::response<http::empty_body>>();
    set_head(*header, response);
    auto serializer = std::make_shared<http::response_serializer<http::empty_body>>(*header);
    stream_.expires_after(shared_.limits.transfer_time);
    http::async_write_header(
        stream_, *serializer,
        [self = shared_from_this(), header, serializer](beast::error_code error, std::size_t) {
          if (error) return self->log();
          const std::weak_ptr<Connection> weak = self;
          auto& io = self->shared_.io;
          self->events_->listen([weak, &io] {
            asio::post(io, [weak] {
              if (const auto here = weak.lock()) here->on_event();
            });
          });
          self->write_events();
        });
  }

  void on_event() {
    if (waiting_for_event_) timer_.cancel();
    changed_ = true;
  }

  void write_events() {
    changed_ = false;
    text_ = events_->next();
    if (text_.empty() && !events_->ended()) {
      if (waited_) text_ = ": still here\n\n";
      if (!waited_) return wait_for_event();
    }
    waited_ = false;
    stream_.expires_after(shared_.limits.transfer_time);
    asio::async_write(stream_, asio::buffer(text_),
                      [self = shared_from_this()](beast::error_code error, std::size_t) {
                        if (error) return self->log();
                        if (self->events_->ended()) {
                          self->log();
                          return self->close_gently();
                        }
                        if (self->changed_) return self->write_events();
                        self->wait_for_event();
                      });
  }

  void wait_for_event() {
    stream_.expires_never();
    waiting_for_event_ = true;
    timer_.expires_after(shared_.limits.event_interval);
    timer_.async_wait([self = shared_from_this()](beast::error_code error) {
      self->waiting_for_event_ = false;
      self->waited_ = !error;
      self->write_events();
    });
  }

  SharedByConnections& shared_;
  beast::tcp_stream stream_;
  beast::flat_buffer buffer_;
  asio::steady_timer timer_, probe_;
  std::vector<std::uint8_t> body_;  ///< the received part, and room for more
  std::size_t body_end_ = 0;        ///< of the received part
  std::optional<http::request_parser<http::buffer_body>> parser_;
  std::optional<http::response<http::empty_body>> go_on_;
  Request request_;
  std::shared_ptr<std::atomic<bool>> abandoned_ = std::make_shared<std::atomic<bool>>(false);
  std::size_t reserved_ = 0;
  bool counted_ = true;
  bool idle_ = true, is_head_ = false, keep_alive_ = false, timed_out_ = false;
  bool trusted_ = false, answering_ = false, interim_ = false;
  Clock::time_point begin_ = Clock::now(), waits_since_ = begin_;
  Served served_;
  std::shared_ptr<EventStream> events_;
  std::string text_;
  bool changed_ = false, waiting_for_event_ = false, waited_ = false;
};

}  // namespace

std::shared_ptr<HttpConnection> make_connection(SharedByConnections& shared, Tcp::socket socket) {
  return std::make_shared<Connection>(shared, std::move(socket));
}

}  // namespace lama::internal::server
