// Messages of a worker that an attacker controls.
#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"
#include "sandbox/message.h"
#include "server/http.h"
#include "server/tasks.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  int pair[2];
  constexpr std::size_t kMost = 100'000;  // what a socket takes without a reader
  if (size > kMost || ::socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0) return 0;
  if (::send(pair[0], data, size, MSG_DONTWAIT) == static_cast<ssize_t>(size)) {
    ::close(pair[0]);
    try {
      while (const auto message = lama::internal::sandbox::receive(pair[1])) {
        lama::internal::server::rethrow(message->head);
        (void)lama::internal::server::facts_from(message->head);
        (void)lama::internal::server::box_from(message->head.at("replaced"));
      }
    } catch (const lama::internal::Error&) {
    } catch (const nlohmann::json::exception&) {
    }
  } else {
    ::close(pair[0]);
  }
  ::close(pair[1]);
  return 0;
}
