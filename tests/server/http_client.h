// A small HTTP client over plain sockets, which can also misbehave.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "tests/testing.h"

namespace lama::internal::testing {

struct Answer {
  int status = 0;
  std::map<std::string, std::string> headers;  ///< names in lower case
  std::string body;

  nlohmann::json json() const { return nlohmann::json::parse(body); }
  std::string error_code() const { return json().at("error").at("code"); }
  std::vector<std::uint8_t> bytes() const { return {body.begin(), body.end()}; }
};

class Connection {
 public:
  explicit Connection(int port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
      throw std::runtime_error("cannot connect");
    }
  }
  ~Connection() { ::close(socket_); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// False if the other side has closed.
  bool send(std::string_view text) {
    while (!text.empty()) {
      const ssize_t sent = ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      text.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  /// Shows the server that no more data will come.
  void end_sending() const { ::shutdown(socket_, SHUT_WR); }

  /// Whether the received data is a complete answer.
  bool answered() const {
    const std::size_t end = received.find("\r\n\r\n");
    if (end == std::string::npos) return false;
    const std::string length = "Content-Length: ";
    const std::size_t at = received.substr(0, end).find(length);
    return at == std::string::npos ||
           received.size() - end - 4 >= std::stoul(received.substr(at + length.size()));
  }

  /// Receives more; false at the end or after `wait`.
  bool receive(std::chrono::milliseconds wait = std::chrono::seconds(30)) {
    pollfd waiting{socket_, POLLIN, 0};
    if (::poll(&waiting, 1, static_cast<int>(wait.count())) != 1) return false;
    char buffer[65536];
    const ssize_t got = ::recv(socket_, buffer, sizeof buffer, 0);
    if (got <= 0) return false;
    received.append(buffer, static_cast<std::size_t>(got));
    return true;
  }

  /// The next answer; one without a length lasts until the end. Status 0: no answer.
  Answer answer(bool has_body = true) {
    std::size_t end = 0;
    while ((end = received.find("\r\n\r\n")) == std::string::npos) {
      if (!receive()) return {};
    }
    Answer answer;
    answer.status = std::stoi(received.substr(received.find(' ')));
    for (std::size_t at = received.find("\r\n") + 2; at < end + 2;) {
      const std::size_t line_end = received.find("\r\n", at), colon = received.find(':', at);
      std::string name = received.substr(at, colon - at);
      std::transform(name.begin(), name.end(), name.begin(),
                     [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
      answer.headers[name] = received.substr(colon + 2, line_end - colon - 2);
      at = line_end + 2;
    }
    received.erase(0, end + 4);
    if (!has_body || answer.status == 204) return answer;
    if (const auto length = answer.headers.find("content-length"); length != answer.headers.end()) {
      const std::size_t size = std::stoul(length->second);
      while (received.size() < size && receive()) {
      }
      answer.body = received.substr(0, size);
      received.erase(0, size);
    } else {
      while (receive()) {
      }
      answer.body = std::exchange(received, {});
    }
    return answer;
  }

  std::string received;

 private:
  int socket_;
};

using Headers = std::vector<std::pair<std::string, std::string>>;

inline std::string request_text(const std::string& method, const std::string& path,
                                const std::string& body, const Headers& headers) {
  std::string text = method + ' ' + path + " HTTP/1.1\r\n";
  bool host = false;
  for (const auto& [name, value] : headers) {
    text += name + ": " + value + "\r\n";
    host = host || name == "Host";
  }
  if (!host) text += "Host: localhost\r\n";
  if (!body.empty()) text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  return text + "\r\n" + body;
}

inline Answer ask(int port, const std::string& method, const std::string& path,
                  const std::string& body = {}, const Headers& headers = {}) {
  Connection connection(port);
  connection.send(request_text(method, path, body, headers));
  return connection.answer(method != "HEAD");
}

struct FormPart {
  std::string name, file_name, text;
};
inline const Headers kFormHeaders = {{"Content-Type", "multipart/form-data; boundary=XX"}};
inline std::string form(const std::vector<FormPart>& parts) {
  std::string body;
  for (const FormPart& part : parts) {
    body += "--XX\r\nContent-Disposition: form-data; name=\"" + part.name + '"';
    if (!part.file_name.empty()) body += "; filename=\"" + part.file_name + '"';
    body += "\r\n\r\n" + part.text + "\r\n";
  }
  return body + "--XX--\r\n";
}

inline std::string text_of_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace lama::internal::testing
