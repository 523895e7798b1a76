// The other side of worker_client.h: the process that decodes, fills and encodes.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "engine/precision.h"
#include "inpaint/backend.h"

namespace lama::internal::server {

/// Opens the network of the model `name`. Throws Error.
using OpenModel = std::function<Backend(const std::string& name, engine::Precision precision)>;

/// Does the tasks from `socket` until the other side is gone. `lost` lists the rights that this
/// process could not drop (sandbox/confine.h).
void run_worker(int socket, const OpenModel& open_model, const std::vector<std::string>& lost);

}  // namespace lama::internal::server
