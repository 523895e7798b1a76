"""Loads a server with many clients, and reports errors, memory and time in the queue.

    load.py [--lama build/release/lama] [--model FILE] [--clients 16] [--seconds 600] [--files 1024]

Starts `lama serve` on a free port with a tiny model, and with as few open files allowed as systems do. Every client
uploads a picture, asks for two fills of it at once, so that there are more than may wait, follows one by
its events, takes its result and forgets the other by cancelling it; every eighth time it asks as clients
of IOPaint do. 429 is an answer; any other error is a mistake, and so is a result that is no picture.

The resident memory of the server and its workers is read twice a second. Its slope is that of a line through the means of ten equal
parts of the second half, with its standard error: in the first, ended jobs that are kept and the allocator's
pools still grow. Exit code 1: errors, or a slope of more
than three standard errors that is also more than 2 % of the memory in the time that was looked at.
Python's standard library suffices.
"""
import argparse
import base64
import http.client
import json
import os
import random
import resource
import struct
import sys
import threading
import time
import zlib

import serving

HERE = os.path.dirname(os.path.abspath(__file__))
EXAMPLES = os.path.join(HERE, "..", "..", "examples")


def png(width, height, channels, sample):
    """A PNG of 8 bits; sample(x, y) gives a pixel's bytes."""
    rows = b"".join(b"\0" + b"".join(sample(x, y) for x in range(width)) for y in range(height))

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    header = struct.pack(">IIBBBBB", width, height, 8, {1: 0, 3: 2}[channels], 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def pictures():
    """Pairs of a picture and its mask: small ones of many sizes, and a photo."""
    chance = random.Random(1)
    pairs = []
    for width, height in [(64, 64), (97, 131), (200, 120), (256, 256), (300, 40), (17, 333)]:
        picture = png(width, height, 3, lambda x, y: bytes((x & 255, y & 255, chance.randrange(256))))
        mask = png(width, height, 1, lambda x, y: bytes((255 * (x > width // 2 and y > height // 3),)))
        pairs.append((picture, mask))
    with open(os.path.join(EXAMPLES, "bridge.jpg"), "rb") as photo:
        with open(os.path.join(EXAMPLES, "bridge_mask.png"), "rb") as mask:
            pairs.append((photo.read(), mask.read()))
    return pairs


def form(parts):
    boundary = "limit-of-parts"
    body = b""
    for name, data in parts:
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="{name}"\r\n\r\n'
        body += head.encode() + data + b"\r\n"
    return body + f"--{boundary}--\r\n".encode(), {"Content-Type": f"multipart/form-data; boundary={boundary}"}


class Counts:
    """The results of all clients."""

    def __init__(self):
        self.lock = threading.Lock()
        self.filled, self.refused, self.cancelled, self.errors, self.queue_seconds = 0, 0, 0, [], []

    def add(self, name, number=1):
        with self.lock:
            setattr(self, name, getattr(self, name) + number)

    def error(self, text):
        with self.lock:
            self.errors.append(text)


class Client(threading.Thread):
    def __init__(self, port, pairs, seed, end, counts):
        super().__init__()
        self.port, self.pairs, self.end, self.counts = port, pairs, end, counts
        self.chance = random.Random(seed)

    def ask(self, *request):
        return serving.ask(self.port, *request)

    def expect(self, wanted, answer, what):
        if answer[0] == wanted:
            return True
        if answer[0] == 429:
            self.counts.add("refused")
        else:
            self.counts.error(f"{what}: {answer[0]} {answer[1][:200]!r}")
        return False

    def run(self):
        turn = 0
        while time.monotonic() < self.end:
            turn += 1
            try:
                picture, mask = self.chance.choice(self.pairs)
                filled = self.as_iopaint(picture, mask) if turn % 8 == 0 else self.fill(picture, mask)
                if not filled:
                    time.sleep(self.chance.uniform(0.2, 1))
            except (OSError, http.client.HTTPException, ValueError, KeyError) as problem:
                self.counts.error(f"{type(problem).__name__}: {problem}")

    def as_iopaint(self, picture, mask):
        body = json.dumps({"image": base64.b64encode(picture).decode(), "mask": base64.b64encode(mask).decode()})
        answer = self.ask("POST", "/api/v1/inpaint", body, {"Content-Type": "application/json"})
        return self.expect(200, answer, "inpaint") and self.accept(answer[1], picture)

    def accept(self, result, picture):
        if result[:4] != picture[:4]:
            self.counts.error(f"a result of {len(result)} bytes is no picture")
        self.counts.add("filled")
        return True

    def fill(self, picture, mask):
        answer = self.ask("POST", "/api/v1/images", picture)
        if not self.expect(201, answer, "upload"):
            return False
        image = json.loads(answer[1])["id"]
        request = json.dumps({"image": image, "dilate": self.chance.randrange(10)}).encode()
        jobs = []
        for _ in range(2):
            answer = self.ask("POST", "/api/v1/jobs", *form([("request", request), ("mask", mask)]))
            if self.expect(202, answer, "job"):
                jobs.append((json.loads(answer[1])["id"], time.monotonic()))
        if len(jobs) == 2:
            self.expect(204, self.ask("DELETE", f"/api/v1/jobs/{jobs[1][0]}"), "cancel")
            self.counts.add("cancelled")
        if jobs:
            self.finish(jobs[0][0], jobs[0][1], picture)
        self.expect(204, self.ask("DELETE", f"/api/v1/images/{image}"), "delete")
        return bool(jobs)

    def finish(self, job, asked, picture):
        """Follows the events of a job, and takes its result."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=300)
        connection.request("GET", f"/api/v1/jobs/{job}/events")
        state = {"state": "queued"}
        waited = None
        for line in connection.getresponse():
            if not line.startswith(b"data: "):
                continue
            state = json.loads(line[6:])
            if state["state"] != "queued" and waited is None:
                waited = time.monotonic() - asked
                with self.counts.lock:
                    self.counts.queue_seconds.append(waited)
        connection.close()
        if state["state"] != "done":
            self.counts.error(f"job: {state}")
            return
        answer = self.ask("GET", f"/api/v1/jobs/{job}/result")
        if self.expect(200, answer, "result"):
            self.accept(answer[1], picture)
        self.expect(204, self.ask("DELETE", f"/api/v1/images/{state['result']['image']}"), "delete")


def resident(process):
    """Bytes that a process and its children hold."""
    total, waiting = 0, [process]
    while waiting:
        current = waiting.pop()
        try:
            with open(f"/proc/{current}/statm") as file:
                total += int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")
            for task in os.listdir(f"/proc/{current}/task"):
                with open(f"/proc/{current}/task/{task}/children") as file:
                    waiting += file.read().split()
        except FileNotFoundError:
            continue
    return total


def slope(samples):
    """Of (time, value) pairs: the change a second, its standard error, the mean value, and the parts' means."""
    parts = 10
    begin, end = samples[0][0], samples[-1][0]
    means = []
    for part in range(parts):
        low, high = (begin + (end - begin) * (part + k) / parts for k in (0, 1))
        inside = [value for at, value in samples if low <= at <= high]
        means.append(((low + high) / 2, sum(inside) / len(inside)))
    x0, y0 = (sum(mean[k] for mean in means) / parts for k in (0, 1))
    spread = sum((x - x0) ** 2 for x, _ in means)
    gradient = sum((x - x0) * (y - y0) for x, y in means) / spread
    residual = sum((y - y0 - gradient * (x - x0)) ** 2 for x, y in means) / (parts - 2)
    return gradient, (residual / spread) ** 0.5, y0, [mean for _, mean in means]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lama", default="build/release/lama")
    parser.add_argument("--model", default="tests/data/networks/shallow.safetensors")
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--files", type=int, default=1024)
    arguments = parser.parse_args()

    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    server = serving.Server(arguments.lama, "--model", arguments.model, preexec_fn=lambda: resource.setrlimit(
        resource.RLIMIT_NOFILE, (arguments.files, hard)))
    counts = Counts()
    pairs = pictures()
    start = time.monotonic()
    clients = [Client(server.port, pairs, seed, start + arguments.seconds, counts) for seed in range(arguments.clients)]
    for client in clients:
        client.start()
    samples = []
    while time.monotonic() < start + arguments.seconds:
        samples.append((time.monotonic() - start, resident(server.process.pid)))
        time.sleep(0.5)
    for client in clients:
        client.join()
    seconds = time.monotonic() - start
    open_files = len(os.listdir(f"/proc/{server.process.pid}/fd"))
    code = server.stop()

    gradient, error, mean, parts = slope([sample for sample in samples if sample[0] > arguments.seconds / 2])
    change = gradient * arguments.seconds / 2
    queue = sorted(counts.queue_seconds) or [0.0]
    print(f"{arguments.clients} clients, {seconds:.0f} s, model {os.path.basename(arguments.model)}, "
          f"load average {os.getloadavg()[1]:.1f}")
    print(f"fills {counts.filled}, refused with 429 {counts.refused}, cancelled {counts.cancelled}, "
          f"errors {len(counts.errors)}, exit code {code}, open files at the end {open_files}")
    print("queue time in s: " + ", ".join(
        f"p{100 * share:g} {queue[min(len(queue) - 1, int(share * len(queue)))]:.2f}" for share in (0.5, 0.9, 0.99)))
    print(f"resident memory {mean / 1e6:.1f} MB, slope {gradient * 60 / 1e3:+.1f} kB a minute, standard error "
          f"{error * 60 / 1e3:.1f}: {change / mean * 100:+.2f} % in {arguments.seconds / 2:.0f} s")
    print("its ten parts in MB: " + " ".join(f"{part / 1e6:.1f}" for part in parts))
    for text in counts.errors[:10]:
        print("error:", text)
    leaks = abs(gradient) > 3 * error and change > 0.02 * mean
    sys.exit(1 if counts.errors or code != 0 or leaks else 0)


if __name__ == "__main__":
    main()
