#include "training/training_step.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "base/seed.h"
#include "image/interpolate.h"
#include "training/autocast.h"
#include "training/learning_rate.h"
#include "training/losses/fake_fakes.h"
#include "training/losses/feature_matching.h"
#include "training/losses/l1.h"
#include "training/losses/low_frequency.h"

namespace lama::internal::training {
namespace {

/// Below it, fake fakes are off (as published).
constexpr double kNoFakeFakes = 1e-3;

void freeze(const torch::nn::Module& network, bool frozen) {
  for (const torch::Tensor& parameter : network.parameters()) parameter.set_requires_grad(!frozen);
}

void clear_gradients(const torch::nn::Module& network) {
  for (const torch::Tensor& parameter : network.parameters()) parameter.mutable_grad().reset();
}

std::unique_ptr<torch::optim::Optimizer> make_optimizer(const OptimizerConfig& config,
                                                        const torch::nn::Module& network) {
  const auto options = [&](auto defaults) {
    return defaults.lr(config.lr)
        .betas({config.beta1, config.beta2})
        .eps(config.eps)
        .weight_decay(config.weight_decay)
        .amsgrad(config.amsgrad);
  };
  using torch::optim::Adam, torch::optim::AdamW;
  if (config.kind == OptimizerConfig::Kind::adamw) {
    return std::make_unique<AdamW>(network.parameters(), options(torch::optim::AdamWOptions()));
  }
  return std::make_unique<Adam>(network.parameters(), options(torch::optim::AdamOptions()));
}

void set_learning_rate(torch::optim::Optimizer& optimizer, const OptimizerConfig& config,
                       std::int64_t iteration) {
  for (torch::optim::OptimizerParamGroup& group : optimizer.param_groups()) {
    group.options().set_lr(learning_rate(config, iteration));
  }
}

std::vector<torch::Tensor> copies(const std::vector<torch::Tensor>& tensors) {
  std::vector<torch::Tensor> result;
  result.reserve(tensors.size());
  for (const torch::Tensor& tensor : tensors) result.push_back(tensor.clone());
  return result;
}

void copy_back(const std::vector<torch::Tensor>& values, std::vector<torch::Tensor> tensors) {
  for (std::size_t i = 0; i < tensors.size(); ++i) tensors[i].copy_(values[i]);
}

/// One random crop of about `area` pixels. (make_constant_area_crop_params)
Example cropped(const Example& example, const TrainingModelConfig::ConstAreaCrop& config) {
  const auto uniform = [](std::int64_t low, std::int64_t high) {  // both included
    return torch::randint(low, high + 1, {1}).item<std::int64_t>();
  };
  const std::int64_t height = example.image.size(2), width = example.image.size(3);
  const std::int64_t least = std::min({height, width, std::int64_t{config.min_size}});
  const std::int64_t most = std::min({height, width, std::int64_t{config.max_size}});
  const auto side = [&](std::int64_t wanted) {
    const std::int64_t step = config.round_to_mod;
    return std::min(most, (wanted + step - 1) / step * step);
  };
  const bool height_first = uniform(0, 1) == 0;
  const std::int64_t one = side(uniform(least, most)), other = side(config.area / one);
  const std::int64_t h = height_first ? one : other, w = height_first ? other : one;
  const std::int64_t y = uniform(0, height - h), x = uniform(0, width - w);
  const auto crop = [&](const torch::Tensor& t) { return t.narrow(2, y, h).narrow(3, x, w); };
  return {crop(example.image), crop(example.mask)};
}

void add(Loss& loss, const char* name, const torch::Tensor& value) {
  loss.total = loss.total.defined() ? loss.total + value : value;
  loss.metrics.emplace_back(name, value.detach());
}

/// Adds up the metrics of micro batches, under the same names.
void accumulate(Metrics& sums, const Metrics& metrics, double share) {
  for (const auto& [name, value] : metrics) {
    const auto same_name = [&name = name](const auto& entry) { return entry.first == name; };
    const auto found = std::find_if(sums.begin(), sums.end(), same_name);
    if (found == sums.end()) {
      sums.emplace_back(name, value * share);
    } else {
      found->second = found->second + value * share;
    }
  }
}

/// Adds the gradients of one micro batch, multiplied by `share`. With the `last` one, averages the
/// sums over the processes.
void backward(const torch::Tensor& loss, double share, GradientBuckets& gradients, bool last) {
  const torch::Tensor scaled = share == 1 ? loss : loss * share;
  last ? gradients.backward(scaled) : scaled.backward();
}

Inpainting detached(const Inpainting& x) {
  return {{x.image, x.mask}, x.predicted.detach(), x.inpainted.detach(), x.mask_for_losses};
}

torch::Tensor in_float(const torch::Tensor& x) {
  return x.scalar_type() == torch::kBFloat16 ? x.to(torch::kFloat) : x;
}

DiscriminatorImpl::Output in_float(DiscriminatorImpl::Output output) {
  output.logits = in_float(output.logits);
  for (torch::Tensor& feature : output.features) feature = in_float(feature);
  return output;
}

/// The pictures with their missing pixels interpolated. Computed on the processor, wherever the
/// pictures are.
torch::Tensor interpolated(const Example& example) {
  const auto here = [](const torch::Tensor& x) {
    return x.to(torch::kCPU, torch::kFloat).permute({0, 2, 3, 1}).contiguous();
  };
  const torch::Tensor pictures = here(example.image).clone();
  const torch::Tensor missing = (here(example.mask) > 0.5).to(torch::kUInt8);
  const auto height = static_cast<std::size_t>(pictures.size(1));
  const auto width = static_cast<std::size_t>(pictures.size(2));
  at::parallel_for(0, pictures.size(0), 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      interpolate_missing(pictures[i].data_ptr<float>(), height, width, 3,
                          missing[i].data_ptr<std::uint8_t>());
    }
  });
  return pictures.permute({0, 3, 1, 2}).contiguous().to(example.image.options());
}

}  // namespace

Inpainting inpaint(networks::GeneratorImpl& generator, const Example& example) {
  const torch::Tensor &image = example.image, &mask = example.mask;
  const bool difference = generator.missing_pixels() == model::MissingPixels::interpolated;
  const torch::Tensor seen = difference ? interpolated(example) : image * (1 - mask);
  Inpainting result{example, {}, {}, mask};
  result.predicted = in_float(generator.forward(torch::cat({seen, mask}, 1)));
  if (difference) result.predicted = (result.predicted + seen).clamp(0, 1);
  result.inpainted = mask * result.predicted + (1 - mask) * image;
  return result;
}

TrainingStep::TrainingStep(const TrainingConfig& config, networks::Generator generator,
                           Discriminator discriminator, LossNetworks loss_networks,
                           Processes& processes)
    : config_(config),
      generator_(std::move(generator)),
      discriminator_(std::move(discriminator)),
      loss_networks_(std::move(loss_networks)),
      adversarial_(config.losses.adversarial),
      processes_(processes),
      generator_optimizer_(make_optimizer(config.generator_optimizer, *generator_)),
      discriminator_optimizer_(make_optimizer(config.discriminator_optimizer, *discriminator_)),
      generator_gradients_(std::make_unique<GradientBuckets>(generator_->parameters(), processes)),
      discriminator_gradients_(
          std::make_unique<GradientBuckets>(discriminator_->parameters(), processes)) {
  if (config.trainer.sync_batchnorm) {
    networks::synchronise_batch_norms(*generator_, processes.all_reduce());
    networks::synchronise_batch_norms(*discriminator_, processes.all_reduce());
  }
  train(true);
}

void TrainingStep::train(bool training) {
  generator_->train(training);
  discriminator_->train(training);
  loss_networks_.train(training, config_.losses.frozen_statistics);
}

TrainingStep::Result TrainingStep::operator()(std::vector<Example> micro_batches,
                                              std::int64_t iteration) {
  const std::uint32_t seed = config_.seed.value_or(0);
  // All processes must agree whether there are fake fakes: the discriminator's batch norms meet.
  torch::manual_seed(derived_seed(seed, fmt::format("step {}", iteration)));
  const bool with_fake_fakes = config_.losses.fake_fakes_proba > kNoFakeFakes &&
                               torch::rand(1).item<double>() < config_.losses.fake_fakes_proba;
  torch::manual_seed(
      derived_seed(seed, fmt::format("step {} of process {}", iteration, processes_.rank())));
  for (Example& example : micro_batches) example = prepared(example, iteration);

  std::vector<torch::Tensor> generator_statistics, discriminator_statistics;
  if (config_.trainer.skip_nan) {
    generator_statistics = copies(generator_->buffers());
    discriminator_statistics = copies(discriminator_->buffers());
  }
  set_learning_rate(*generator_optimizer_, config_.generator_optimizer, iteration);
  set_learning_rate(*discriminator_optimizer_, config_.discriminator_optimizer, iteration);
  Result result;
  generator_step(micro_batches, result);
  if (result.is_finite && config_.losses.adversarial.weight > 0) {
    discriminator_step(micro_batches, with_fake_fakes, result);
  }
  if (!result.is_finite && config_.trainer.skip_nan) {
    copy_back(generator_statistics, generator_->buffers());
    copy_back(discriminator_statistics, discriminator_->buffers());
  }
  return result;
}

void TrainingStep::generator_step(const std::vector<Example>& micro_batches, Result& result) {
  freeze(*generator_, false);
  freeze(*discriminator_, true);
  clear_gradients(*generator_);
  const double share = 1 / static_cast<double>(micro_batches.size());
  for (const Example& example : micro_batches) {
    result.inpainting = inpaint_for_losses(example);
    const Loss loss = generator_loss(result.inpainting);
    accumulate(result.metrics, loss.metrics, share);
    backward(loss.total, share, *generator_gradients_, &example == &micro_batches.back());
  }
  result.inpainting = detached(result.inpainting);
  result.is_finite = step(*generator_, *generator_optimizer_, "gen_gradient_norm", result.metrics);
}

/// The generator, which has just changed, runs again.
void TrainingStep::discriminator_step(const std::vector<Example>& micro_batches,
                                      bool with_fake_fakes, Result& result) {
  freeze(*generator_, true);
  freeze(*discriminator_, false);
  clear_gradients(*discriminator_);
  const double share = 1 / static_cast<double>(micro_batches.size());
  for (const Example& example : micro_batches) {
    result.inpainting = inpaint_for_losses(example);
    const DiscriminatorLoss loss = discriminator_loss(result.inpainting, with_fake_fakes);
    if (config_.training_model.store_discr_outputs_for_vis) {
      result.real_logits = loss.real_logits.detach();
      result.fake_logits = loss.fake_logits.detach();
    }
    accumulate(result.metrics, loss.metrics, share);
    backward(loss.total, share, *discriminator_gradients_, &example == &micro_batches.back());
  }
  result.is_finite =
      step(*discriminator_, *discriminator_optimizer_, "discr_gradient_norm", result.metrics);
}

/// False, without a step, if the gradients are not finite: of averaged gradients that is the same
/// on every process.
bool TrainingStep::step(torch::nn::Module& network, torch::optim::Optimizer& optimizer,
                        const char* norm_name, Metrics& metrics) const {
  const double clip = config_.trainer.gradient_clip_val;
  const double norm = torch::nn::utils::clip_grad_norm_(
      network.parameters(), clip > 0 ? clip : std::numeric_limits<double>::max());
  metrics.emplace_back(norm_name, torch::tensor(norm, torch::kDouble));
  if (!std::isfinite(norm)) return false;
  optimizer.step();
  return true;
}

Inpainting TrainingStep::inpaint_for_losses(const Example& example) {
  Inpainting result;
  {
    const auto scope = autocast();
    // In the discriminator's step nothing needs gradients of the generator: it is frozen.
    result = inpaint(*generator_, example);
  }
  if (generator_->is_training()) result.mask_for_losses = weighted(example);
  return result;
}

Loss TrainingStep::generator_loss(const Inpainting& inpainting) {
  const LossesConfig& config = config_.losses;
  const torch::Tensor &image = inpainting.image, &picture = discriminator_input(inpainting);
  const torch::Tensor& mask = inpainting.mask_for_losses;
  Loss loss;
  add(loss, "gen_l1",
      masked_l1(picture, image, mask, config.l1_weight_known, config.l1_weight_missing));
  if (loss_networks_.perceptual) {
    const auto scope = autocast();
    add(loss, "gen_pl",
        loss_networks_.perceptual->forward(picture, image, mask).sum() * config.perceptual_weight);
  }
  if (config.adversarial.weight > 0 || config.feature_matching_weight > 0) {
    DiscriminatorImpl::Output real, fake;
    {
      const auto scope = autocast();
      real = in_float(discriminator_->forward(image));
      fake = in_float(discriminator_->forward(picture));
    }
    if (config.adversarial.weight > 0) {
      add(loss, "gen_adv",
          adversarial_.generator_loss(
              fake.logits, config.distance_weighted_mask_for_discr ? mask : inpainting.mask));
    }
    if (config.feature_matching_weight > 0) {
      const torch::Tensor known_only = config.feature_matching_pass_mask ? mask : torch::Tensor();
      add(loss, "gen_fm",
          feature_matching(fake.features, real.features, known_only) *
              config.feature_matching_weight);
    }
  }
  if (loss_networks_.resnet_pl) {
    const auto scope = autocast();
    add(loss, "gen_resnet_pl", loss_networks_.resnet_pl->forward(picture, image));
  }
  if (loss_networks_.efficientnet_pl) {
    const auto scope = autocast();
    add(loss, "gen_resnet_pl", loss_networks_.efficientnet_pl->forward(picture, image));
  }
  if (config.low_frequency_weight > 0) {
    add(loss, "gen_low_frequency",
        low_frequency(picture, image, inpainting.mask, config.low_frequency_scale) *
            config.low_frequency_weight);
  }
  return loss;
}

/// In full precision, even if the generator's is lower: the gradient penalty needs second
/// derivatives.
TrainingStep::DiscriminatorLoss TrainingStep::discriminator_loss(const Inpainting& inpainting,
                                                                 bool with_fake_fakes) {
  const torch::Tensor image = inpainting.image.detach().requires_grad_();
  DiscriminatorLoss result;
  result.real_logits = discriminator_->forward(image).logits;
  result.fake_logits = discriminator_->forward(discriminator_input(inpainting).detach()).logits;
  const auto loss = adversarial_.discriminator_loss(image, result.real_logits, result.fake_logits,
                                                    inpainting.mask);
  add(result, "discr_adv", loss.total);
  for (const auto& [name, value] : {std::pair{"adv_discr_real_out", loss.real_out},
                                    {"adv_discr_fake_out", loss.fake_out},
                                    {"adv_discr_real_gp", loss.gradient_penalty}}) {
    result.metrics.emplace_back(name, value.detach());
  }
  if (with_fake_fakes) {
    const FakeFakes fake_fakes =
        make_fake_fakes(inpainting.image, inpainting.mask, config_.losses.fake_fakes);
    const torch::Tensor logits = discriminator_->forward(fake_fakes.pictures).logits;
    add(result, "discr_adv_fake_fakes",
        adversarial_.discriminator_loss(image, result.real_logits, logits, inpainting.mask).total);
  }
  return result;
}

/// The picture of the generator that losses and the discriminator see.
const torch::Tensor& TrainingStep::discriminator_input(const Inpainting& inpainting) const {
  return config_.training_model.image_to_discriminator == ImageToDiscriminator::inpainted
             ? inpainting.inpainted
             : inpainting.predicted;
}

torch::Tensor TrainingStep::weighted(const Example& example) {
  const DistanceWeighterConfig& config = config_.losses.distance_weighter;
  switch (config.kind) {
    case DistanceWeighterConfig::Kind::blur:
      return blurred_mask(example.mask, config.kernel_size, config.width_factor);
    case DistanceWeighterConfig::Kind::edt:
      return distance_mask(example.mask, config.dilate_kernel_size, config.blur_kernel_size,
                           config.width_factor);
    case DistanceWeighterConfig::Kind::pps:
      if (auto& similarity = loss_networks_.similarity) {
        return (*similarity)(example.image, example.mask);
      }
      throw std::logic_error("the loss networks lack the similarity of the distance weighter pps");
    case DistanceWeighterConfig::Kind::none:
      break;
  }
  return example.mask;
}

Example TrainingStep::prepared(const Example& example, std::int64_t iteration) const {
  const TrainingModelConfig& config = config_.training_model;
  Example result = example;
  if (config.rescale_scheduler) {
    const std::int64_t size = config.rescale_scheduler->size(iteration);
    result.image = torch::upsample_bilinear2d(result.image, {size, size}, /*align_corners=*/false);
    result.mask = torch::upsample_nearest2d(result.mask, {size, size});
  }
  return config.const_area_crop ? cropped(result, *config.const_area_crop) : result;
}

Autocast TrainingStep::autocast() const {
  return {config_.trainer.precision == TrainerConfig::Precision::bfloat16,
          generator_->parameters().front().device()};
}

}  // namespace lama::internal::training
