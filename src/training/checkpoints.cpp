#include "training/checkpoints.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <system_error>
#include <utility>

#include "base/error.h"
#include "base/file.h"

namespace lama::internal::training {
namespace {

constexpr const char* kLast = "last.ckpt";

bool is_kept_name(const std::string& name) {
  return name.starts_with("epoch=") && name.ends_with(".ckpt");
}

}  // namespace

Checkpoints::Checkpoints(std::filesystem::path folder, Options options)
    : folder_(std::move(folder)), options_(std::move(options)) {
  create_folders(folder_);
  std::error_code error;
  for (std::filesystem::directory_iterator entry(folder_, error), end; entry != end;
       entry.increment(error)) {
    if (!is_kept_name(entry->path().filename().string())) continue;
    if (const auto facts = checkpoint_facts(entry->path())) {
      kept_.push_back({entry->path(), facts->global_step, worth(facts->metrics)});
    }
  }
  if (error) throw Error(fmt::format("{}: cannot list: {}", folder_.string(), error.message()));
  sort();
}

double Checkpoints::worth(const std::map<std::string, double>& metrics) const {
  const auto found = metrics.find(options_.monitor);
  if (found == metrics.end() || std::isnan(found->second)) {
    return -std::numeric_limits<double>::infinity();
  }
  return options_.larger_is_better ? found->second : -found->second;
}

void Checkpoints::sort() {
  // The later of two equal ones is better: it has been trained longer.
  std::sort(kept_.begin(), kept_.end(), [](const Kept& a, const Kept& b) {
    return std::pair(a.worth, a.global_step) > std::pair(b.worth, b.global_step);
  });
}

void Checkpoints::save(const TrainingState& state, bool validated, bool stopped) {
  const Kept candidate = {
      folder_ / fmt::format("epoch={}-step={}.ckpt", state.epoch, state.global_step),
      state.global_step, worth(state.metrics)};
  const auto limit = options_.save_top_k < 0 ? std::numeric_limits<std::size_t>::max()
                                             : static_cast<std::size_t>(options_.save_top_k);
  const bool keep =
      validated && limit > 0 && (kept_.size() < limit || candidate.worth >= kept_[limit - 1].worth);
  const std::filesystem::path last = folder_ / kLast;
  if (keep) {
    write_checkpoint(candidate.path, state);
    std::erase_if(kept_, [&](const Kept& kept) { return kept.path == candidate.path; });
    kept_.push_back(candidate);
    sort();
  }
  const bool writes_last = options_.save_last || stopped;
  if (writes_last && !(keep && link(candidate.path, last))) write_checkpoint(last, state);
  while (kept_.size() > limit) {
    std::error_code ignored;  // a file that someone else has deleted is gone all the same
    std::filesystem::remove(kept_.back().path, ignored);
    kept_.pop_back();
  }
}

bool Checkpoints::link(const std::filesystem::path& from, const std::filesystem::path& to) {
  const std::filesystem::path temporary = to.string() + ".tmp";
  std::error_code error;
  std::filesystem::remove(temporary, error);
  std::filesystem::create_hard_link(from, temporary, error);
  if (!error) std::filesystem::rename(temporary, to, error);
  std::error_code ignored;
  if (error) std::filesystem::remove(temporary, ignored);
  return !error;
}

std::optional<std::filesystem::path> Checkpoints::latest() const {
  std::optional<std::filesystem::path> path;
  std::int64_t steps = -1;
  for (const Kept& kept : kept_) {
    if (kept.global_step > steps) {
      path = kept.path;
      steps = kept.global_step;
    }
  }
  const auto last = checkpoint_facts(folder_ / kLast);
  if (last && last->global_step >= steps) return folder_ / kLast;
  return path;
}

bool Checkpoints::last_is_damaged() const {
  std::error_code ignored;
  const std::filesystem::path last = folder_ / kLast;
  return std::filesystem::exists(last, ignored) && !checkpoint_facts(last);
}

}  // namespace lama::internal::training
