#include "model/infer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "base/error.h"
#include "model/multidilation.h"

namespace lama::internal::model {
namespace {

constexpr int kMostChannels = 1 << 14;  // of any layer, as in config files

/// The least ratio that gives `global` of `channels` when truncated.
double ratio_of(int global, int channels) {
  if (channels == 0) return 0;
  double ratio = static_cast<double>(global) / channels;
  if (static_cast<int>(channels * ratio) < global) ratio = std::nextafter(ratio, 1.0);
  return ratio;
}

/// Reads a state dict from its first layer to its last.
class Reader {
 public:
  Reader(const std::map<std::string, Shape>& tensors, std::string_view name)
      : tensors_(tensors), name_(name) {}

  GeneratorConfig read() {
    if (has_below("model.1.ffc.")) {
      read_ffc_resnet();
    } else if (has("model.1.weight") || has("model.1.depthwise.weight")) {
      read_pix2pixhd();
    } else {
      fail("no tensor of a published generator's first layer, such as model.1.weight");
    }
    check();
    return config_;
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw Error(
        fmt::format("{}: its weights do not show the architecture: {}: put the config.yaml "
                    "it was published with beside the file",
                    name_, what));
  }

  bool has(const std::string& name) const { return tensors_.contains(name); }
  bool has_below(const std::string& prefix) const {
    const auto at = tensors_.lower_bound(prefix);
    return at != tensors_.end() && at->first.starts_with(prefix);
  }
  /// Side `i` of a tensor, which must be there.
  int side(const std::string& name, std::size_t i) const {
    const auto found = tensors_.find(name);
    if (found == tensors_.end()) fail(name + " is missing");
    const Shape& shape = found->second;
    if (i >= shape.size() || shape[i] < 1 || shape[i] > kMostChannels) {
      fail(fmt::format("{} has an impossible shape", name));
    }
    return static_cast<int>(shape[i]);
  }
  int side_or(const std::string& name, std::size_t i, int fallback) const {
    return has(name) ? side(name, i) : fallback;
  }
  int divided(int a, int b, const std::string& what) const {
    if (b == 0 || a % b != 0) fail(fmt::format("{} has an impossible shape", what));
    return a / b;
  }
  std::string at(int position) const { return fmt::format("model.{}", position); }

  struct Split {
    int local = 0, global = 0;
    int all() const { return local + global; }
  };

  /// The facts that an FFC layer's tensors show; `in` are its input channels.
  Split read_ffc(const std::string& layer, const Split& in, FfcOptions& options) const {
    const std::string ffc = layer + ".ffc.", g2g = ffc + "convg2g.";
    const Split out{side_or(ffc + "convl2l.weight", 0, side_or(ffc + "convg2l.weight", 0, 0)),
                    side_or(ffc + "convl2g.weight", 0, side_or(g2g + "conv2.weight", 0, 0))};
    for (const auto& [name, inputs] :
         {std::pair{"convl2l", in.local}, {"convl2g", in.local}, {"convg2l", in.global}}) {
      const std::string weight = ffc + name + ".weight";
      if (!has(weight)) continue;
      options.groups = divided(inputs, side(weight, 1), weight);
      options.bias = has(ffc + name + ".bias");
    }
    options.ratio_gin = ratio_of(in.global, in.all());
    options.ratio_gout = ratio_of(out.global, out.all());
    options.gated = has(ffc + "gate.weight");
    options.enable_lfu = has_below(g2g + "lfu.");
    const std::string unit = g2g + "fu.conv_layer.weight";
    if (has(unit)) {
      const int channels = side(unit, 0), groups = options.groups == 1 ? 1 : options.groups / 2;
      const int inputs = side(unit, 1) * groups;
      options.fourier_unit.spectral_pos_encoding = inputs > channels;
      const std::string se = g2g + "fu.se.fc.0.weight";
      options.fourier_unit.use_se = has(se);
      if (has(se)) {
        const int reduced = side(se, 0);
        int& reduction = options.fourier_unit.se_reduction;
        if (inputs / reduction != reduced) {
          for (reduction = 1; reduction < inputs && inputs / reduction > reduced;) ++reduction;
        }
      }
    }
    return out;
  }

  /// Whether a residual block of FFC layers is at `position`, perhaps inside wrappers.
  bool is_ffc_block(int position) const {
    return has_below(at(position) + ".conv1.") || has_below(at(position) + ".impl.conv1.");
  }
  Split read_ffc_block(int position, const Split& in, FfcOptions& options) const {
    std::string block = at(position);
    if (has(block + ".angle")) block += ".impl";
    std::string layer = block + ".conv1";
    if (has(layer + ".angle")) {
      options.spatial_transform.emplace();
      layer += ".impl";
    }
    return read_ffc(layer, in, options);
  }
  /// A block that splits `channels` by itself.
  void read_inline_block(int position, int channels, FfcOptions& options) const {
    const std::string ffc = at(position) + ".conv1.ffc.";
    const int local = side(ffc + "convl2l.weight", 1), global = side(ffc + "convg2l.weight", 1);
    const int groups = divided(channels, local + global, ffc + "convl2l.weight");
    read_ffc_block(position, {local * groups, global * groups}, options);
  }

  /// The bound on channels; only its effect shows in the shapes.
  void read_max_features(int bottleneck) {
    const int unbounded = config_.ngf << config_.n_downsampling;
    config_.max_features = unbounded > bottleneck ? bottleneck : std::max(1024, bottleneck);
  }

  void read_ffc_resnet() {
    config_.init = read_one_ratio("model.1", {config_.input_channels, 0});
    config_.resnet = {};
    config_.ngf = now_.all();
    int position = 2;
    std::vector<Split> splits = {now_};
    for (; has_below(at(position) + ".ffc."); ++position) {
      if (++config_.n_downsampling > 6) fail("more than 6 down-samplings");
      FfcOptions options;
      now_ = read_ffc(at(position), now_, options);
      splits.push_back(now_);
      const bool lfu = config_.downsample.enable_lfu || options.enable_lfu;
      options.ratio_gin = options.ratio_gout = 0;
      config_.downsample = options;
      config_.downsample.enable_lfu = lfu;
    }
    // All down-samplings have one ratio in, and all but the last one ratio out. Where channels are
    // truncated, the layer with the most of them shows the ratio best.
    if (const int n = config_.n_downsampling; n > 0) {
      const Split &in = splits[static_cast<std::size_t>(n) - 1], &out = in;
      config_.downsample.ratio_gin = ratio_of(in.global, in.all());
      if (n > 1) config_.downsample.ratio_gout = ratio_of(out.global, out.all());
    }
    config_.resnet.ratio_gin = config_.resnet.ratio_gout = ratio_of(now_.global, now_.all());
    for (; is_ffc_block(position); ++position) {
      if (has(at(position) + ".angle")) {
        config_.spatial_transform_layers.push_back(config_.n_blocks);
      }
      if (config_.n_blocks++ == 0) read_ffc_block(position, now_, config_.resnet);
    }
    read_max_features(now_.all());
    ++position;  // the joining layer
    // Where there is an Upsample before the convolution, that is one position further.
    config_.bilinear_deconv = config_.n_downsampling > 0 && !has(at(position) + ".weight");
    position += (config_.bilinear_deconv ? 4 : 3) * config_.n_downsampling;
    if (is_ffc_block(position)) {
      config_.out_ffc.emplace();
      read_inline_block(position, config_.ngf, *config_.out_ffc);
    }
  }

  FfcOptions read_one_ratio(const std::string& layer, const Split& in) {
    FfcOptions options;
    now_ = read_ffc(layer, in, options);
    return options;
  }

  NormKind read_norm(const std::string& name, std::optional<bool>& affine) const {
    const bool weights = has(name + ".weight");
    if (has(name + ".running_mean")) {
      if (!weights) affine = false;
      return NormKind::batch;
    }
    if (weights) affine = true;
    return NormKind::instance;
  }

  void read_pix2pixhd() {
    Pix2PixHdOptions& options = config_.pix2pixhd;
    config_.resnet = {};
    options.depthwise = has("model.1.depthwise.weight");
    const auto weight = [&](const std::string& layer, bool separable) {
      return layer + (separable ? ".pointwise.weight" : ".weight");
    };
    config_.ngf = side(weight("model.1", options.depthwise), 0);
    options.norm = read_norm("model.2", options.affine);
    // Convolutions between the first and the last: as many up as down.
    int convolutions = 0, last = 0;
    for (const auto& [name, shape] : tensors_) {
      if (shape.size() != 4) continue;
      for (const std::string_view end : {".weight", ".depthwise.weight"}) {
        int position = 0;
        for (std::size_t i = 6; i < name.size() && i < 12 && name[i] >= '0' && name[i] <= '9';
             ++i) {
          position = position * 10 + (name[i] - '0');
        }
        if (name != at(position) + std::string(end)) continue;
        ++convolutions;
        last = std::max(last, position);
      }
    }
    config_.n_downsampling = (convolutions - 2) / 2;
    if (convolutions < 2 || convolutions % 2 != 0 || config_.n_downsampling > 6) {
      fail("the numbers of down- and up-samplings differ or are too large");
    }
    int position = 1 + 3 * config_.n_downsampling;
    const int channels = side(weight(at(position), options.depthwise), 0);
    read_max_features(channels);
    position += 3;
    read_blocks(position, channels);
    if (config_.n_downsampling == 0) return;
    config_.bilinear_deconv = has(at(position + 1) + ".depthwise.weight");
    options.up_norm = read_norm(at(position + (config_.bilinear_deconv ? 2 : 1)), options.affine);
  }

  void read_blocks(int& position, int channels) {
    Pix2PixHdOptions& options = config_.pix2pixhd;
    std::vector<bool> multidilated;  // of the blocks that are not FFC
    for (;; ++position) {
      const std::string block = at(position) + ".conv_block.";
      if (is_ffc_block(position)) {
        options.ffc_positions.push_back(static_cast<int>(multidilated.size()));
        if (options.ffc_positions.size() == 1) read_inline_block(position, channels, options.ffc);
      } else if (has_below(block)) {
        multidilated.push_back(has_below(block + "0.convs."));
        if (multidilated.back()) {
          read_multidilation(block + "0.convs.", channels);
        } else {
          const std::string conv = options.depthwise ? ".depthwise.weight" : ".weight";
          const bool padded = !has(fmt::format("{}0{}", block, conv));
          if (!padded) config_.padding = Padding::zero;
          if (!options.depthwise && channels > 1) {
            options.is_resblock_depthwise =
                side(fmt::format("{}{}{}", block, padded ? 5 : 3, conv), 1) == 1;
          }
        }
      } else {
        break;
      }
    }
    const int plain = static_cast<int>(std::count(multidilated.begin(), multidilated.end(), false));
    const int all = static_cast<int>(multidilated.size());
    if (plain == 0 && all > 0) {
      config_.kind = GeneratorKind::pix2pixhd_multidilated;
      config_.n_blocks = all;
      return;
    }
    config_.kind = GeneratorKind::pix2pixhd_global;
    config_.n_blocks = plain;
    if (plain == all) return;
    // Multidilated blocks among plain ones: before, in the middle, after.
    options.multidilated_blocks = true;
    const auto first = std::find(multidilated.begin(), multidilated.end(), false);
    const auto end = std::find(multidilated.rbegin(), multidilated.rend(), false).base();
    options.dilated_blocks_n_start = static_cast<int>(first - multidilated.begin());
    options.dilated_blocks_n = static_cast<int>(multidilated.end() - end);
    options.dilated_blocks_n_middle =
        all - plain - options.dilated_blocks_n_start - options.dilated_blocks_n;
    // FFC blocks were counted by all blocks before them; they are named by plain ones.
    for (int& before : options.ffc_positions) {
      before =
          static_cast<int>(std::count(multidilated.begin(), multidilated.begin() + before, false));
    }
  }

  void read_multidilation(const std::string& convs, int channels) {
    MultidilationOptions& options = config_.pix2pixhd.multidilation;
    options = {};
    options.use_depthwise = has(convs + "0.depthwise.weight");
    int& n = options.dilation_num;
    for (n = 0; has_below(fmt::format("{}{}.", convs, n));) {
      if (++n > kMostDilations) fail(fmt::format("more than {} dilations", kMostDilations));
    }
    const std::string end = options.use_depthwise ? ".pointwise.weight" : ".weight";
    const auto shape = [&](int branch, std::size_t i) {
      return side(fmt::format("{}{}{}", convs, branch, end), i);
    };
    const bool cat_out = shape(0, 0) < channels, cat_in = shape(0, 1) < channels;
    options.comb_mode = cat_out ? (cat_in ? CombMode::cat_both : CombMode::cat_out)
                                : (cat_in ? CombMode::cat_in : CombMode::sum);
    options.equal_dim = true;
    for (const std::size_t i : {0, 1}) {
      if (shape(0, i) != shape(n - 1, i)) options.equal_dim = false;
    }
    options.bias = has(convs + (options.use_depthwise ? "0.depthwise.bias" : "0.bias"));
  }

  /// All tensors must have been read.
  void check() const {
    std::map<std::string, Shape> expected;
    try {
      for (Parameter& parameter : parameters(architecture(config_))) {
        expected.emplace(std::move(parameter.name), std::move(parameter.shape));
      }
    } catch (const Error& error) {
      fail(error.what());
    }
    for (const auto& [name, shape] : expected) {
      const auto found = tensors_.find(name);
      if (found == tensors_.end()) fail(fmt::format("{} is missing", name));
      if (found->second != shape) fail(fmt::format("{} has an unexpected shape", name));
    }
    for (const auto& [name, shape] : tensors_) {
      if (!expected.contains(name) && !name.ends_with(".num_batches_tracked")) {
        fail(fmt::format("{} is part of no published generator like this", name));
      }
    }
  }

  const std::map<std::string, Shape>& tensors_;
  std::string_view name_;
  GeneratorConfig config_ = {.n_downsampling = 0, .n_blocks = 0};
  Split now_;  // the output channels of the layers read so far
};

}  // namespace

GeneratorConfig infer_generator_config(const std::map<std::string, Shape>& tensors,
                                       std::optional<OutputActivation> output_activation,
                                       std::string_view name) {
  GeneratorConfig config = Reader(tensors, name).read();
  if (!output_activation) {
    throw Error(fmt::format(
        "{}: whether the output goes through a sigmoid or tanh is not in the weights: put "
        "config.yaml beside the file, or say it: lama models convert {} --set add_out_act=sigmoid "
        "-o FILE.safetensors",
        name, name));
  }
  config.output_activation = *output_activation;
  return config;
}

std::string taken_for_granted(const GeneratorConfig& inferred) {
  std::string text = inferred.padding == Padding::zero ? "" : "padding_type reflect, ";
  text += "dilation 1";
  const bool ffc = inferred.kind == GeneratorKind::ffc_resnet;
  const bool unit = ffc ? inferred.resnet.ratio_gin > 0 : !inferred.pix2pixhd.ffc_positions.empty();
  if (unit) text += ", fft_norm ortho, no spatial_scale_factor, no ffc3d";
  if (!inferred.spatial_transform_layers.empty() || inferred.resnet.spatial_transform) {
    text += ", pad_coef 0.5";
  }
  if (!ffc) text += ", no dilated blocks but those of several dilations";
  if (inferred.kind == GeneratorKind::pix2pixhd_multidilated) text += ", min_dilation 1";
  return text;
}

}  // namespace lama::internal::model
