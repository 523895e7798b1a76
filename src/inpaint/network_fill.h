// A fill by a network: its input, its answer, and the shade by which the answer misses the
// surroundings.
#pragma once

#include <cstddef>

#include "image/mask.h"
#include "inpaint/backend.h"
#include "inpaint/seen.h"

namespace lama::internal {

/// The size of the network's input for a picture, or a part of one, of this size.
PixelSize padded(PixelSize picture, const model::InputSizes& sizes);

/// The network's answer for what `part` sees, enlarged to its size: red, green and blue in 0..1,
/// black where the fill needs no answer. `keeps_seen`: the caller needs `seen.rgb` again; otherwise
/// it is emptied, because the network needs the memory.
Image fill_by_network(const Backend& network, Seen& seen, bool keeps_seen, const Part& part,
                      const InpaintOptions& options, const engine::Observer& observer);

/// Bytes that a run of the network over `part` takes at most.
std::size_t network_fill_bytes(const Backend& network, const Part& part);

}  // namespace lama::internal
