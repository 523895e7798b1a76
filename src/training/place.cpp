#include "training/place.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <sys/socket.h>

#include <array>
#include <charconv>
#include <cstdlib>
#include <optional>
#include <system_error>

#include "base/descriptor.h"
#include "base/environment.h"
#include "base/error.h"

namespace lama::internal::training {
namespace {

std::optional<int> number(const char* name) {
  const std::string text = environment(name);
  if (text.empty()) return std::nullopt;
  int value = -1;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end || value < 0) {
    throw Error(fmt::format("{}={}: expected a number", name, text));
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
  if (const std::string host = environment("MASTER_ADDR"); !host.empty()) {
    place.host = host;
  } else if (place.host.empty() && place.local_size == place.size) {
    place.host = "127.0.0.1";
  }
  if (const auto port = number("MASTER_PORT")) {
    if (*port < 1 || *port > 65535) throw Error(fmt::format("MASTER_PORT={}: no port", *port));
    const bool agent_listens = environment("TORCHELASTIC_USE_AGENT_STORE") == "True";
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
    place.file = environment("LAMA_MEETING_FILE");
    place.attempt = environment("TORCHELASTIC_RESTART_COUNT");
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
  } else if (const auto tasks = number("SLURM_STEP_NUM_TASKS")) {
    // The variables of a step: in a batch script, which is one process, SLURM_NTASKS is set too.
    place.rank = required("SLURM_PROCID", "SLURM_STEP_NUM_TASKS");
    place.size = *tasks;
    place.local_rank = number("SLURM_LOCALID").value_or(0);
    // "4(x2)": four tasks on each of two nodes.
    place.local_size = std::atoi(environment("SLURM_STEP_TASKS_PER_NODE").c_str());
    const std::string nodes = environment("SLURM_STEP_NODELIST");
    place.host = first_host(nodes.empty() ? environment("SLURM_NODELIST") : nodes);
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

}  // namespace

// The address of the machine's own name does not do: on Debian that is 127.0.1.1, where no other
// machine finds it.
std::string own_address(const Place& place) {
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
  const Descriptor probe(::socket(found->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_storage own{};
  socklen_t size = sizeof own;
  if (::connect(probe.get(), found->ai_addr, found->ai_addrlen) == 0 &&
      ::getsockname(probe.get(), reinterpret_cast<sockaddr*>(&own), &size) == 0) {
    address = numeric(reinterpret_cast<sockaddr&>(own), size);
    loopback = is_loopback(reinterpret_cast<sockaddr&>(own));
  }
  ::freeaddrinfo(found);
  if (address.empty()) {
    throw Error(
        fmt::format("{}: no network leads there, where process 0 should listen", place.host));
  }
  if (!loopback || place.local_size == place.size) return address;
  const std::string outside = network_address();
  return outside.empty() ? address : outside;
}

}  // namespace lama::internal::training
