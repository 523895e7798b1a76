// One iteration of training as published: a step of the generator, then one of the discriminator
// (paper section 2.2; saicinpainting/training/trainers/default.py).
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "networks/generator.h"
#include "training/autocast.h"
#include "training/config/training_config.h"
#include "training/discriminator.h"
#include "training/example.h"
#include "training/gradients.h"
#include "training/loss_networks.h"
#include "training/losses/adversarial.h"
#include "training/processes.h"

namespace lama::internal::training {

/// The generator's pictures of an example.
struct Inpainting : Example {
  torch::Tensor predicted;        ///< all of its picture
  torch::Tensor inpainted;        ///< `image` where it is known, `predicted` where it is missing
  torch::Tensor mask_for_losses;  ///< `mask`, or the distance weighter's version of it
};

/// The generator's input: the known part of the picture, and the mask.
Inpainting inpaint(networks::GeneratorImpl& generator, const Example& example);

/// By the published names, in the order in which they are computed.
using Metrics = std::vector<std::pair<std::string, torch::Tensor>>;

struct Loss {
  torch::Tensor total;
  Metrics metrics;  ///< without gradients
};

/// Holds the optimizers, and shares the networks with the caller.
class TrainingStep {
 public:
  /// The networks are on the device, and the same on every process. `processes` must outlive this.
  TrainingStep(const TrainingConfig& config, networks::Generator generator,
               Discriminator discriminator, LossNetworks loss_networks, Processes& processes);

  struct Result {
    Metrics metrics;  ///< means over micro batches
    bool is_finite = true;
    /// The last micro batch as the discriminator met it, for samples.
    Inpainting inpainting;
    /// Undefined without adversarial loss, or store_discr_outputs_for_vis.
    torch::Tensor real_logits, fake_logits;
  };

  /// Trains both networks on `micro_batches`, whose gradients are averaged; `iteration`, from 0,
  /// seeds the random numbers and decides the learning rates. If a gradient is not finite, no
  /// network is changed from there on, and if the config says so (skip_nan) the statistics of batch
  /// norms are as before. Every process must call this equally often with as many micro batches.
  Result operator()(std::vector<Example> micro_batches, std::int64_t iteration);

  /// The generator's loss as it is; validation reports it with networks in eval().
  Loss generator_loss(const Inpainting& inpainting);

  /// Networks of losses follow, as published.
  void train(bool training);

  torch::optim::Optimizer& generator_optimizer() { return *generator_optimizer_; }
  torch::optim::Optimizer& discriminator_optimizer() { return *discriminator_optimizer_; }

 private:
  struct DiscriminatorLoss : Loss {
    torch::Tensor real_logits, fake_logits;
  };

  // Each trains one network, and notes in `result` whether its gradients were finite.
  void generator_step(const std::vector<Example>& micro_batches, Result& result);
  void discriminator_step(const std::vector<Example>& micro_batches, bool with_fake_fakes,
                          Result& result);

  Inpainting inpaint_for_losses(const Example& example);
  DiscriminatorLoss discriminator_loss(const Inpainting& inpainting, bool with_fake_fakes);
  bool step(torch::nn::Module& network, torch::optim::Optimizer& optimizer, const char* norm_name,
            Metrics& metrics) const;
  const torch::Tensor& discriminator_input(const Inpainting& inpainting) const;
  torch::Tensor weighted(const Example& example);
  Example prepared(const Example& example, std::int64_t iteration) const;
  Autocast autocast() const;

  TrainingConfig config_;
  networks::Generator generator_;
  Discriminator discriminator_;
  LossNetworks loss_networks_;
  NonSaturatingWithR1 adversarial_;
  Processes& processes_;
  std::unique_ptr<torch::optim::Optimizer> generator_optimizer_, discriminator_optimizer_;
  std::unique_ptr<GradientBuckets> generator_gradients_, discriminator_gradients_;
};

}  // namespace lama::internal::training
