// Malformed requests: good ones with random damage, the same for every run. Made for the
// sanitizers.
#include <random>

#include "base/base64.h"
#include "tests/server/running_server.h"

namespace lama::internal {
namespace {

using testing::Answer;
using testing::Connection;
using testing::data;
using testing::form;
using testing::mask_png;
using testing::noise_png;
using testing::request_text;
using testing::RunningServer;
using testing::text_of_file;

constexpr int kThreads = 4;

std::string base64(const std::string& bytes) {
  return encode_base64({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
}

/// A request in parts, so that a test can damage its body and keep the length right.
struct GoodRequest {
  std::string method, path;
  testing::Headers headers;
  std::string body;
};

/// One of every route and kind of body. The image and the job exist.
std::vector<GoodRequest> good_requests(const std::string& image, const std::string& job) {
  const std::string photo = noise_png(24, 16), mask = mask_png(24, 16, 5, 3, 12, 9);
  std::vector<GoodRequest> requests;
  for (const char* name :
       {"jpeg/baseline.jpg", "jpeg/progressive.jpg", "pictures/webp_alpha.webp",
        "pictures/tiff_rgb16_deflate.tif", "pictures/tiff_cmyk.tif", "pictures/png_prophoto16.png",
        "pictures/heif8.heic", "pictures/avif_alpha.avif", "pictures/jpeg_p3.jpg",
        "pictures/gif_alpha.gif", "pictures/jp2_rgba8.jp2", "pictures/jxl_rgba8.jxl",
        "pictures/pnm_grey10.pgm", "pictures/bmp_alpha.bmp"}) {
    requests.push_back({"POST", "/api/v1/images?name=a.b", {}, text_of_file(data(name))});
  }
  requests.push_back(
      {"POST", "/api/v1/images", testing::kFormHeaders, form({{"file", "photo.png", photo}})});
  const std::string request =
      R"({"image":")" + image +
      R"(","model":"small","dilate":2,"feather":1,"strategy":"auto","precision":"auto",)"
      R"("mask_threshold":0.5,"invert_mask":false})";
  requests.push_back({"POST", "/api/v1/jobs", testing::kFormHeaders,
                      form({{"request", "", request}, {"mask", "mask.png", mask}})});
  requests.push_back(
      {"POST", "/api/v1/jobs", testing::kFormHeaders,
       form({{"request", "", "{}"}, {"image", "a.png", photo}, {"mask", "m.png", mask}})});
  requests.push_back({"POST",
                      "/api/v1/jobs",
                      {{"Content-Type", "application/json"}},
                      R"({"image":")" + image + R"(","mask":")" + image + R"("})"});
  requests.push_back({"POST",
                      "/api/v1/inpaint",
                      {{"Content-Type", "application/json"}},
                      R"({"image":"data:image/png;base64,)" + base64(photo) + R"(","mask":")" +
                          base64(mask) + R"(","hd_strategy":"Resize","sd_seed":7})"});
  requests.push_back({"POST",
                      "/api/v1/adjust_mask",
                      {},
                      R"({"mask":")" + base64(mask) + R"(","operate":"shrink","kernel_size":3})"});
  const std::string selections = "/api/v1/images/" + image + "/selections";
  requests.push_back({"POST", selections, {}, R"({"box":"3,2,15,11"})"});
  requests.push_back(
      {"POST", selections, testing::kFormHeaders, form({{"scribble", "scribble.png", mask}})});
  requests.push_back(
      {"POST", "/inpaint", testing::kFormHeaders,
       form({{"image", "a.png", photo}, {"mask", "m.png", mask}, {"hdStrategy", "", "Crop"}})});
  requests.push_back(
      {"POST", "/api/v1/gen-info", testing::kFormHeaders, form({{"file", "a.png", photo}})});
  requests.push_back({"POST",
                      "/api/v1/images",
                      {{"Transfer-Encoding", "chunked"}},
                      "5\r\nabcde\r\n3;x=y\r\nfgh\r\n0\r\n\r\n"});
  for (const std::string& path :
       {"/api/v1/images/" + image + "/preview?max=20&format=png", "/api/v1/images/" + image,
        "/api/v1/jobs/" + job, "/api/v1/jobs/" + job + "/events", "/api/v1/jobs/" + job + "/result",
        "/api/v1/jobs/" + job + "/removed", std::string("/api/v1/capabilities"),
        std::string("/api/openapi.json"), std::string("/metrics"), std::string("/"),
        std::string("/api/v1/server-config"), std::string("/api/v1/inputimage")}) {
    requests.push_back({"GET", path, {{"Origin", "http://localhost"}}, {}});
  }
  requests.push_back({"DELETE", "/api/v1/jobs/" + job, {}, {}});
  return requests;
}

/// Damages `text` like accidents and attackers.
class Damage {
 public:
  explicit Damage(unsigned seed) : chance_(seed) {}

  std::size_t below(std::size_t end) { return end == 0 ? 0 : chance_() % end; }

  void operator()(std::string& text) {
    static const std::string kWords[] = {"null",
                                         "-1",
                                         "1e999",
                                         "18446744073709551616",
                                         "\"",
                                         "\\ud800",
                                         "[",
                                         "{\"a\":",
                                         "}",
                                         ",",
                                         std::string(5000, '['),
                                         std::string(1, '\0'),
                                         "\xff\xfe",
                                         "\r\n",
                                         "\r\n\r\n",
                                         "--XX",
                                         "--XX--\r\n",
                                         "; boundary=",
                                         "Content-Length: 5\r\n",
                                         "Content-Length: -1\r\n",
                                         "Content-Length: 99999999999999999999\r\n",
                                         "Transfer-Encoding: chunked\r\n",
                                         "FFFFFFFFFFFFFFFF\r\n",
                                         "Expect: 100-continue\r\n",
                                         "Host: evil\r\n",
                                         "HTTP/9.9",
                                         "%00",
                                         "%",
                                         "../../",
                                         "=",
                                         "data:,",
                                         std::string(20000, 'a')};
    const std::size_t at = below(text.size() + 1);
    const std::size_t length = std::min(text.size() - at, below(40));
    switch (below(6)) {
      case 0:
        if (at < text.size()) text[at] = static_cast<char>(text[at] ^ (1 << below(8)));
        return;
      case 1:
        if (at < text.size()) text[at] = static_cast<char>(below(256));
        return;
      case 2:
        text.erase(at, length);
        return;
      case 3:
        text.insert(at, text.substr(at, length));
        return;
      case 4:
        text.insert(at, kWords[below(std::size(kWords))]);
        return;
      default:
        if (below(4) == 0) text.resize(at);  // rarely, because it hides the rest
    }
  }

 private:
  std::mt19937 chance_;
};

std::string damaged_request(const std::vector<GoodRequest>& good, unsigned seed) {
  Damage damage(seed);
  GoodRequest request = good[damage.below(good.size())];
  std::string& body = request.body;
  if (!body.empty() && damage.below(3) > 0) {
    for (std::size_t i = damage.below(4) + 1; i > 0; --i) damage(body);
  }
  const bool chunked = !request.headers.empty() && request.headers[0].second == "chunked";
  std::string text =
      request_text(request.method, request.path, chunked ? "" : body, request.headers);
  if (chunked) text += body;
  if (damage.below(2) == 0) {
    // The head is short beside most bodies, and random positions would rarely hit it.
    const std::size_t end = text.find("\r\n\r\n") + 4;
    std::string head = text.substr(0, end);
    for (std::size_t i = damage.below(3) + 1; i > 0; --i) damage(head);
    text.replace(0, end, head);
  }
  return text;
}

/// Sends requests `first` to `last` - 1, each on its own connection.
void send_damaged(unsigned first, unsigned last) {
  server::Options options;
  options.pixels = 1'000'000;
  options.memory_limit = 200'000'000;
  // Room for all requests, at any rate.
  options.storage = {std::size_t{1} << 30, 100'000, std::chrono::seconds(2)};
  options.http.header_time = options.http.transfer_time = std::chrono::seconds(10);
  options.http.body_bytes = 1 << 20;
  RunningServer server(std::move(options));
  std::map<int, int> statuses;
  std::mutex mutex;
  std::vector<std::thread> threads;
  for (unsigned thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      std::vector<GoodRequest> good;
      for (unsigned i = first + thread, sent = 0; i < last; i += kThreads, ++sent) {
        if (sent % 50 == 0) {
          const std::string image = server.upload(noise_png(24, 16));
          const Answer job = server.start({{"image", image}, {"mask", image}});
          good = good_requests(image,
                               job.status == 202 ? job.json().at("id").get<std::string>() : image);
        }
        Connection client(server.port());
        client.send(damaged_request(good, i));
        // Complete requests get answers; for the others wait only for the end.
        const bool begun = client.receive(std::chrono::milliseconds(300));
        if (!begun || client.answered()) client.end_sending();
        while (client.receive(std::chrono::seconds(60))) {
          if (client.answered()) client.end_sending();
        }
        const int status =
            client.received.starts_with("HTTP/1.1 ") ? std::stoi(client.received.substr(9, 3)) : 0;
        EXPECT_TRUE(status != 500 && (status != 0 || client.received.empty()))
            << "request " << i << ": " << client.received.substr(0, 1000);
        const std::lock_guard lock(mutex);
        ++statuses[status];
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  // The damage must leave some requests intact, and break others in many ways.
  for (const int status : {200, 400, 404, 405, 415, 422}) EXPECT_GT(statuses[status], 0) << status;
  EXPECT_EQ(server.get("/healthz").status, 200);
  const std::string image = server.upload(noise_png(24, 16));
  const std::string mask = server.upload(mask_png(24, 16, 5, 3, 12, 9));
  const Answer job = server.start({{"image", image}, {"mask", mask}});
  ASSERT_EQ(job.status, 202) << job.body;
  EXPECT_EQ(server.wait(job.json().at("id")).at("state"), "done");
}

TEST(DamagedRequests, AreSurvived) { send_damaged(0, 400); }

TEST(SlowDamagedRequests, AreSurvivedByTheThousand) { send_damaged(400, 10'400); }

}  // namespace
}  // namespace lama::internal
