// Fills, one after another.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "inpaint/fill_options.h"
#include "server/image_store.h"
#include "server/worker_client.h"

namespace lama::internal::server {

struct JobRequest {
  std::shared_ptr<const StoredImage> image;
  std::shared_ptr<const StoredFile> mask;  ///< of the image's size
  FillOptions options;
  std::string model;
  engine::Precision precision = engine::Precision::f32;
  std::string client;         ///< the client, for its share of the queue
  bool image_is_own = false;  ///< the image came with the job and is removed if the job fails
  /// Cancels the job when it becomes true. May be null.
  std::shared_ptr<const std::atomic<bool>> abandoned;
};

enum class JobState { queued, running, done, failed, cancelled };

struct JobResult {
  std::string image;  ///< its id
  int width = 0, height = 0;
  codecs::Format format = codecs::Format::png;
  Box replaced;                             ///< the smallest box around all replaced pixels
  std::size_t pixels = 0;                   ///< replaced pixels
  std::vector<std::string> notes, details;  ///< those of repair::Repair
  std::string model;
};

struct JobStatus {
  std::string id;
  JobState state = JobState::queued;
  std::size_t position = 0;  ///< in the queue: 0 runs next
  double progress = 0;       ///< 0 to 1
  double seconds = 0;        ///< of work so far
  std::string error_code, error_message;
  std::optional<JobResult> result;

  bool ended() const { return state != JobState::queued && state != JobState::running; }
};

/// Thread-safety: all functions may be called from any thread.
class JobQueue {
 public:
  /// At most `capacity` jobs wait. Opens `model` at once: throws Error if that fails.
  JobQueue(ImageStore& images, WorkerClient& workers, const std::string& model,
           engine::Precision precision, std::size_t capacity);
  ~JobQueue();
  JobQueue(const JobQueue&) = delete;
  JobQueue& operator=(const JobQueue&) = delete;

  /// `ended`, if not null, is called once after the job has ended, on the thread that ended it, and
  /// nothing else of the job is kept. Throws QueueFull, and Stopping after stop().
  JobStatus add(JobRequest request, std::function<void(const JobStatus&)> ended = nullptr);
  // These throw NotFound if the job does not exist (any more).
  JobStatus status(const std::string& id) const;
  JobRequest request(const std::string& id) const;  ///< without its image if that was removed
  /// Does nothing if the job has ended.
  void cancel(const std::string& id);
  /// `changed` is called, on any thread, after a change of the status, as long as it exists.
  void listen(const std::string& id, const std::shared_ptr<std::function<void()>>& changed);

  /// Cancels all jobs and refuses new ones.
  void stop();
  /// Ends waiting jobs whose clients have gone, and removes jobs that ended too long ago.
  void purge();

  /// Since the start.
  struct Counts {
    std::size_t waiting = 0, done = 0, failed = 0, cancelled = 0, refused = 0;
    double queue_seconds = 0, work_seconds = 0;  ///< sums over jobs that ran
    std::size_t started = 0;
  };
  Counts counts() const;

 private:
  struct Job;
  /// What follows a job's end without the lock.
  struct Ended;

  std::shared_ptr<Job> find_locked(const std::string& id) const;
  JobStatus status_locked(const Job& job) const;
  /// Calls the listeners. Call it without the lock.
  void notify(const std::vector<std::shared_ptr<Job>>& jobs);
  bool wanted(const Job& job) const;
  void end_unwanted();  ///< of the waiting ones
  void end(const std::shared_ptr<Job>& job, JobState state);
  Ended end_locked(const std::shared_ptr<Job>& job, JobState state);
  void report(const Ended& ended);
  void run_jobs();
  void run(const std::shared_ptr<Job>& job);
  /// For a job whose failure could not be recorded for lack of memory.
  void end_when_possible(const std::shared_ptr<Job>& job);
  JobResult fill(const std::shared_ptr<Job>& job, const JobRequest& request);

  ImageStore& images_;
  WorkerClient& workers_;
  const std::size_t capacity_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, std::shared_ptr<Job>> jobs_;
  std::deque<std::shared_ptr<Job>> waiting_;
  Counts counts_;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace lama::internal::server
