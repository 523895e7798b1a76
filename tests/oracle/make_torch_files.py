"""Makes PyTorch files of every common kind, all with the generator of tests/data/lightning.

    tests/data/torch/traced.pt          TorchScript as bin/to_jit.py and IOPaint's big-lama.pt have it: a module
                                        that takes image and mask, traced
    tests/data/torch/frozen.pt          the same after torch.jit.freeze, which loses the names
    tests/data/torch/state_dict.pth     torch.save of a state dict
    tests/data/torch/parallel.pth       the same of torch.nn.DataParallel
    tests/data/torch/legacy.pth         a Lightning-like dictionary in the format before PyTorch 1.6
    tests/data/torch/module.pt          torch.save of the module itself
    tests/data/torch/module_legacy.pt   the same in the format before 1.6
"""
import argparse
import os
import warnings

import torch

import lama_reference as ref
import pictures
import safetensors_io


class TrainingModule(torch.nn.Module):
    def __init__(self, generator):
        super().__init__()
        self.generator = generator

    def forward(self, batch):
        image, mask = batch["image"], batch["mask"]
        predicted = self.generator(torch.cat((image * (1 - mask), mask), dim=1))
        return dict(batch, inpainted=mask * predicted + (1 - mask) * image)


class JitWrapper(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, image, mask):
        return self.model(dict(image=image, mask=mask))["inpainted"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default=pictures.DATA)
    args = parser.parse_args()
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")

    tensors, _ = safetensors_io.load(os.path.join(args.data, "lightning", "expected.safetensors"))
    generator = ref.Generator(ngf=4, n_downsampling=2, n_blocks=2, ratio=0.75)
    missing, unexpected = generator.load_state_dict({k: torch.from_numpy(v) for k, v in tensors.items()}, strict=False)
    assert not unexpected and all(k.endswith("num_batches_tracked") for k in missing)
    generator.eval()

    def path(name):
        return os.path.join(args.data, "torch", name)

    whole = TrainingModule(generator)
    traced = torch.jit.trace(JitWrapper(whole).eval(), (torch.rand(1, 3, 120, 120), torch.rand(1, 1, 120, 120)),
                             strict=False)
    traced.save(path("traced.pt"))
    torch.jit.freeze(traced).save(path("frozen.pt"))
    torch.save(generator.state_dict(), path("state_dict.pth"))
    torch.save(torch.nn.DataParallel(generator).state_dict(), path("parallel.pth"))
    old = dict(_use_new_zipfile_serialization=False)
    torch.save({"epoch": 3, "state_dict": whole.state_dict(), "optimizer_states": []}, path("legacy.pth"), **old)
    torch.save(generator, path("module.pt"))
    torch.save(generator, path("module_legacy.pt"), **old)


if __name__ == "__main__":
    main()
