#include "training/processes.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <sys/socket.h>
#include <torch/version.h>
#include <unistd.h>
#include <torch/csrc/distributed/c10d/FileStore.hpp>
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroup.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <optional>
#include <utility>

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

std::optional<std::string> variable(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
  if (value == nullptr || *value == '\0') return std::nullopt;
  return value;
}

std::optional<int> number(const char* name) {
  const auto text = variable(name);
  if (!text) return std::nullopt;
  int value = -1;
  const char* end = text->data() + text->size();
  const auto [stop, error] = std::from_chars(text->data(), end, value);
  if (error != std::errc() || stop != end || value < 0) {
    throw Error(fmt::format("{}={}: expected a number", name, *text));
  }
  return value;
}

int required(const char* name, const char* because) {
  const auto value = number(name);
  if (!value) throw Error(fmt::format("{} is set, but {} is not", because, name));
  return *value;
}

/// The port of process 0, if the launcher does not set one.
void find_first(Place& place) {
  if (const auto host = variable("MASTER_ADDR")) {
    place.host = *host;
  } else if (place.host.empty() && place.local_size == place.size) {
    place.host = "127.0.0.1";
  }
  if (const auto port = number("MASTER_PORT")) {
    if (*port < 1 || *port > 65535) throw Error(fmt::format("MASTER_PORT={}: no port", *port));
    const bool agent_listens = variable("TORCHELASTIC_USE_AGENT_STORE").value_or("") == "True";
    const int beside = *port == 65535 ? *port - 1 : *port + 1;
    place.port = static_cast<std::uint16_t>(agent_listens ? beside : *port);
  }
  if (place.size > 1 && place.file.empty() && place.host.empty()) {
    throw Error(
        "the processes of this run do not know where to meet: set MASTER_ADDR to the address of "
        "the first one's machine (with mpirun: -x MASTER_ADDR=ADDRESS)");
  }
}

}  // namespace

std::string first_host(const std::string& nodes) {
  const std::size_t bracket = nodes.find_first_of(",[");
  if (bracket == std::string::npos || nodes[bracket] == ',') return nodes.substr(0, bracket);
  // The text in brackets, up to the first '-' or ',', and the text after them:
  // rack[1-2]-gpu[03,05].
  const std::size_t close = nodes.find(']', bracket);
  if (close == std::string::npos) return nodes;
  const std::string inside = nodes.substr(bracket + 1, close - bracket - 1);
  return nodes.substr(0, bracket) + inside.substr(0, inside.find_first_of("-,")) +
         first_host(nodes.substr(close + 1));
}

Place place_from_environment() {
  Place place;
  if (const auto rank = number("RANK")) {
    place.rank = *rank;
    place.size = required("WORLD_SIZE", "RANK");
    place.local_rank = number("LOCAL_RANK").value_or(0);
    place.local_size = number("LOCAL_WORLD_SIZE").value_or(0);
    place.file = variable("LAMA_MEETING_FILE").value_or("");
    place.attempt = variable("TORCHELASTIC_RESTART_COUNT").value_or("0");
  } else if (const auto open_mpi = number("OMPI_COMM_WORLD_RANK")) {
    place.rank = *open_mpi;
    place.size = required("OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK");
    place.local_rank = required("OMPI_COMM_WORLD_LOCAL_RANK", "OMPI_COMM_WORLD_RANK");
    place.local_size = required("OMPI_COMM_WORLD_LOCAL_SIZE", "OMPI_COMM_WORLD_RANK");
  } else if (const auto mpich = number("PMI_RANK")) {
    place.rank = *mpich;
    place.size = required("PMI_SIZE", "PMI_RANK");
    place.local_rank = number("MPI_LOCALRANKID").value_or(0);
    place.local_size = number("MPI_LOCALNRANKS").value_or(0);
  } else if (number("SLURM_STEP_NUM_TASKS")) {
    // The variables of a step: in a batch script, which is one process, SLURM_NTASKS is set too.
    place.rank = required("SLURM_PROCID", "SLURM_STEP_NUM_TASKS");
    place.size = *number("SLURM_STEP_NUM_TASKS");
    place.local_rank = number("SLURM_LOCALID").value_or(0);
    // "4(x2)": four tasks on each of two nodes.
    place.local_size = std::atoi(variable("SLURM_STEP_TASKS_PER_NODE").value_or("0").c_str());
    const auto nodes = variable("SLURM_STEP_NODELIST");
    place.host = first_host(nodes ? *nodes : variable("SLURM_NODELIST").value_or(""));
  } else {
    return place;
  }
  if (place.rank >= place.size) {
    throw Error(fmt::format("process {} of {}: the first is 0", place.rank, place.size));
  }
  find_first(place);
  return place;
}

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

bool is_loopback(const sockaddr& address) {
  if (address.sa_family == AF_INET) {
    const auto& ip4 = reinterpret_cast<const sockaddr_in&>(address);
    return (ntohl(ip4.sin_addr.s_addr) >> 24) == 127;
  }
  return IN6_IS_ADDR_LOOPBACK(&reinterpret_cast<const sockaddr_in6&>(address).sin6_addr);
}

std::string numeric(const sockaddr& address, socklen_t size) {
  std::array<char, NI_MAXHOST> text{};
  const int failed =
      ::getnameinfo(&address, size, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST);
  return failed != 0 ? std::string() : text.data();
}

/// The first address of this machine that others may know.
std::string network_address() {
  ifaddrs* all = nullptr;
  if (::getifaddrs(&all) != 0) return {};
  std::string found;
  for (const ifaddrs* at = all; at != nullptr && found.empty(); at = at->ifa_next) {
    if (at->ifa_addr == nullptr || at->ifa_addr->sa_family != AF_INET) continue;
    if ((at->ifa_flags & IFF_UP) == 0 || is_loopback(*at->ifa_addr)) continue;
    found = numeric(*at->ifa_addr, sizeof(sockaddr_in));
  }
  ::freeifaddrs(all);
  return found;
}

/// The address of this machine on the way to process 0. The address of its own name does not do: on
/// Debian that is 127.0.1.1, where no other machine finds it.
[[maybe_unused]] std::string own_address(const Place& place) {
  if (!place.file.empty()) return "127.0.0.1";
  addrinfo hints{}, *found = nullptr;
  hints.ai_socktype = SOCK_DGRAM;
  const std::string port = std::to_string(place.port);
  if (const int error = ::getaddrinfo(place.host.c_str(), port.c_str(), &hints, &found)) {
    throw Error(fmt::format("{}: cannot find this host, where process 0 should listen: {}",
                            place.host, ::gai_strerror(error)));
  }
  std::string address;
  bool loopback = false;
  // Connecting sends nothing, but chooses the way.
  const int probe = ::socket(found->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sockaddr_storage own{};
  socklen_t size = sizeof own;
  if (::connect(probe, found->ai_addr, found->ai_addrlen) == 0 &&
      ::getsockname(probe, reinterpret_cast<sockaddr*>(&own), &size) == 0) {
    address = numeric(reinterpret_cast<sockaddr&>(own), size);
    loopback = is_loopback(reinterpret_cast<sockaddr&>(own));
  }
  ::close(probe);
  ::freeaddrinfo(found);
  if (address.empty()) {
    throw Error(
        fmt::format("{}: no network leads there, where process 0 should listen", place.host));
  }
  if (!loopback || place.local_size == place.size) return address;
  const std::string outside = network_address();
  return outside.empty() ? address : outside;
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

c10::intrusive_ptr<c10d::Store> meet(const Place& place) {
  if (!place.file.empty()) return c10::make_intrusive<c10d::FileStore>(place.file, place.size);
  c10d::TCPStoreOptions options;
  options.port = place.port;
  options.isServer = place.rank == 0;
  options.waitWorkers = false;
  options.timeout = Processes::kStartTimeout;
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
    const auto interface = variable("GLOO_SOCKET_IFNAME");
    options->devices.push_back(
        interface ? c10d::ProcessGroupGloo::createDeviceForInterface(*interface)
                  : c10d::ProcessGroupGloo::createDeviceForHostname(own_address(place_)));
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
