#pragma once

#include <array>

namespace lama::internal::evaluation {

/// CIE L*a*b* under D65 of an sRGB colour (0..1): L* 0 to 100.
std::array<double, 3> cielab(double red, double green, double blue);

}  // namespace lama::internal::evaluation
