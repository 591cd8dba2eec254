#!/usr/bin/env python3
"""Times Mask2Former for Java against Hugging Face Transformers, eager and compiled, on one GPU, with the same weights.

    python bench/gpu.py [--sizes 640,1024] [--batches 1,16] [--precisions bf16,fp32] [--compile-seconds 120]

Forward passes alone: pixels are on the GPU before, predictions stay there. Float32 is float32 in both, without TF32. Weights are
random. A compiled form is timed as long as the seconds for compiling last. M2F=PROGRAM names another program than ./mask2former.
"""
import argparse
import json
import os
import pathlib
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
    a.add_argument("--compile-seconds", type=float, default=120, help="for all of torch.compile together; 0 for none")
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
    return {(r["height"], r["batch"]) if "height" in r else (int(str(r["size"]).split("x")[0]), r["batch"]): r for r in found}


def main():
    import torch
    from transformers import Mask2FormerForUniversalSegmentation

    a = arguments()
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cuda.matmul.allow_tf32 = False
    print(f"{torch.cuda.get_device_name(0)}, torch {torch.__version__}, {a.model}; milliseconds, medians of {a.runs}")
    with tempfile.TemporaryDirectory() as folder:
        random_model(a.model, folder)
        left = a.compile_seconds
        rows = []
        for precision in a.precisions.split(","):
            dtype = torch.bfloat16 if precision == "bf16" else torch.float32
            ours = java(folder, a, precision)
            model = Mask2FormerForUniversalSegmentation.from_pretrained(folder).eval().cuda().to(dtype)
            with torch.no_grad():
                for size in a.sizes:
                    for batch in a.batches:
                        pixels = torch.randn(batch, 3, size, size, device="cuda", dtype=dtype)
                        row = {"precision": precision, "size": size, "batch": batch,
                               "java": ours[size, batch]["median_seconds"], "eager": timed(a.runs, lambda: model(pixels))}
                        rows.append(row)
                        show(row)
        extremes = {0: 0, len(a.sizes) * len(a.batches) - 1: 1}  # first, for compiling takes minutes
        order = {id(r): extremes.get(i % (len(a.sizes) * len(a.batches)), 2) for i, r in enumerate(rows)}
        for row in sorted(rows, key=lambda r: (r["precision"] != rows[0]["precision"], order[id(r)])):
            if left <= 0:
                break
            start = time.perf_counter()
            dtype = torch.bfloat16 if row["precision"] == "bf16" else torch.float32
            torch._dynamo.reset()
            model = Mask2FormerForUniversalSegmentation.from_pretrained(folder).eval().cuda().to(dtype)
            compiled = torch.compile(model)
            with torch.no_grad():
                pixels = torch.randn(row["batch"], 3, row["size"], row["size"], device="cuda", dtype=dtype)
                row["compiled"] = timed(a.runs, lambda: compiled(pixels))
            left -= time.perf_counter() - start
            show(row)


def show(row):
    line = f"{row['precision']} {row['size']:5}² batch {row['batch']:2}: java {1e3 * row['java']:8.2f}"
    for peer in ("eager", "compiled"):
        if peer in row:
            line += f", {peer} {1e3 * row[peer]:8.2f} ({row[peer] / row['java']:.2f} times as long)"
    print(line, flush=True)


if __name__ == "__main__":
    main()
