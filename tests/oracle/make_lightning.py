"""Makes a training checkpoint with the real PyTorch Lightning writer, and other PyTorch files.

    tests/data/lightning/config.yaml, models/best.ckpt   published layout, written after two training steps
    tests/data/lightning/expected.safetensors            the generator's tensors in it, F32
    tests/data/torch/strided.pt                          a state dict of unusual tensors
    tests/data/torch/strided_expected.safetensors        their values, contiguous, F32
    tests/data/torch/evil_*.pt                           checkpoints whose pickle wants to run code

Needs pytorch-lightning 1.2.9 and omegaconf 2.1 (README.md).
"""
import argparse
import io
import os
import pickle
import sys
import tempfile
import types
from collections import OrderedDict

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader

# Lightning imports the TensorBoard writer even when nothing is logged; it is not needed here.
tensorboard = types.ModuleType("torch.utils.tensorboard")
tensorboard.SummaryWriter = object
tensorboard.summary = types.ModuleType("torch.utils.tensorboard.summary")
tensorboard.summary.hparams = None
sys.modules["torch.utils.tensorboard"] = tensorboard
sys.modules["torch.utils.tensorboard.summary"] = tensorboard.summary

import pytorch_lightning as pl
from omegaconf import OmegaConf
from pytorch_lightning.callbacks import ModelCheckpoint

import lama_reference as ref
import pictures
import safetensors_io

# The sections of a published config.yaml. Two down-samplings keep the checkpoint small.
CONFIG = dict(
    run_title="oracle",
    training_model=dict(kind="default", visualize_each_iters=1000, concat_mask=True,
                        store_discr_outputs_for_vis=True),
    losses=dict(
        l1=dict(weight_missing=0, weight_known=10),
        perceptual=dict(weight=0),
        adversarial=dict(kind="r1", weight=10, gp_coef=1e-3, mask_as_fake_target=True, allow_scale_mask=True),
        feature_matching=dict(weight=100),
        resnet_pl=dict(weight=30, weights_path="${env:TORCH_HOME}"),
    ),
    generator=dict(
        kind="ffc_resnet", input_nc=4, output_nc=3, ngf=4, n_downsampling=2, n_blocks=2, add_out_act="sigmoid",
        init_conv_kwargs=dict(ratio_gin=0, ratio_gout=0, enable_lfu=False),
        downsample_conv_kwargs=dict(ratio_gin="${generator.init_conv_kwargs.ratio_gout}",
                                    ratio_gout="${generator.downsample_conv_kwargs.ratio_gin}", enable_lfu=False),
        resnet_conv_kwargs=dict(ratio_gin=0.75, ratio_gout="${generator.resnet_conv_kwargs.ratio_gin}",
                                enable_lfu=False),
    ),
    discriminator=dict(kind="pix2pixhd_nlayer", input_nc=3, ndf=4, n_layers=2),
    optimizers=dict(generator=dict(kind="adam", lr=1e-3), discriminator=dict(kind="adam", lr=1e-5)),
    visualizer=dict(kind="directory", outdir="samples", key_order=["image", "predicted_image", "inpainted"],
                    rescale_keys=["discr_output_fake"]),
    location=dict(data_root_dir="data", out_root_dir="experiments", tb_dir="tb_logs"),
    data=dict(
        batch_size=2, num_workers=0,
        train=dict(indir="${location.data_root_dir}/train", out_size=256,
                   mask_gen_kwargs=dict(irregular_proba=1, box_proba=1, segm_proba=0),
                   dataloader_kwargs=dict(batch_size="${data.batch_size}", shuffle=True,
                                          num_workers="${data.num_workers}")),
        visual_test=None,
    ),
    evaluator=dict(kind="default", inpainted_key="inpainted", integral_kind="ssim_fid100_f1"),
    trainer=dict(
        kwargs=dict(gpus=None, max_epochs=2, gradient_clip_val=1, limit_train_batches=1,
                    val_check_interval="${trainer.kwargs.limit_train_batches}", terminate_on_nan=False),
        checkpoint_kwargs=dict(verbose=True, save_top_k=5, save_last=True, period=1,
                               monitor="val_ssim_fid100_f1_total_mean", mode="max"),
    ),
)


# ---- a training module with the module tree of the published one

class FakeResNetPL(nn.Module):
    def __init__(self):
        super().__init__()
        self.impl = nn.Sequential(OrderedDict(conv1=nn.Conv2d(3, 4, 3, padding=1, bias=False), bn1=nn.BatchNorm2d(4)))
        for parameter in self.impl.parameters():
            parameter.requires_grad_(False)

    def forward(self, a, b):
        return nn.functional.mse_loss(self.impl(a), self.impl(b))


class FakeSSIM(nn.Module):
    def __init__(self):
        super().__init__()
        self.score = nn.Module()
        self.score.register_buffer("window", torch.rand(1, 1, 11, 11))


class FakeFID(nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model


class FakeEvaluator(nn.Module):
    def __init__(self, inception):
        super().__init__()
        self.scores = nn.ModuleDict(dict(ssim=FakeSSIM(), fid=FakeFID(inception)))


class TrainingModule(pl.LightningModule):
    def __init__(self, config):
        super().__init__()
        self.save_hyperparameters(config)
        self.config = config
        g, d = config.generator, config.discriminator
        self.generator = ref.Generator(g.ngf, g.n_downsampling, g.n_blocks, g.resnet_conv_kwargs.ratio_gin)
        for module in self.generator.modules():
            if isinstance(module, nn.BatchNorm2d):
                nn.init.uniform_(module.weight, 0.6, 1.4)
                nn.init.normal_(module.bias, 0, 0.2)
        self.discriminator = ref.Discriminator(d.ndf, d.n_layers)
        inception = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4))
        self.val_evaluator = FakeEvaluator(inception)
        self.test_evaluator = FakeEvaluator(inception)  # shares tensors with the first, as in the published module
        self.loss_l1 = nn.L1Loss(reduction="none")
        self.loss_resnet_pl = FakeResNetPL()

    def configure_optimizers(self):
        lr = self.config.optimizers
        return [torch.optim.Adam(self.generator.parameters(), lr=lr.generator.lr),
                torch.optim.Adam(self.discriminator.parameters(), lr=lr.discriminator.lr)]

    def training_step(self, batch, batch_idx, optimizer_idx):
        image, mask = batch[:, :3], batch[:, 3:]
        predicted = self.generator(torch.cat((image * (1 - mask), mask), dim=1))
        if optimizer_idx == 0:
            fake, _ = self.discriminator(predicted)
            return (self.loss_l1(predicted, image).mean() + self.loss_resnet_pl(predicted, image)
                    + nn.functional.softplus(-fake).mean())
        real, _ = self.discriminator(image)
        fake, _ = self.discriminator(predicted.detach())
        return nn.functional.softplus(-real).mean() + nn.functional.softplus(fake).mean()

    def validation_step(self, batch, batch_idx):
        self.log("val_ssim_fid100_f1_total_mean", batch.mean())


def make_checkpoint(photo, out_dir):
    config = OmegaConf.create(CONFIG)
    model_dir = os.path.join(out_dir, "models")
    os.makedirs(model_dir, exist_ok=True)
    OmegaConf.save(config, os.path.join(out_dir, "config.yaml"))

    rng = np.random.RandomState(3)
    crops = []
    for i in range(4):
        y, x = rng.randint(512 - 64, size=2)
        crop, mask = photo[y:y + 64, x:x + 64], pictures.hole_mask(64, 64, i)
        crops.append(np.concatenate((crop.transpose(2, 0, 1) / 255, mask[None] > 0)).astype(np.float32))
    loader = DataLoader(crops, batch_size=2)

    torch.manual_seed(4)
    module = TrainingModule(config)
    with tempfile.TemporaryDirectory() as scratch:
        checkpoints = ModelCheckpoint(dirpath=os.path.join(scratch, "models"), **config.trainer.checkpoint_kwargs)
        trainer = pl.Trainer(callbacks=[checkpoints], logger=False, default_root_dir=scratch, weights_summary=None,
                             progress_bar_refresh_rate=0, num_sanity_val_steps=0,
                             **OmegaConf.to_container(config.trainer.kwargs, resolve=True))
        trainer.fit(module, loader, loader)
        trainer.save_checkpoint(os.path.join(model_dir, "best.ckpt"))

    stored = torch.load(os.path.join(model_dir, "best.ckpt"), map_location="cpu")
    print("lightning", pl.__version__, {k: type(v).__name__ for k, v in stored.items()})
    print("  callbacks", stored["callbacks"])
    print("  state_dict:", len(stored["state_dict"]), "tensors, prefixes",
          sorted({k.split(".")[0] for k in stored["state_dict"]}))
    prefix = "generator."
    tensors = {k[len(prefix):]: v.numpy() for k, v in stored["state_dict"].items()
               if k.startswith(prefix) and not k.endswith("num_batches_tracked")}
    safetensors_io.save(os.path.join(out_dir, "expected.safetensors"), tensors)


# ---- unusual tensors

def make_strided(out_dir):
    torch.manual_seed(6)
    base = torch.randn(24)
    state = OrderedDict()
    state["shared.first"] = base[:12].view(3, 4)
    state["shared.second"] = base[7:22].view(5, 3)  # overlaps the first, starts at 7
    state["transposed"] = torch.randn(4, 6).t()
    state["every_other"] = torch.randn(6, 8)[1::2, ::3]
    state["channels_last"] = torch.randn(2, 3, 4, 5).contiguous(memory_format=torch.channels_last)
    state["expanded"] = torch.randn(1, 3).expand(4, 3)  # stride 0
    state["parameter"] = nn.Parameter(torch.randn(2, 2))
    state["float16"] = torch.tensor([1.0, -0.5, 65504, 6e-8, 1 / 3, -0.0]).half()
    state["bfloat16"] = torch.tensor([1.0, -0.5, 3e38, 1e-40, 1 / 3, -0.0]).bfloat16()
    state["float64"] = torch.tensor([[1 / 3, 1e-30], [-2.5, 1e30]], dtype=torch.float64)
    state["scalar"] = torch.tensor(3.25)
    state["empty"] = torch.empty(0, 3)
    torch.save(state, os.path.join(out_dir, "strided.pt"))
    again = torch.load(os.path.join(out_dir, "strided.pt"))
    assert list(again) == list(state)
    assert all(torch.equal(again[k], v) and again[k].stride() == v.stride() for k, v in state.items())
    tensors = {k: v.detach().float().contiguous().numpy() for k, v in state.items()}
    safetensors_io.save(os.path.join(out_dir, "strided_expected.safetensors"), tensors)


# ---- pickles that would run code when loaded with Python

class Call:
    def __init__(self, function, *arguments):
        self.parts = function, arguments

    def __reduce__(self):
        return self.parts


def save_evil(path, call, replace=None):
    """A torch.save archive with one honest tensor and one call inside its state_dict."""
    weight = torch.arange(6, dtype=torch.float32).view(2, 3)

    class Pickler(pickle.Pickler):
        def persistent_id(self, value):
            if isinstance(value, torch.storage.TypedStorage):
                return ("storage", torch.FloatStorage, "0", "cpu", value.size())

    text = io.BytesIO()
    state = OrderedDict([("generator.model.1.weight", weight), ("generator.model.2.weight", call)])
    Pickler(text, protocol=2).dump({"epoch": 1, "state_dict": state})
    text = text.getvalue()
    if replace:
        assert replace[0] in text
        text = text.replace(*replace)
    archive = torch._C.PyTorchFileWriter(path)
    archive.write_record("data.pkl", text, len(text))
    data = weight.numpy().tobytes()
    archive.write_record("data/0", data, len(data))
    archive.write_end_of_file()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default=pictures.DATA)
    args = parser.parse_args()
    torch.set_num_threads(1)

    photo = pictures.load_rgb(os.path.join(args.data, "photo512.png"))
    make_checkpoint(photo, os.path.join(args.data, "lightning"))
    out_dir = os.path.join(args.data, "torch")
    os.makedirs(out_dir, exist_ok=True)
    make_strided(out_dir)
    save_evil(os.path.join(out_dir, "evil_reduce.pt"), Call(os.system, "touch lama-was-here"))
    # Protocol 2 would write the module's Python 2 name; current files name it builtins.
    save_evil(os.path.join(out_dir, "evil_builtins.pt"), Call(eval, "open('lama-was-here', 'w')"),
              (b"c__builtin__\neval\n", b"cbuiltins\neval\n"))


if __name__ == "__main__":
    main()
