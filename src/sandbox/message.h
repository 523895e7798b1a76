// What two processes say to each other through a socket.
#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <vector>

namespace lama::sandbox {

struct Message {
  nlohmann::json head;                           ///< an object
  std::vector<std::vector<std::uint8_t>> parts;  ///< files and the like
};

/// Called ten times a second while the other side is waited for. Throws to end that. May be empty.
using Wait = std::function<void()>;

/// Sends a message. `parts` are sent beside its own, without a copy. Throws Error if the other side
/// is gone.
void send(int socket, const Message& message,
          std::span<const std::span<const std::uint8_t>> parts = {}, const Wait& wait = nullptr);

/// The next message; nothing if the other side is gone. Throws Error if it is no message.
std::optional<Message> receive(int socket, const Wait& wait = nullptr);

}  // namespace lama::sandbox
