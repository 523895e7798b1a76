// The value of --device.
#pragma once

#include <string>

#include "inpaint/backend.h"
#include "weights/model_file.h"

namespace lama::internal::cli {

/// The error in `device` as a name, or an empty string. Loads nothing.
std::string device_error(const std::string& device);
/// The same for training, which runs on LibTorch alone and calls its processor cpu.
std::string training_device_error(const std::string& device);

/// Opens `model` on `device`: auto, cpu, torch-cpu, cuda or cuda:N. Throws Error with the available
/// devices if it is unavailable; only the engine has other precisions than float32.
Backend open_backend(const weights::ModelFile& model, const std::string& device, int threads,
                     engine::Precision precision);

}  // namespace lama::internal::cli
