// The minimum cut of a graph with nodes on a grid.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace lama::internal::patches {

/// Splits nodes into two sides at the least cost (Boykov and Kolmogorov, "An Experimental
/// Comparison of Min-Cut/Max-Flow Algorithms for Energy Minimization in Vision", 2004).
///
/// Thread-safety: separate objects are independent.
class MinimumCut {
 public:
  enum Direction : std::uint8_t { right, left, below, above };  // opposites differ in bit 0

  /// Starts anew with `nodes` nodes.
  void reset(std::size_t nodes);
  /// Adds `cost` (which may be negative) to the cost of the second side for the node.
  void add_cost_of_second(std::size_t node, std::int32_t cost) { nodes_[node].excess += cost; }
  /// Adds a cost `cost` >= 0 if `node` is on the first side and `other` on the second. `other` lies
  /// in this direction: a node has one neighbour in each, and each pair is connected once.
  void connect(std::size_t node, Direction direction, std::size_t other, std::int32_t cost);

  void solve();
  /// Valid after solve(). Nodes that fit both sides are on the first.
  bool on_second_side(std::size_t node) const { return nodes_[node].tree == Tree::second; }

  static constexpr std::size_t kBytesPerNode = 80;

 private:
  enum class Tree : std::uint8_t { none, first, second };
  static constexpr std::uint8_t kRoot = 4, kOrphan = 5, kNoParent = 6;

  struct Node {
    std::array<std::int32_t, 4> neighbours{-1, -1, -1, -1};
    std::array<std::int32_t, 4> capacities{};  // left on the edges to neighbours
    std::int32_t excess = 0;               // left on the edge from the first, to the second side
    std::int32_t distance = 0, stamp = 0;  // last known distance to the root, and its time
    std::uint8_t parent = kNoParent;       // a direction, or one of the above
    Tree tree = Tree::none;
    bool active = false;
  };

  Node& neighbour(const Node& node, std::size_t direction) {
    return nodes_[static_cast<std::size_t>(node.neighbours[direction])];
  }
  /// The remaining capacity between a tree's node and a neighbour, away from the first root.
  std::int32_t outward(const Node& node, std::size_t direction) {
    return node.tree == Tree::first ? node.capacities[direction]
                                    : neighbour(node, direction).capacities[direction ^ 1U];
  }
  std::int32_t inward(const Node& node, std::size_t direction) {
    return node.tree == Tree::first ? neighbour(node, direction).capacities[direction ^ 1U]
                                    : node.capacities[direction];
  }
  void activate(std::int32_t index);
  void grow(std::int32_t index);
  void augment(std::int32_t first, std::size_t direction);
  void adopt_orphans();
  void adopt(std::int32_t index);
  /// The distance to the root, or a huge number without a way to it.
  std::int32_t distance_to_root(std::int32_t index);

  std::vector<Node> nodes_;
  std::vector<std::int32_t> active_, next_active_, orphans_;
  std::int32_t time_ = 0;
};

}  // namespace lama::internal::patches
