#include "training/processes.h"

#include <fmt/format.h>
#include <torch/version.h>
#include <torch/csrc/distributed/c10d/FileStore.hpp>
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroup.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>

#include <algorithm>
#include <array>
#include <csignal>
#include <exception>
#include <string>
#include <utility>

#include "base/environment.h"
#include "base/error.h"

// The libraries that LibTorch was built with, if their headers are there.
#if defined(USE_C10D_GLOO) && __has_include(<gloo/config.h>)
#define LAMA_GLOO
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#endif
#if defined(USE_C10D_NCCL) && __has_include(<nccl.h>)
#define LAMA_NCCL
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>
#endif

namespace lama::internal::training {
namespace {

#if TORCH_VERSION_MAJOR >= 2
using C10dGroup = c10d::Backend;
#else
using C10dGroup = c10d::ProcessGroup;
#endif

/// The part of another library's message that names the error, without the place in its source
/// before and the stack after.
std::string reason(const std::exception& error) {
  std::string text = error.what();
  text = text.substr(0, text.find('\n'));
  if (text.starts_with('[')) {
    const std::size_t end = text.find("] ");
    if (end != std::string::npos) text = text.substr(end + 2);
  }
  const std::size_t raised = text.find(" Exception raised from");
  return text.substr(0, std::min(raised, text.find(". This may indicate")));
}

/// While one lives, signals end the process at once: no loop checks for them while it waits for
/// others, and there is nothing yet to lose.
class EndedBySignals {
 public:
  EndedBySignals() {
    for (std::size_t i = 0; i < kSignals.size(); ++i) {
      ::sigaction(kSignals[i], nullptr, &before_[i]);
      struct sigaction ends {};
      ends.sa_handler = SIG_DFL;
      if (before_[i].sa_handler != SIG_IGN) ::sigaction(kSignals[i], &ends, nullptr);
    }
  }
  ~EndedBySignals() {
    for (std::size_t i = 0; i < kSignals.size(); ++i) {
      ::sigaction(kSignals[i], &before_[i], nullptr);
    }
  }
  EndedBySignals(const EndedBySignals&) = delete;
  EndedBySignals& operator=(const EndedBySignals&) = delete;

 private:
  static constexpr std::array kSignals = {SIGINT, SIGTERM, SIGHUP};
  std::array<struct sigaction, kSignals.size()> before_{};
};

/// LibTorch from 2.4 on would serve the store with libuv, which Debian's is built without.
template <typename Options>
void serve_without_libuv(Options& options) {
  if constexpr (requires { options.useLibUV; }) options.useLibUV = false;
}

c10::intrusive_ptr<c10d::Store> meet(const Place& place) {
  if (!place.file.empty()) return c10::make_intrusive<c10d::FileStore>(place.file, place.size);
  c10d::TCPStoreOptions options;
  options.port = place.port;
  options.isServer = place.rank == 0;
  options.waitWorkers = false;
  options.timeout = Processes::kStartTimeout;
  serve_without_libuv(options);
  try {
    return c10::make_intrusive<c10d::TCPStore>(place.host, options);
  } catch (const std::exception& error) {
    if (options.isServer) {
      throw Error(
          fmt::format("port {}: process 0 cannot listen there (set MASTER_PORT to a free one): "
                      "{}",
                      place.port, reason(error)));
    }
    throw Error(fmt::format("{}:{}: cannot reach process 0 there: {}", place.host, place.port,
                            reason(error)));
  }
}

}  // namespace

/// One set of connections between all processes.
class Processes::Group {
 public:
  Group(const Place& place, torch::Device device, const c10::intrusive_ptr<c10d::Store>& store,
        const std::string& name)
      : place_(place) {
    const auto own = c10::make_intrusive<c10d::PrefixStore>(
        fmt::format("lama/{}/{}", place.attempt, name), store);
    own->setTimeout(kStartTimeout);
    try {
      if (device.is_cuda()) {
        connect_gpus(own);
      } else {
        connect(own);
      }
    } catch (const Error&) {
      throw;
    } catch (const std::exception& error) {
      throw Error(fmt::format("process {} of {}: not all others came within {} minutes: {}",
                              place.rank, place.size, kStartTimeout.count(), reason(error)));
    }
  }

  template <typename Start>
  c10::intrusive_ptr<c10d::Work> start(const Start& start) const {
    try {
      return start(*group_);
    } catch (const std::exception& error) {
      throw_not_exchanged(error);
    }
  }

  void wait(c10d::Work& work) const {
    try {
      work.wait();
    } catch (const std::exception& error) {
      throw_not_exchanged(error);
    }
  }

  c10::intrusive_ptr<c10d::Work> start_sum(const torch::Tensor& tensor) const {
    std::vector<torch::Tensor> tensors = {tensor};
    return start([&](C10dGroup& group) { return group.allreduce(tensors); });
  }

 private:
  void connect([[maybe_unused]] const c10::intrusive_ptr<c10d::Store>& store) {
#ifdef LAMA_GLOO
    auto options = c10d::ProcessGroupGloo::Options::create();
    const std::string interface = environment("GLOO_SOCKET_IFNAME");
    options->devices.push_back(
        interface.empty() ? c10d::ProcessGroupGloo::createDeviceForHostname(own_address(place_))
                          : c10d::ProcessGroupGloo::createDeviceForInterface(interface));
    options->timeout = kStartTimeout;
    options->threads = 2;
    group_ = c10::make_intrusive<c10d::ProcessGroupGloo>(store, place_.rank, place_.size, options);
    options->timeout = kTimeout;
#else
    throw Error("several processes need a LibTorch with Gloo, and Gloo's headers (libgloo-dev)");
#endif
  }

  void connect_gpus([[maybe_unused]] const c10::intrusive_ptr<c10d::Store>& store) {
#ifdef LAMA_NCCL
    auto options = c10d::ProcessGroupNCCL::Options::create();
    options->timeout = kTimeout;
    group_ = c10::make_intrusive<c10d::ProcessGroupNCCL>(store, place_.rank, place_.size, options);
#else
    throw Error("several processes on GPUs need a LibTorch with NCCL, and NCCL's headers");
#endif
  }

  [[noreturn]] void throw_not_exchanged(const std::exception& error) const {
    throw Error(
        fmt::format("process {} of {}: cannot exchange tensors with the others ({}): if one has "
                    "ended or cannot be reached, resume from the last checkpoint",
                    place_.rank, place_.size, reason(error)));
  }

  Place place_;
  c10::intrusive_ptr<C10dGroup> group_;
};

class Processes::Sum : public networks::AllReduce {
 public:
  explicit Sum(std::shared_ptr<Group> group) : group_(std::move(group)) {}

  torch::Tensor sum(const torch::Tensor& value) override {
    torch::Tensor result = value.detach().clone(at::MemoryFormat::Contiguous);
    group_->wait(*group_->start_sum(result));
    return result;
  }

 private:
  std::shared_ptr<Group> group_;
};

Processes::Processes(const Place& place, torch::Device device) : place_(place) {
  if (place.size == 1) return;
  const EndedBySignals waiting;
  const auto store = meet(place);
  group_ = std::make_shared<Group>(place, device, store, "gradients");
  all_reduce_ =
      c10::make_intrusive<Sum>(std::make_shared<Group>(place, device, store, "batch norms"));
  barrier();  // process 0 keeps the store until all have met
}

void Processes::barrier() {
  if (!group_) return;
  group_->wait(*group_->start([](C10dGroup& group) { return group.barrier(); }));
}

void Processes::broadcast(const std::vector<torch::Tensor>& tensors) {
  if (!group_) return;
  for (const torch::Tensor& tensor : tensors) {
    std::vector<torch::Tensor> contiguous = {tensor.detach().contiguous()};
    group_->wait(*group_->start([&](C10dGroup& group) { return group.broadcast(contiguous); }));
    if (!contiguous[0].is_alias_of(tensor)) tensor.detach().copy_(contiguous[0]);
  }
}

void Processes::sum(const torch::Tensor& tensor) {
  if (!group_) return;
  const torch::Tensor contiguous = tensor.detach().contiguous();
  group_->wait(*group_->start_sum(contiguous));
  if (!contiguous.is_alias_of(tensor)) tensor.detach().copy_(contiguous);
}

std::unique_ptr<Processes::Pending> Processes::start_sum(const torch::Tensor& tensor) {
  class PendingWork : public Pending {
   public:
    PendingWork(std::shared_ptr<Group> group, c10::intrusive_ptr<c10d::Work> work)
        : group_(std::move(group)), work_(std::move(work)) {}
    void wait() override { group_->wait(*work_); }

   private:
    std::shared_ptr<Group> group_;
    c10::intrusive_ptr<c10d::Work> work_;
  };
  class Nothing : public Pending {
    void wait() override {}
  };
  if (!group_) return std::make_unique<Nothing>();
  return std::make_unique<PendingWork>(group_, group_->start_sum(tensor));
}

}  // namespace lama::internal::training
