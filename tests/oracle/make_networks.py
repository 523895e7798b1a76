"""Makes small calibrated generators and PyTorch's results with them.

    tests/data/networks/NAME.safetensors      weights (F16 for two and more dimensions, else F32)
    tests/data/parity/NAME_HxW.safetensors    input, logits (before the sigmoid), per-layer maps

A freshly initialised generator answers 0.5 everywhere and hardly notices when whole branches are
missing, so parity on it proves nothing. The networks made here have batch-norm statistics measured
on pictures, activations of one magnitude through all blocks and a last layer with contrast. The
script ends with a table of deliberate mistakes and how far each one moves the logits.
"""
import argparse
import copy
import json
import os
import types

import numpy as np
import torch
from torch import nn
import torch.nn.functional as F

import lama_reference as ref
import pictures
import safetensors_io

NETWORKS = {
    "shallow": dict(ngf=8, n_downsampling=3, n_blocks=2, ratio=0.75),
    "deep": dict(ngf=8, n_downsampling=3, n_blocks=18, ratio=0.75),
    "odd": dict(ngf=6, n_downsampling=2, n_blocks=3, ratio=0.5),
}
SEEDS = {"shallow": 101, "deep": 102, "odd": 103}

# (height, width) -> (top, left) of the crop, step of the stored logits
CASES = {(64, 64): (235, 190, 1), (72, 88): (92, 140, 1), (200, 136): (150, 60, 13), (512, 512): (0, 0, 61)}
SIZES = {"shallow": list(CASES), "deep": list(CASES), "odd": [(72, 88)]}
SIZES_WITH_MAPS = {(64, 64), (72, 88)}
MAP_STEP = 7  # above the bottleneck resolution only every seventh pixel is kept


# ---- calibration

def calibration_batch(photos, rng):
    """Crops of several zoom levels with holes, all 256x256 (the size LaMa is trained on)."""
    batch = []
    for i in range(12):
        side = 256 if i % 3 == 0 else 512
        picture = pictures.downscaled_square(photos[i % len(photos)], side)
        y, x = rng.randint(side - 256 + 1), rng.randint(side - 256 + 1)
        crop = picture[y:y + 256, x:x + 256]
        crop = crop[:, ::-1] if i % 2 else crop
        batch.append(pictures.network_input(crop, pictures.hole_mask(256, 256, 500 + i)))
    return torch.from_numpy(np.stack(batch))


def to_half(parameter):
    parameter.data.copy_(parameter.data.half().float())


def logits_of(net, x):
    return net.model[:-1](x)


def calibrated(name, batch):
    torch.manual_seed(SEEDS[name])
    net = ref.Generator(**NETWORKS[name])
    for module in net.modules():
        if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d)):
            # He initialisation; the batch norm behind each layer takes out any common factor, but the
            # branches that are added in front of it must be of one magnitude.
            inputs = module.in_channels * module.kernel_size[0] * module.kernel_size[1]
            nn.init.normal_(module.weight, 0, (2 / inputs) ** 0.5)
            to_half(module.weight)
            if module.bias is not None:
                nn.init.normal_(module.bias, 0, 0.2)
        elif isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.6, 1.4)
            nn.init.normal_(module.bias, 0, 0.2)
            module.momentum = None  # cumulative average: one pass stores exactly the batch's statistics
    for module in net.modules():
        if isinstance(module, ref.FourierUnit):
            # The ReLU leaves a positive mean in the spectrum, a spike in the picture's first pixel; keep it low.
            module.bn.bias.data.sub_(0.4)
        if isinstance(module, ref.FFCResnetBlock):
            # The residual stream is a sum over blocks: smaller steps keep early blocks visible at the end.
            for bn in (module.conv2.bn_l, module.conv2.bn_g):
                bn.weight.data.mul_(0.5)
    with torch.no_grad():
        net.train()
        net(batch)
        net.eval()
        # Contrast: logits of standard deviation 1 around 0, so that the sigmoid is in its sloped part.
        last = net.model[-2]
        last.bias.zero_()
        last.weight.div_(logits_of(net, batch).std())
        to_half(last.weight)
        mean = logits_of(net, batch).mean(dim=(0, 2, 3))
        last.bias.copy_(torch.tensor([0.15, -0.1, 0.05]) - mean)
    return net


def save_network(net, name, path):
    tensors = {}
    for key, value in net.state_dict().items():
        if not key.endswith("num_batches_tracked"):
            value = value.numpy()
            tensors[key] = value.astype(np.float16 if value.ndim >= 2 else np.float32)
            assert np.array_equal(tensors[key].astype(np.float32), value), key
    config = dict(kind="ffc_resnet", input_nc=4, output_nc=3, max_features=1024, add_out_act="sigmoid")
    config.update(NETWORKS[name])
    ratio = config.pop("ratio")
    config["resnet_conv_kwargs"] = dict(ratio_gin=ratio, ratio_gout=ratio, enable_lfu=False)
    safetensors_io.save(path, tensors, {"format": "pt", "lama.config": json.dumps({"generator": config})})


# ---- reference runs

def run(net, x):
    """Logits [H,W,3] and the maps {name: [H,W,C]} of one input, in the dtype of net and x."""
    maps, hooks = {}, []

    def keep(name):
        def hook(module, inputs, output):
            if isinstance(output, tuple):
                output = torch.cat([o for o in output if o is not None], dim=1)
            maps[name] = output[0].permute(1, 2, 0).clone()
        return hook

    for i, layer in enumerate(net.model):
        if isinstance(layer, (ref.FFCBnAct, ref.FFCResnetBlock)):
            hooks.append(layer.register_forward_hook(keep(f"model.{i}")))
        elif isinstance(layer, nn.ConvTranspose2d):  # named by the convolution, taken after its ReLU
            hooks.append(net.model[i + 2].register_forward_hook(keep(f"model.{i}")))
    with torch.no_grad():
        logits = logits_of(net, x[None])[0].permute(1, 2, 0)
    for hook in hooks:
        hook.remove()
    return logits, maps


def deviation(a, exact):
    """Largest difference relative to the root mean square of the exact values."""
    return ((a.double() - exact).abs().max() / exact.pow(2).mean().sqrt()).item()


def test_case(photo, size):
    (h, w), (top, left, _) = size, CASES[size]
    return photo[top:top + h, left:left + w], pictures.hole_mask(h, w, 7 * h + w)


def save_case(name, net32, net64, photo, size, out_dir):
    h, w = size
    step = CASES[size][2]
    image, mask = test_case(photo, size)
    x = torch.from_numpy(pictures.network_input(image, mask))
    logits32, maps32 = run(net32, x)
    logits64, maps64 = run(net64, x.double())

    pick = lambda t, s: t.reshape(-1, t.shape[-1])[::s].float().numpy()
    tensors = {"mask": mask, "logits64": pick(logits64, step), "logits32": pick(logits32, step)}
    metadata = {"network": name, "step": str(step), "height": str(h), "width": str(w),
                "err.logits": f"{deviation(logits32, logits64):.3e}"}
    if size == (512, 512) and name != "shallow":
        metadata["image"] = "shallow_512x512.safetensors"  # the big picture is stored once
    else:
        tensors["image"] = image
    if size in SIZES_WITH_MAPS:
        bottleneck = h >> NETWORKS[name]["n_downsampling"]
        for key, value in maps64.items():
            map_step = 1 if value.shape[0] == bottleneck else MAP_STEP
            tensors["map." + key] = value.float().numpy() if map_step == 1 else pick(value, map_step)
            metadata["map_step." + key] = str(map_step)
            metadata["err.map." + key] = f"{deviation(maps32[key], value):.3e}"
    safetensors_io.save(os.path.join(out_dir, f"{name}_{h}x{w}.safetensors"), tensors, metadata)

    y = torch.sigmoid(logits64)
    beyond = ((y > 0.98) | (y < 0.02)).double().mean().item()
    worst = max(deviation(maps32[k], v) for k, v in maps64.items())
    print(f"  {h}x{w}: hole {np.mean(mask > 0):.2f}  logits std {logits64.std().item():.3f} "
          f"[{logits64.min().item():.1f}, {logits64.max().item():.1f}]  sigmoid mean {y.mean().item():.3f} "
          f"std {y.std().item():.3f}  beyond 0.02/0.98 {100 * beyond:.2f} %  "
          f"float32 error: logits {deviation(logits32, logits64):.1e}, worst map {worst:.1e}")
    assert y.std() >= 0.15 and 0.3 < y.mean() < 0.7 and beyond < 0.05


# ---- deliberate mistakes

def fourier_unit(self, x, mistake=None):
    """ref.FourierUnit.forward spelled out, with an optional mistake."""
    if mistake == "skip":
        return torch.zeros_like(x)
    b, c, h, w = x.shape
    f = torch.fft.rfftn(x, dim=(-2, -1), norm="ortho")
    n = f.shape[-1]
    if mistake == "halves":
        f = torch.cat((f.real, f.imag), dim=1)
        f = F.relu(self.bn(self.conv_layer(f)))
        f = torch.complex(f[:, :c], f[:, c:])
    else:
        f = torch.stack((f.real, f.imag), dim=2).reshape(b, 2 * c, h, n)
        f = F.relu(self.bn(self.conv_layer(f))).reshape(b, c, 2, h, n)
        f = torch.complex(f[:, :, 0].contiguous(), f[:, :, 1].contiguous())
    if mistake == "edges":
        for column in [0] + ([w // 2] if w % 2 == 0 else []):
            f[..., column] = f[..., column].real.to(f.dtype)
    f = torch.fft.ifft(f, dim=-2, norm="ortho")
    return torch.fft.irfft(f, n=w, dim=-1, norm="ortho")


def with_fourier_mistake(net, mistake, units=None):
    net = copy.deepcopy(net)
    for i, unit in enumerate(m for m in net.modules() if isinstance(m, ref.FourierUnit)):
        wrong = mistake if units is None or i in units else None
        unit.forward = types.MethodType(lambda self, x, wrong=wrong: fourier_unit(self, x, wrong), unit)
    return net


def with_zero_padding(net, convolutions):
    net = copy.deepcopy(net)
    if convolutions:
        for module in net.modules():
            if isinstance(module, nn.Conv2d):
                module.padding_mode = "zeros"
    else:
        for i, layer in enumerate(net.model):
            if isinstance(layer, nn.ReflectionPad2d):
                net.model[i] = nn.ZeroPad2d(3)
    return net


def with_late_relu(net):
    def forward(self, x):
        l, g = self.conv2.ffc(self.conv1(x))
        return F.relu(x[0] + self.conv2.bn_l(l)), F.relu(x[1] + self.conv2.bn_g(g))

    net = copy.deepcopy(net)
    for module in net.modules():
        if isinstance(module, ref.FFCResnetBlock):
            module.forward = types.MethodType(forward, module)
    return net


def mistakes_table(name, net, photo):
    n = NETWORKS[name]["n_blocks"]
    whole = [("edge columns made real", with_fourier_mistake(net, "edges")),
             ("real/imaginary halves", with_fourier_mistake(net, "halves")),
             ("Fourier units skipped", with_fourier_mistake(net, "skip")),
             ("zero padding, convolutions", with_zero_padding(net, True)),
             ("zero padding, first and last", with_zero_padding(net, False)),
             ("ReLU after the sum", with_late_relu(net))]
    one_block = [with_fourier_mistake(net, "skip", {2 * i, 2 * i + 1}) for i in range(n)]
    one_skipped = [with_fourier_mistake(net, "skip", {i}) for i in range(2 * n)]
    one_edge = [with_fourier_mistake(net, "edges", {i}) for i in range(2 * n)]
    single = [("one block's units skipped", one_block), ("one unit skipped", one_skipped),
              ("one unit's edge columns real", one_edge)]
    ok = True
    print("  mistake: largest change of the stored logits / their root mean square (min..max over units)")
    for size in SIZES[name]:
        stored = lambda logits: logits.reshape(-1, 3)[::CASES[size][2]]
        x = torch.from_numpy(pictures.network_input(*test_case(photo, size))).double()
        exact = stored(run(net, x)[0])
        change = lambda wrong: deviation(stored(run(wrong, x)[0]), exact)
        assert change(with_fourier_mistake(net, None)) < 1e-12
        for label, wrong in whole:
            v = change(wrong)
            ok &= v >= 1e-2
            print(f"  {size[0]}x{size[1]}  {label:30s} {v:.3g}")
        for label, variants in single:
            v = [change(wrong) for wrong in variants]
            ok &= min(v) >= 1e-3
            print(f"  {size[0]}x{size[1]}  {label:30s} {min(v):.3g}..{max(v):.3g}")
    assert ok, "a mistake would go unnoticed"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photos", nargs="+", help="the packaged JPEGs to calibrate on (CREDITS.md)")
    parser.add_argument("--data", default=pictures.DATA)
    parser.add_argument("--only", choices=list(NETWORKS))
    args = parser.parse_args()
    torch.set_num_threads(1)
    for folder in ("networks", "parity"):
        os.makedirs(os.path.join(args.data, folder), exist_ok=True)

    photo = pictures.load_rgb(os.path.join(args.data, "photo512.png"))
    batch = calibration_batch(args.photos, np.random.RandomState(1))
    for name in [args.only] if args.only else NETWORKS:
        print(name)
        net32 = calibrated(name, batch)
        save_network(net32, name, os.path.join(args.data, "networks", name + ".safetensors"))
        net64 = copy.deepcopy(net32).double()
        for size in SIZES[name]:
            save_case(name, net32, net64, photo, size, os.path.join(args.data, "parity"))
        mistakes_table(name, net64, photo)


main()
