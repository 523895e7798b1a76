#include "model/architecture.h"

#include <algorithm>
#include <utility>

#include "model/ffc_resnet.h"
#include "model/pix2pixhd.h"

namespace lama::internal::model {
namespace {

/// Appends parameters to a list.
class Lister {
 public:
  void operator()(const ConvolutionLayer& layer) {
    const std::int64_t k = layer.kernel;
    for (const ConvolutionBranch& branch : layer.branches) {
      const auto role = branch.copy ? Parameter::Role::copy : Parameter::Role::trainable;
      if (layer.separable) {
        weight(branch.name + ".depthwise", {branch.in, 1, k, k}, role);
        if (layer.bias) bias(branch.name + ".depthwise", branch.in, role);
        weight(branch.name + ".pointwise", {branch.out, branch.in, 1, 1}, role);
        bias(branch.name + ".pointwise", branch.out, role);
      } else {
        weight(branch.name, {branch.out, branch.in / layer.groups, k, k}, role);
        if (layer.bias) bias(branch.name, branch.out, role);
      }
    }
    norm(layer.norm, layer.out);
  }

  void operator()(const FfcLayer& layer) {
    const std::string ffc = layer.name + ".ffc.";
    const auto branch = [&](const char* name, int in, int out) {
      if (in == 0 || out == 0) return;
      weight(ffc + name, {out, in / layer.groups, layer.kernel, layer.kernel});
      if (layer.bias) bias(ffc + name, out);
    };
    branch("convl2l", layer.in_local, layer.out_local);
    branch("convl2g", layer.in_local, layer.out_global);
    branch("convg2l", layer.in_global, layer.out_local);
    if (const std::int64_t h = layer.spectral(); h > 0) {
      const std::int64_t groups = layer.spectral_groups();
      const std::string g2g = ffc + "convg2g.";
      weight(g2g + "conv1.0", {h, layer.in_global / groups, 1, 1});
      batch_norm(g2g + "conv1.1", h);
      const std::int64_t in = layer.spectrum_in();
      weight(g2g + "fu.conv_layer", {2 * h, in / groups, 1, 1});
      batch_norm(g2g + "fu.bn", 2 * h);
      if (layer.fourier_unit.use_se) {
        const std::int64_t reduced = in / layer.fourier_unit.se_reduction;
        weight(g2g + "fu.se.fc.0", {reduced, in});
        weight(g2g + "fu.se.fc.2", {in, reduced});
      }
      if (layer.lfu) {
        weight(g2g + "lfu.conv_layer", {2 * h, 2 * h / groups, 1, 1});
        batch_norm(g2g + "lfu.bn", 2 * h);
      }
      weight(g2g + "conv2", {layer.out_global, h / groups, 1, 1});
    }
    if (layer.gated) {
      weight(ffc + "gate", {2, layer.in(), 1, 1});
      bias(ffc + "gate", 2);
    }
    if (layer.out_local > 0)
      norm({layer.norm, layer.affine, layer.name + ".bn_l"}, layer.out_local);
    if (layer.out_global > 0) {
      norm({layer.norm, layer.affine, layer.name + ".bn_g"}, layer.out_global);
    }
  }

  void operator()(const FfcBlock& block) {
    if (block.around) list_.push_back({block.around->angle, {1}});
    for (std::size_t i = 0; i < 2; ++i) {
      if (block.around_layer[i]) list_.push_back({block.around_layer[i]->angle, {1}});
      (*this)(block.layers[i]);
    }
  }

  void operator()(const ConvolutionBlock& block) {
    for (const ConvolutionLayer& layer : block.layers) (*this)(layer);
  }

  void operator()(const UpsampleLayer& layer) {
    weight(layer.name, {layer.in, layer.out, 3, 3});
    bias(layer.name, layer.out);
    norm(layer.norm, layer.out);
  }

  std::vector<Parameter> take() { return std::move(list_); }

 private:
  using Role = Parameter::Role;

  void weight(const std::string& name, Shape shape, Role role = Role::trainable) {
    list_.push_back({name + ".weight", std::move(shape), role});
  }
  void bias(const std::string& name, std::int64_t channels, Role role = Role::trainable) {
    list_.push_back({name + ".bias", {channels}, role});
  }
  void batch_norm(const std::string& name, std::int64_t channels) {
    norm({NormKind::batch, true, name}, channels);
  }
  void norm(const Norm& norm, std::int64_t channels) {
    if (norm.kind == NormKind::none) return;
    if (norm.affine) {
      weight(norm.name, {channels});
      bias(norm.name, channels);
    }
    if (norm.kind == NormKind::batch) {
      list_.push_back({norm.name + ".running_mean", {channels}, Role::statistic});
      list_.push_back({norm.name + ".running_var", {channels}, Role::statistic});
    }
  }

  std::vector<Parameter> list_;
};

/// Follows the resolution through the layers and collects the needs of each.
class Sizes {
 public:
  void operator()(const ConvolutionLayer& layer) {
    if (layer.enlarges) scale_ /= 2;
    for (const ConvolutionBranch& branch : layer.branches) {
      convolution(layer.kernel, branch.dilation, layer.padding);
    }
    stride(layer.stride);
  }
  void operator()(const FfcLayer& layer) {
    convolution(layer.kernel, layer.dilation, layer.padding);
    stride(layer.stride);
    if (layer.spectral() == 0) return;
    if (layer.lfu) {
      sizes_.square = true;
      sizes_.multiple = std::max(sizes_.multiple, 2 * scale_);
    }
    if (const double scale = layer.fourier_unit.spatial_scale_factor; scale > 0) {
      int size = 1;
      while (static_cast<int>(size * scale) < 1) ++size;
      at_least(size);
    }
  }
  void operator()(const FfcBlock& block) {
    for (const FfcLayer& layer : block.layers) (*this)(layer);
  }
  void operator()(const ConvolutionBlock& block) {
    for (const ConvolutionLayer& layer : block.layers) (*this)(layer);
  }
  void operator()(const UpsampleLayer&) { scale_ /= 2; }

  InputSizes result() const {
    InputSizes sizes = sizes_;
    sizes.least = (sizes.least + sizes.multiple - 1) / sizes.multiple * sizes.multiple;
    return sizes;
  }

 private:
  void at_least(int size) { sizes_.least = std::max(sizes_.least, size * scale_); }
  void convolution(int kernel, int dilation, Padding padding) {
    const int border = kernel / 2 * dilation;
    if (padding == Padding::reflect) at_least(border + 1);
    if (padding == Padding::circular) at_least(std::max(border, 1));
  }
  void stride(int stride) {
    if (stride == 1) return;
    scale_ *= 2;
    sizes_.multiple = std::max(sizes_.multiple, scale_);
  }

  int scale_ = 1;  ///< pixels of the picture in one of the map at hand, along a side
  InputSizes sizes_;
};

template <typename Visitor>
Visitor visit_all(const Architecture& architecture) {
  Visitor visitor;
  for (const Layer& layer : architecture.layers) std::visit(visitor, layer);
  return visitor;
}

}  // namespace

Architecture architecture(const GeneratorConfig& config) {
  return config.kind == GeneratorKind::ffc_resnet ? ffc_resnet(config) : pix2pixhd(config);
}

std::vector<Parameter> parameters(const Architecture& architecture) {
  return visit_all<Lister>(architecture).take();
}

InputSizes input_sizes(const Architecture& architecture) {
  return visit_all<Sizes>(architecture).result();
}

}  // namespace lama::internal::model
