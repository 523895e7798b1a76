"""Continues one of our checkpoints in PyTorch, for one step of every optimizer, and saves it as Lightning does.

    go_on_in_pytorch.py IN.ckpt OUT.ckpt

The networks are those of tests/training/checkpoint_test.cpp; every gradient is 0.5. Exits with 77 (skipped) where PyTorch
is not installed.
"""
import sys

try:
    import torch
    from torch import nn
except ImportError:
    print("PyTorch is not installed: skipped")
    sys.exit(77)

checkpoint = torch.load(sys.argv[1], map_location="cpu")
module = nn.ModuleDict(dict(
    generator=nn.Sequential(nn.Linear(4, 5), nn.BatchNorm1d(5), nn.Linear(5, 4)),
    discriminator=nn.Sequential(nn.Linear(4, 3), nn.Linear(3, 1))))
module.load_state_dict(checkpoint["state_dict"])  # strict: all keys, no other
optimizers = [torch.optim.Adam(module["generator"].parameters()), torch.optim.AdamW(module["discriminator"].parameters())]
for optimizer, state in zip(optimizers, checkpoint["optimizer_states"]):
    optimizer.load_state_dict(state)
for parameter in module.parameters():
    parameter.grad = torch.full_like(parameter, 0.5)
for optimizer in optimizers:
    optimizer.step()
assert checkpoint["callbacks"] == {} and checkpoint["lr_schedulers"] == []
assert checkpoint["pytorch-lightning_version"] == "1.2.9"
torch.save(dict(epoch=checkpoint["epoch"], global_step=checkpoint["global_step"] + 1, state_dict=module.state_dict(),
                optimizer_states=[optimizer.state_dict() for optimizer in optimizers]), sys.argv[2])
