#!/usr/bin/python3
"""Times the same training in lama and in Python with Debian's PyTorch, in one run, taking turns.

    compare_training.py FOLDER [--lama build/release/lama] [--ngf 32] [--blocks 6] [--side 128] [--batch 4]
                        [--steps 30] [--rounds 3] [--threads 2]

FOLDER has photographs. Both train the generator and the discriminator of tests/oracle/lama_reference.py as published
(L1, adversarial loss with R1, feature matching; two passes of the generator, clipping, Adam), on LibTorch of the same
version, and read, crop, mirror and mask pictures in other threads or processes while they compute. lama's augmentation
does more (it changes contrast and colour too) and its masks are the published ones; here they are rectangles. Images a
second are those of all steps but the first. Python runs twice: as it is started by default, and with threads that
sleep while they wait, as lama starts itself.
"""
import argparse
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))


def lama(arguments):
    with tempfile.TemporaryDirectory() as folder:
        os.mkdir(os.path.join(folder, "data"))
        os.symlink(os.path.abspath(arguments.folder), os.path.join(folder, "data", "train"))
        run = subprocess.run(
            [arguments.lama, "train", "tiny", f"location.data_root_dir={folder}/data", f"location.tb_dir={folder}/tb",
             f"hydra.run.dir={folder}/run", "data.val=null", "losses.l1.weight_missing=10", f"generator.ngf={arguments.ngf}",
             f"generator.n_blocks={arguments.blocks}", "discriminator.ndf=64", "discriminator.n_layers=4", "data.num_workers=1",
             f"data.train.out_size={arguments.side}", f"data.batch_size={arguments.batch}", "visualizer.kind=noop",
             f"trainer.kwargs.max_steps={arguments.steps}", f"trainer.kwargs.limit_train_batches={arguments.steps}",
             "--device", "cpu", "--threads", str(arguments.threads)],
            stderr=subprocess.PIPE, text=True, check=True)
    return float(re.search(r"([0-9.]+) images/s", run.stderr.splitlines()[-1])[1])


def python(arguments, environment):
    command = [sys.executable, __file__, arguments.folder, "--worker"]
    for name in ("ngf", "blocks", "side", "batch", "steps", "threads"):
        command += [f"--{name}", str(getattr(arguments, name))]
    run = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env={**os.environ, **environment})
    return float(run.stdout)


def work(arguments):
    import random

    import numpy as np
    import PIL.Image
    import torch
    import torch.nn.functional as F
    sys.path.insert(0, os.path.join(HERE, "..", "..", "tests", "oracle"))
    import lama_reference

    torch.set_num_threads(arguments.threads)
    side = arguments.side
    files = sorted(os.path.join(folder, name) for folder, _, names in os.walk(arguments.folder, followlinks=True)
                   for name in names if name.endswith(".jpg"))

    class Pictures(torch.utils.data.IterableDataset):
        def __iter__(self):
            while True:
                picture = np.asarray(PIL.Image.open(random.choice(files)).convert("RGB"))
                y, x = random.randint(0, picture.shape[0] - side), random.randint(0, picture.shape[1] - side)
                picture = picture[y:y + side, x:x + side]
                if random.random() < 0.5:
                    picture = picture[:, ::-1]
                mask = np.zeros((1, side, side), np.float32)
                for _ in range(3):
                    h, w = random.randint(side // 8, side // 2), random.randint(side // 8, side // 2)
                    y, x = random.randint(0, side - h), random.randint(0, side - w)
                    mask[:, y:y + h, x:x + w] = 1
                yield picture.transpose(2, 0, 1).astype(np.float32) / 255, mask

    generator = lama_reference.Generator(ngf=arguments.ngf, n_blocks=arguments.blocks)
    discriminator = lama_reference.Discriminator(ndf=64, n_layers=4)
    optimizers = [torch.optim.Adam(generator.parameters(), lr=1e-3), torch.optim.Adam(discriminator.parameters(), lr=1e-4)]

    def freeze(network, frozen):
        for parameter in network.parameters():
            parameter.requires_grad = not frozen

    def inpaint(image, mask):
        return generator(torch.cat([image * (1 - mask), mask], 1))

    def step(image, mask):
        freeze(generator, False)
        freeze(discriminator, True)
        predicted = inpaint(image, mask)
        loss = 10 * (predicted - image).abs().mean()
        _, real_features = discriminator(image)
        logits, features = discriminator(predicted)
        loss = loss + 10 * F.softplus(-logits).mean()
        loss = loss + 100 * torch.stack([F.mse_loss(a, b) for a, b in zip(features, real_features)]).mean()
        optimizers[0].zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(generator.parameters(), 1)
        optimizers[0].step()

        freeze(generator, True)
        freeze(discriminator, False)
        predicted = inpaint(image, mask).detach()
        image.requires_grad = True
        real, _ = discriminator(image)
        fake, _ = discriminator(predicted)
        gradient, = torch.autograd.grad(real.sum(), image, create_graph=True)
        penalty = 0.001 * gradient.square().sum((1, 2, 3)).mean()
        missing = F.interpolate(mask, fake.shape[2:])
        fake_loss = missing * F.softplus(fake) + (1 - missing) * F.softplus(-fake)
        optimizers[1].zero_grad()
        (F.softplus(-real) + penalty + fake_loss).mean().backward()
        torch.nn.utils.clip_grad_norm_(discriminator.parameters(), 1)
        optimizers[1].step()
        return float(loss)

    batches = iter(torch.utils.data.DataLoader(Pictures(), batch_size=arguments.batch, num_workers=1))
    for i in range(arguments.steps):
        step(*next(batches))
        if i == 0:
            start = time.monotonic()
    print((arguments.steps - 1) * arguments.batch / (time.monotonic() - start))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--lama", default=os.path.join(HERE, "..", "..", "build", "release", "lama"))
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    for name, default in dict(ngf=32, blocks=6, side=128, batch=4, steps=30, rounds=3, threads=2).items():
        parser.add_argument("--" + name, type=int, default=default)
    arguments = parser.parse_args()
    if arguments.worker:
        return work(arguments)
    sleeping = {"OMP_WAIT_POLICY": "passive", "OPENBLAS_THREAD_TIMEOUT": "4"}
    programs = {"lama": lambda: lama(arguments), "Python": lambda: python(arguments, {}),
                "Python, threads that sleep": lambda: python(arguments, sleeping)}
    rates, seconds = {name: [] for name in programs}, {name: [] for name in programs}

    def processor_time():
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return usage.ru_utime + usage.ru_stime
    for _ in range(arguments.rounds):
        for name, run in programs.items():
            before = processor_time()
            rates[name].append(run())
            seconds[name].append((processor_time() - before) / (arguments.steps * arguments.batch))
    print(f"{'median of ' + str(arguments.rounds):<28} images/s   CPU s/image, with the start   images/s of each round")
    for name, values in rates.items():
        print(f"{name:<28} {statistics.median(values):8.3f}   {statistics.median(seconds[name]):8.3f}"
              f"                      {' '.join(f'{v:.3f}' for v in values)}")
    for name in list(programs)[1:]:
        ratios = [a / b for a, b in zip(rates["lama"], rates[name])]
        print(f"lama over {name}: {statistics.median(ratios):.3f} (rounds: {' '.join(f'{r:.3f}' for r in ratios)})")


main()
