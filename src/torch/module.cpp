#include "plugin/module.h"

#include "networks/fill_features.h"
#include "networks/inception.h"
#include "networks/lpips.h"
#include "plugin/build_id.h"
#include "torch/generator.h"
#include "training/trainer.h"

extern "C" const lama::plugin::Module* lama_torch_module() {
  static const lama::plugin::Module kModule{
      lama::plugin::build_id(),        &lama::networks::make_lpips,
      &lama::networks::make_inception, &lama::networks::make_fill_features,
      &lama::libtorch::make_generator, &lama::training::train};
  return &kModule;
}
