#include "engine/convolution.h"

#include <limits>
#include <utility>

#include "tests/engine/noise.h"
#include "tests/testing.h"

namespace lama::internal::engine {
namespace {

using testing::noise;

Tensor random_tensor(std::size_t batch, std::size_t height, std::size_t width, std::size_t channels,
                     unsigned seed) {
  Tensor tensor(batch, height, width, channels);
  const auto values = noise(tensor.size(), seed);
  std::copy(values.begin(), values.end(), tensor.data());
  return tensor;
}

// As in gemm_test.cpp, with inputs and weights of magnitude up to 1.
double tolerance(std::size_t terms) {
  const auto n = static_cast<double>(terms);
  return 2 * n * std::numeric_limits<float>::epsilon() / 2 * n / 3;
}

std::size_t reflect(std::ptrdiff_t i, std::size_t size) {
  const auto n = static_cast<std::ptrdiff_t>(size);
  while (n > 1 && (i < 0 || i >= n)) i = i < 0 ? -i : 2 * n - 2 - i;
  return n == 1 ? 0 : static_cast<std::size_t>(i);
}

struct Case {
  std::size_t batch, height, width, in, out;
  int kernel, stride;
};

class ConvolutionTest : public ::testing::TestWithParam<Case> {};

TEST_P(ConvolutionTest, MatchesTheDefinition) {
  const Case& p = GetParam();
  const auto kernel = static_cast<std::size_t>(p.kernel),
             stride = static_cast<std::size_t>(p.stride);
  const auto weights = noise(p.out * p.in * kernel * kernel, 1), bias = noise(p.out, 2);
  auto scale = noise(p.out, 3);
  const Tensor x = random_tensor(p.batch, p.height, p.width, p.in, 4);
  const Convolution convolution(convolution_taps(0, weights, p.out, p.in, p.kernel, scale), bias,
                                p.stride, Border::reflect, /*relu=*/true);
  const std::size_t height = (p.height + stride - 1) / stride,
                    width = (p.width + stride - 1) / stride;
  Tensor y = random_tensor(p.batch, height, width, p.out, 5);
  const Tensor residual = random_tensor(p.batch, height, width, p.out, 5);  // the same values
  Workers workers(2);
  const View<const float> input = x.view();
  convolution.run({&input, 1}, {.view = y.view()}, y.view(), workers);
  for (std::size_t i = 0; i < y.view().pixels(); ++i) {
    const std::size_t n = i / (height * width), oy = i / width % height, ox = i % width;
    for (std::size_t o = 0; o < p.out; ++o) {
      double sum = bias[o];
      for (std::size_t ky = 0; ky < kernel; ++ky) {
        for (std::size_t kx = 0; kx < kernel; ++kx) {
          const auto half = static_cast<std::ptrdiff_t>(kernel / 2);
          const std::size_t iy =
              reflect(static_cast<std::ptrdiff_t>(oy * stride + ky) - half, p.height);
          const std::size_t ix =
              reflect(static_cast<std::ptrdiff_t>(ox * stride + kx) - half, p.width);
          const float* pixel = x.view().pixel((n * p.height + iy) * p.width + ix);
          for (std::size_t c = 0; c < p.in; ++c) {
            sum +=
                double{pixel[c]} * scale[o] * weights[((o * p.in + c) * kernel + ky) * kernel + kx];
          }
        }
      }
      ASSERT_NEAR(y.view().pixel(i)[o], std::max(0.0, sum) + residual.view().pixel(i)[o],
                  tolerance(p.in * kernel * kernel + 2))
          << i << ", " << o;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes, ConvolutionTest,
                         ::testing::Values(Case{1, 9, 7, 3, 5, 3, 1}, Case{2, 8, 10, 4, 33, 3, 2},
                                           Case{1, 12, 9, 4, 20, 7, 1}, Case{1, 4, 4, 2, 3, 7, 1},
                                           Case{1, 7, 5, 3, 4, 3, 2}, Case{1, 50, 2, 6, 2, 1, 1},
                                           Case{3, 2, 2, 5, 17, 3, 1}, Case{1, 1, 9, 2, 2, 3, 1},
                                           // by Winograd, and with few channels on either side
                                           Case{2, 13, 10, 9, 24, 3, 1}, Case{1, 1, 2, 8, 8, 3, 1},
                                           Case{2, 11, 60, 24, 3, 7, 1},
                                           Case{2, 9, 60, 4, 24, 3, 2}));

// From what needs() says of the input alone, a part has the bits that it has in the whole.
TEST(Convolution, GivesAPartTheBitsOfTheWhole) {
  const std::size_t height = 21, width = 18;
  for (const Border border : {Border::reflect, Border::zero, Border::replicate, Border::circular}) {
    for (const Case& p : {Case{2, height, width, 9, 24, 3, 1}, Case{2, height, width, 24, 3, 7, 1},
                          Case{2, height, width, 4, 24, 7, 1}, Case{2, height, width, 12, 10, 5, 1},
                          Case{2, height, width, 9, 12, 3, 2}}) {
      const auto kernel = static_cast<std::size_t>(p.kernel);
      const auto weights = noise(p.out * p.in * kernel * kernel, 1), bias = noise(p.out, 2);
      const std::vector<float> ones(p.out, 1.0F);
      const Tensor x = random_tensor(p.batch, height, width, p.in, 4);
      const Tensor beside = random_tensor(p.batch, height, width, 6, 5);
      auto taps = convolution_taps(0, weights, p.out, p.in, p.kernel, ones);
      if (p.kernel == 3 && p.stride == 1) {  // as an FFC layer's global branch
        const auto point = noise(p.out * 6, 6);
        for (Tap& tap : convolution_taps(1, point, p.out, 6, 1, ones))
          taps.push_back(std::move(tap));
      }
      const Convolution convolution(taps, bias, p.stride, border, /*relu=*/true);
      const auto stride = static_cast<std::size_t>(p.stride);
      Tensor all(p.batch, (height + stride - 1) / stride, (width + stride - 1) / stride, p.out);
      Workers workers(2);
      const View<const float> inputs[] = {x.view(), beside.view()};
      convolution.run(inputs, {.view = all.view()}, {}, workers);
      for (const Region& part :
           {Region{0, 0, 1, 1}, Region{all.height() - 1, all.width() - 1, 1, 1}, Region{5, 3, 4, 2},
            Region{0, 2, all.height(), 3}, Region{3, 0, 6, all.width()}}) {
        const Region held = convolution.needs(part, height, width);
        Tensor some_x(p.batch, held.height, held.width, p.in);
        Tensor some_beside(p.batch, held.height, held.width, 6);
        for (std::size_t i = 0; i < some_x.view().pixels(); ++i) {
          const std::size_t n = i / held.pixels(), y = held.y + i / held.width % held.height;
          const std::size_t at = (n * height + y) * width + held.x + i % held.width;
          std::copy_n(x.view().pixel(at), p.in, some_x.view().pixel(i));
          std::copy_n(beside.view().pixel(at), 6, some_beside.view().pixel(i));
        }
        Tensor result(p.batch, part.height, part.width, p.out);
        const View<const float> some[] = {std::as_const(some_x).view(),
                                          std::as_const(some_beside).view()};
        convolution.run(some, {.height = height, .width = width, .input = held, .output = part},
                        {.view = result.view()}, {}, workers);
        std::size_t different = 0;
        for (std::size_t i = 0; i < result.view().pixels(); ++i) {
          const std::size_t n = i / part.pixels(), y = part.y + i / part.width % part.height;
          const std::size_t at = (n * all.height() + y) * all.width() + part.x + i % part.width;
          different += std::equal(result.view().pixel(i), result.view().pixel(i) + p.out,
                                  all.view().pixel(at))
                           ? 0
                           : 1;
        }
        EXPECT_EQ(different, 0U) << p.kernel << "x" << p.kernel << ", " << p.in << " to " << p.out
                                 << ", border " << static_cast<int>(border) << ", part at "
                                 << part.y << ", " << part.x;
      }
    }
  }
}

// Two inputs of different widths, one with a 3x3 and one with a 1x1 kernel, are one sum.
TEST(Convolution, SumsSeveralInputs) {
  const Tensor a = random_tensor(1, 6, 6, 3, 1), b = random_tensor(1, 6, 6, 5, 2);
  const auto wa = noise(4 * 3 * 9, 3), wb = noise(4 * 5, 4), bias = noise(4, 5);
  const std::vector<float> ones(4, 1.0F), zeros(4, 0.0F);
  auto taps = convolution_taps(0, wa, 4, 3, 3, ones);
  for (Tap& tap : convolution_taps(1, wb, 4, 5, 1, ones)) taps.push_back(std::move(tap));
  Workers workers(1);
  const auto run = [&](const Convolution& convolution, std::vector<View<const float>> inputs) {
    Tensor y(1, 6, 6, 4);
    convolution.run(inputs, {.view = y.view()}, {}, workers);
    return y;
  };
  const Tensor joint = run({taps, bias, 1, Border::reflect, false}, {a.view(), b.view()});
  const Tensor first =
      run({convolution_taps(0, wa, 4, 3, 3, ones), bias, 1, Border::reflect, false}, {a.view()});
  const Tensor second =
      run({convolution_taps(0, wb, 4, 5, 1, ones), zeros, 1, Border::reflect, false}, {b.view()});
  for (std::size_t i = 0; i < joint.size(); ++i) {
    EXPECT_NEAR(joint.data()[i], first.data()[i] + second.data()[i], tolerance(27 + 5));
  }
}

TEST(Convolution, TransposedPhasesMakeTheWholeTransposedConvolution) {
  const std::size_t in = 3, out = 4, height = 5, width = 3;
  const auto weights = noise(in * out * 9, 1), bias = noise(out, 2), scale = noise(out, 3);
  const Tensor x = random_tensor(2, height, width, in, 4);
  Tensor y(2, 2 * height, 2 * width, out);
  Workers workers(2);
  const View<const float> input = x.view();
  for (const std::size_t py : {0, 1}) {
    for (const std::size_t px : {0, 1}) {
      const Convolution phase(
          transposed_taps(weights, in, out, static_cast<int>(py), static_cast<int>(px), scale),
          bias, 1, Border::zero, false);
      phase.run({&input, 1}, {.view = y.view(), .step = 2, .offset_y = py, .offset_x = px}, {},
                workers);
    }
  }
  // By its definition: every input pixel spreads over 3x3 outputs, two apart, the first cut off.
  std::vector<double> expected(y.size());
  for (std::size_t i = 0; i < expected.size(); ++i) expected[i] = bias[i % out];
  for (std::size_t i = 0; i < x.view().pixels(); ++i) {
    const std::size_t n = i / (height * width), iy = i / width % height, ix = i % width;
    for (std::size_t k = 0; k < 9; ++k) {
      const std::size_t oy = 2 * iy + k / 3, ox = 2 * ix + k % 3;
      if (oy == 0 || ox == 0 || oy > 2 * height || ox > 2 * width) continue;
      for (std::size_t c = 0; c < in; ++c) {
        for (std::size_t o = 0; o < out; ++o) {
          expected[((n * 2 * height + oy - 1) * 2 * width + ox - 1) * out + o] +=
              double{x.view().pixel(i)[c]} * weights[(c * out + o) * 9 + k] * scale[o];
        }
      }
    }
  }
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_NEAR(y.data()[i], expected[i], tolerance(4 * in + 1)) << i;
  }
}

}  // namespace
}  // namespace lama::internal::engine
