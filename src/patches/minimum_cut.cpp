#include "patches/minimum_cut.h"

#include <algorithm>
#include <limits>

namespace lama::internal::patches {
namespace {

constexpr std::int32_t kFar = std::numeric_limits<std::int32_t>::max();

}  // namespace

void MinimumCut::reset(std::size_t nodes) {
  nodes_.assign(nodes, Node());
  time_ = 0;
}

void MinimumCut::connect(std::size_t node, Direction direction, std::size_t other,
                         std::int32_t cost) {
  nodes_[node].neighbours[direction] = static_cast<std::int32_t>(other);
  nodes_[node].capacities[direction] = cost;
  nodes_[other].neighbours[direction ^ 1U] = static_cast<std::int32_t>(node);
}

void MinimumCut::activate(std::int32_t index) {
  Node& node = nodes_[static_cast<std::size_t>(index)];
  if (node.active) return;
  node.active = true;
  next_active_.push_back(index);
}

// Two trees grow from the two sides along edges with remaining capacity. Where they meet, a path is
// saturated. Nodes that this cuts off a tree look for another parent in it.
void MinimumCut::solve() {
  active_.clear();
  next_active_.clear();
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    Node& node = nodes_[i];
    if (node.excess == 0) continue;
    node.tree = node.excess > 0 ? Tree::first : Tree::second;
    node.parent = kRoot;
    node.distance = 1;
    activate(static_cast<std::int32_t>(i));
  }
  while (!next_active_.empty()) {
    active_.swap(next_active_);
    for (const std::int32_t index : active_) {
      nodes_[static_cast<std::size_t>(index)].active = false;
      grow(index);
    }
    active_.clear();
  }
}

void MinimumCut::grow(std::int32_t index) {
  Node& node = nodes_[static_cast<std::size_t>(index)];
  for (std::size_t d = 0; d < 4; ++d) {
    if (node.tree == Tree::none) return;
    if (node.neighbours[d] < 0 || outward(node, d) == 0) continue;
    Node& other = neighbour(node, d);
    if (other.tree == Tree::none) {
      other.tree = node.tree;
      other.parent = static_cast<std::uint8_t>(d ^ 1U);
      other.distance = node.distance + 1;
      other.stamp = node.stamp;
      activate(node.neighbours[d]);
    } else if (other.tree != node.tree) {
      if (node.tree == Tree::first) {
        augment(index, d);
      } else {
        augment(node.neighbours[d], d ^ 1U);
      }
      adopt_orphans();
      --d;  // the same edge may have capacity left
    } else if (other.stamp <= node.stamp && other.distance > node.distance + 1 &&
               other.parent != kRoot) {
      other.parent = static_cast<std::uint8_t>(d ^ 1U);
      other.distance = node.distance + 1;
      other.stamp = node.stamp;
    }
  }
}

void MinimumCut::augment(std::int32_t first, std::size_t direction) {
  Node& start = nodes_[static_cast<std::size_t>(first)];
  const std::int32_t second = start.neighbours[direction];
  std::int32_t flow = start.capacities[direction];
  const auto along = [&](std::int32_t index, const auto& edge, const auto& root) {
    while (true) {
      Node& node = nodes_[static_cast<std::size_t>(index)];
      if (node.parent == kRoot) {
        root(index, node);
        return;
      }
      const std::int32_t parent = node.neighbours[node.parent];
      edge(index, node, nodes_[static_cast<std::size_t>(parent)]);
      index = parent;
    }
  };
  along(
      first,
      [&](std::int32_t, Node& node, Node& parent) {
        flow = std::min(flow, parent.capacities[node.parent ^ 1U]);
      },
      [&](std::int32_t, Node& root) { flow = std::min(flow, root.excess); });
  along(
      second,
      [&](std::int32_t, Node& node, Node&) { flow = std::min(flow, node.capacities[node.parent]); },
      [&](std::int32_t, Node& root) { flow = std::min(flow, -root.excess); });

  start.capacities[direction] -= flow;
  nodes_[static_cast<std::size_t>(second)].capacities[direction ^ 1U] += flow;
  along(
      first,
      [&](std::int32_t index, Node& node, Node& parent) {
        std::int32_t& rest = parent.capacities[node.parent ^ 1U];
        node.capacities[node.parent] += flow;
        rest -= flow;
        if (rest == 0) orphans_.push_back(index);
      },
      [&](std::int32_t index, Node& root) {
        root.excess -= flow;
        if (root.excess == 0) orphans_.push_back(index);
      });
  along(
      second,
      [&](std::int32_t index, Node& node, Node& parent) {
        std::int32_t& rest = node.capacities[node.parent];
        parent.capacities[node.parent ^ 1U] += flow;
        rest -= flow;
        if (rest == 0) orphans_.push_back(index);
      },
      [&](std::int32_t index, Node& root) {
        root.excess += flow;
        if (root.excess == 0) orphans_.push_back(index);
      });
  for (const std::int32_t index : orphans_)
    nodes_[static_cast<std::size_t>(index)].parent = kOrphan;
}

void MinimumCut::adopt_orphans() {
  ++time_;
  while (!orphans_.empty()) {
    const std::int32_t index = orphans_.back();
    orphans_.pop_back();
    adopt(index);
  }
}

std::int32_t MinimumCut::distance_to_root(std::int32_t index) {
  std::int32_t steps = 0;
  std::int32_t at = index;
  while (true) {
    Node& node = nodes_[static_cast<std::size_t>(at)];
    if (node.parent == kOrphan || node.parent == kNoParent) return kFar;
    if (node.stamp == time_) {
      steps += node.distance;
      break;
    }
    ++steps;
    if (node.parent == kRoot) {
      node.stamp = time_;
      node.distance = 1;
      break;
    }
    at = node.neighbours[node.parent];
  }
  // The distances of the passed nodes are now known.
  std::int32_t distance = steps;
  for (at = index; nodes_[static_cast<std::size_t>(at)].stamp != time_;) {
    Node& node = nodes_[static_cast<std::size_t>(at)];
    node.stamp = time_;
    node.distance = distance--;
    at = node.neighbours[node.parent];
  }
  return steps;
}

void MinimumCut::adopt(std::int32_t index) {
  Node& node = nodes_[static_cast<std::size_t>(index)];
  std::int32_t nearest = kFar;
  std::uint8_t parent = kNoParent;  // set at the end: ways through this node lead nowhere
  for (std::size_t d = 0; d < 4; ++d) {
    if (node.neighbours[d] < 0) continue;
    if (neighbour(node, d).tree != node.tree || inward(node, d) == 0) continue;
    const std::int32_t distance = distance_to_root(node.neighbours[d]);
    if (distance >= nearest) continue;
    nearest = distance;
    parent = static_cast<std::uint8_t>(d);
  }
  if (nearest != kFar) {
    node.parent = parent;
    node.stamp = time_;
    node.distance = nearest + 1;
    return;
  }
  for (std::size_t d = 0; d < 4; ++d) {
    if (node.neighbours[d] < 0) continue;
    Node& other = neighbour(node, d);
    if (other.tree != node.tree) continue;
    if (inward(node, d) != 0) activate(node.neighbours[d]);
    if (other.parent == (d ^ 1U)) {
      other.parent = kOrphan;
      orphans_.push_back(node.neighbours[d]);
    }
  }
  node.parent = kNoParent;
  node.tree = Tree::none;
}

}  // namespace lama::internal::patches
