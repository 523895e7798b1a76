#include "cli/shard.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>

#include "base/environment.h"
#include "base/error.h"
#include "base/seed.h"

namespace lama::internal::cli {
namespace {

constexpr unsigned kMost = 1'000'000;

std::optional<unsigned> number(std::string_view text) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value > kMost) return {};
  return value;
}

std::optional<unsigned> variable(const char* name) { return number(environment(name)); }

/// From 0.
unsigned index_of_this_task() {
  if (const auto task = variable("SLURM_ARRAY_TASK_ID")) {
    const unsigned first = variable("SLURM_ARRAY_TASK_MIN").value_or(0);
    const unsigned step = variable("SLURM_ARRAY_TASK_STEP").value_or(1);
    if (*task >= first && step > 0) return (*task - first) / step;
  }
  if (const auto task = variable("JOB_COMPLETION_INDEX")) return *task;
  throw Error(
      "auto: neither SLURM_ARRAY_TASK_ID nor JOB_COMPLETION_INDEX is set: run it in a "
      "Slurm array or a Kubernetes indexed job, or name the share: --shard 1/4");
}

}  // namespace

bool Shard::takes(std::string_view name) const {
  // The high bits are mixed better.
  return (fnv1a(name) >> 32) % count == index - 1;
}

Shard parse_shard(const std::string& text) {
  const std::size_t slash = text.find('/');
  const std::string first = text.substr(0, slash);
  Shard shard;
  if (text == "auto") {
    const auto count = variable("SLURM_ARRAY_TASK_COUNT");
    if (!count) {
      throw Error(
          "auto: SLURM_ARRAY_TASK_COUNT is not set; outside a Slurm array give the number "
          "of shares: --shard auto/N");
    }
    shard = {index_of_this_task() + 1, *count};
  } else {
    const auto count = slash == std::string::npos
                           ? std::nullopt
                           : number(std::string_view(text).substr(slash + 1));
    const auto index = first == "auto" && count ? index_of_this_task() + 1 : number(first);
    if (!count || !index) {
      throw Error(fmt::format("{}: expected K/N such as 1/4, or auto, or auto/N", text));
    }
    shard = {*index, *count};
  }
  if (shard.index < 1 || shard.index > shard.count) {
    throw Error(fmt::format("{}: K must be from 1 to {}", text, shard.count));
  }
  return shard;
}

std::string refuse_shard(const std::string& text) {
  try {
    parse_shard(text);
    return {};
  } catch (const Error& error) {
    return error.what();
  }
}

}  // namespace lama::internal::cli
