#include "server/job_queue.h"

#include <sys/stat.h>

#include <chrono>
#include <new>

#include "tests/cli/files.h"
#include "tests/testing.h"

namespace lama::internal::server {
namespace {

using lama::internal::testing::small_model;
using lama::internal::testing::TemporaryFolder;
using std::chrono::seconds;

TEST(JobQueue, TellsTheEndOfAJobThoughAListenerFails) {
  const TemporaryFolder folder;
  const std::string gate = (folder / "gate").string();
  ASSERT_EQ(::mkfifo(gate.c_str(), 0600), 0);
  ImageStore images({.bytes = 1000, .images = 10, .ttl = seconds(100)});
  WorkerClient workers({LAMA_WORKER, small_model(), gate},
                       {.pixels = 1000, .memory = 0, .silence = seconds(60)});
  JobQueue queue(images, workers, "small", engine::Precision::f32, 10);
  const auto job_with = [&images](const char* model) {
    const std::vector<std::uint8_t> bytes = {1};
    JobRequest job;
    job.image = images.add({}, bytes, "photo.png");
    job.mask = images.keep(bytes);
    job.model = model;
    return job;
  };
  queue.add(job_with("gate"));  // holds up the next one
  bool told = false;
  const std::string id =
      queue.add(job_with("small"), [&told](const JobStatus& job) { told = job.ended(); }).id;
  const auto fails = std::make_shared<std::function<void()>>([] { throw std::bad_alloc(); });
  queue.listen(id, fails);
  EXPECT_THROW(queue.cancel(id), std::bad_alloc);
  EXPECT_TRUE(told);
}

}  // namespace
}  // namespace lama::internal::server
