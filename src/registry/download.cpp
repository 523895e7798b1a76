#include "registry/download.h"

#include <curl/curl.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <thread>

#include "base/descriptor.h"
#include "base/error.h"
#include "base/lower_case.h"

namespace lama::internal::registry {
namespace {

namespace fs = std::filesystem;
using Url = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;

// The limit for files of unknown size, above any checkpoint's.
constexpr std::uint64_t kMaxBytes = std::uint64_t{16} << 30;

/// A failure that may pass.
class Transient : public Error {
 public:
  using Error::Error;
};

/// The partial file, and the recorded source of its bytes.
class Partial {
 public:
  Partial(const fs::path& path, const std::string& url)
      : path_(path), url_(url), fd_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666)) {
    if (fd_.get() < 0) fail();
    std::ifstream source(source_of(path));
    std::string from;
    // A partial file of another or unknown source is useless.
    if (!std::getline(source, from) || !std::getline(source, validator_) || from != url ||
        validator_.empty()) {
      restart({});
    }
    size_ = static_cast<std::uint64_t>(::lseek(fd_.get(), 0, SEEK_END));
  }

  std::uint64_t size() const { return size_; }
  const std::string& validator() const { return validator_; }

  /// Empties the file; the next bytes are of the version `validator`.
  void restart(const std::string& validator) {
    if (::ftruncate(fd_.get(), 0) != 0 || ::lseek(fd_.get(), 0, SEEK_SET) != 0) fail();
    size_ = 0;
    validator_ = validator;
    std::ofstream source(source_of(path_), std::ios::trunc);
    source << url_ << '\n' << validator << '\n';
    if (!source.flush()) fail();
  }

  void append(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t n = ::write(fd_.get(), bytes.data(), bytes.size());
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) fail();
      bytes.remove_prefix(static_cast<std::size_t>(n));
      size_ += static_cast<std::uint64_t>(n);
    }
  }

 private:
  [[noreturn]] void fail() const {
    const char* reason = std::strerror(errno);  // NOLINT(concurrency-mt-unsafe)
    throw Error(fmt::format("{}: cannot write: {}", path_.string(), reason));
  }

  fs::path path_;
  std::string url_, validator_;
  Descriptor fd_;
  std::uint64_t size_ = 0;
};

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

struct ContentRange {
  std::optional<std::uint64_t> first, total;
};

/// "bytes 5-9/10", "bytes */10" (RFC 9110, 14.4).
ContentRange parse_content_range(std::string_view text) {
  if (!text.starts_with("bytes ")) return {};
  text.remove_prefix(6);
  return {number(text.substr(0, text.find('-'))), number(text.substr(text.find('/') + 1))};
}

/// One request and its answer.
class Transfer {
 public:
  Transfer(const std::string& url, Partial& partial, std::uint64_t bytes, const Patience& patience,
           const std::function<void(double)>& progress)
      : url_(url),
        partial_(partial),
        bytes_(bytes),
        offset_(partial.validator().empty() ? 0 : partial.size()),
        progress_(progress),
        curl_(curl_easy_init(), &curl_easy_cleanup) {
    if (!curl_) throw Error("libcurl does not start");
    set(CURLOPT_URL, url.c_str());
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_REDIR_PROTOCOLS_STR, url.starts_with("http:") ? "http,https" : "https");
    set(CURLOPT_FOLLOWLOCATION, 1L);
    set(CURLOPT_MAXREDIRS, 10L);
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_USERAGENT, "lama");
    set(CURLOPT_ERRORBUFFER, error_.data());
    set(CURLOPT_CONNECTTIMEOUT, static_cast<long>(patience.connect.count()));
    set(CURLOPT_LOW_SPEED_LIMIT, 1L);
    set(CURLOPT_LOW_SPEED_TIME, static_cast<long>(patience.stalled.count()));
    // The variables of the curl program and of OpenSSL; libcurl itself reads neither.
    for (const char* variable : {"SSL_CERT_FILE", "CURL_CA_BUNDLE"}) {
      const char* authorities = std::getenv(variable);  // NOLINT(concurrency-mt-unsafe)
      if (authorities != nullptr && *authorities != '\0') set(CURLOPT_CAINFO, authorities);
    }
    if (offset_ > 0) {
      headers_.reset(
          curl_slist_append(nullptr, fmt::format("If-Range: {}", partial.validator()).c_str()));
      set(CURLOPT_HTTPHEADER, headers_.get());
      set(CURLOPT_RANGE, fmt::format("{}-", offset_).c_str());
    }
    set(CURLOPT_HEADERDATA, this);
    set(CURLOPT_HEADERFUNCTION, &on_header);
    set(CURLOPT_WRITEDATA, this);
    set(CURLOPT_WRITEFUNCTION, &on_body);
    set(CURLOPT_XFERINFODATA, this);
    set(CURLOPT_XFERINFOFUNCTION, &on_progress);
    set(CURLOPT_NOPROGRESS, 0L);
  }

  /// Returns when the file is complete. Throws Transient if another try may help.
  void run() {
    const CURLcode code = curl_easy_perform(curl_.get());
    if (thrown_) std::rethrow_exception(thrown_);
    const long status = this->status();
    if (code == CURLE_OK || code == CURLE_PARTIAL_FILE) check_status(status);
    if (code != CURLE_OK) {
      const std::string text =
          fmt::format("{}: {}", url_, error_[0] != '\0' ? error_.data() : curl_easy_strerror(code));
      if (may_pass(code)) throw Transient(text);
      throw Error(text);
    }
    if (status == 416) {
      // The server has no more bytes: either the file is complete, or the server has another
      // version.
      const auto total = parse_content_range(header("content-range")).total;
      if (total == partial_.size() && (bytes_ == 0 || bytes_ == total)) return;
      partial_.restart({});
      throw Transient(fmt::format("{}: the server has another version now", url_));
    }
    if (!begun_) begin();  // an empty file
    if (bytes_ != 0 && partial_.size() != bytes_) {
      throw Transient(fmt::format("{}: ended after {} of {} bytes", url_, partial_.size(), bytes_));
    }
  }

 private:
  struct FreeList {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
  };

  template <typename Value>
  void set(CURLoption option, Value value) {
    curl_easy_setopt(curl_.get(), option, value);
  }

  long status() const {
    long status = 0;
    curl_easy_getinfo(curl_.get(), CURLINFO_RESPONSE_CODE, &status);
    return status;
  }

  std::string header(const std::string& name) const {
    const auto found = response_.find(name);
    return found == response_.end() ? "" : found->second;
  }

  static bool may_pass(CURLcode code) {
    switch (code) {
      case CURLE_COULDNT_RESOLVE_HOST:
      case CURLE_COULDNT_CONNECT:
      case CURLE_OPERATION_TIMEDOUT:
      case CURLE_PARTIAL_FILE:
      case CURLE_GOT_NOTHING:
      case CURLE_SEND_ERROR:
      case CURLE_RECV_ERROR:
      case CURLE_SSL_CONNECT_ERROR:
      case CURLE_HTTP2:
      case CURLE_HTTP2_STREAM:
        return true;
      default:
        return false;
    }
  }

  void check_status(long status) const {
    if (status == 200 || status == 206 || status == 416) return;
    const std::string text =
        fmt::format("{}: the server answers {}{}", url_, status,
                    status == 404 || status == 410 ? " (the file is gone)" : "");
    if (status == 408 || status == 429 || status >= 500) throw Transient(text);
    throw Error(text);
  }

  /// Called at the first bytes of the file: checks that it is the right file and finds their place.
  void begin() {
    begun_ = true;
    std::optional<std::uint64_t> total;
    curl_off_t length = -1;
    curl_easy_getinfo(curl_.get(), CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
    if (status() == 206) {
      const auto range = parse_content_range(header("content-range"));
      if (range.first != offset_) {
        partial_.restart({});
        throw Transient(
            fmt::format("{}: the server sends another part than the requested one", url_));
      }
      total = range.total;
    } else {
      // A weak ETag does not promise the same bytes: RFC 9110, 13.1.5.
      const std::string tag = header("etag");
      partial_.restart(!tag.empty() && !tag.starts_with("W/") ? tag : header("last-modified"));
      if (length >= 0) total = static_cast<std::uint64_t>(length);
    }
    if (bytes_ != 0 && total && *total != bytes_) {
      throw Error(
          fmt::format("{}: it has {} bytes, the published file has {}: this is another file", url_,
                      *total, bytes_));
    }
    limit_ = total ? *total : bytes_ != 0 ? bytes_ : kMaxBytes;
    if (limit_ > kMaxBytes) {
      throw Error(fmt::format("{}: {} bytes are more than any model has", url_, limit_));
    }
    total_ = total ? *total : bytes_;
  }

  void body(std::string_view bytes) {
    const long status = this->status();
    if (status != 200 && status != 206) return;  // ignore the text of an error page
    if (!begun_) begin();
    if (partial_.size() + bytes.size() > limit_) {
      throw Error(
          fmt::format("{}: more than the {} bytes expected: this is another file", url_, limit_));
    }
    partial_.append(bytes);
  }

  void head(std::string_view line) {
    if (line.starts_with("HTTP/")) response_.clear();  // a redirect's answer precedes this one
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return;
    const std::string name = lower_case(line.substr(0, colon));
    const std::size_t first = line.find_first_not_of(" \t", colon + 1);
    const std::size_t last = line.find_last_not_of(" \t\r\n");
    if (first == std::string_view::npos || first > last) return;
    response_[name] = line.substr(first, last - first + 1);
  }

  /// Exceptions must not cross libcurl, which is C.
  template <typename Step>
  bool guarded(Step&& step) {
    try {
      step();
      return true;
    } catch (...) {
      thrown_ = std::current_exception();
      return false;
    }
  }
  static std::size_t on_header(char* data, std::size_t size, std::size_t count, void* self) {
    const auto step = [&] { static_cast<Transfer*>(self)->head({data, size * count}); };
    return static_cast<Transfer*>(self)->guarded(step) ? size * count : 0;
  }
  static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self) {
    const auto step = [&] { static_cast<Transfer*>(self)->body({data, size * count}); };
    return static_cast<Transfer*>(self)->guarded(step) ? size * count : size * count + 1;
  }
  static int on_progress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    Transfer& transfer = *static_cast<Transfer*>(self);
    const auto step = [&] {
      const auto total = static_cast<double>(transfer.total_);
      transfer.progress_(total > 0 ? static_cast<double>(transfer.partial_.size()) / total : 0);
    };
    return transfer.guarded(step) ? 0 : 1;
  }

  const std::string& url_;
  Partial& partial_;
  const std::uint64_t bytes_, offset_;
  const std::function<void(double)>& progress_;
  Url curl_;
  std::unique_ptr<curl_slist, FreeList> headers_;
  std::array<char, CURL_ERROR_SIZE> error_{};
  std::map<std::string, std::string> response_;  ///< the last answer's header, names in lower case
  std::exception_ptr thrown_;
  bool begun_ = false;
  std::uint64_t limit_ = 0, total_ = 0;
};

}  // namespace

fs::path source_of(const fs::path& file) { return file.string() + ".source"; }

void download(const std::string& url, const fs::path& file, std::uint64_t bytes,
              const Patience& patience, const std::function<void(double)>& progress) {
  static const CURLcode kStarted = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (kStarted != CURLE_OK) throw Error("libcurl does not start");
  Partial partial(file, url);
  std::uint64_t best = partial.size();
  auto pause = patience.pause;
  for (int attempt = 1; bytes == 0 || partial.size() != bytes; ++attempt) {
    try {
      Transfer(url, partial, bytes, patience, progress).run();
      return;
    } catch (const Transient& error) {
      if (partial.size() > best) {
        best = partial.size();
        attempt = 0;
        pause = patience.pause;
      }
      if (attempt >= patience.attempts) {
        throw Error(fmt::format("{} (tried {} times)", error.what(), attempt));
      }
    }
    const auto end = std::chrono::steady_clock::now() + pause;
    while (std::chrono::steady_clock::now() < end) {
      progress(bytes == 0 ? 0 : static_cast<double>(partial.size()) / static_cast<double>(bytes));
      std::this_thread::sleep_for(std::min(pause, std::chrono::milliseconds(50)));
    }
    pause *= 2;
  }
}

}  // namespace lama::internal::registry
