// The reports of a run while it goes on (bin/train.py and saicinpainting/training/visualizers):
// train.log and samples/ in its folder, and TensorBoard's files where the config wants them.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>

#include "image/image.h"
#include "training/appended_file.h"
#include "training/config/training_config.h"
#include "training/event_file.h"

namespace lama::internal::training {

/// Written by the first process of a run alone. A full disk is reported once per kind of file and
/// ends nothing. Thread-safety: none.
class RunLog {
 public:
  using Say = std::function<void(const std::string&)>;

  /// Appends to the files in config.run_dir, which exists. Throws Error if it cannot.
  RunLog(const TrainingConfig& config, Say say);

  /// A line for train.log and for people.
  void say(const std::string& line);
  /// Lines for train.log alone.
  void note(const std::string& text);

  void scalars(std::int64_t step, const std::map<std::string, double>& values);
  /// samples/epochNNNN_KIND/batchNNNNNNN.jpg, and under "samples_KIND" for TensorBoard.
  void sample(const std::string& kind, std::int64_t epoch, std::int64_t batch, std::int64_t step,
              const Image& strip);
  /// The histogram of every parameter, with `prefix` before its name.
  void histograms(std::int64_t step, const std::string& prefix, const torch::nn::Module& network);

 private:
  template <typename Function>
  void attempt(const std::string& what, Function&& function);

  std::filesystem::path samples_;
  Say say_;
  AppendedFile log_;
  EventFile events_;
  std::map<std::string, bool> failed_;  ///< whether writing this kind of file failed last time
};

}  // namespace lama::internal::training
