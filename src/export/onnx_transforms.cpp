#include "export/onnx_transforms.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdint>
#include <map>
#include <numbers>
#include <utility>
#include <vector>

namespace lama::internal::exporting::onnx {
namespace {

/// cos and sin of 2 pi row column / n, exact at quarters of a turn.
std::pair<double, double> turn(std::int64_t row, std::int64_t column, std::int64_t n) {
  const std::int64_t k = row * column % n;
  if (4 * k % n == 0) {
    constexpr double kCosines[] = {1, 0, -1, 0}, kSines[] = {0, 1, 0, -1};
    return {kCosines[4 * k / n], kSines[4 * k / n]};
  }
  const double angle = 2 * std::numbers::pi * static_cast<double>(k) / static_cast<double>(n);
  return {std::cos(angle), std::sin(angle)};
}

/// A complex map has a fifth axis: real, imaginary.
class ByOperator : public Transforms {
 public:
  explicit ByOperator(Graph& graph) : graph_(graph) {}

  Name spectrum(const Operation& operation, const Name& x) override {
    const Sizes& sizes = sizes_like(operation, x);
    const Name scaled = graph_.add("Mul", {x, sizes.forward});
    // Complex numbers throughout: OpenVINO has no DFT of real numbers.
    const Name complex = graph_.add("Pad", {graph_.add("Unsqueeze", {scaled, graph_.list({4})}),
                                            graph_.list({0, 0, 0, 0, 0, 0, 0, 0, 0, 1})});
    const Name across = graph_.add("DFT", {complex}, {integer("axis", 3)});
    const Name kept = graph_.add("Slice", {across, graph_.list({0}), sizes.bins, graph_.list({3})});
    const Name down = graph_.add("DFT", {kept}, {integer("axis", 2)});
    const Name re = graph_.add("Gather", {down, graph_.index(0)}, {integer("axis", 4)});
    const Name im = graph_.add("Gather", {down, graph_.index(1)}, {integer("axis", 4)});
    return graph_.add("Concat", {re, im}, {integer("axis", 1)});
  }

  Name inverse(const Operation& operation, const Name& re, const Name& im) override {
    const Sizes& sizes = sizes_like(operation, re);
    const Name complex = graph_.add("Concat",
                                    {graph_.add("Unsqueeze", {re, graph_.list({4})}),
                                     graph_.add("Unsqueeze", {im, graph_.list({4})})},
                                    {integer("axis", 4)});
    const Name down = graph_.add("DFT", {complex}, {integer("axis", 2), integer("inverse", 1)});
    const Name weighted = graph_.add("Mul", {down, sizes.back});
    // Longer than its input: the rest is zeros.
    const Name across =
        graph_.add("DFT", {weighted, sizes.width}, {integer("axis", 3), integer("inverse", 1)});
    return graph_.add("Gather", {across, graph_.index(0)}, {integer("axis", 4)});
  }

 private:
  /// Sizes of the maps at a level, and values derived from them.
  struct Sizes {
    Name width;    ///< a scalar
    Name bins;     ///< number of kept bins of a row, as a list
    Name forward;  ///< 1 / sqrt(H W)
    /// For each kept bin of a row: sqrt(H W), twice that between the bins 0 and W/2, because the
    /// dropped bins are their complex conjugates.
    Name back;
  };

  const Sizes& sizes_like(const Operation& operation, const Name& x) {
    const auto [found, is_new] = sizes_.try_emplace(operation.level);
    if (!is_new) return found->second;
    const Name shape = graph_.add("Shape", {x});
    const Name height = graph_.add("Gather", {shape, graph_.index(2)});
    const Name width = graph_.add("Gather", {shape, graph_.index(3)});
    const Name pixels =
        graph_.add("Cast", {graph_.add("Mul", {height, width})}, {integer("to", kFloat)});
    const Name root = graph_.add("Sqrt", {pixels});
    const Name one = graph_.index(1), two = graph_.index(2), none = graph_.index(0);
    const Name bins = graph_.add("Add", {graph_.add("Div", {width, two}), one});
    const Name bin = graph_.add("Range", {none, bins, one});
    // 2 bin mod W is 0 for the bins 0 and W/2.
    const Name edge =
        graph_.add("Equal", {graph_.add("Mod", {graph_.add("Mul", {bin, two}), width}), none});
    const Name weights = graph_.add("Where", {edge, root, graph_.add("Add", {root, root})});
    found->second = {width, graph_.add("Unsqueeze", {bins, graph_.list({0})}),
                     graph_.add("Div", {graph_.number(1.0F), root}),
                     graph_.add("Unsqueeze", {weights, graph_.list({1})})};
    return found->second;
  }

  Graph& graph_;
  std::map<int, Sizes> sizes_;
};

/// Products with matrices on the right. Rows are transformed in place, columns after a
/// transposition; between the two transforms spectra stay transposed.
class ByProducts : public Transforms {
 public:
  ByProducts(Graph& graph, PictureSize fixed) : graph_(graph), fixed_(fixed) {}

  Name spectrum(const Operation& operation, const Name& x) override {
    const std::int64_t w = width(operation), kept = bins(w);
    const double scale = 1 / std::sqrt(static_cast<double>(w));
    const Name rows = matrix(fmt::format("rows_{}", w), w, 2 * kept, [=](auto row, auto column) {
      const auto [cosine, sine] = turn(row, column % kept, w);
      return (column < kept ? cosine : -sine) * scale;
    });
    const Name across = transpose(graph_.add("MatMul", {x, rows}));
    const auto [re, im] = columns_transformed(across, kept, height(operation), false);
    return graph_.add("Concat", {re, im}, {integer("axis", 1)});
  }

  Name inverse(const Operation& operation, const Name& re, const Name& im) override {
    const std::int64_t w = width(operation), kept = bins(w);
    const Name both = graph_.add("Concat", {re, im}, {integer("axis", 2)});
    const auto [down_re, down_im] = columns_transformed(both, kept, height(operation), true);
    const Name down = transpose(graph_.add("Concat", {down_re, down_im}, {integer("axis", 2)}));
    const double scale = 1 / std::sqrt(static_cast<double>(w));
    const Name rows =
        matrix(fmt::format("rows_back_{}", w), 2 * kept, w, [=](auto row, auto column) {
          const std::int64_t bin = row % kept;
          const auto [cosine, sine] = turn(bin, column, w);
          const double weight = 2 * bin % w == 0 ? scale : 2 * scale;
          // The imaginary parts of the bins 0 and W/2 do not count.
          return row < kept ? cosine * weight : (2 * bin % w == 0 ? 0 : -sine * weight);
        });
    return graph_.add("MatMul", {down, rows});
  }

 private:
  std::int64_t height(const Operation& operation) const { return fixed_.height >> operation.level; }
  std::int64_t width(const Operation& operation) const { return fixed_.width >> operation.level; }
  static std::int64_t bins(std::int64_t width) { return width / 2 + 1; }

  /// A matrix with this cell at each row and column.
  template <typename Cell>
  Name matrix(const Name& name, std::int64_t rows, std::int64_t columns, const Cell& cell) {
    return graph_.constant(name, {rows, columns}, [rows, columns, cell] {
      std::vector<float> values;
      values.reserve(static_cast<std::size_t>(rows * columns));
      for (std::int64_t row = 0; row < rows; ++row) {
        for (std::int64_t column = 0; column < columns; ++column) {
          values.push_back(static_cast<float>(cell(row, column)));
        }
      }
      return values;
    });
  }

  Name transpose(const Name& x) {
    return graph_.add("Transpose", {x}, {integers("perm", {0, 1, 3, 2})});
  }

  /// cos beside sin, for the columns.
  Name column_matrix(std::int64_t n) {
    const double scale = 1 / std::sqrt(static_cast<double>(n));
    return matrix(fmt::format("columns_{}", n), n, 2 * n, [=](auto row, auto column) {
      const auto [cosine, sine] = turn(row, column % n, n);
      return (column < n ? cosine : sine) * scale;
    });
  }

  /// (re + i im) (cos + i sign sin) of two maps, one below the other, bins x n each.
  std::pair<Name, Name> columns_transformed(const Name& both, std::int64_t bins, std::int64_t n,
                                            bool inverse) {
    const Name products = graph_.add("MatMul", {both, column_matrix(n)});
    const Name re = graph_.slice(products, 2, 0, bins),
               im = graph_.slice(products, 2, bins, 2 * bins);
    const Name re_cos = graph_.slice(re, 3, 0, n), re_sin = graph_.slice(re, 3, n, 2 * n);
    const Name im_cos = graph_.slice(im, 3, 0, n), im_sin = graph_.slice(im, 3, n, 2 * n);
    return inverse
               ? std::pair(graph_.add("Sub", {re_cos, im_sin}), graph_.add("Add", {im_cos, re_sin}))
               : std::pair(graph_.add("Add", {re_cos, im_sin}),
                           graph_.add("Sub", {im_cos, re_sin}));
  }

  Graph& graph_;
  PictureSize fixed_;
};

}  // namespace

std::unique_ptr<Transforms> make_transforms(Graph& graph, std::optional<PictureSize> fixed) {
  if (fixed) return std::make_unique<ByProducts>(graph, *fixed);
  return std::make_unique<ByOperator>(graph);
}

}  // namespace lama::internal::exporting::onnx
