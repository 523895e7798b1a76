// A server in this process, with limits small enough to meet them.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "server/server.h"
#include "tests/cli/files.h"
#include "tests/server/http_client.h"
#include "weights/model_file.h"

namespace lama::testing {

/// Has the models "small" and "gate": the latter opens only when open_gate() has been called, so
/// that tests can look at jobs that wait.
class RunningServer {
 public:
  explicit RunningServer(server::Options options = {}) {
    options.port = 0;
    options.models = {{"small", "small"}, {"gate", "waits"}, {"absent", "not here", false}};
    options.model = "small";
    options.open_model = [this](const std::string& name, engine::Precision precision) {
      if (name == "gate") {
        std::unique_lock lock(mutex_);
        opened_.wait(lock, [this] { return open_; });
      }
      const weights::Model model = weights::open_model(fs::path(small_model()));
      return Backend(
          std::make_shared<const engine::Network>(model.network, *model.tensors, 1, precision));
    };
    server_ = std::make_unique<server::Server>(std::move(options));
    thread_ = std::thread([this] { server_->run([this] { return go_on_.load(); }); });
  }
  ~RunningServer() {
    open_gate();
    stop();
  }

  int port() const { return server_->port(); }
  void open_gate() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    opened_.notify_all();
  }
  void begin_to_stop() { go_on_ = false; }
  void stop() {
    begin_to_stop();
    if (thread_.joinable()) thread_.join();
  }

  Answer get(const std::string& path, const Headers& headers = {}) const {
    return ask(port(), "GET", path, {}, headers);
  }
  Answer post(const std::string& path, const std::string& body, const Headers& headers = {}) const {
    return ask(port(), "POST", path, body, headers);
  }
  Answer remove(const std::string& path) const { return ask(port(), "DELETE", path); }
  /// The id of an uploaded picture.
  std::string upload(const std::string& bytes, const std::string& name = "photo.png") const {
    const Answer answer = post("/api/v1/images", form({{"file", name, bytes}}), kFormHeaders);
    EXPECT_EQ(answer.status, 201) << answer.body;
    return answer.json().at("id");
  }
  Answer start(const nlohmann::json& request) const {
    return post("/api/v1/jobs", request.dump(), {{"Content-Type", "application/json"}});
  }
  /// The last state of a job.
  nlohmann::json wait(const std::string& job) const {
    const std::string events = get("/api/v1/jobs/" + job + "/events").body;
    const std::size_t data = events.rfind("data: ");
    if (data == std::string::npos) return {};
    return nlohmann::json::parse(events.substr(data + 6));
  }

 private:
  std::mutex mutex_;
  std::condition_variable opened_;
  bool open_ = false;
  std::atomic<bool> go_on_{true};
  std::unique_ptr<server::Server> server_;
  std::thread thread_;
};

/// A mask of `width` x `height` that marks a rectangle, as PNG.
inline std::string mask_png(int width, int height, int x0, int y0, int x1, int y1) {
  const TemporaryFolder folder;
  put_mask(folder / "mask.png", width, height, x0, y0, x1, y1);
  return text_of_file(folder / "mask.png");
}
inline std::string noise_png(int width, int height) {
  const TemporaryFolder folder;
  put_noise(folder / "noise.png", width, height);
  return text_of_file(folder / "noise.png");
}

}  // namespace lama::testing
