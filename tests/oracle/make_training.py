"""Makes what the published training code answers: values, gradients, statistics.

    tests/data/training/NAME.safetensors

CHECKOUT is a checkout of github.com/advimman/lama, commit 786f5936b27fb3dacd2b1ad799e4de968ea697e7; KORNIA a folder with kornia 0.5.0
(`pip download --no-deps kornia==0.5.0`, unpacked). The published modules themselves are run, unchanged, in float64. Inputs and
weights come from hashed.py and are not stored. A network's gradients are stored as two numbers for each parameter: their
length, and their scalar product with hashed numbers under the name "direction." and the parameter's.
"""
import copy
import importlib.util
import json
import os
import sys
import types
import warnings

import numpy as np
import torch
import torchvision

import hashed
import published_code
import safetensors_io
from hashed import products


def import_published(checkout, kornia):
    published_code.make_importable(checkout, kornia)
    # Without the package's __init__ files, which want all of Lightning and its company.
    for name in ("saicinpainting", "saicinpainting.training", "saicinpainting.training.losses"):
        package = types.ModuleType(name)
        package.__path__ = [os.path.join(checkout, *name.split("."))]
        sys.modules[name] = package


def vgg19(pretrained):
    network = torchvision.models.vgg.VGG(torchvision.models.vgg.make_layers(torchvision.models.vgg.cfgs["E"]), init_weights=False)
    return hashed.fill(network)


def batch(name, *shape, low=0.0, high=1.0):
    return hashed.numbers(name, shape, low, high).double()


def mask(name, *shape):
    """Rectangles of ones, one a picture."""
    result = torch.zeros(shape).double()
    n, _, h, w = shape
    for i in range(n):
        result[i, :, h // 4 + i:3 * h // 4, w // 5:w // 2 + 2 * i] = 1
    return result


def array(tensor, step=1):
    return tensor.detach().reshape(-1)[::step].float().numpy()


def leaf(tensor):
    return tensor.clone().requires_grad_()


class Writer:
    def __init__(self, folder):
        self.folder = folder
        os.makedirs(folder, exist_ok=True)

    def __call__(self, name, tensors, metadata=None):
        path = os.path.join(self.folder, name + ".safetensors")
        safetensors_io.save(path, tensors, metadata)
        print(f"{name}: {len(tensors)} tensors, {os.path.getsize(path)} bytes")


def make_l1(write):
    from saicinpainting.training.losses.feature_matching import masked_l1_loss
    x, y, m = leaf(batch("prediction", 2, 3, 9, 7)), batch("target", 2, 3, 9, 7), batch("mask", 2, 1, 9, 7)
    tensors = {}
    for case, (known, missing) in {"published": (10, 0), "both": (3, 7)}.items():
        loss = masked_l1_loss(x, y, m, known, missing)
        tensors[case] = array(loss)
        tensors[case + ".gradient"] = array(torch.autograd.grad(loss, x)[0])
    write("l1", tensors)


def make_feature_matching(write):
    from saicinpainting.training.losses.feature_matching import feature_matching_loss
    fake = [leaf(batch("fake0", 2, 4, 9, 7)), leaf(batch("fake1", 2, 6, 5, 4))]
    real = [batch("real0", 2, 4, 9, 7), batch("real1", 2, 6, 5, 4)]
    tensors = {}
    for case, m in {"plain": None, "masked": mask("mask", 2, 1, 16, 14)}.items():
        loss = feature_matching_loss(fake, real, m)
        tensors[case] = array(loss)
        for i, gradient in enumerate(torch.autograd.grad(loss, fake)):
            tensors[f"{case}.gradient{i}"] = array(gradient)
    write("feature_matching", tensors)


def make_adversarial(write):
    from saicinpainting.training.losses.adversarial import make_discrim_loss
    from saicinpainting.training.modules.pix2pixhd import NLayerDiscriminator
    published = dict(gp_coef=0.001, weight=10, mask_as_fake_target=True, allow_scale_mask=True)
    cases = {
        "published": published,
        "defaults": {},
        "extra": dict(published, extra_mask_weight_for_gen=2.5, mask_scale_mode="bilinear"),
        "maxpool": dict(published, mask_scale_mode="maxpool", gp_coef=2),
        "area": dict(published, mask_scale_mode="area"),
        "bicubic": dict(published, mask_scale_mode="bicubic"),
        "missing_for_discr": dict(use_unmasked_for_discr=False, allow_scale_mask=True),
        "missing_only": dict(use_unmasked_for_discr=False, use_unmasked_for_gen=False, allow_scale_mask=True),
    }
    tensors = {}
    for case, arguments in cases.items():
        discriminator = hashed.fill(NLayerDiscriminator(3, ndf=4, n_layers=2)).double()
        loss = make_discrim_loss("r1", **arguments)
        real, fake, m = batch("real", 2, 3, 24, 20), leaf(batch("fake", 2, 3, 24, 20)), mask("mask", 2, 1, 24, 20)
        fake_logits = discriminator(fake)[0]
        value, _ = loss.generator_loss(None, None, None, fake_logits, m)
        tensors[case + ".generator"] = array(value)
        tensors[case + ".generator.gradient"] = array(torch.autograd.grad(value, fake)[0])
        loss.pre_discriminator_step(real, None, None, None)
        real_logits = discriminator(real)[0]
        value, metrics = loss.discriminator_loss(real, None, real_logits, discriminator(fake.detach())[0], m)
        tensors[case + ".discriminator"] = array(value)
        tensors[case + ".metrics"] = np.array([float(metrics[k]) for k in ("discr_real_out", "discr_fake_out", "discr_real_gp")], np.float32)
        value.backward()
        tensors[case + ".discriminator.gradients"] = products((k, p.grad) for k, p in discriminator.named_parameters())
    write("adversarial", tensors)


def make_perceptual(write):
    from saicinpainting.training.losses.perceptual import PerceptualLoss
    loss = PerceptualLoss().double()
    loss.mean_, loss.std_ = loss.mean_.double(), loss.std_.double()
    x, y = leaf(batch("prediction", 2, 3, 48, 40)), batch("target", 2, 3, 48, 40)
    tensors = {}
    for case, m in {"plain": None, "masked": mask("mask", 2, 1, 48, 40)}.items():
        values = loss(x, y, m)
        tensors[case] = array(values)
        tensors[case + ".gradient"] = array(torch.autograd.grad(values.sum(), x)[0], 3)
    write("perceptual", tensors)


def make_resnet_pl(write):
    from models.ade20k import ModelBuilder
    from models.ade20k import base
    from saicinpainting.training.losses import perceptual
    build, resnet50 = ModelBuilder.build_encoder, base.resnet.resnet50
    # Named by build_encoder, and left out of models/ade20k/resnet.py.
    base.resnet.resnet18 = lambda pretrained: base.resnet.ResNet(base.resnet.BasicBlock, [2, 2, 2, 2])

    def hashed_encoder(arch, fc_dim, weights):
        base.resnet.resnet50 = lambda pretrained: resnet50(False)
        encoder = hashed.fill(build(arch=arch, fc_dim=fc_dim, weights=""))
        return encoder
    base.ModelBuilder.build_encoder = staticmethod(hashed_encoder)
    x, y = leaf(batch("prediction", 2, 3, 64, 48)), batch("target", 2, 3, 64, 48)
    tensors, metadata = {}, {}
    for arch in ("resnet50dilated", "resnet50", "resnet18dilated", "resnet18"):
        for training in (False, True):
            loss = perceptual.ResNetPL(weight=30, weights_path="", arch_encoder=arch).double().train(training)
            value = loss(x, y)
            case = arch + (".train" if training else ".eval")
            tensors[case] = array(value)
            gradient = torch.autograd.grad(value, x)[0]
            tensors[case + ".gradient"] = array(gradient, 3)
            # How far PyTorch's own float32 run is: batch norms over a few pixels amplify rounding.
            single = perceptual.ResNetPL(weight=30, weights_path="", arch_encoder=arch).train(training)
            x32 = leaf(x.detach().float())
            off = torch.autograd.grad(single(x32, y.float()), x32)[0] - gradient
            tensors[case + ".float32"] = array((off.norm() / gradient.norm())[None])
        statistics = [(k, v) for k, v in loss.impl.state_dict().items() if "running" in k]
        tensors[arch + ".statistics"] = products(statistics)
        metadata[arch + ".statistics"] = json.dumps([k for k, _ in statistics])
    write("resnet_pl", tensors, metadata)


class Section(dict):
    """A section of a configuration, as omegaconf has them."""
    __getattr__ = dict.__getitem__


def make_training_step(write):
    """Three iterations of the published training module, with Lightning's part written out."""
    for name, contents in {
        "omegaconf": dict(OmegaConf=types.SimpleNamespace(to_container=dict)),
        "saicinpainting.evaluation": dict(make_evaluator=lambda **arguments: None),
        "saicinpainting.training.data": {},
        "saicinpainting.training.data.datasets": dict(make_constant_area_crop_params=None, make_default_train_dataloader=None,
                                                      make_default_val_dataloader=None),
        "saicinpainting.training.visualizers": dict(make_visualizer=lambda **arguments: lambda *a, **k: None),
    }.items():
        sys.modules[name] = types.ModuleType(name)
        vars(sys.modules[name]).update(contents)

    class LightningModule(torch.nn.Module):
        current_epoch, trainer = 0, types.SimpleNamespace(num_nodes=1, num_processes=1)

        def save_hyperparameters(self, *arguments):
            pass
    sys.modules["pytorch_lightning"].LightningModule = LightningModule
    from models.ade20k import ModelBuilder, base
    from saicinpainting.training.trainers.default import DefaultInpaintingTrainingModule
    build, resnet50 = ModelBuilder.build_encoder, base.resnet.resnet50
    base.resnet.resnet50 = lambda pretrained: resnet50(False)
    base.ModelBuilder.build_encoder = staticmethod(lambda arch, fc_dim, weights: hashed.fill(build(arch=arch, fc_dim=fc_dim, weights="")))

    optimizers = Section(generator=dict(kind="adam", lr=0.001), discriminator=dict(kind="adam", lr=0.0001))
    adversarial = dict(kind="r1", weight=10, gp_coef=0.001, mask_as_fake_target=True, allow_scale_mask=True)
    cases = {
        "published": (dict(l1=Section(weight_known=10, weight_missing=0), perceptual=Section(weight=0), adversarial=adversarial,
                           feature_matching=Section(weight=100), resnet_pl=dict(weight=30, weights_path="")), {}),
        "switches": (dict(l1=Section(weight_known=10, weight_missing=3), perceptual=Section(weight=0),
                          adversarial=dict(adversarial, extra_mask_weight_for_gen=0.5),
                          feature_matching=Section(weight=50, pass_mask=True)),
                     dict(image_to_discriminator="inpainted", distance_weighter_kwargs=dict(kind="blur"),
                          distance_weighted_mask_for_discr=True)),
    }
    tensors, metadata = {}, {}
    for case, (losses, switches) in cases.items():
        losses["adversarial"] = Section(losses["adversarial"])
        config = Section(generator=dict(kind="ffc_resnet", input_nc=4, output_nc=3, ngf=4, n_downsampling=2, n_blocks=2,
                                        add_out_act="sigmoid", init_conv_kwargs=dict(ratio_gin=0, ratio_gout=0, enable_lfu=False),
                                        downsample_conv_kwargs=dict(ratio_gin=0, ratio_gout=0, enable_lfu=False),
                                        resnet_conv_kwargs=dict(ratio_gin=0.75, ratio_gout=0.75, enable_lfu=False)),
                         discriminator=dict(kind="pix2pixhd_nlayer", input_nc=3, ndf=4, n_layers=4), losses=Section(losses),
                         data=Section(), optimizers=optimizers, visualizer={}, evaluator={})
        module = DefaultInpaintingTrainingModule(config, use_ddp=False, **switches)
        hashed.fill(module.generator)
        hashed.fill(module.discriminator)
        module.to(torch.float64).train()
        steps = [entry["optimizer"] for entry in module.configure_optimizers()]
        networks = [module.generator, module.discriminator]
        values = {}
        for step in range(3):
            data = dict(image=batch(f"image{step}", 2, 3, 64, 48), mask=mask("mask", 2, 1, 64, 48))
            for i, optimizer in enumerate(steps):
                result = module.training_step(data, step, optimizer_idx=i)
                optimizer.zero_grad()
                result["loss"].backward()
                torch.nn.utils.clip_grad_norm_(networks[i].parameters(), 1)
                optimizer.step()
                for name, value in result["log_info"].items():
                    values[f"{step}.{name[len('train_'):]}"] = float(value)
        for name, network in zip(("generator", "discriminator"), networks):
            tensors[f"{case}.{name}"] = products((k, v) for k, v in network.state_dict().items() if v.is_floating_point())
        for name, value in values.items():
            tensors[f"{case}.{name}"] = np.array([value], np.float64)
        metadata[case] = str(len(values))
    write("training_step", tensors, metadata)


def make_distance_weighting(write):
    from saicinpainting.training.losses.distance_weighting import make_mask_distance_weighter
    soft, hard, real = batch("mask", 2, 1, 20, 24), mask("mask", 2, 1, 40, 48), batch("real", 2, 3, 40, 48)
    tensors = {}
    for case, (kind, arguments, m) in {
        "blur": ("blur", {}, soft),
        "blur_wide": ("blur", dict(kernel_size=9, width_factor=2), soft),
        "edt": ("edt", {}, hard),
        "edt_wide": ("edt", dict(dilate_kernel_size=3, blur_kernel_size=7, width_factor=3), hard),
        "pps": ("pps", {}, hard),
        "pps_other": ("pps", dict(level=3, max_iters=4, temperature=20, erode_mask_size=0), hard),
    }.items():
        weighter = make_mask_distance_weighter(kind, **arguments)
        tensors[case] = array(weighter(real.float(), None, m.float()))
    write("distance_weighting", tensors)


def make_fake_fakes(write):
    from saicinpainting.training.modules.fake_fakes import FakeFakesGenerator
    generator = FakeFakesGenerator()
    images, masks = batch("images", 3, 3, 24, 20), mask("masks", 3, 1, 24, 20)
    tensors = {}
    degrees, shifts = torch.tensor([20.0, -170.0, 285.0]), torch.tensor([[0.0, 1.7], [0.0, -6.0], [3.0, 0.25]])

    def fix(augmentation):
        drawn = augmentation.generate_parameters
        augmentation.generate_parameters = lambda shape: dict(drawn(shape), angle=degrees, translations=shifts)
    fix(generator.grad_aug)
    fix(generator.img_aug)
    tensors["moved"] = array(generator.img_aug(images.float()))
    tensors["filled"] = array(generator._fill_masks_with_gradient(masks.float()))
    write("fake_fakes", tensors)


def make_discriminators(write):
    from saicinpainting.training.modules.ffc import FFCNLayerDiscriminator
    from saicinpainting.training.modules.pix2pixhd import MultidilatedNLayerDiscriminator, NLayerDiscriminator
    ffc = dict(ratio_gin=0.5, ratio_gout=0.5, enable_lfu=False)
    cases = {
        "nlayer": lambda: NLayerDiscriminator(3, ndf=4, n_layers=4),
        "multidilated": lambda: MultidilatedNLayerDiscriminator(3, ndf=4, n_layers=3, multidilation_kwargs=dict(dilation_num=2)),
        "ffc": lambda: FFCNLayerDiscriminator(3, ndf=8, n_layers=3, init_conv_kwargs=dict(ratio_gin=0, ratio_gout=0.5, enable_lfu=False),
                                              conv_kwargs=ffc),
    }
    tensors, metadata = {}, {}
    for case, make in cases.items():
        torch.manual_seed(7)
        network = make()
        drawn = [p.detach() for p in network.parameters()]
        tensors[case + ".initial"] = np.concatenate([array(p)[:2] for p in drawn])
        metadata[case] = json.dumps({k: list(v.shape) for k, v in network.state_dict().items()})
        network = hashed.fill(network).double()
        x = leaf(batch("picture", 2, 3, 48, 40))
        for training in (True, False):
            name = case + (".train" if training else ".eval")
            logits, features = network.train(training)(x)
            tensors[name + ".logits"] = array(logits)
            for i, feature in enumerate(features):
                tensors[f"{name}.features{i}"] = np.array([feature.norm().item(), *feature.shape], np.float32)
            loss = (logits * hashed.numbers("direction", tuple(logits.shape))).sum() + sum(f.square().mean() for f in features)
            gradients = torch.autograd.grad(loss, [x, *network.parameters()], create_graph=training)
            tensors[name + ".gradients"] = products(zip(["picture", *dict(network.named_parameters())], gradients))
            if training:  # the second derivative, as in R1
                second = torch.autograd.grad(gradients[0].square().sum(), list(network.parameters()), allow_unused=True)
                rows = [(k, g if g is not None else torch.zeros_like(p)) for (k, p), g in zip(network.named_parameters(), second)]
                tensors[name + ".second"] = products(rows)
    write("discriminators", tensors, metadata)


def option_cases(folder):
    for name in sorted(os.listdir(os.path.join(folder, "options"))):
        _, metadata = safetensors_io.load(os.path.join(folder, "options", name))
        yield name.rsplit(".", 1)[0], json.loads(metadata["lama.config"])["generator"], int(metadata["height"]), int(metadata["width"])


def make_generators(write, folder):
    from saicinpainting.training.modules import make_generator
    tensors, metadata = {}, {}
    for case, arguments, h, w in option_cases(folder):
        arguments = dict(arguments)
        torch.manual_seed(11)
        network = make_generator(None, arguments.pop("kind"), **arguments)
        tensors[case + ".initial"] = np.concatenate([array(p)[:2] for p in network.parameters()])
        metadata[case] = json.dumps({k: list(v.shape) for k, v in network.state_dict().items()})
        network = hashed.fill(network).double().train()
        x = leaf(batch("input", 2, 4, h, w))
        y = network(x)
        gradients = torch.autograd.grad((y * hashed.numbers("direction", tuple(y.shape))).sum(), [x, *network.parameters()])
        tensors[case + ".output"] = array(y, 7)
        tensors[case + ".gradients"] = products(zip(["input", *dict(network.named_parameters())], gradients))
        tensors[case + ".statistics"] = products((k, v) for k, v in network.state_dict().items() if "running" in k)
    write("generators", tensors, metadata)


def main():
    args = published_code.arguments(__doc__)
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    torch.solve = lambda b, a: (torch.linalg.solve(a, b), None)  # kornia 0.5.0 wants it
    import_published(args.checkout, args.kornia)
    torchvision.models.vgg19 = vgg19
    write = Writer(os.path.join(args.data, "training"))
    makers = {name[5:]: function for name, function in globals().items() if name.startswith("make_")}
    for name, make in makers.items():
        if args.only and name not in args.only:
            continue
        make(write, args.data) if name == "generators" else make(write)


main()
