#pragma once

namespace lama::internal::training {

/// `fake_fakes_generator_kwargs`.
struct FakeFakesConfig {
  double aug_proba = 0.5;  ///< share of pictures that meet themselves, moved, and not another one
  double img_aug_degree = 30;
  double img_aug_translate = 0.2;
};

}  // namespace lama::internal::training
