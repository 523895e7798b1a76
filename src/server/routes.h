// The routes, a file for each family.
#pragma once

#include <memory>

#include "server/router.h"
#include "server/server.h"

namespace lama::server {

/// What routes work with.
struct Context {
  const Options& options;
  ImageStore& images;
  JobQueue& jobs;
};

void add_page_routes(Router& router);
void add_about_routes(Router& router, Context context);
void add_image_routes(Router& router, Context context);
void add_iopaint_routes(Router& router, Context context);
void add_job_routes(Router& router, Context context);

/// Decodes a picture that was sent, unless it is larger than the server takes: throws HttpError or
/// TooManyPixels before anything is decoded.
codecs::Picture read_upload(std::span<const std::uint8_t> bytes, const std::string& name,
                            const std::string& what, Context context);

/// Reads and stores a picture that was sent. Throws HttpError if it is none.
std::shared_ptr<const StoredImage> store_upload(std::span<const std::uint8_t> bytes,
                                                std::string name, Context context);

/// Keeps a mask that was sent, whose size must be the image's. Throws HttpError.
std::shared_ptr<const StoredFile> store_mask(std::span<const std::uint8_t> bytes,
                                             const StoredImage& image, Context context);

}  // namespace lama::server
