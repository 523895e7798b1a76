// What storage and queue refuse. http.cpp gives each of them its status.
#pragma once

#include "base/error.h"

namespace lama::server {

/// There is no picture or job of this id, or no longer.
class NotFound : public Error {
 public:
  using Error::Error;
};

/// The pictures that are kept leave no room for another.
class StorageFull : public Error {
 public:
  using Error::Error;
};

/// Too many fills wait.
class QueueFull : public Error {
 public:
  using Error::Error;
};

/// The server is being stopped and starts nothing.
class Stopping : public Error {
 public:
  using Error::Error;
};

}  // namespace lama::server
