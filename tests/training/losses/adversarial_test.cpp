#include "training/losses/adversarial.h"

#include "networks/state.h"
#include "tests/training/hashed.h"
#include "training/discriminator.h"

namespace lama::internal::training {
namespace {

using testing::difference;
using testing::hashed;

const AdversarialConfig kPublished = {
    .gp_coef = 0.001, .weight = 10, .mask_as_fake_target = true, .allow_scale_mask = true};

AdversarialConfig published_with(MaskScaleMode mode) {
  AdversarialConfig config = kPublished;
  config.mask_scale_mode = mode;
  return config;
}

void check(const std::string& name, const AdversarialConfig& config) {
  const testing::Oracle oracle("adversarial");
  const NonSaturatingWithR1 adversarial(config);
  for (const auto& [type, allowed] :
       {std::pair{torch::kDouble, 1e-6}, std::pair{torch::kFloat, 1e-4}}) {
    Discriminator discriminator(DiscriminatorConfig{.ndf = 4, .n_layers = 2});
    testing::fill_hashed(*discriminator);
    discriminator->to(type);
    const torch::Tensor fake = testing::leaf(hashed("fake", {2, 3, 24, 20}, type));
    const torch::Tensor mask = testing::rectangles(2, 24, 20, type);

    const torch::Tensor value =
        adversarial.generator_loss(discriminator->forward(fake).logits, mask);
    EXPECT_LE(difference(oracle[name + ".generator"], value), allowed) << name;
    EXPECT_LE(
        difference(oracle[name + ".generator.gradient"], torch::autograd::grad({value}, {fake})[0]),
        allowed)
        << name;

    const torch::Tensor real = testing::leaf(hashed("real", {2, 3, 24, 20}, type));
    const torch::Tensor real_logits = discriminator->forward(real).logits;
    const auto loss = adversarial.discriminator_loss(
        real, real_logits, discriminator->forward(fake.detach()).logits, mask);
    EXPECT_LE(difference(oracle[name + ".discriminator"], loss.total), allowed) << name;
    EXPECT_LE(difference(oracle[name + ".metrics"],
                         torch::stack({loss.real_out, loss.fake_out, loss.gradient_penalty})),
              allowed)
        << name;
    loss.total.backward();
    networks::NamedTensors gradients;
    for (const auto& parameter : discriminator->named_parameters()) {
      gradients.emplace_back(parameter.key(), parameter.value().grad());
    }
    EXPECT_LE(testing::products_difference(oracle[name + ".discriminator.gradients"], gradients,
                                           type == torch::kDouble ? 1e-6 : 1e-2),
              allowed)
        << name;
  }
}

TEST(Adversarial, IsThePublishedOneWithEveryFlag) {
  check("published", kPublished);
  check("defaults", {});
  AdversarialConfig extra = published_with(MaskScaleMode::bilinear);
  extra.extra_mask_weight_for_gen = 2.5;
  check("extra", extra);
  AdversarialConfig maxpool = published_with(MaskScaleMode::maxpool);
  maxpool.gp_coef = 2;
  check("maxpool", maxpool);
  check("area", published_with(MaskScaleMode::area));
  check("bicubic", published_with(MaskScaleMode::bicubic));
  check("missing_for_discr", {.allow_scale_mask = true, .use_unmasked_for_discr = false});
  check("missing_only",
        {.allow_scale_mask = true, .use_unmasked_for_gen = false, .use_unmasked_for_discr = false});
}

TEST(Adversarial, HasNoPenaltyWhereGradientsAreOff) {
  const torch::NoGradGuard no_gradients;
  const torch::Tensor logits = hashed("logits", {2, 1, 3, 3});
  const auto loss = NonSaturatingWithR1({}).discriminator_loss(
      hashed("real", {2, 3, 8, 8}), logits, logits, testing::rectangles(2, 3, 3));
  EXPECT_EQ(loss.gradient_penalty.item<double>(), 0);
}

TEST(Adversarial, SaysThatTheMaskDoesNotFit) {
  EXPECT_EQ(testing::error_of([] {
              NonSaturatingWithR1({.use_unmasked_for_gen = false, .use_unmasked_for_discr = false})
                  .generator_loss(torch::zeros({1, 1, 4, 5}), torch::zeros({1, 1, 16, 20}));
            }),
            "losses.adversarial: the mask is 20 x 16 and the discriminator's output 5 x 4: "
            "allow_scale_mask makes them fit");
}

}  // namespace
}  // namespace lama::internal::training
