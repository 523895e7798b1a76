// How tasks for workers are written down, for both sides: worker_client.h sends them, worker.h does
// them.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "image/box.h"
#include "inpaint/fill_options.h"
#include "server/image_store.h"

namespace lama::internal::server {

nlohmann::json to_task(const FillOptions& options);
FillOptions options_from(const nlohmann::json& task);

nlohmann::json to_task(codecs::Format format);
/// Throws Error if it is none.
codecs::Format format_from(const nlohmann::json& task);

nlohmann::json to_task(const PictureFacts& facts);
/// Throws Error if they are not those of a picture.
PictureFacts facts_from(const nlohmann::json& answer);

nlohmann::json to_task(const Box& box);
Box box_from(const nlohmann::json& task);
/// Throws Error unless it lies inside a picture of this size. The box, or the size that it was made
/// for, came from another worker.
Box box_from(const nlohmann::json& task, PixelSize picture);

/// The exception as a worker's answer.
nlohmann::json to_answer(const std::exception_ptr& error);
/// Throws the answer's exception, Cancelled or HttpError, if it has one. An HttpError's status is
/// from 400 to 599.
void rethrow(const nlohmann::json& answer);

}  // namespace lama::internal::server
