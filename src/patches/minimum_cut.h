// The minimum cut of a graph whose nodes lie on a grid.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace lama::patches {

/// Splits nodes into two sides at the least cost (Boykov and Kolmogorov, "An Experimental
/// Comparison of Min-Cut/Max-Flow Algorithms for Energy Minimization in Vision", 2004).
///
/// Thread-safety: separate objects are independent.
class MinimumCut {
 public:
  enum Direction : std::uint8_t { right, left, below, above };  // opposites differ in bit 0

  /// Forgets what was and begins with `nodes` nodes.
  void reset(std::size_t nodes);
  /// Makes the second side `cost` (which may be negative) more costly for the node than the first.
  void add_cost_of_second(std::size_t node, std::int32_t cost) { nodes_[node].excess += cost; }
  /// Makes `node` on the first side with `other` on the second cost `cost` >= 0. `other` lies in
  /// this direction: a node has one neighbour in each, and each pair is connected once.
  void connect(std::size_t node, Direction direction, std::size_t other, std::int32_t cost);

  void solve();
  /// After solve(). Nodes that may be on either are on the first.
  bool on_second_side(std::size_t node) const { return nodes_[node].tree == Tree::second; }

  static constexpr std::size_t kBytesPerNode = 80;

 private:
  enum class Tree : std::uint8_t { none, first, second };
  static constexpr std::uint8_t kRoot = 4, kOrphan = 5, kNoParent = 6;

  struct Node {
    std::array<std::int32_t, 4> neighbours{-1, -1, -1, -1};
    std::array<std::int32_t, 4> capacities{};  // left of the edges to them
    std::int32_t excess = 0;               // left of the edge from the first, to the second side
    std::int32_t distance = 0, stamp = 0;  // to the root when last seen, and when that was
    std::uint8_t parent = kNoParent;       // a direction, or one of the above
    Tree tree = Tree::none;
    bool active = false;
  };

  Node& neighbour(const Node& node, std::size_t direction) {
    return nodes_[static_cast<std::size_t>(node.neighbours[direction])];
  }
  /// What can flow between a node of a tree and its neighbour, away from the first side's root.
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
  /// The distance to the root, or a huge number if there is no way to it.
  std::int32_t distance_to_root(std::int32_t index);

  std::vector<Node> nodes_;
  std::vector<std::int32_t> active_, next_active_, orphans_;
  std::int32_t time_ = 0;
};

}  // namespace lama::patches
