#include "torch/module.h"

#include "torch/generator.h"
#include "torch/inception.h"
#include "torch/lpips.h"
#include "training/trainer.h"

extern "C" const lama::libtorch::Module* lama_torch_module() {
  static const lama::libtorch::Module kModule{
      LAMA_VERSION, &lama::libtorch::make_lpips, &lama::libtorch::make_inception,
      &lama::libtorch::make_generator, &lama::training::train};
  return &kModule;
}
