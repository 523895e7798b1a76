// Rectangles that somebody sent.
#pragma once

#include <string>

#include "inpaint/box.h"
#include "server/image_store.h"

namespace lama::server {

/// A rectangle given as x,y,width,height. Throws HttpError, which names `field`, unless it lies in
/// the image.
Box read_box(const std::string& text, const std::string& field, const StoredImage& image);

}  // namespace lama::server
