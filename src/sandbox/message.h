// Messages between two processes through a socket.
#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <vector>

namespace lama::internal::sandbox {

struct Message {
  nlohmann::json head;                           ///< an object
  std::vector<std::vector<std::uint8_t>> parts;  ///< files and other data
};

/// Called ten times a second during a wait for the other process. Throws to end the wait. May be
/// empty.
using Wait = std::function<void()>;

/// Sends a message. `parts` follow its own, without a copy. Throws Error if the other process is
/// gone.
void send(int socket, const Message& message,
          std::span<const std::span<const std::uint8_t>> parts = {}, const Wait& wait = nullptr);

/// The next message; nothing if the other process is gone. Throws Error for other data, and if the
/// parts have more than `most` bytes together.
std::optional<Message> receive(int socket, const Wait& wait = nullptr,
                               std::uint64_t most = std::uint64_t{4} << 30);

}  // namespace lama::internal::sandbox
