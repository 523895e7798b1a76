// Refusals of storage and queue. http.cpp maps each to its status.
#pragma once

#include "base/error.h"

namespace lama::internal::server {

/// No picture or job has this id (any more).
class NotFound : public Error {
 public:
  using Error::Error;
};

/// The stored pictures leave no room for another.
class StorageFull : public Error {
 public:
  using Error::Error;
};

/// Too many fills wait.
class QueueFull : public Error {
 public:
  using Error::Error;
};

/// The server is stopping and starts nothing.
class Stopping : public Error {
 public:
  using Error::Error;
};

}  // namespace lama::internal::server
