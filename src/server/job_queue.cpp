#include "server/job_queue.h"

#include <algorithm>
#include <iterator>
#include <new>
#include <utility>

#include "base/memory.h"
#include "server/errors.h"
#include "server/http.h"

namespace lama::internal::server {
namespace {

constexpr std::size_t kKeptJobs = 1000;

/// Runs `function` again until memory suffices.
template <typename Function>
void when_possible(Function&& function) {
  for (;;) {
    try {
      return function();
    } catch (const std::bad_alloc&) {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
  }
}

double seconds_between(Clock::time_point from, Clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

}  // namespace

struct JobQueue::Job {
  JobRequest request;
  std::weak_ptr<const StoredImage> source;
  JobStatus status;
  Clock::time_point added = Clock::now(), started = {}, ended = {};
  std::atomic<bool> cancel{false};
  std::vector<std::weak_ptr<std::function<void()>>> listeners;
  std::function<void(const JobStatus&)> on_end;
};

struct JobQueue::Ended {
  JobStatus status;
  std::function<void(const JobStatus&)> on_end;
  std::vector<std::shared_ptr<Job>> changed;
  // Their files close without the lock.
  std::shared_ptr<const StoredImage> image;
  std::shared_ptr<const StoredFile> mask;
};

JobQueue::JobQueue(ImageStore& images, WorkerClient& workers, const std::string& model,
                   engine::Precision precision, std::size_t capacity)
    : images_(images), workers_(workers), capacity_(capacity) {
  workers_.open(model, precision);
  thread_ = std::thread([this] { run_jobs(); });
}

JobQueue::~JobQueue() {
  stop();
  thread_.join();
}

JobStatus JobQueue::add(JobRequest request, std::function<void(const JobStatus&)> ended) {
  auto job = std::make_shared<Job>();
  job->source = request.image;
  job->request = std::move(request);
  job->status.id = new_id();
  job->on_end = std::move(ended);
  purge();
  const std::lock_guard lock(mutex_);
  if (stop_) throw Stopping("the server is stopping");
  if (waiting_.size() >= capacity_) {
    ++counts_.refused;
    throw QueueFull("too many fills are waiting: try again in a moment");
  }
  // One client leaves a quarter to others, so that it cannot shut them out.
  const auto theirs = static_cast<std::size_t>(std::count_if(
      waiting_.begin(), waiting_.end(),
      [&job](const auto& other) { return other->request.client == job->request.client; }));
  if (theirs >= capacity_ - capacity_ / 4) {
    ++counts_.refused;
    throw QueueFull("your fills use their share of the queue: try again in a moment");
  }
  jobs_[job->status.id] = job;
  try {
    waiting_.push_back(job);
  } catch (...) {
    jobs_.erase(job->status.id);
    throw;
  }
  changed_.notify_all();
  return status_locked(*job);
}

std::shared_ptr<JobQueue::Job> JobQueue::find_locked(const std::string& id) const {
  const auto found = jobs_.find(id);
  if (found == jobs_.end()) {
    throw NotFound("job " + id + " does not exist (any more)");
  }
  return found->second;
}

JobStatus JobQueue::status_locked(const Job& job) const {
  JobStatus status = job.status;
  if (status.state == JobState::queued) {
    const auto at = std::find_if(waiting_.begin(), waiting_.end(),
                                 [&job](const auto& other) { return other.get() == &job; });
    status.position = static_cast<std::size_t>(at - waiting_.begin());
  }
  if (job.started != Clock::time_point()) {
    status.seconds = seconds_between(job.started, status.ended() ? job.ended : Clock::now());
  }
  return status;
}

JobStatus JobQueue::status(const std::string& id) const {
  const std::lock_guard lock(mutex_);
  return status_locked(*find_locked(id));
}

JobRequest JobQueue::request(const std::string& id) const {
  const std::lock_guard lock(mutex_);
  const auto job = find_locked(id);
  JobRequest request = job->request;
  request.image = job->source.lock();
  return request;
}

void JobQueue::cancel(const std::string& id) {
  {
    const std::lock_guard lock(mutex_);
    find_locked(id)->cancel = true;  // if it runs, it will notice
  }
  end_unwanted();
}

bool JobQueue::wanted(const Job& job) const {
  const bool abandoned = job.request.abandoned && *job.request.abandoned;
  return !job.cancel && !stop_ && !abandoned;
}

void JobQueue::end_unwanted() {
  for (;;) {
    Ended ended;
    {
      const std::lock_guard lock(mutex_);
      const auto at = std::find_if(waiting_.begin(), waiting_.end(),
                                   [this](const auto& job) { return !wanted(*job); });
      if (at == waiting_.end()) return;
      ended = end_locked(std::shared_ptr(*at), JobState::cancelled);
    }
    report(ended);
  }
}

void JobQueue::listen(const std::string& id,
                      const std::shared_ptr<std::function<void()>>& changed) {
  const std::lock_guard lock(mutex_);
  find_locked(id)->listeners.push_back(changed);
}

void JobQueue::notify(const std::vector<std::shared_ptr<Job>>& jobs) {
  std::vector<std::shared_ptr<std::function<void()>>> living;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& job : jobs) {
      auto& listeners = job->listeners;
      for (auto listener = listeners.begin(); listener != listeners.end();) {
        if (auto alive = listener->lock()) {
          living.push_back(std::move(alive));
          ++listener;
        } else {
          listener = listeners.erase(listener);
        }
      }
    }
  }
  for (const auto& changed : living) (*changed)();
}

JobQueue::Ended JobQueue::end_locked(const std::shared_ptr<Job>& job, JobState state) {
  // Allocate first, because the rest cannot be undone.
  Ended ended{.status = job->status, .on_end = nullptr, .changed = {}, .image = {}, .mask = {}};
  ended.changed.reserve(waiting_.size() + 1);
  std::erase(waiting_, job);
  ended.changed.assign(waiting_.begin(), waiting_.end());
  ended.changed.push_back(job);
  JobRequest& request = job->request;
  // Before anybody can see that the job has ended.
  if (state != JobState::done && request.image_is_own) images_.remove(request.image->id);
  ended.image = std::move(request.image);  // the store decides whether the image is kept
  if (state != JobState::done || job->on_end) ended.mask = std::move(request.mask);
  request.abandoned.reset();
  job->status.state = ended.status.state = state;
  job->ended = Clock::now();
  if (job->started != Clock::time_point()) {
    ended.status.seconds = seconds_between(job->started, job->ended);
    counts_.work_seconds += ended.status.seconds;
  }
  ++(state == JobState::done     ? counts_.done
     : state == JobState::failed ? counts_.failed
                                 : counts_.cancelled);
  ended.on_end = std::exchange(job->on_end, nullptr);
  if (ended.on_end) jobs_.erase(ended.status.id);  // no client knows its id
  return ended;
}

void JobQueue::report(const Ended& ended) {
  // First, because there is no other chance: a listener may fail, and hears of later changes.
  if (ended.on_end) ended.on_end(ended.status);
  notify(ended.changed);
}

void JobQueue::end(const std::shared_ptr<Job>& job, JobState state) {
  Ended ended;
  {
    const std::lock_guard lock(mutex_);
    if (job->status.ended()) return;
    ended = end_locked(job, state);
  }
  report(ended);
}

void JobQueue::stop() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
    changed_.notify_all();
  }
  when_possible([this] { end_unwanted(); });
}

void JobQueue::purge() {
  end_unwanted();
  decltype(jobs_) removed;  // their masks' files close without the lock
  const std::lock_guard lock(mutex_);
  const auto oldest = Clock::now() - images_.ttl();
  for (auto entry = jobs_.begin(); entry != jobs_.end();) {
    const auto next = std::next(entry);
    const Job& job = *entry->second;
    if (job.status.ended() && job.ended < oldest) removed.insert(jobs_.extract(entry));
    entry = next;
  }
  while (jobs_.size() > kKeptJobs) {
    auto first = jobs_.end();
    for (auto entry = jobs_.begin(); entry != jobs_.end(); ++entry) {
      if (!entry->second->status.ended()) continue;
      if (first == jobs_.end() || entry->second->ended < first->second->ended) first = entry;
    }
    if (first == jobs_.end()) return;
    removed.insert(jobs_.extract(first));
  }
}

JobQueue::Counts JobQueue::counts() const {
  const std::lock_guard lock(mutex_);
  Counts counts = counts_;
  counts.waiting = waiting_.size();
  return counts;
}

void JobQueue::run_jobs() {
  for (;;) {
    std::shared_ptr<Job> job;
    std::vector<std::shared_ptr<Job>> changed;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return stop_ || !waiting_.empty(); });
      if (stop_) return;
      job = waiting_.front();
      waiting_.pop_front();
      job->status.state = JobState::running;
      job->started = Clock::now();
      ++counts_.started;
      counts_.queue_seconds += seconds_between(job->added, job->started);
      changed.assign(waiting_.begin(), waiting_.end());
      changed.push_back(job);
    }
    try {
      notify(changed);
      run(job);
    } catch (...) {
      end_when_possible(job);
    }
  }
}

void JobQueue::end_when_possible(const std::shared_ptr<Job>& job) {
  when_possible([&] {
    {
      const std::lock_guard lock(mutex_);
      job->status.error_code = "out_of_memory";
      job->status.error_message = kOutOfMemory;
    }
    end(job, JobState::failed);
  });
}

void JobQueue::run(const std::shared_ptr<Job>& job) {
  const auto fail = [&](const char* code, const std::string& message) {
    {
      const std::lock_guard lock(mutex_);
      job->status.error_code = code;
      job->status.error_message = message;
    }
    end(job, JobState::failed);
  };
  try {
    JobRequest request;
    {
      const std::lock_guard lock(mutex_);
      request = job->request;
    }
    JobResult result = fill(job, request);
    {
      const std::lock_guard lock(mutex_);
      job->status.progress = 1;
      job->status.result = std::move(result);
    }
    end(job, JobState::done);
  } catch (const Cancelled&) {
    end(job, JobState::cancelled);
  } catch (const StorageFull& error) {
    fail("storage_full", error.what());
  } catch (const std::bad_alloc&) {
    fail("out_of_memory", kOutOfMemory);
  } catch (const HttpError& error) {
    if (error.code == "bad_model") {
      // Clients must not learn the file's path.
      return fail("failed", "the model " + job->request.model + " cannot be opened");
    }
    fail(error.code == "out_of_memory" ? "out_of_memory" : "failed", error.what());
  } catch (const std::exception& error) {
    fail("failed", error.what());
  }
}

JobResult JobQueue::fill(const std::shared_ptr<Job>& job, const JobRequest& request) {
  if (!wanted(*job)) throw Cancelled();
  const std::string& name = request.image->name;
  Filled filled = workers_.fill({.photo = request.image->file->read(),
                                 .mask = request.mask->read(),
                                 .name = name,
                                 .model = request.model,
                                 .precision = request.precision,
                                 .options = request.options,
                                 .wanted = [&] { return wanted(*job); },
                                 .progress =
                                     [&](double done) {
                                       {
                                         const std::lock_guard lock(mutex_);
                                         job->status.progress = done;
                                       }
                                       notify({job});
                                     }});
  if (!wanted(*job)) throw Cancelled();
  const bool same = filled.facts.format == request.image->format;
  const auto stored =
      images_.add(filled.facts, filled.file, same ? name : renamed(name, filled.facts.format));
  return {.image = stored->id,
          .width = stored->width,
          .height = stored->height,
          .format = stored->format,
          .replaced = filled.replaced,
          .pixels = filled.pixels,
          .notes = std::move(filled.notes),
          .details = std::move(filled.details),
          .model = request.model};
}

}  // namespace lama::internal::server
