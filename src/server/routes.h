// The routes, one file per family.
#pragma once

#include <memory>

#include "server/router.h"
#include "server/server.h"
#include "server/worker_client.h"

namespace lama::internal::server {

/// The objects that routes use.
struct Context {
  const Options& options;
  ImageStore& images;
  JobQueue& jobs;
  WorkerClient& workers;
};

void add_page_routes(Router& router);
void add_about_routes(Router& router, Context context);
void add_image_routes(Router& router, Context context);
void add_iopaint_routes(Router& router, Context context);
void add_job_routes(Router& router, Context context);
void add_selection_routes(Router& router, Context context);

/// Reads and stores a picture that came with `request`. Throws HttpError if it is none.
std::shared_ptr<const StoredImage> store_upload(std::span<const std::uint8_t> bytes,
                                                std::string name, const Request& request,
                                                Context context);

/// Keeps a mask that came with `request`, whose size must be the image's. Throws HttpError.
std::shared_ptr<const StoredFile> store_mask(std::span<const std::uint8_t> bytes,
                                             const StoredImage& image, const Request& request,
                                             Context context);

}  // namespace lama::internal::server
