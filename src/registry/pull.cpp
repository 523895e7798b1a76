#include "registry/pull.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <fstream>
#include <map>
#include <optional>
#include <thread>
#include <utility>

#include "base/descriptor.h"
#include "base/environment.h"
#include "base/error.h"
#include "base/file.h"
#include "base/lower_case.h"
#include "registry/cache.h"
#include "registry/disk_space.h"
#include "registry/published_archive.h"
#include "registry/sha256.h"
#include "weights/model_file.h"

namespace lama::internal::registry {
namespace {

namespace fs = std::filesystem;

/// The lock of the one process that pulls.
class Lock {
 public:
  Lock(const fs::path& folder, const std::function<void()>& waiting)
      : fd_(::open((folder / ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666)) {
    // Some file systems have no locks: pull without one there.
    while (fd_.get() >= 0 && ::flock(fd_.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
      waiting();
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
  }

 private:
  Descriptor fd_;
};

/// An empty folder that this object removes.
class WorkFolder {
 public:
  explicit WorkFolder(fs::path path) : path_(std::move(path)) {
    std::error_code error;
    fs::remove_all(path_, error);  // left by a killed pull
    if (error) {
      throw Error(fmt::format("{}: cannot remove: {}", path_.string(), error.message()));
    }
    create_folders(path_);
  }
  ~WorkFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  WorkFolder(const WorkFolder&) = delete;
  WorkFolder& operator=(const WorkFolder&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

fs::path create_home() {
  fs::path folder = home();
  create_folders(folder);
  return folder;
}

void remove_download(const fs::path& part) {
  std::error_code ignored;
  // The part goes last: if this process is killed in between, the next pull finds it and removes
  // it.
  fs::remove(source_of(part), ignored);
  fs::remove(part, ignored);
}

/// The work of one pull, while the lock is held.
class Pull {
 public:
  Pull(const PublishedModel& model, const PullOptions& options, const fs::path& folder)
      : model_(model),
        options_(options),
        part_(folder / (model.name + ".part")),
        target_(folder / (model.name + ".safetensors")),
        record_(folder / (model.name + ".sha256")) {
    std::ifstream record(record_);
    if (expected_ = model.sha256; expected_.empty()) record >> expected_;
  }

  Pulled run(const std::vector<std::string>& urls) {
    std::vector<std::string> errors;
    for (const std::string& url : urls) {
      try {
        return from(url);
      } catch (const Cancelled&) {
        throw;
      } catch (const Error& error) {
        errors.emplace_back(error.what());
      }
    }
    // Nothing arrived: there is nothing to continue.
    std::error_code ignored;
    if (fs::exists(part_, ignored) && fs::file_size(part_, ignored) == 0) remove_download(part_);
    throw Error(fmt::format("{}: {}", model_.name, fmt::join(errors, "; ")));
  }

 private:
  std::function<void(double)> stage(const std::string& name) const {
    return [this, name](double done) { options_.progress(name, done); };
  }

  Pulled from(const std::string& url) {
    if (url.starts_with("http:") && expected_.empty()) {
      throw Error(fmt::format(
          "{}: refused, because neither https nor a known SHA-256 protects the download; use https",
          url));
    }
    std::error_code ignored;
    const auto have = fs::file_size(part_, ignored);
    const std::uint64_t there = ignored ? 0 : have;
    // Room for the download and the converted file, which is at most as large again.
    require_disk_space(target_.parent_path(), 2 * model_.bytes - std::min(there, model_.bytes));
    download(url, part_, model_.bytes, options_.patience, stage("download"));
    const std::string sha256 = sha256_of(part_, stage("verify"));
    if (!expected_.empty() && sha256 != expected_) {
      remove_download(part_);
      throw Error(fmt::format(
          "{}: the file has the SHA-256 {} instead of {}{}; it was removed", url, sha256, expected_,
          model_.sha256.empty() ? fmt::format(" as at the first pull ({})", record_.string())
                                : " as published"));
    }
    try {
      install(url, sha256);
    } catch (const Cancelled&) {
      throw;
    } catch (const Error& error) {
      // A file with the right hash is kept until there is room; an unverified file is not.
      if (expected_.empty()) remove_download(part_);
      throw Error(fmt::format("{}: {}", url, error.what()));
    }
    remove_download(part_);
    return {.file = target_, .url = url, .sha256 = sha256, .trusted = expected_.empty()};
  }

  void install(const std::string& url, const std::string& sha256) const {
    const std::map<std::string, std::string> origin = {{"lama.source", url},
                                                       {"lama.source_sha256", sha256}};
    const auto convert = [&](const weights::ModelFile& network) {
      // Before the model appears: a pull that is killed in between is repeated.
      if (expected_.empty()) remember(url, sha256);
      const auto total = static_cast<double>(model::parameters(network.network).size());
      double done = 0;
      weights::convert(
          network, target_, weights::DType::f32,
          [&] { options_.progress("convert", done++ / total); }, origin);
    };
    if (!is_published_archive(part_)) {
      // Of the published formats only a bare checkpoint leaves this open, and all models have a
      // sigmoid.
      return convert(weights::open_model(part_, std::array<std::string, 1>{"add_out_act=sigmoid"}));
    }
    const WorkFolder unpacked(part_.string() + ".unpacked");
    unpack_published_archive(part_, unpacked.path(), stage("unpack"));
    convert(weights::open_model(unpacked.path()));
  }

  void remember(const std::string& url, const std::string& sha256) const {
    AtomicFile record(record_);
    const std::string line = fmt::format("{}  {}\n", sha256, url);
    record.write({reinterpret_cast<const std::uint8_t*>(line.data()), line.size()});
    record.commit();
  }

  const PublishedModel& model_;
  const PullOptions& options_;
  const fs::path part_, target_, record_;
  std::string expected_;  ///< empty: unknown
};

}  // namespace

bool offline_by_environment() {
  const auto set = [](const char* name) {
    const std::string text = lower_case(environment(name));
    return text == "1" || text == "true" || text == "yes" || text == "on";
  };
  return set("LAMA_OFFLINE") || set("HF_HUB_OFFLINE");
}

Pulled pull(const PublishedModel& model, const PullOptions& options) {
  const auto there = [&model]() -> std::optional<Pulled> {
    if (auto file = installed(model)) return Pulled{.file = *file, .was_there = true};
    return std::nullopt;
  };
  const fs::path part = home() / (model.name + ".part");
  std::error_code ignored;
  if (auto already = there(); already && !fs::exists(part, ignored)) return *already;
  const auto& urls = options.urls.empty() ? model.urls : options.urls;
  if (options.offline && !there()) {
    throw Error(
        fmt::format("{}: not installed, and offline mode is on; otherwise lama would fetch {}",
                    model.name, fmt::join(urls, " or ")));
  }
  const fs::path folder = create_home();
  const Lock lock(folder, [&] { options.progress("wait for another pull", 0); });
  if (auto already = there()) {
    // A killed pull left its download.
    remove_download(part);
    fs::remove_all(part.string() + ".unpacked", ignored);
    return *already;
  }
  return Pull(model, options, folder).run(urls);
}

}  // namespace lama::internal::registry
