// The libraries behind this room, for processes that open no files later.
#pragma once

namespace lama::codecs {

/// Loads the libraries that read and write pictures, which the first picture does otherwise. Throws
/// Error if they do not start.
void load_codecs();

}  // namespace lama::codecs
