#include "base/host.h"

#include <utility>

namespace lama::internal {
namespace {

SharedHost& current() {
  thread_local SharedHost host;
  return host;
}

}  // namespace

const SharedHost& current_host() { return current(); }

HostScope::HostScope(SharedHost host) : before_(std::exchange(current(), std::move(host))) {}
HostScope::~HostScope() { current() = std::move(before_); }

}  // namespace lama::internal
