// Rectangles in requests.
#pragma once

#include <string>

#include "image/box.h"
#include "server/image_store.h"

namespace lama::internal::server {

/// Parses a rectangle x,y,width,height. Throws HttpError, with `field`, unless it lies in the
/// image.
Box read_box(const std::string& text, const std::string& field, const StoredImage& image);

}  // namespace lama::internal::server
