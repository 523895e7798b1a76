"""The networks of the benchmark: published shapes with random weights, which take the same time as
trained ones. Batch-norm statistics are set so that activations neither grow nor vanish over the depth,
because denormal numbers would slow every program down."""
import os
import sys

import torch
from torch import nn

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tests", "oracle"))
import lama_reference  # noqa: E402

FFC_CONFIG = """\
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

GLOBAL_CONFIG = """\
generator:
  kind: pix2pixhd_global
  input_nc: 4
  output_nc: 3
  ngf: 64
  n_downsampling: 3
  n_blocks: {blocks}
  conv_kind: default
  add_out_act: sigmoid
"""


class ResidualBlock(nn.Module):
    def __init__(self, channels):
        super().__init__()
        def half():
            return [nn.ReflectionPad2d(1), nn.Conv2d(channels, channels, 3), nn.BatchNorm2d(channels)]
        self.conv_block = nn.Sequential(*half(), nn.ReLU(), *half())

    def forward(self, x):
        return x + self.conv_block(x)


class GlobalGenerator(nn.Module):
    """pix2pixHD's generator, lama-regular's shape."""

    def __init__(self, n_blocks):
        super().__init__()
        layers = [nn.ReflectionPad2d(3), nn.Conv2d(4, 64, 7), nn.BatchNorm2d(64), nn.ReLU()]
        for i in (64, 128, 256):
            layers += [nn.Conv2d(i, 2 * i, 3, 2, 1), nn.BatchNorm2d(2 * i), nn.ReLU()]
        layers += [ResidualBlock(512) for _ in range(n_blocks)]
        for i in (512, 256, 128):
            layers += [nn.ConvTranspose2d(i, i // 2, 3, 2, 1, 1), nn.BatchNorm2d(i // 2), nn.ReLU()]
        layers += [nn.ReflectionPad2d(3), nn.Conv2d(64, 3, 7), nn.Sigmoid()]
        self.model = nn.Sequential(*layers)

    def forward(self, x):
        return self.model(x)


NETWORKS = {
    "big-lama": (lambda: lama_reference.Generator(ngf=64, n_blocks=18), FFC_CONFIG.format(blocks=18)),
    "lama-fourier": (lambda: lama_reference.Generator(ngf=64, n_blocks=9), FFC_CONFIG.format(blocks=9)),
    "lama-regular": (lambda: GlobalGenerator(9), GLOBAL_CONFIG.format(blocks=9)),
}


def write(name, out):
    """Writes the network in the published layout: config.yaml and models/best.ckpt."""
    torch.manual_seed(1)
    make, config = NETWORKS[name]
    net = make()
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
        file.write(config)
    torch.save({"state_dict": state}, os.path.join(out, "models", "best.ckpt"))


def read(name, folder):
    net = NETWORKS[name][0]().eval()
    state = torch.load(os.path.join(folder, "models", "best.ckpt"))["state_dict"]
    net.load_state_dict({k[len("generator."):]: v for k, v in state.items()})
    return net


if __name__ == "__main__":
    write(*sys.argv[1:])
