"""Makes one tiny calibrated generator for each option of the published generators, with PyTorch's answers.

    tests/data/options/NAME.safetensors

CHECKOUT is a checkout of github.com/advimman/lama, commit 786f5936b27fb3dacd2b1ad799e4de968ea697e7; KORNIA a folder with kornia 0.5.0
(`pip download --no-deps kornia==0.5.0`, unpacked). The published modules themselves are run, unchanged. Batch-norm statistics are measured on
pictures and every branch has weight, as in make_networks.py.
"""
import copy
import json
import os
import warnings

import numpy as np
import torch
from torch import nn

import pictures
import published_code
import safetensors_io

FFC = dict(kind="ffc_resnet", ngf=4, n_downsampling=1, n_blocks=1, add_out_act="sigmoid")
NONE = dict(ratio_gin=0, ratio_gout=0, enable_lfu=False)


def ffc(resnet=None, ratio=0.5, init=NONE, downsample=NONE, **others):
    resnet = {**dict(ratio_gin=ratio, ratio_gout=ratio, enable_lfu=False), **(resnet or {})}
    return {**FFC, "init_conv_kwargs": init, "downsample_conv_kwargs": downsample, "resnet_conv_kwargs": resnet, **others}


def pix(kind="global", **others):
    return {**dict(kind="pix2pixhd_" + kind, ngf=4, n_downsampling=1, n_blocks=1, conv_kind="default", add_out_act="sigmoid"), **others}


HALF = dict(ratio_gin=0.5, ratio_gout=0.5, enable_lfu=False)

# name -> (arguments, height, width)
CASES = {
    "lfu": (ffc(dict(enable_lfu=True), ngf=8), 20, 20),
    "gated": (ffc(dict(gated=True)), 18, 26),
    "se": (ffc(dict(use_se=True, se_kwargs=dict(reduction=2))), 18, 26),
    "positions": (ffc(dict(spectral_pos_encoding=True)), 18, 26),
    "positions_se": (ffc(dict(spectral_pos_encoding=True, use_se=True, se_kwargs=dict(reduction=3))), 16, 22),
    "scale_half": (ffc(dict(spatial_scale_factor=0.5)), 18, 26),
    "scale_bicubic": (ffc(dict(spatial_scale_factor=1.3, spatial_scale_mode="bicubic")), 16, 22),
    "fft_forward": (ffc(dict(fft_norm="forward")), 18, 20),
    "fft_backward": (ffc(dict(fft_norm="backward")), 18, 20),
    "ffc3d": (ffc(dict(ffc3d=True)), 18, 26),
    "rotated_block": (ffc(spatial_transform_layers=[0], spatial_transform_kwargs=dict(angle_init_range=360)), 18, 28),
    "rotated_layers": (ffc(dict(spatial_transform_kwargs=dict(pad_coef=0.3))), 18, 26),
    "out_ffc": (ffc(out_ffc=True, out_ffc_kwargs=dict(HALF, gated=True)), 10, 14),
    "ratios": (ffc(init=dict(ratio_gin=0, ratio_gout=0.5), downsample=HALF, n_downsampling=2), 20, 28),
    "all_global": (ffc(init=dict(ratio_gin=0.2, ratio_gout=1), downsample=dict(ratio_gin=1, ratio_gout=1), ratio=0.75, n_downsampling=2, ngf=8), 24, 24),
    "dilated_groups": (ffc(dict(dilation=2, groups=2, bias=True), padding_type="zeros"), 18, 26),
    "circular_groups": (ffc(dict(groups=4, bias=True, spectral_pos_encoding=True), padding_type="circular",
                            downsample=dict(NONE, padding_type="replicate", bias=True), init=dict(NONE, groups=2)), 18, 26),
    "no_downsampling": (ffc(init=dict(ratio_gin=0, ratio_gout=0.5), n_downsampling=0, max_features=4, add_out_act=False), 9, 13),
    "regular": (pix(n_downsampling=2), 20, 28),
    "depthwise": (pix(conv_kind="depthwise", dilation=2, second_dilation=3, padding_type="zero"), 18, 26),
    "dilated_blocks": (pix(dilated_blocks_n=1, dilated_blocks_n_start=2, dilated_blocks_n_middle=1, padding_type="replicate", n_blocks=2,
                           is_resblock_depthwise=True), 18, 26),
    "mixed_blocks": (pix(dilated_blocks_n=1, dilation_block_kind="multi", multidilation_kwargs=dict(comb_mode="cat_out", dilation_num=2),
                         ffc_positions=[1, 0, 1], ffc_kwargs=HALF, n_blocks=2), 18, 26),
    "instance_norm": (pix(norm_layer="in", up_norm_layer="in", affine=True), 18, 26),
    "instance_norm_ffc": (pix(norm_layer="in", ffc_positions=[0], ffc_kwargs=HALF), 18, 26),
    "plain_norm": (pix(affine=False, ffc_positions=[0], ngf=8, ffc_kwargs=dict(HALF, enable_lfu=True)), 20, 20),
    "work_md": (pix("multidilated", multidilation_kwargs=dict(comb_mode="cat_in", dilation_num=4)), 18, 26),
    "md_sum": (pix("multidilated", multidilation_kwargs=dict(shared_weights=True), padding_type="zeros"), 18, 26),
    "md_cat_out": (pix("multidilated", multidilation_kwargs=dict(comb_mode="cat_out", dilation_num=4), padding_type="replicate"), 18, 26),
    "md_cat_both": (pix("multidilated", multidilation_kwargs=dict(comb_mode="cat_both", dilation_num=3, equal_dim=False)), 18, 26),
    "md_cat_out_unequal": (pix("multidilated", deconv_kind="bilinear", multidilation_kwargs=dict(
        comb_mode="cat_out", dilation_num=4, equal_dim=False, use_depthwise=True), norm_layer="in"), 18, 26),
    "md_others": (pix("multidilated", conv_kind="depthwise", padding_type="circular", ffc_positions=[0, 0], ffc_kwargs=HALF,
                      multidilation_kwargs=dict(min_dilation=2, groups=2, bias=False, dilation_num=2, comb_mode="cat_in")), 18, 26),
}
LOGIT_STEP = 3
MAP_STEP = 11


def calibration_batch(photo, rng):
    batch = []
    for i in range(8):
        y, x = rng.randint(512 - 64), rng.randint(512 - 64)
        batch.append(pictures.network_input(photo[y:y + 64, x:x + 64], pictures.hole_mask(64, 64, 900 + i)))
    return torch.from_numpy(np.stack(batch))


def half(parameter):
    parameter.data.copy_(parameter.data.half().float())


def logits_of(net, x, activated):
    return (net.model[:-1] if activated else net.model)(x)


def calibrated(modules, arguments, batch, seed):
    torch.manual_seed(seed)
    arguments = dict(arguments)
    net = modules.make_generator(None, arguments.pop("kind"), input_nc=4, output_nc=3, **arguments)
    for name, module in net.named_modules():
        if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d)):
            inputs = module.in_channels // module.groups * module.kernel_size[0] * module.kernel_size[1]
            nn.init.normal_(module.weight, 0, (2 / inputs) ** 0.5)
            if module.bias is not None:
                nn.init.normal_(module.bias, 0, 0.2)
        elif isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, 0, (4 / module.in_features) ** 0.5)
        elif isinstance(module, (nn.BatchNorm2d, nn.InstanceNorm2d)):
            if module.affine:
                nn.init.uniform_(module.weight, 0.6, 1.4)
                nn.init.normal_(module.bias, 0, 0.2)
            if isinstance(module, nn.BatchNorm2d):
                module.momentum = None  # a cumulative average
        if type(module).__name__ == "FourierUnit" and module.bn.affine:
            module.bn.bias.data.sub_(0.4)
        if type(module).__name__ == "LearnableSpatialTransformWrapper":
            module.angle.data.fill_(33.7 if name.endswith("1") else -58.3)
    for parameter in net.parameters():
        if parameter.dim() >= 2:
            half(parameter)
    activated = isinstance(net.model[-1], (nn.Sigmoid, nn.Tanh))
    with torch.no_grad():
        net.train()
        net(batch)
        net.eval()
        last = net.model[-2 if activated else -1]
        last.bias.zero_()
        last.weight.div_(logits_of(net, batch, activated).std())
        half(last.weight)
        last.bias.copy_(torch.tensor([0.15, -0.1, 0.05]) - logits_of(net, batch, activated).mean(dim=(0, 2, 3)))
    return net, activated


def watched(net):
    """{module: name of the engine's layer whose output it is}"""
    convolutions = ("Conv2d", "ConvTranspose2d", "DepthWiseSeperableConv")
    result = {}
    for i, layer in enumerate(net.model):
        kind = type(layer).__name__
        if kind == "FFC_BN_ACT":
            result[layer] = f"model.{i}"
        elif kind in ("FFCResnetBlock", "LearnableSpatialTransformWrapper"):
            block = layer.impl if kind != "FFCResnetBlock" else layer
            name = f"model.{i}" + (".impl" if block is not layer else "") + ".conv2"
            result[layer] = name + (".impl" if type(block.conv2).__name__ != "FFC_BN_ACT" else "")
        elif kind in ("ResnetBlock", "MultidilatedResnetBlock"):
            result[layer] = f"model.{i}.conv_block.{len(layer.conv_block) - 2}"
        elif kind in convolutions and i + 2 < len(net.model):  # named by the convolution, taken after its ReLU
            result[net.model[i + 2]] = f"model.{i}"
    return result


def run(net, activated, x):
    maps, hooks = {}, []

    def keep(name):
        def hook(module, inputs, output):
            if isinstance(output, tuple):
                output = torch.cat([o for o in output if torch.is_tensor(o)], dim=1)
            maps[name] = output[0].permute(1, 2, 0).clone()
        return hook

    # The published decoder has one ReLU in several places; its position tells which it is.
    net = copy.deepcopy(net)
    for i, layer in enumerate(net.model):
        if isinstance(layer, nn.ReLU):
            net.model[i] = nn.ReLU()
    for module, name in watched(net).items():
        hooks.append(module.register_forward_hook(keep(name)))
    with torch.no_grad():
        logits = logits_of(net, x[None], activated)[0].permute(1, 2, 0)
    return logits, maps


def deviation(a, exact):
    return ((a.double() - exact).abs().max() / exact.pow(2).mean().sqrt()).item()


def main():
    args = published_code.arguments(__doc__)
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    published_code.make_importable(args.checkout, args.kornia)
    from saicinpainting.training import modules
    os.makedirs(os.path.join(args.data, "options"), exist_ok=True)
    photo = pictures.load_rgb(os.path.join(args.data, "photo512.png"))
    batch = calibration_batch(photo, np.random.RandomState(2))
    for seed, (name, (arguments, h, w)) in enumerate(CASES.items()):
        if args.only and name not in args.only:
            continue
        net, activated = calibrated(modules, arguments, batch, 1000 + seed)
        image = photo[200:200 + h, 230:230 + w]
        mask = pictures.hole_mask(h, w, 7 * h + w)
        x = torch.from_numpy(pictures.network_input(image, mask))
        logits32, maps32 = run(net, activated, x)
        logits64, maps64 = run(copy.deepcopy(net).double(), activated, x.double())
        tensors = {}
        for key, value in net.state_dict().items():
            if not key.endswith("num_batches_tracked"):
                tensors[key] = value.numpy().astype(np.float16 if value.dim() >= 2 else np.float32)
                assert np.array_equal(tensors[key].astype(np.float32), value.numpy()), key
        pick = lambda t, step: t.reshape(-1, t.shape[-1])[::step].float().numpy()
        tensors.update({"expected.image": image, "expected.mask": mask, "expected.logits": pick(logits64, LOGIT_STEP)})
        metadata = {"height": str(h), "width": str(w), "logit_step": str(LOGIT_STEP), "map_step": str(MAP_STEP),
                    "err.logits": f"{deviation(logits32, logits64):.3e}",
                    "lama.config": json.dumps({"generator": {"input_nc": 4, "output_nc": 3, **arguments}})}
        for key, value in maps64.items():
            tensors["expected.map." + key] = pick(value, MAP_STEP)
            metadata["err.map." + key] = f"{deviation(maps32[key], value):.3e}"
        path = os.path.join(args.data, "options", name + ".safetensors")
        safetensors_io.save(path, tensors, metadata)
        worst = max(deviation(maps32[k], v) for k, v in maps64.items())
        print(f"{name}: {h}x{w}, {len(maps64)} maps, logits std {logits64.std().item():.2f}, float32 error: logits "
              f"{deviation(logits32, logits64):.1e}, worst map {worst:.1e}, {os.path.getsize(path)} bytes")


main()
