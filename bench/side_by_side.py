#!/usr/bin/env python3
"""Times Mask2Former for Java against Hugging Face Transformers (and ONNX Runtime) on the same weights and the same input.

    python bench/side_by_side.py [--model swin-t|swin-l|DIR] [--size 512x512] [--rounds 5] [--threads 2] [--onnx]

The peers run in turn, round after round, so that a machine that gets slower does so for all of them; what is printed is the
ratio of each round's medians, with its spread. Weights are random where no folder is named: time does not depend on them.

It needs a Python with torch and transformers (and onnxruntime, onnx for --onnx):
    python -m venv .venv && .venv/bin/pip install torch transformers pillow scipy onnx onnxruntime onnxscript
    .venv/bin/python bench/side_by_side.py
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

ROOT = pathlib.Path(__file__).resolve().parent.parent
SHAPES = {
    "swin-t": dict(embed_dim=96, depths=[2, 2, 6, 2], num_heads=[3, 6, 12, 24], window_size=7, queries=100),
    "swin-s": dict(embed_dim=96, depths=[2, 2, 18, 2], num_heads=[3, 6, 12, 24], window_size=7, queries=100),
    "swin-b": dict(embed_dim=128, depths=[2, 2, 18, 2], num_heads=[4, 8, 16, 32], window_size=12, queries=100),
    "swin-l": dict(embed_dim=192, depths=[2, 2, 18, 2], num_heads=[6, 12, 24, 48], window_size=12, queries=200),
}


def arguments():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("--model", default="swin-t", help="swin-t, swin-s, swin-b, swin-l, or a folder in the hub's layout")
    a.add_argument("--size", default="512x512", help="WIDTHxHEIGHT")
    a.add_argument("--batch", type=int, default=1)
    a.add_argument("--rounds", type=int, default=5)
    a.add_argument("--runs", type=int, default=5, help="timed passes of each peer in each round")
    a.add_argument("--threads", type=int, default=os.cpu_count())
    a.add_argument("--precisions", default="fp32,bf16", help="those of Mask2Former for Java; int8 quantises the model first")
    a.add_argument("--onnx", action="store_true", help="also ONNX Runtime, on Transformers' model exported")
    return a.parse_args()


def random_model(name, folder):
    import torch
    from transformers import Mask2FormerConfig, Mask2FormerForUniversalSegmentation, SwinConfig

    shape = dict(SHAPES[name])
    queries = shape.pop("queries")
    torch.manual_seed(0)
    backbone = SwinConfig(out_features=["stage1", "stage2", "stage3", "stage4"], image_size=224, **shape)
    config = Mask2FormerConfig(backbone_config=backbone, num_queries=queries, num_labels=133,
                               id2label={i: f"class {i}" for i in range(133)})
    model = Mask2FormerForUniversalSegmentation(config)
    with torch.no_grad():  # at a fresh model's scale all mask logits are nearly 0, and rounding decides who attends where
        for p in model.parameters():
            if p.ndim >= 2:
                p.normal_(0, p[0].numel() ** -0.5)
    model.save_pretrained(folder)


def timed(runs, call):
    call()
    seconds = []
    for _ in range(runs):
        start = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


def quantized(folder, scratch):
    """The model in 8-bit integers, calibrated on two pictures of noise: time does not depend on the ranges either."""
    import numpy
    from PIL import Image

    target, pictures = pathlib.Path(scratch) / "int8", pathlib.Path(scratch) / "pictures"
    if not target.exists():
        pictures.mkdir()
        for i in range(2):
            noise = numpy.random.default_rng(i).integers(0, 256, (256, 256, 3), dtype=numpy.uint8)
            Image.fromarray(noise).save(pictures / f"{i}.png")
        subprocess.run([str(ROOT / "mask2former"), "quantize", "--model", str(folder), "--calibration", str(pictures),
                        "--size", "256x256", "--output", str(target)], check=True, stdout=subprocess.DEVNULL)
    return target


def java(folder, a, precision, scratch):
    folder = quantized(folder, scratch) if precision == "int8" else folder
    command = [str(ROOT / "mask2former"), "benchmark", "--model", str(folder), "--size", a.size, "--batch", str(a.batch),
               "--threads", str(a.threads), "--precision", precision, "--runs", str(a.runs), "--warm-up", "5", "--json"]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def agreement(folder, a, model, pixels):
    """The largest difference of our float32 logits from Transformers', over their standard deviation, and that of Transformers' own from
    those in float64: no two programs can agree better than float32 allows, where a rounding decides which pixels a query attends to."""
    import copy

    import torch
    from safetensors.torch import load_file, save_file

    with tempfile.TemporaryDirectory() as d:
        save_file({"pixel_values": pixels}, f"{d}/in.safetensors")
        subprocess.run([str(ROOT / "mask2former"), "logits", "--model", str(folder), "--pixel-values", f"{d}/in.safetensors",
                        "--output", f"{d}/out.safetensors"], check=True)
        ours = load_file(f"{d}/out.safetensors")
    with torch.no_grad():
        theirs = model(pixels)
        exact = copy.deepcopy(model).double()(pixels.double())

    def difference(classes, masks, reference):
        pairs = [(classes, reference.class_queries_logits), (masks, reference.masks_queries_logits)]
        return max(((x.double() - r.double()).abs().max() / r.double().std()).item() for x, r in pairs)

    return (difference(ours["class_logits"], ours["mask_logits"], theirs),
            difference(theirs.class_queries_logits, theirs.masks_queries_logits, exact))


def with_float_grids(path):
    """The export makes float64 grids, which ONNX's GridSample does not take beside float32 pixels: casts them."""
    import onnx

    model = onnx.load(path)
    nodes = []
    for node in model.graph.node:
        if node.op_type == "GridSample":
            nodes.append(onnx.helper.make_node("Cast", [node.input[1]], [node.output[0] + "_grid"], to=onnx.TensorProto.FLOAT))
            node.input[1] = node.output[0] + "_grid"
        nodes.append(node)
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    onnx.save(model, path)


def onnx_session(model, pixels, folder, threads):
    import onnxruntime
    import torch

    class Logits(torch.nn.Module):
        def __init__(self, model):
            super().__init__()
            self.model = model

        def forward(self, pixel_values):
            o = self.model(pixel_values)
            return o.class_queries_logits, o.masks_queries_logits

    path = f"{folder}/transformers.onnx"
    with torch.no_grad():
        torch.onnx.export(Logits(model), (pixels,), path, input_names=["pixel_values"], dynamo=False, opset_version=17)
    with_float_grids(path)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    return onnxruntime.InferenceSession(path, options)


def main():
    a = arguments()
    try:
        import torch
        from transformers import Mask2FormerForUniversalSegmentation
    except ImportError as e:
        sys.exit(f"{e.name} is missing here; see the head of {__file__} for how to get a Python that has it")
    torch.set_num_threads(a.threads)
    width, height = map(int, a.size.split("x"))
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(a.model)
        if a.model in SHAPES:
            folder = pathlib.Path(scratch) / a.model
            random_model(a.model, folder)
        model = Mask2FormerForUniversalSegmentation.from_pretrained(folder).eval()
        pixels = torch.randn(a.batch, 3, height, width, generator=torch.Generator().manual_seed(1))

        @torch.no_grad()
        def fp32():
            model(pixels)

        @torch.no_grad()
        def bf16():
            with torch.autocast("cpu", dtype=torch.bfloat16):
                model(pixels)

        peers = {"transformers fp32": fp32, "transformers bf16 autocast": bf16}
        # Before the export, whose tracing changes the model.
        from_theirs, theirs_from_exact = agreement(folder, a, model, pixels)
        print(f"largest difference from Transformers fp32, over the standard deviation: {from_theirs:.1e}; "
              f"its own from float64: {theirs_from_exact:.1e}")
        if a.onnx:
            session = onnx_session(model, pixels, scratch, a.threads)
            peers["onnxruntime fp32"] = lambda: session.run(None, {"pixel_values": pixels.numpy()})
        print(f"{a.model}, {a.size}, batch {a.batch}, {a.threads} threads, torch {torch.__version__}")
        ours = a.precisions.split(",")
        rounds = []
        for r in range(a.rounds):
            times = {name: timed(a.runs, call) for name, call in peers.items()}
            for precision in ours:
                result = java(folder, a, precision, scratch)
                times[f"java {precision}"] = result["median_seconds"]
                times[f"bound {precision}"] = result["gflop"] / result["peak_gflops"]
            rounds.append(times)
            print(f"round {r + 1}: " + ", ".join(f"{n} {1e3 * t:.0f} ms" for n, t in times.items()), flush=True)

        def ratio(label, top, bottom):
            values = [t[top] / t[bottom] for t in rounds]
            print(f"{label:58} {statistics.median(values):5.2f}  (from {min(values):.2f} to {max(values):.2f})")

        for precision in ours:
            for peer in peers:
                ratio(f"java {precision} is faster than {peer} by", peer, f"java {precision}")
            ratio(f"java {precision} takes, times its matrix-product bound", f"java {precision}", f"bound {precision}")


if __name__ == "__main__":
    main()
