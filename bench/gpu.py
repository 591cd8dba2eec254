#!/usr/bin/env python3
"""Times Mask2Former for Java against Hugging Face Transformers, eager and compiled, on one GPU, with the same weights.

    python bench/gpu.py [--sizes 640,1024] [--batches 1,16] [--precisions bf16,fp32] [--compile bf16:1024:16,bf16:640:1]

Forward passes alone: pixels are on the GPU before, predictions stay there. Float32 is float32 in both, without TF32. Weights are
random. What is to be compared compiled is compiled first, which takes a minute or more each; then all are timed in turn.
M2F=PROGRAM names another program than ./mask2former.
"""
import argparse
import json
import os
import pathlib
import signal
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from side_by_side import ROOT, random_model  # noqa: E402

PROGRAM = os.environ.get("M2F", str(ROOT / "mask2former"))


def numbers(text):
    return [int(n) for n in text.split(",") if n]


def arguments():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("--model", default="swin-t")
    a.add_argument("--sizes", type=numbers, default=[640, 1024])
    a.add_argument("--batches", type=numbers, default=[1, 16])
    a.add_argument("--precisions", default="bf16,fp32")
    a.add_argument("--runs", type=int, default=10)
    a.add_argument("--compile", default="", help="PRECISION:SIZE:BATCH,… to compare with torch.compile, too")
    a.add_argument("--compile-seconds", type=int, default=600, help="for all of torch.compile together; what is not ready is left out")
    return a.parse_args()


def timed(runs, call):
    import torch

    seconds = []
    for i in range(-3, runs):
        torch.cuda.synchronize()
        start = time.perf_counter()
        call()
        torch.cuda.synchronize()
        if i >= 0:
            seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


def java(folder, a, precision):
    command = [PROGRAM, "benchmark", "--model", str(folder), "--size", ",".join(f"{s}x{s}" for s in a.sizes), "--batch",
               ",".join(map(str, a.batches)), "--device", "cuda", "--precision", precision, "--runs", str(a.runs),
               "--warm-up", "5", "--json"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr[-3000:])
    found = json.loads(done.stdout)
    found = found if isinstance(found, list) else [found]
    return {(r["height"], r["batch"]): r for r in found}


def loaded(folder, precision):
    import torch
    from transformers import Mask2FormerForUniversalSegmentation

    dtype = torch.bfloat16 if precision == "bf16" else torch.float32
    return Mask2FormerForUniversalSegmentation.from_pretrained(folder).eval().cuda().to(dtype)


def noise(model, size, batch):
    import torch

    return torch.randn(batch, 3, size, size, device="cuda", dtype=next(model.parameters()).dtype)


def too_long(*_):
    raise TimeoutError


def compiled(folder, a):
    """By precision, size and batch."""
    import torch

    forms = {}
    signal.signal(signal.SIGALRM, too_long)
    signal.alarm(a.compile_seconds)
    try:
        for wanted in filter(None, a.compile.split(",")):
            precision, size, batch = wanted.split(":")
            model = torch.compile(loaded(folder, precision), dynamic=False)
            start = time.perf_counter()
            with torch.no_grad():
                model(noise(model, int(size), int(batch)))
            print(f"compiled {wanted} in {time.perf_counter() - start:.0f} s", flush=True)
            forms[precision, int(size), int(batch)] = model
    except TimeoutError:
        print("torch.compile took too long for the rest", flush=True)
    finally:
        signal.alarm(0)
    return forms


def main():
    import torch

    a = arguments()
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cuda.matmul.allow_tf32 = False
    print(f"{torch.cuda.get_device_name(0)}, torch {torch.__version__}, {a.model}; milliseconds, medians of {a.runs}")
    with tempfile.TemporaryDirectory() as folder:
        random_model(a.model, folder)
        forms = compiled(folder, a)
        for precision in a.precisions.split(","):
            ours = java(folder, a, precision)
            model = loaded(folder, precision)
            with torch.no_grad():
                for size in a.sizes:
                    for batch in a.batches:
                        pixels = noise(model, size, batch)
                        row = {"java": ours[size, batch]["median_seconds"], "eager": timed(a.runs, lambda: model(pixels))}
                        form = forms.get((precision, size, batch))
                        if form:
                            row["compiled"] = timed(a.runs, lambda: form(pixels))
                        show(f"{precision} {size:5}² batch {batch:2}", row)


def show(what, row):
    line = f"{what}: java {1e3 * row['java']:8.2f}"
    for peer in ("eager", "compiled"):
        if peer in row:
            line += f", {peer} {1e3 * row[peer]:8.2f} ({row[peer] / row['java']:.2f} times as long)"
    print(line, flush=True)


if __name__ == "__main__":
    main()
