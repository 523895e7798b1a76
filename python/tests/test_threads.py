"""Progress, cancelling, signals, and one model in several threads."""

import os
import signal
import subprocess
import sys
import threading

import numpy as np
import pytest
from conftest import mask_with_hole, picture

import lama

IMAGE = picture(384, 384, 3, np.uint8)
MASK = mask_with_hole(384, 384)


def test_progress_rises_to_the_whole(model):
    shares = []
    model.inpaint(IMAGE, MASK, progress=shares.append)
    assert len(shares) > 5
    assert shares == sorted(shares)
    assert 0 < shares[0] < shares[-1] <= 1


def test_false_cancels(model):
    shares = []

    def stop(done):
        shares.append(done)
        return len(shares) < 3

    with pytest.raises(lama.Cancelled):
        model.inpaint(IMAGE, MASK, progress=stop)
    assert len(shares) == 3
    model.inpaint(IMAGE, MASK)


def test_what_progress_raises_passes_through(model):
    def fail(done):
        raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        model.inpaint(IMAGE, MASK, progress=fail)
    model.inpaint(IMAGE, MASK)


def test_progress_cannot_use_its_model(model):
    with pytest.raises(RuntimeError, match="progress callback"):
        model.inpaint(IMAGE, MASK, progress=lambda done: model.inpaint(IMAGE, MASK))


class Alarm(Exception):
    pass


def raise_alarm(number, frame):
    raise Alarm


@pytest.fixture
def alarm():
    before = signal.signal(signal.SIGALRM, raise_alarm)
    yield lambda seconds: signal.setitimer(signal.ITIMER_REAL, seconds)
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


def test_a_signal_ends_the_work(model, alarm):
    large, mask = np.tile(IMAGE, (4, 4, 1)), np.tile(MASK, (4, 4))
    whole, shares = [], []  # append is no Python function: during it no signal is handled
    model.inpaint(large, mask, strategy="full", progress=whole.append)
    with pytest.raises(Alarm):
        alarm(0.01)
        model.inpaint(large, mask, strategy="full", progress=shares.append)
    assert len(shares) < len(whole)


def test_a_signal_ends_waiting(model, alarm):
    at_work, go_on = threading.Event(), threading.Event()

    def hold(done):
        at_work.set()
        assert go_on.wait(60)

    worker = threading.Thread(target=model.inpaint, args=(IMAGE, MASK), kwargs={"progress": hold})
    worker.start()
    assert at_work.wait(60)
    with pytest.raises(Alarm):
        alarm(0.01)
        model.inpaint(IMAGE, MASK)
    go_on.set()
    worker.join()


def test_other_threads_run_meanwhile(model):
    between = False
    for _ in range(100):  # the system may give this thread no time during one fill
        shares, seen = [], set()
        worker = threading.Thread(target=model.inpaint, args=(IMAGE, MASK), kwargs={"progress": shares.append})
        worker.start()
        while worker.is_alive():
            seen.add(len(shares))
            worker.join(0.001)
        between = any(0 < count < len(shares) for count in seen)
        if between:
            break
    assert between


def test_threads_share_a_model(model):
    masks = [np.roll(MASK, 40 * i, axis=0) for i in range(4)]
    expected = [model.inpaint(IMAGE, mask) for mask in masks]
    results = [None] * 4

    def fill(i):
        results[i] = model.inpaint(IMAGE, masks[i])

    workers = [threading.Thread(target=fill, args=(i,)) for i in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert all(np.array_equal(a, b) for a, b in zip(results, expected))


def test_the_number_of_threads_changes_no_bit(model):
    assert np.array_equal(lama.Model("embedded", threads=1).inpaint(IMAGE, MASK), model.inpaint(IMAGE, MASK))


def test_a_child_process_is_refused(model):
    child = os.fork()
    if child == 0:
        signal.alarm(60)
        try:
            model.inpaint(IMAGE, MASK)
        except RuntimeError as error:
            os._exit(0 if "fork()" in str(error) else 1)
        finally:
            os._exit(2)
    assert os.waitpid(child, 0)[1] == 0


FORK = """
import lama, os, signal, sys
model = lama.Model("embedded", threads=2)
child = os.fork()
if child == 0:
    signal.alarm(60)
    sys.exit(3)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 3
"""


def test_a_child_process_ends():
    subprocess.run([sys.executable, "-c", FORK], check=True)


DAEMON = """
import lama, numpy, threading
model = lama.Model("embedded", threads=2)
image, mask = numpy.zeros((900, 900, 3), numpy.uint8), numpy.zeros((900, 900), numpy.uint8)
mask[100:104, 100:800] = 255
at_work = threading.Event()

def fill_for_ever():
    while True:
        model.inpaint(image, mask, strategy="full", progress=lambda done: at_work.set())

for _ in range(2):  # one fills, one waits for it
    threading.Thread(target=fill_for_ever, daemon=True).start()
at_work.wait()
"""


def test_daemon_threads_let_python_end():
    ran = subprocess.run([sys.executable, "-c", DAEMON], capture_output=True, text=True, timeout=300)
    assert (ran.returncode, ran.stderr) == (0, "")


AT_EXIT = """
import atexit

def fill():
    image, mask = numpy.zeros((64, 64, 3), numpy.uint8), numpy.zeros((64, 64), numpy.uint8)
    mask[20:24, 20:40] = 255
    print(model.inpaint(image, mask).shape)

atexit.register(fill)  # the functions registered last run first
import lama, numpy
model = lama.Model("embedded", threads=2)
"""


def test_the_thread_that_ends_python_may_fill():
    ran = subprocess.run([sys.executable, "-c", AT_EXIT], capture_output=True, text=True, timeout=300)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "(64, 64, 3)\n", "")
