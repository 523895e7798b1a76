// The Fourier transforms of a generator as ONNX nodes. For the .cpp files of this room.
#pragma once

#include <memory>
#include <optional>

#include "export/computation.h"
#include "export/onnx.h"
#include "export/onnx_graph.h"

namespace lama::internal::exporting::onnx {

/// Both transforms go over rows and columns. A spectrum has all real parts, then all imaginary
/// parts, as channels, and the first W/2 + 1 bins of its rows; where its height and width are is
/// the implementation's own.
class Transforms {
 public:
  Transforms() = default;
  virtual ~Transforms() = default;
  Transforms(const Transforms&) = delete;
  Transforms& operator=(const Transforms&) = delete;

  virtual Name spectrum(const Operation& operation, const Name& x) = 0;
  virtual Name inverse(const Operation& operation, const Name& re, const Name& im) = 0;
};

/// By matrix products for pictures of one size, else by the standard's operator. Adds to `graph`,
/// which must stay.
std::unique_ptr<Transforms> make_transforms(Graph& graph, std::optional<PictureSize> fixed);

}  // namespace lama::internal::exporting::onnx
