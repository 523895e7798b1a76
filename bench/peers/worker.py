"""One program of the comparison, in a process of its own, so that peak memory is its own:

    worker.py KIND NETWORK MODEL_FOLDER HEIGHT WIDTH THREADS OUTPUT

Runs the network once, writes what came out to OUTPUT (float32, N C H W) and says "ready"; then answers
each line on stdin with the seconds, CPU seconds and peak memory of one more run, as JSON. Only the
forward pass is timed.
"""
import json
import os
import resource
import sys
import time

KIND, NETWORK, MODEL, HEIGHT, WIDTH, THREADS, OUTPUT = sys.argv[1:]
HEIGHT, WIDTH, THREADS = int(HEIGHT), int(WIDTH), int(THREADS)
os.environ["OMP_NUM_THREADS"] = str(THREADS)  # PyTorch's default is sometimes lower

import torch  # noqa: E402

import networks  # noqa: E402


def exact_dft(net):
    """Makes the Fourier units plain matrix products, so that every format supports them: ONNX has a DFT
    operator, but ONNX Runtime is 1.6 times slower with it."""
    import lama_reference

    def matrix(n, rows, columns, sign):
        angle = torch.outer(torch.arange(rows).double(), torch.arange(columns).double()) * (2 * torch.pi / n)
        return torch.cos(angle).float(), (sign * torch.sin(angle)).float()

    def forward(self, x):
        b, c, h, w = x.shape
        bins = w // 2 + 1
        scale = 1 / (h * w) ** 0.5
        across, across_i = matrix(w, w, bins, -1)
        down, down_i = matrix(h, h, h, -1)
        re, im = torch.matmul(x, across * scale), torch.matmul(x, across_i * scale)
        re, im = torch.matmul(down, re) - torch.matmul(down_i, im), torch.matmul(down, im) + torch.matmul(down_i, re)
        f = torch.stack((re, im), dim=2).reshape(b, 2 * c, h, bins)
        f = torch.relu(self.bn(self.conv_layer(f))).reshape(b, c, 2, h, bins)
        re, im = f[:, :, 0], f[:, :, 1]
        re, im = torch.matmul(down, re) + torch.matmul(down_i, im), torch.matmul(down, im) - torch.matmul(down_i, re)
        # The real inverse counts the bins between the edges twice and ignores the edges' imaginary parts.
        weight = torch.full((bins, 1), 2.0)
        weight[0] = 1
        if w % 2 == 0:
            weight[-1] = 1
        back, back_i = matrix(w, bins, w, -1)
        return torch.matmul(re, back * weight * scale) + torch.matmul(im, back_i * weight * scale)

    lama_reference.FourierUnit.forward = forward


def onnx_file(x):
    path = os.path.join(MODEL, f"{HEIGHT}x{WIDTH}.onnx")
    if not os.path.exists(path):
        exact_dft(None)
        torch.onnx.export(networks.read(NETWORK, MODEL), x, path, input_names=["x"], output_names=["y"],
                          opset_version=17, dynamo=False)
    return path


def make(x):
    """The function to call, and the conversion of its result to an array."""
    if KIND == "onnxruntime":
        import onnxruntime
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = THREADS
        session = onnxruntime.InferenceSession(onnx_file(x), options, providers=["CPUExecutionProvider"])
        feed = {"x": x.numpy()}
        return lambda: session.run(None, feed)[0]
    if KIND.startswith("openvino"):
        import openvino
        core = openvino.Core()
        # Its default is bfloat16, if the processor has it.
        precision = "bf16" if KIND.endswith("bf16") else "f32"
        compiled = core.compile_model(core.read_model(onnx_file(x)), "CPU", {
            "INFERENCE_NUM_THREADS": THREADS, "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_PRECISION_HINT": precision})
        request, data = compiled.create_infer_request(), x.numpy()
        def run():
            request.infer([data])
            return request.get_output_tensor().data
        return run
    torch.set_num_threads(THREADS)
    net = networks.read(NETWORK, MODEL)
    if KIND == "channels_last":
        net, x = net.to(memory_format=torch.channels_last), x.to(memory_format=torch.channels_last)
    elif KIND == "frozen":
        net = torch.jit.optimize_for_inference(torch.jit.freeze(torch.jit.trace(net, x)))
    elif KIND == "compiled":
        net = torch.compile(net)
    return lambda: net(x).numpy()


def main():
    torch.manual_seed(2)
    x = torch.rand(1, 4, HEIGHT, WIDTH)
    with torch.inference_mode(KIND not in ("onnxruntime", "compiled")), torch.no_grad():
        run = make(x)
        with open(OUTPUT, "wb") as file:
            file.write(run().tobytes())
        run()
        print("ready", flush=True)
        for _ in sys.stdin:
            start, cpu = time.perf_counter(), time.process_time()
            run()
            seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
            print(json.dumps([seconds, cpu, peak]), flush=True)


main()
