#include "sandbox/message.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>
#include <system_error>

#include "base/error.h"

namespace lama::internal::sandbox {
namespace {

// The reader need not trust the writer.
constexpr std::uint64_t kMostHead = 16U << 20, kMostParts = 16;
constexpr std::size_t kStep = 64U << 20;

/// Waits until the socket can be read or written.
void wait_for(int socket, short events, const Wait& wait) {
  pollfd waited = {.fd = socket, .events = events, .revents = 0};
  constexpr int kMilliseconds = 100;
  while (::poll(&waited, 1, wait ? kMilliseconds : -1) <= 0) {
    if (wait) wait();
  }
}

void write_all(int socket, const void* data, std::size_t size, const Wait& wait) {
  const auto* bytes = static_cast<const std::uint8_t*>(data);
  while (size > 0) {
    wait_for(socket, POLLOUT, wait);
    const ssize_t n = ::send(socket, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (n < 0) {
      throw Error("the other process is gone: " + std::generic_category().message(errno));
    }
    bytes += n;
    size -= static_cast<std::size_t>(n);
  }
}

/// False if the other process is gone.
bool read_all(int socket, void* data, std::size_t size, const Wait& wait) {
  auto* bytes = static_cast<std::uint8_t*>(data);
  while (size > 0) {
    wait_for(socket, POLLIN, wait);
    const ssize_t n = ::recv(socket, bytes, size, MSG_DONTWAIT);
    if (n < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (n <= 0) return false;
    bytes += n;
    size -= static_cast<std::size_t>(n);
  }
  return true;
}

}  // namespace

void send(int socket, const Message& message, std::span<const std::span<const std::uint8_t>> parts,
          const Wait& wait) {
  using Json = nlohmann::json;
  const std::string head = message.head.dump(-1, ' ', false, Json::error_handler_t::replace);
  std::vector<std::span<const std::uint8_t>> all(message.parts.begin(), message.parts.end());
  all.insert(all.end(), parts.begin(), parts.end());
  std::vector<std::uint64_t> sizes = {head.size(), all.size()};
  for (const auto& part : all) sizes.push_back(part.size());
  write_all(socket, sizes.data(), sizes.size() * sizeof sizes[0], wait);
  write_all(socket, head.data(), head.size(), wait);
  for (const auto& part : all) write_all(socket, part.data(), part.size(), wait);
}

std::optional<Message> receive(int socket, const Wait& wait, std::uint64_t most) {
  std::array<std::uint64_t, 2> counts = {};
  if (!read_all(socket, counts.data(), sizeof counts, wait)) return std::nullopt;
  const auto [head_size, part_count] = counts;
  if (head_size > kMostHead || part_count > kMostParts) {
    throw Error(fmt::format("no message: {} bytes in {} parts", head_size, part_count));
  }
  std::vector<std::uint64_t> sizes(part_count);
  if (!read_all(socket, sizes.data(), part_count * sizeof sizes[0], wait)) return std::nullopt;
  std::string head(head_size, '\0');
  if (!read_all(socket, head.data(), head_size, wait)) return std::nullopt;
  Message message;
  message.head = nlohmann::json::parse(head, nullptr, /*allow_exceptions=*/false);
  if (!message.head.is_object()) throw Error("no message: its head is no JSON object");
  message.parts.reserve(part_count);
  for (const std::uint64_t size : sizes) {
    if (size > most) {
      throw Error(fmt::format("no message: a part has {} bytes too many", size - most));
    }
    most -= size;
    auto& part = message.parts.emplace_back();
    // Allocates for received bytes, not for announced ones.
    for (std::size_t had = 0; had < size; had = part.size()) {
      part.resize(std::min<std::size_t>(size, had + kStep));
      if (!read_all(socket, part.data() + had, part.size() - had, wait)) return std::nullopt;
    }
  }
  return message;
}

}  // namespace lama::internal::sandbox
