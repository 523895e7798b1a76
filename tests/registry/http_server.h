// A small HTTP(S) server on this machine that can misbehave on request.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <csignal>
#include <cstdio>
#include <functional>
#include <list>
#include <map>
#include <mutex>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "tests/testing.h"

namespace lama::internal::testing {

/// A key and its self-signed certificate, for 127.0.0.1.
class Certificate {
 public:
  Certificate() : key_(EVP_RSA_gen(2048)), certificate_(X509_new()) {
    ASN1_INTEGER_set(X509_get_serialNumber(certificate_), 1);
    X509_set_version(certificate_, 2);
    X509_gmtime_adj(X509_getm_notBefore(certificate_), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate_), 3600);
    X509_set_pubkey(certificate_, key_);
    X509_NAME* name = X509_get_subject_name(certificate_);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>("lama test"), -1, -1, 0);
    X509_set_issuer_name(certificate_, name);
    X509_EXTENSION* host =
        X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "IP:127.0.0.1");
    X509_add_ext(certificate_, host, -1);
    X509_EXTENSION_free(host);
    if (X509_sign(certificate_, key_, EVP_sha256()) == 0) throw std::runtime_error("X509_sign");
  }
  ~Certificate() {
    X509_free(certificate_);
    EVP_PKEY_free(key_);
  }
  Certificate(const Certificate&) = delete;
  Certificate& operator=(const Certificate&) = delete;

  void use_in(SSL_CTX* context) const {
    SSL_CTX_use_certificate(context, certificate_);
    SSL_CTX_use_PrivateKey(context, key_);
  }
  void write(const fs::path& path) const {
    FILE* file = std::fopen(path.c_str(), "w");
    PEM_write_X509(file, certificate_);
    std::fclose(file);
  }

 private:
  EVP_PKEY* key_;
  X509* certificate_;
};

struct HttpRequest {
  std::string target;                          ///< "/file"
  std::map<std::string, std::string> headers;  ///< names in lower case

  std::string header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? "" : found->second;
  }
};

/// The server's answer to a connection's single request; the connection ends afterwards.
class HttpConnection {
 public:
  HttpConnection(int socket, SSL* tls) : socket_(socket), tls_(tls) {}

  void send(std::string_view bytes) const {
    while (!bytes.empty()) {
      const auto n = tls_ != nullptr
                         ? SSL_write(tls_, bytes.data(), static_cast<int>(bytes.size()))
                         : static_cast<int>(::send(socket_, bytes.data(), bytes.size(), 0));
      if (n <= 0) return;  // the client has gone
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
  }
  /// Waits until the client goes or the server stops.
  void stall() const {
    char byte = 0;
    while (::recv(socket_, &byte, 1, 0) > 0) {
    }
  }
  HttpRequest receive() const {
    std::string text;
    while (text.find("\r\n\r\n") == std::string::npos) {
      char byte = 0;
      const auto n = tls_ != nullptr ? SSL_read(tls_, &byte, 1)
                                     : static_cast<int>(::recv(socket_, &byte, 1, 0));
      if (n <= 0) return {};
      text += byte;
    }
    std::istringstream lines(text);
    HttpRequest request;
    std::string line, method;
    std::getline(lines, line);
    std::istringstream(line) >> method >> request.target;
    while (std::getline(lines, line) && line.size() > 1) {
      const std::size_t colon = line.find(": ");
      std::string name = line.substr(0, colon);
      std::transform(name.begin(), name.end(), name.begin(),
                     [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
      request.headers[name] = line.substr(colon + 2, line.size() - colon - 3);
    }
    return request;
  }

 private:
  int socket_;
  SSL* tls_;
};

class HttpServer {
 public:
  using Answer = std::function<void(const HttpRequest&, const HttpConnection&)>;

  explicit HttpServer(Answer answer, const Certificate* certificate = nullptr)
      : answer_(std::move(answer)), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    ::signal(SIGPIPE, SIG_IGN);
    if (certificate != nullptr) {
      context_ = SSL_CTX_new(TLS_server_method());
      certificate->use_in(context_);
    }
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* any = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener_, any, size) != 0 || ::listen(listener_, 16) != 0 ||
        ::getsockname(listener_, any, &size) != 0) {
      throw std::runtime_error("cannot listen");
    }
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { accept(); });
  }
  ~HttpServer() {
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    {
      const std::lock_guard lock(mutex_);
      for (const int socket : sockets_) ::shutdown(socket, SHUT_RDWR);
    }
    for (std::thread& thread : threads_) thread.join();
    for (const int socket : sockets_) ::close(socket);
    ::close(listener_);
    SSL_CTX_free(context_);
  }
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  std::string host() const { return "127.0.0.1:" + std::to_string(port_); }
  std::string url(const std::string& target) const {
    return (context_ != nullptr ? "https://" : "http://") + host() + target;
  }
  std::vector<HttpRequest> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  void accept() {
    while (true) {
      const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (socket < 0) return;
      const std::lock_guard lock(mutex_);
      sockets_.push_back(socket);
      threads_.emplace_back([this, socket] { handle(socket); });
    }
  }
  void handle(int socket) {
    SSL* tls = nullptr;
    if (context_ != nullptr) {
      tls = SSL_new(context_);
      SSL_set_fd(tls, socket);
    }
    if (tls == nullptr || SSL_accept(tls) == 1) {
      const HttpConnection connection(socket, tls);
      const HttpRequest request = connection.receive();
      if (!request.target.empty()) {
        {
          const std::lock_guard lock(mutex_);
          requests_.push_back(request);
        }
        answer_(request, connection);
      }
      if (tls != nullptr) SSL_shutdown(tls);
    }
    SSL_free(tls);
    ::shutdown(socket, SHUT_RDWR);
  }

  Answer answer_;
  int listener_;
  int port_ = 0;
  SSL_CTX* context_ = nullptr;
  mutable std::mutex mutex_;
  std::vector<HttpRequest> requests_;
  std::list<int> sockets_;
  std::list<std::thread> threads_;
  std::thread acceptor_;
};

/// A head with these lines, each ended by \n here.
inline std::string http_head(const std::string& status, const std::string& lines = "") {
  std::string head = "HTTP/1.1 " + status + "\r\n";
  std::istringstream each(lines);
  for (std::string line; std::getline(each, line);) head += line + "\r\n";
  return head + "Connection: close\r\n\r\n";
}

inline std::string content_length(std::size_t bytes) {
  return "Content-Length: " + std::to_string(bytes) + "\n";
}

/// A file on an orderly server: with ranges, under the condition of If-Range.
struct ServedFile {
  std::string bytes;
  std::string tag = "\"one\"";

  void answer(const HttpRequest& request, const HttpConnection& connection) const {
    const std::string range = request.header("range");
    const std::string etag = "ETag: " + tag + "\n";
    if (range.starts_with("bytes=") && request.header("if-range") == tag) {
      const std::size_t first = std::stoul(range.substr(6));
      const std::string total = "/" + std::to_string(bytes.size()) + "\n";
      if (first >= bytes.size()) {
        connection.send(http_head("416 Range Not Satisfiable",
                                  "Content-Range: bytes *" + total + content_length(0)));
        return;
      }
      connection.send(
          http_head("206 Partial Content", etag + "Content-Range: bytes " + std::to_string(first) +
                                               "-" + std::to_string(bytes.size() - 1) + total +
                                               content_length(bytes.size() - first)));
      connection.send(std::string_view(bytes).substr(first));
      return;
    }
    connection.send(http_head("200 OK", etag + content_length(bytes.size())));
    connection.send(bytes);
  }
  /// Promises the whole file, and breaks off after the first `sent` bytes.
  void break_off(std::size_t sent, const HttpConnection& connection) const {
    connection.send(http_head("200 OK", "ETag: " + tag + "\n" + content_length(bytes.size())));
    connection.send(std::string_view(bytes).substr(0, sent));
  }
};

}  // namespace lama::internal::testing
