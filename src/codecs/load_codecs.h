// Loads this room's libraries early, for processes that may open no files later.
#pragma once

namespace lama::internal::codecs {

/// Loads the libraries for pictures, which otherwise load with the first picture. Throws Error if
/// they do not start.
void load_codecs();

}  // namespace lama::internal::codecs
