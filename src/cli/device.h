// The value of --device.
#pragma once

#include <string>

#include "inpaint/backend.h"
#include "weights/model_file.h"

namespace lama::cli {

/// What is wrong with `device` as a name, or an empty string. Nothing is loaded for this.
std::string device_error(const std::string& device);

/// `model` on `device`: auto, cpu, torch-cpu, cuda or cuda:N. Throws Error, saying what there is,
/// if that is not there; only the engine has other precisions than float32.
Backend open_backend(const weights::Model& model, const std::string& device, int threads,
                     engine::Precision precision);

}  // namespace lama::cli
