#include "model/pix2pixhd.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "config/key_error.h"
#include "model/ffc_resnet.h"
#include "model/multidilation.h"
#include "model/sequential.h"

namespace lama::internal::model {
namespace {

class Builder {
 public:
  explicit Builder(const GeneratorConfig& config)
      : modules_(config),
        config_(modules_.config()),
        options_(config_.pix2pixhd),
        global_(config.kind == GeneratorKind::pix2pixhd_global),
        channels_(modules_.features(config.n_downsampling)) {}

  Architecture build() && {
    for (int level = 0; level <= config_.n_downsampling; ++level) add_downsampling(level);
    add_dilated_blocks(options_.dilated_blocks_n_start);
    for (int i = 0; i < config_.n_blocks; ++i) {
      if (i == config_.n_blocks / 2) add_dilated_blocks(options_.dilated_blocks_n_middle);
      add_ffc_blocks(i);
      if (global_) {
        add_plain_block(options_.dilation, options_.second_dilation.value_or(options_.dilation),
                        options_.is_resblock_depthwise);
      } else {
        add_multidilated_block();
      }
    }
    add_dilated_blocks(options_.dilated_blocks_n);
    modules_.add_upsamplings(norm(options_.up_norm, {}), Padding::zero, /*separable=*/true);
    modules_.add_head();
    return std::move(modules_).finish();
  }

 private:
  /// The published default: batch norms have weights, instance norms do not.
  bool affine(NormKind kind) const { return options_.affine.value_or(kind == NormKind::batch); }
  Norm norm(NormKind kind, std::string name) const { return {kind, affine(kind), std::move(name)}; }

  /// The stem, or a down-sampling to `level`.
  void add_downsampling(int level) {
    const bool stem = level == 0;
    const std::string name = modules_.next();
    modules_.add(single({.name = name,
                         .kernel = stem ? 7 : 3,
                         .stride = stem ? 1 : 2,
                         .in = stem ? config_.input_channels : modules_.features(level - 1),
                         .out = stem ? config_.ngf : modules_.features(level),
                         .separable = options_.depthwise,
                         .padding = stem ? Padding::reflect : Padding::zero,
                         .branches = {},
                         .order = {},
                         .norm = norm(options_.norm, modules_.next()),
                         .relu = true}));
    modules_.skip();  // ReLU
  }

  /// A block's first layer, or its second one. `at` is its position in the block's Sequential.
  ConvolutionLayer block_layer(const std::string& block, bool first, int at) const {
    return {.name = fmt::format("{}.conv_block.{}", block, at),
            .kernel = 3,
            .stride = 1,
            .in = channels_,
            .out = channels_,
            .padding = config_.padding,
            .branches = {},
            .order = {},
            .norm = norm(options_.norm, fmt::format("{}.conv_block.{}", block, at + 1)),
            .relu = first};
  }

  void add_plain_block(int first_dilation, int second_dilation, bool grouped) {
    const std::string name = modules_.next();
    // Paddings other than zeros are modules there.
    const bool padded = global_ && config_.padding != Padding::zero;
    ConvolutionLayer first = block_layer(name, true, padded ? 1 : 0),
                     second = block_layer(name, false, padded ? 5 : 3);
    first.separable = second.separable = options_.depthwise;
    if (grouped && !options_.depthwise) second.groups = channels_;
    modules_.add(ConvolutionBlock{.name = name,
                                  .layers = {single(std::move(first), first_dilation),
                                             single(std::move(second), second_dilation)}});
  }

  void add_multidilated_block() {
    const std::string section = "generator.multidilation_kwargs";
    const std::string name = modules_.next();
    require_padding("multidilated blocks");
    modules_.add(ConvolutionBlock{
        .name = name,
        .layers = {multidilated(block_layer(name, true, 0), options_.multidilation, section),
                   multidilated(block_layer(name, false, 3), options_.multidilation, section)}});
  }

  void add_dilated_blocks(int count) {
    for (int i = 1; i <= count; ++i) {
      if (options_.multidilated_blocks) {
        add_multidilated_block();
      } else {
        add_plain_block(1 << i, 1 << i, false);
      }
    }
  }

  /// The FFC blocks before block `i`.
  void add_ffc_blocks(int i) {
    auto count = std::count(options_.ffc_positions.begin(), options_.ffc_positions.end(), i);
    if (count > 0) require_padding("ffc_positions");
    // The multidilated generator takes the list for a set.
    if (!global_) count = std::min<std::ptrdiff_t>(count, 1);
    for (; count > 0; --count) {
      modules_.add(inline_ffc_block("generator.ffc_kwargs", modules_.next(), channels_,
                                    options_.ffc,
                                    {config_.padding, options_.norm, affine(options_.norm)}));
    }
  }

  void require_padding(const char* by) const {
    if (!global_ || config_.padding != Padding::zero) return;
    throw config::KeyError("generator.padding_type", fmt::format("zero does not work with {}", by));
  }

  Sequential modules_;
  const GeneratorConfig& config_;
  const Pix2PixHdOptions& options_;
  const bool global_;
  const int channels_;  ///< of the blocks
};

}  // namespace

Architecture pix2pixhd(const GeneratorConfig& config) { return Builder(config).build(); }

}  // namespace lama::internal::model
