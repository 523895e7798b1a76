"""EfficientNet-Lite in PyTorch, with the parameter names of the published files, from which it can be loaded."""
import math

import torch
from torch import nn
import torch.nn.functional as F

# Repeats, kernel, stride, expansion, channels.
STAGES = [(1, 3, 1, 1, 16), (2, 3, 2, 6, 24), (2, 5, 2, 6, 40), (3, 3, 2, 6, 80), (3, 5, 1, 6, 112), (4, 5, 2, 6, 192), (1, 3, 1, 6, 320)]
SCALE = {0: (1.0, 1.0), 1: (1.0, 1.1), 2: (1.1, 1.2)}  # of channels and of repeats
FILES = {0: "efficientnet-lite0-57934424.pth", 1: "efficientnet-lite1-77cc7160.pth", 2: "efficientnet-lite2-9656183e.pth"}


def scaled(channels, width):
    channels *= width
    nearest = max(8, int(channels + 4) // 8 * 8)
    return int(nearest + 8 if nearest < .9 * channels else nearest)


def norm(channels):
    return nn.BatchNorm2d(channels, eps=1e-3)


class Conv(nn.Conv2d):
    """TensorFlow's "same" padding, which is one-sided where the stride is 2."""

    def forward(self, x):
        k, s, d = self.kernel_size[0], self.stride[0], self.dilation[0]
        padding = []
        for n in (x.shape[-1], x.shape[-2]):
            total = max((math.ceil(n / s) - 1) * s + d * (k - 1) + 1 - n, 0)
            padding += [total // 2, total - total // 2]
        return F.conv2d(F.pad(x, padding), self.weight, self.bias, self.stride, 0, self.dilation, self.groups)


class Block(nn.Module):
    def __init__(self, inputs, outputs, kernel, stride, expansion):
        super().__init__()
        inside = inputs * expansion
        self.expands, self.adds_input = expansion != 1, stride == 1 and inputs == outputs
        if self.expands:
            self._expand_conv, self._bn0 = Conv(inputs, inside, 1, bias=False), norm(inside)
        self._depthwise_conv, self._bn1 = Conv(inside, inside, kernel, stride, groups=inside, bias=False), norm(inside)
        self._project_conv, self._bn2 = Conv(inside, outputs, 1, bias=False), norm(outputs)

    def forward(self, x):
        y = F.relu6(self._bn0(self._expand_conv(x))) if self.expands else x
        y = self._bn2(self._project_conv(F.relu6(self._bn1(self._depthwise_conv(y)))))
        return x + y if self.adds_input else y


class EfficientNetLite(nn.Module):
    def __init__(self, size=0, dilated=False):
        super().__init__()
        width, depth = SCALE[size]
        self._conv_stem, self._bn0 = Conv(3, 32, 3, 2, bias=False), norm(32)
        channels, blocks, self.ends = 32, [], []
        for n, (repeats, kernel, stride, expansion, outputs) in enumerate(STAGES):
            repeats = repeats if n in (0, len(STAGES) - 1) else math.ceil(repeats * depth)
            outputs = scaled(outputs, width)
            for j in range(repeats):
                blocks.append(Block(channels, outputs, kernel, stride if j == 0 else 1, expansion))
                channels = outputs
            self.ends.append(len(blocks) - 1)
        self._blocks = nn.ModuleList(blocks)
        self._conv_head, self._bn1, self._fc = Conv(channels, 1280, 1, bias=False), norm(1280), nn.Linear(1280, 1000)
        self.eval().requires_grad_(False)
        if dilated:  # stages 4 and 6 keep their resolution: a wide field of view without losing places
            factor = 1
            for n, block in enumerate(self._blocks):
                convolution = block._depthwise_conv
                widened = convolution.stride[0] == 2 and n > self.ends[2]
                convolution.dilation = (factor, factor)
                if widened:
                    convolution.stride = (1, 1)
                    factor *= 2

    def forward(self, x):
        """x: N,3,H,W in 0..1. The maps at the end of each stage (strides 2, 4, 8, 16, 16, 32, 32)."""
        x = (x * 255 - 127) / 128
        x = F.relu6(self._bn0(self._conv_stem(x)))
        maps = []
        for n, block in enumerate(self._blocks):
            x = block(x)
            if n in self.ends:
                maps.append(x)
        return maps

    def classify(self, x):
        y = F.relu6(self._bn1(self._conv_head(self.forward(x)[-1])))
        return self._fc(y.mean((2, 3)))
