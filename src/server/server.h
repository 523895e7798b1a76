// The server of `lama serve`. docs/api.md is its contract.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "server/http_server.h"
#include "server/job_queue.h"

namespace lama::internal::server {

struct OfferedModel {
  std::string name, description;
  bool installed = true;  ///< whether requests may choose it
};

struct Options {
  std::string host = "127.0.0.1";
  int port = 8080;    ///< 0: any free one
  std::string token;  ///< required for every request under /api, unless empty
  /// Names under which a proxy shows this server, without port: they are taken as its own, and
  /// pages of theirs at other ports may use the API.
  std::vector<std::string> trusted_hosts;
  std::string photo;  ///< the picture that GET /api/v1/inputimage gives; may be empty
  std::vector<OfferedModel> models;
  std::string model;  ///< the default: one of them
  /// A program that calls run_worker(), and its arguments: it reads pictures and models.
  std::vector<std::string> worker;
  /// A worker that sends no message for so long is killed, and its task fails.
  std::chrono::seconds worker_silence = std::chrono::minutes(10);
  engine::Precision precision = engine::Precision::f32;  ///< the default
  std::size_t memory_limit = 0;                          ///< as in InpaintOptions
  std::size_t queue = 16;                                ///< jobs that may wait
  std::size_t pixels = 200'000'000;
  ImageStore::Limits storage = {std::size_t{4} << 30, 1000, std::chrono::hours(1)};
  HttpLimits http;
  std::function<void(const Served&)> log;  ///< may be empty
};

class Server {
 public:
  /// Opens the default model, reads Options::photo and listens. Throws Error.
  explicit Server(Options options);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  int port() const;
  /// The confinements that this system lacks (sandbox/confine.h), a sentence each.
  std::vector<std::string> lost() const;
  /// Serves until `go_on`, called ten times a second, returns false. Jobs are cancelled then.
  void run(const std::function<bool()>& go_on);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace lama::internal::server
