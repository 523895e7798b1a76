"""Writes a network of a published shape with random weights, in the published layout.

    make_model.py big-lama|lama-fourier OUTDIR

Random weights cost the same time as trained ones. Batch-norm statistics are set so that activations
neither grow nor vanish over the depth, because denormal numbers would slow every program down.
"""
import os
import sys

import torch

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "tests", "oracle"))
import lama_reference  # noqa: E402

BLOCKS = {"big-lama": 18, "lama-fourier": 9}

CONFIG = """\
generator:
  kind: ffc_resnet
  input_nc: 4
  output_nc: 3
  ngf: 64
  n_downsampling: 3
  n_blocks: {blocks}
  add_out_act: sigmoid
  init_conv_kwargs: {{ratio_gin: 0, ratio_gout: 0, enable_lfu: false}}
  downsample_conv_kwargs:
    ratio_gin: ${{generator.init_conv_kwargs.ratio_gout}}
    ratio_gout: ${{generator.downsample_conv_kwargs.ratio_gin}}
    enable_lfu: false
  resnet_conv_kwargs:
    ratio_gin: 0.75
    ratio_gout: ${{generator.resnet_conv_kwargs.ratio_gin}}
    enable_lfu: false
"""


def main():
    shape, out = sys.argv[1:]
    torch.manual_seed(1)
    net = lama_reference.Generator(ngf=64, n_blocks=BLOCKS[shape])
    for module in net.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.momentum = None
    net.train()
    with torch.no_grad():
        for _ in range(2):
            net(torch.rand(1, 4, 128, 128))
    state = {"generator." + k: v for k, v in net.state_dict().items()}
    os.makedirs(os.path.join(out, "models"), exist_ok=True)
    with open(os.path.join(out, "config.yaml"), "w") as file:
        file.write(CONFIG.format(blocks=BLOCKS[shape]))
    torch.save({"state_dict": state}, os.path.join(out, "models", "best.ckpt"))


main()
