"""Times lama and PyTorch on the same network, picture and threads, in one run, taking turns.

    compare.py [--lama build/release/lama] [--shape big-lama] [--size 512] [--threads 2] [--runs 7]

PyTorch is asked at its best: inference mode, the threads set (its default is one), eager and traced
and frozen (oneDNN's layouts), after two warm-up runs. Each program runs in a process of its own, so
that peak memory is its own; only the network's forward pass is timed, on both sides. On a shared
machine compare the ratios of one run, not seconds of different runs.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
MASK_SHARE = 0.25  # of the picture's area, a square in the middle


def worker(kind, model, size, threads):
    """Runs in its own process: answers each line on stdin with one timing."""
    import resource
    import time

    import torch

    sys.path.insert(0, os.path.join(HERE, "..", "..", "tests", "oracle"))
    import lama_reference
    torch.set_num_threads(threads)
    state = torch.load(os.path.join(model, "models", "best.ckpt"))["state_dict"]
    blocks = len({k.split(".")[2] for k in state if ".conv1.ffc.convl2l" in k})
    net = lama_reference.Generator(ngf=64, n_blocks=blocks).eval()
    net.load_state_dict({k[len("generator."):]: v for k, v in state.items()})
    del state
    x = torch.rand(1, 4, size, size)
    with torch.inference_mode():
        if kind == "frozen":
            net = torch.jit.freeze(torch.jit.trace(net, torch.rand(1, 4, 128, 128)))
        for _ in range(2):
            net(x)
        print("ready", flush=True)
        for _ in sys.stdin:
            start = time.perf_counter()
            net(x)
            seconds = time.perf_counter() - start
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
            print(json.dumps([seconds, peak]), flush=True)


def lama_once(arguments, model, folder):
    run = subprocess.run(
        [arguments.lama, "inpaint", os.path.join(folder, "image.png"), os.path.join(folder, "mask.png"),
         "-o", os.path.join(folder, "out.png"), "--model", model, "--threads", str(arguments.threads),
         "--json", "-q"], stdout=subprocess.PIPE, check=True)
    report = json.loads(run.stdout)
    return report["seconds"]["network"], report["peak_memory_bytes"]


def write_png(path, size, pixel, channels):
    import struct
    import zlib
    rows = b"".join(b"\0" + b"".join(pixel(x, y) for x in range(size)) for y in range(size))

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    header = struct.pack(">IIBBBBB", size, size, 8, {1: 0, 3: 2}[channels], 0, 0, 0)
    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) +
                   chunk(b"IDAT", zlib.compress(rows, 1)) + chunk(b"IEND", b""))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lama", default="build/release/lama")
    parser.add_argument("--shape", default="big-lama", choices=["big-lama", "lama-fourier"])
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    parser.add_argument("--model", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.worker:
        worker(arguments.worker, arguments.model, arguments.size, arguments.threads)
        return

    with tempfile.TemporaryDirectory() as folder:
        model = os.path.join(folder, "model")
        subprocess.run([sys.executable, os.path.join(HERE, "make_model.py"), arguments.shape, model],
                       check=True)
        side = int(arguments.size * MASK_SHARE ** 0.5)
        first = (arguments.size - side) // 2
        inside = range(first, first + side)
        write_png(os.path.join(folder, "image.png"), arguments.size,
                  lambda x, y: bytes((x * 7 % 256, y * 5 % 256, (x + y) % 256)), 3)
        write_png(os.path.join(folder, "mask.png"), arguments.size,
                  lambda x, y: b"\xff" if x in inside and y in inside else b"\0", 1)

        peers = {}
        for kind in ("eager", "frozen"):
            process = subprocess.Popen(
                [sys.executable, __file__, "--worker", kind, "--model", model, "--size",
                 str(arguments.size), "--threads", str(arguments.threads)],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            assert process.stdout.readline() == "ready\n"
            peers[kind] = process

        def peer_once(process):
            process.stdin.write("\n")
            process.stdin.flush()
            return json.loads(process.stdout.readline())

        results = {"lama": []}
        for _ in range(arguments.runs):
            results["lama"].append(lama_once(arguments, model, folder))
            for kind, process in peers.items():
                results.setdefault("PyTorch, " + kind, []).append(peer_once(process))
        for process in peers.values():
            process.stdin.close()
            process.wait()

    import torch
    print(f"{arguments.shape}, {arguments.size} x {arguments.size} pixels, {arguments.threads} threads, "
          f"float32, {arguments.runs} runs in turn, PyTorch {torch.__version__}\n")
    print("| program | median s | min | max | times lama's | peak MB |\n|---|---|---|---|---|---|")
    own = statistics.median(seconds for seconds, _ in results["lama"])
    for name, runs in results.items():
        seconds = [s for s, _ in runs]
        median = statistics.median(seconds)
        print(f"| {name} | {median:.2f} | {min(seconds):.2f} | {max(seconds):.2f} | {median / own:.2f} "
              f"| {max(peak for _, peak in runs) / 1e6:.0f} |")


main()
