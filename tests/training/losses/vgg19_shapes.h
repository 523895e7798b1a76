#pragma once

#include <map>
#include <string>

#include "model/architecture.h"

namespace lama::internal::testing {

/// The convolutions of torchvision's vgg19, as its file lists them.
inline std::map<std::string, model::Shape> vgg19_shapes() {
  std::map<std::string, model::Shape> shapes;
  std::int64_t in = 3, at = 0;
  for (const auto& [convolutions, out] : {std::pair{2, 64}, std::pair{2, 128}, std::pair{4, 256},
                                          std::pair{4, 512}, std::pair{4, 512}}) {
    for (int i = 0; i < convolutions; ++i, at += 2, in = out) {
      const std::string name = "features." + std::to_string(at);
      shapes[name + ".weight"] = {out, in, 3, 3};
      shapes[name + ".bias"] = {out};
    }
    ++at;
  }
  return shapes;
}

}  // namespace lama::internal::testing
