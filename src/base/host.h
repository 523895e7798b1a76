#pragma once

#include <cstddef>
#include <functional>
#include <memory>

namespace lama::internal {

/// What the program around the library lends to it, as include/lama/lama.hpp describes (Host).
struct HostFunctions {
  std::function<void(int count, const std::function<void(int)>& job)> run;  ///< may be null
  std::function<void*(std::size_t bytes)> allocate;                         ///< may be null
  std::function<void(void* memory)> release;                                ///< null with allocate
};
using SharedHost = std::shared_ptr<const HostFunctions>;

/// The host for this thread's work: an AlignedBuffer or ThreadPool that is made on this thread uses
/// it until its end. Null: none.
const SharedHost& current_host();

/// Makes `host` current on this thread, until the end of the scope.
class HostScope {
 public:
  explicit HostScope(SharedHost host);
  ~HostScope();
  HostScope(const HostScope&) = delete;
  HostScope& operator=(const HostScope&) = delete;

 private:
  SharedHost before_;
};

}  // namespace lama::internal
