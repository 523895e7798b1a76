// A server in this process, with small limits that tests can reach.
#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>

#include "server/server.h"
#include "tests/cli/files.h"
#include "tests/server/http_client.h"

namespace lama::internal::testing {

/// Has the models "small" and "gate". The gate opens only after open_gate(), so that tests can
/// inspect waiting jobs.
class RunningServer {
 public:
  explicit RunningServer(server::Options options = {}) {
    options.port = 0;
    options.models = {{"small", "small"},
                      {"gate", "waits"},
                      {"absent", "not here", false},
                      {"bus", "ends its process"},
                      {"secret", "cannot be opened"}};
    options.model = "small";
    if (::mkfifo(gate_.c_str(), 0600) != 0) throw std::runtime_error(gate_);
    options.worker = {LAMA_WORKER, small_model(), gate_};
    server_ = std::make_unique<server::Server>(std::move(options));
    thread_ = std::thread([this] { server_->run([this] { return go_on_.load(); }); });
  }
  ~RunningServer() {
    open_gate();
    stop();
    ::close(opened_gate_);
  }

  int port() const { return server_->port(); }
  /// The gate stays open: whoever opens it for reading finds it open for writing.
  void open_gate() {
    if (opened_gate_ < 0) opened_gate_ = ::open(gate_.c_str(), O_RDWR | O_CLOEXEC);
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
  /// Waits until /metrics has the line, or the test's time ends. The files of a job that ran are
  /// closed after its end is announced.
  void wait_for_metric(const std::string& line) const {
    while (get("/metrics").body.find("\n" + line + "\n") == std::string::npos) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }

 private:
  const TemporaryFolder folder_;
  const std::string gate_ = (folder_ / "gate").string();
  int opened_gate_ = -1;
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

}  // namespace lama::internal::testing
