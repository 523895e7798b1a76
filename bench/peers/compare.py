"""Times lama and other programs on the same network, size and threads, in one run, taking turns.

    compare.py [--lama build/release/lama] [--peers build/peers] [--networks big-lama ...]
               [--sizes 512 1920x1080 ...] [--threads 2 ...] [--runs 7] [--only NAME ...]

Prints a table for each network, size and number of threads. lama runs with a hole of 25 % of the
picture and with all of it wanted, in bfloat16 too where the processor has it; the others compute everything always. Each program runs in a process of
its own; only forward passes are timed, after two that are not. All programs' answers to the same input
are compared with the first peer's, so that a fast wrong one would show.

Debian's PyTorch is always there; others if bench/peers/install was run. On a shared machine compare the
ratios, and the CPU seconds rather than the seconds.
"""
import argparse
import array
import json
import os
import statistics
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
# Name, whether in the virtual environment, kind (see worker.py).
PEERS = [("PyTorch of Debian, eager", False, "eager"), ("PyTorch of Debian, frozen", False, "frozen"),
         ("PyTorch, eager", True, "eager"), ("PyTorch, frozen", True, "frozen"),
         ("PyTorch, channels last", True, "channels_last"), ("PyTorch, compiled", True, "compiled"),
         ("ONNX Runtime", True, "onnxruntime"), ("OpenVINO", True, "openvino"),
         ("OpenVINO, bf16", True, "openvino_bf16")]


def lama(arguments, model, width, height, threads, hole, precision="f32"):
    def once():
        run = subprocess.run(
            [arguments.lama, "bench", "--model", model, "--width", str(width), "--height", str(height),
             "--hole", str(hole), "--threads", str(threads), "--runs", "1",
             "--precision", precision, "--json"],
            stdout=subprocess.PIPE, check=True)
        report = json.loads(run.stdout)
        return report["seconds"]["median"], report["cpu_seconds"], report["peak_memory_bytes"]
    return once


def has_bf16():
    with open("/proc/cpuinfo") as file:
        return "avx512_bf16" in file.read()


class Peer:
    def __init__(self, python, kind, network, model, width, height, threads, output):
        self.process = subprocess.Popen(
            [python, os.path.join(HERE, "worker.py"), kind, network, model, str(height), str(width),
             str(threads), output], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True)
        line = self.process.stdout.readline()
        while line and line != "ready\n":
            line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(self.process.stderr.read().strip().splitlines()[-1:])
        self.answer = array.array("f")
        with open(output, "rb") as file:
            self.answer.frombytes(file.read())

    def __call__(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def end(self):
        self.process.stdin.close()
        self.process.wait()


def compare(arguments, folder, network, width, height, threads):
    model = os.path.join(folder, network)
    if not os.path.exists(model):
        subprocess.run(["/usr/bin/python3", os.path.join(HERE, "networks.py"), network, model], check=True)
    # Networks accept multiples of 8.
    width, height = (width + 7) // 8 * 8, (height + 7) // 8 * 8
    programs = {"lama, hole of 25 %": lama(arguments, model, width, height, threads, 25),
                "lama, everything": lama(arguments, model, width, height, threads, 100)}
    if has_bf16():
        for name, hole in (("lama, bf16, hole of 25 %", 25), ("lama, bf16, everything", 100)):
            programs[name] = lama(arguments, model, width, height, threads, hole, "bf16")
    answers, failed = {}, {}
    for name, in_environment, kind in PEERS:
        python = os.path.join(arguments.peers, "bin", "python3") if in_environment else "/usr/bin/python3"
        if not os.path.exists(python) or (arguments.only and name not in arguments.only):
            continue
        try:
            programs[name] = Peer(python, kind, network, model, width, height, threads,
                                  os.path.join(folder, "answer"))
            answers[name] = programs[name].answer
        except RuntimeError as error:
            failed[name] = error
    results = {name: [] for name in programs}
    for _ in range(arguments.runs):
        for name, once in programs.items():
            results[name].append(once())
    for program in programs.values():
        if isinstance(program, Peer):
            program.end()

    print(f"\n### {network}, {width} x {height} pixels, {threads} thread{'s' if threads > 1 else ''}, "
          f"{arguments.runs} runs in turn\n")
    print("| program | median s | min | max | CPU s | times lama's (hole) | CPU s, times lama's | "
          "peak MB | from the first |\n|---|---|---|---|---|---|---|---|---|")
    own = results["lama, hole of 25 %"]
    first = next(iter(answers.values()), None)
    for name, runs in results.items():
        seconds, cpu, peak = ([run[i] for run in runs] for i in range(3))
        difference = (f"{max(abs(a - b) for a, b in zip(answers[name], first)):.0e}"
                      if name in answers else "")
        print(f"| {name} | {statistics.median(seconds):.2f} | {min(seconds):.2f} | {max(seconds):.2f} "
              f"| {statistics.median(cpu):.2f} "
              f"| {statistics.median(a / b[0] for a, b in zip(seconds, own)):.2f} "
              f"| {statistics.median(a / b[1] for a, b in zip(cpu, own)):.2f} "
              f"| {max(peak) / 1e6:.0f} | {difference} |", flush=True)
    for name, error in failed.items():
        print(f"\n{name} did not run: {error}")


def size(text):
    width, _, height = text.partition("x")
    return int(width), int(height or width)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lama", default="build/release/lama")
    parser.add_argument("--peers", default="build/peers")
    parser.add_argument("--networks", nargs="+", default=["big-lama"],
                        choices=["big-lama", "lama-fourier", "lama-regular"])
    parser.add_argument("--sizes", nargs="+", type=size, default=[(512, 512)])
    parser.add_argument("--threads", nargs="+", type=int, default=[2])
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--only", nargs="+", help="measure only these peers")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for network in arguments.networks:
            for width, height in arguments.sizes:
                for threads in arguments.threads:
                    compare(arguments, folder, network, width, height, threads)


main()
