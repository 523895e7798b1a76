#pragma once

#include <initializer_list>
#include <string_view>
#include <utility>

namespace lama::internal::training {

/// The published data.train.transform_variant.
enum class TransformVariant {
  default_variant,
  distortions,
  distortions_scale05_1,
  distortions_scale03_12,
  distortions_scale03_07,
  distortions_light,
  non_space_transform,
  no_augs,
};

inline const std::initializer_list<std::pair<std::string_view, TransformVariant>>
    kTransformVariants = {
        {"default", TransformVariant::default_variant},
        {"distortions", TransformVariant::distortions},
        {"distortions_scale05_1", TransformVariant::distortions_scale05_1},
        {"distortions_scale03_12", TransformVariant::distortions_scale03_12},
        {"distortions_scale03_07", TransformVariant::distortions_scale03_07},
        {"distortions_light", TransformVariant::distortions_light},
        {"non_space_transform", TransformVariant::non_space_transform},
        {"no_augs", TransformVariant::no_augs},
};

}  // namespace lama::internal::training
