#include "evaluation/evaluation.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <new>
#include <utility>

#include "base/memory.h"
#include "base/thread_pool.h"
#include "codecs/picture.h"
#include "evaluation/hole_crops.h"
#include "image/crop.h"

namespace lama::internal::evaluation {
namespace {

void put_row(Features& features, std::size_t row, const std::vector<float>& values) {
  std::copy(values.begin(), values.end(),
            features.values.begin() + static_cast<std::ptrdiff_t>(row * features.dimensions));
}

/// Into `values`, one for each result, and item `i`'s crops.
void measure_features(std::size_t i, const plugin::FillFeatures& network, const TruthAndHole& truth,
                      const std::vector<Planes>& results, std::vector<PairValues>& values,
                      Evaluation& evaluation) {
  constexpr std::array kStages = {&PairValues::features_1, &PairValues::features_2,
                                  &PairValues::features_3, &PairValues::features_4,
                                  &PairValues::features_5, &PairValues::features_6};
  static_assert(kStages.size() == plugin::FillFeatures::kStages);
  if (truth.hole.count() > 0) {
    const auto distances = network.distances(truth.truth, results, truth.hole);
    for (std::size_t k = 0; k < results.size(); ++k) {
      double sum = 0;
      for (std::size_t s = 0; s < kStages.size(); ++s) {
        values[k].*kStages[s] = distances[k][s];
        sum += distances[k][s];
      }
      values[k].features = sum / static_cast<double>(kStages.size());
    }
  }
  const std::vector<Box> crops = hole_crops(truth.hole);
  const auto features_of = [&](const Planes& picture) {
    CropFeatures rows;
    for (const Box& box : crops) {
      const auto row = network.features(crop(picture, box));
      rows.insert(rows.end(), row.begin(), row.end());
    }
    return rows;
  };
  evaluation.truth_crops[i] = features_of(truth.truth);
  for (std::size_t k = 0; k < results.size(); ++k) {
    evaluation.result_crops[k][i] = features_of(results[k]);
  }
}

/// Measures item `i` and stores its values in `evaluation`.
void measure(std::size_t i, const FeatureNetworks& networks, Evaluation& evaluation) {
  const Item& item = evaluation.items[i];
  const TruthAndHole truth = read_truth(item);
  std::vector<Planes> results;
  std::vector<PairValues> values;
  for (const auto& path : item.results) {
    results.push_back(read_result(path));
    try {
      values.push_back({compare(results.back(), truth.truth, truth.hole)});
    } catch (const Error& error) {
      throw Error(fmt::format("{}: {}", path.string(), error.what()));
    }
  }
  if (networks.lpips) {
    std::vector<const Planes*> pointers;
    pointers.reserve(results.size());
    for (const Planes& result : results) pointers.push_back(&result);
    const auto distances = networks.lpips->distances(truth.truth, pointers);
    for (std::size_t k = 0; k < results.size(); ++k) values[k].lpips = distances[k];
  }
  if (networks.inception) {
    put_row(evaluation.truth, i, networks.inception->features(truth.truth));
    for (std::size_t k = 0; k < results.size(); ++k) {
      put_row(evaluation.results[k], i, networks.inception->features(results[k]));
    }
  }
  if (networks.fills) {
    measure_features(i, *networks.fills, truth, results, values, evaluation);
  }
  evaluation.areas[i] =
      static_cast<double>(truth.hole.count()) / static_cast<double>(truth.truth.pixels());
  for (std::size_t k = 0; k < results.size(); ++k) evaluation.values[k][i] = values[k];
}

template <typename Value>
void keep(std::vector<Value>& list, const std::vector<std::size_t>& indices) {
  std::vector<Value> kept;
  kept.reserve(indices.size());
  for (const std::size_t i : indices) kept.push_back(std::move(list[i]));
  list = std::move(kept);
}

}  // namespace

TruthAndHole read_truth(const Item& item) {
  Planes truth = rgb_planes(codecs::read_picture(item.picture, "photo").image);
  Mask hole = mask_from(codecs::read_mask(codecs::read_picture_file(item.mask, "mask"),
                                          {truth.width, truth.height},
                                          {item.picture.string(), item.mask.string()}));
  return {std::move(truth), std::move(hole)};
}

Planes read_result(const std::filesystem::path& path) {
  return rgb_planes(codecs::read_picture(path, "result").image);
}

Evaluation evaluate(const Dataset& dataset, const FeatureNetworks& networks, int threads,
                    const std::function<void(double)>& done) {
  const std::size_t count = dataset.items.size(), folders = dataset.predictions.size();
  Evaluation evaluation;
  evaluation.names = short_names(dataset.predictions);
  evaluation.items = dataset.items;
  evaluation.failures = dataset.failures;
  evaluation.areas.resize(count);
  evaluation.values.assign(folders, std::vector<PairValues>(count));
  evaluation.results.resize(folders);
  if (networks.inception) {
    const std::size_t dimensions = plugin::Inception::kFeatures;
    evaluation.truth = {dimensions, std::vector<float>(count * dimensions)};
    evaluation.results.assign(folders, evaluation.truth);
  }
  if (networks.fills) {
    evaluation.truth_crops.resize(count);
    evaluation.result_crops.assign(folders, evaluation.truth_crops);
  }

  std::vector<std::string> errors(count);
  std::mutex mutex;
  std::size_t finished = 0;
  ThreadPool pool(threads);
  pool.run(count, [&](std::size_t i, int) {
    try {
      measure(i, networks, evaluation);
    } catch (const Error& error) {
      errors[i] = error.what();
    } catch (const std::bad_alloc&) {
      errors[i] = fmt::format("{}: {}: use fewer threads", evaluation.items[i].name, kOutOfMemory);
    }
    const std::lock_guard lock(mutex);
    done(static_cast<double>(++finished) / static_cast<double>(count));
  });

  std::vector<std::size_t> measured;
  for (std::size_t i = 0; i < count; ++i) {
    if (errors[i].empty()) {
      measured.push_back(i);
    } else {
      evaluation.failures.push_back(std::move(errors[i]));
    }
  }
  if (measured.empty()) {
    throw Error(fmt::format("{}: nothing could be measured: {}", dataset.folder.string(),
                            evaluation.failures.back()));
  }
  if (measured.size() == count) return evaluation;
  keep(evaluation.items, measured);
  keep(evaluation.areas, measured);
  for (auto& values : evaluation.values) keep(values, measured);
  if (networks.inception) {
    evaluation.truth = select(evaluation.truth, measured);
    for (Features& features : evaluation.results) features = select(features, measured);
  }
  if (networks.fills) {
    keep(evaluation.truth_crops, measured);
    for (auto& crops : evaluation.result_crops) keep(crops, measured);
  }
  return evaluation;
}

}  // namespace lama::internal::evaluation
