#include "plugin/module.h"

#include "networks/fill_features.h"
#include "networks/inception.h"
#include "networks/lpips.h"
#include "plugin/build_id.h"
#include "torch/generator.h"
#include "training/trainer.h"

extern "C" const lama::internal::plugin::Module* lama_torch_module() {
  static const lama::internal::plugin::Module kModule{
      lama::internal::plugin::build_id(),        &lama::internal::networks::make_lpips,
      &lama::internal::networks::make_inception, &lama::internal::networks::make_fill_features,
      &lama::internal::libtorch::make_generator, &lama::internal::training::train};
  return &kModule;
}
