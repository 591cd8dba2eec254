#!/usr/bin/env python3
"""Times a training step of Mask2Former for Java against Hugging Face Transformers: forward, losses, backward and AdamW.

    python bench/training_step.py [--model swin-t|swin-l|DIR] [--size 512x512] [--batch 2] [--rounds 3] [--threads 2]

Same weights, ten segments a picture, noise for pictures. The peers run in turn, each in a process of its own, so that a machine
that gets slower does so for all of them and memory is each one's own; what is printed is the ratio of each round's medians,
with its spread, and the most resident memory of each. It needs what side_by_side.py needs.
"""
import argparse
import json
import os
import pathlib
import resource
import statistics
import subprocess
import sys
import tempfile

import side_by_side

SEGMENTS = 10
JAVA = {"java fp32": "fp32", "java bf16": "bf16"}
PEERS = {"transformers fp32": False, "transformers bf16 autocast": True}


def arguments():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("--model", default="swin-t", help="swin-t, swin-s, swin-b, swin-l, or a folder in the hub's layout")
    a.add_argument("--size", default="512x512", help="WIDTHxHEIGHT")
    a.add_argument("--batch", type=int, default=2)
    a.add_argument("--rounds", type=int, default=3)
    a.add_argument("--runs", type=int, default=3, help="timed steps of each peer in each round")
    a.add_argument("--threads", type=int, default=os.cpu_count())
    a.add_argument("--peer", choices=sorted(PEERS), help=argparse.SUPPRESS)  # what runs in its own process
    return a.parse_args()


def transformers(a):
    """Steps of one peer in this process; prints JSON."""
    import torch
    from transformers import Mask2FormerForUniversalSegmentation

    torch.set_num_threads(a.threads)
    width, height = map(int, a.size.split("x"))
    model = Mask2FormerForUniversalSegmentation.from_pretrained(a.model).train()
    random = torch.Generator().manual_seed(1)

    def number(below):
        return int(torch.randint(0, max(1, below), (1,), generator=random))

    pixels = torch.randn(a.batch, 3, height, width, generator=random)
    masks = torch.zeros(a.batch, SEGMENTS, height, width)
    for picture in masks:
        for mask in picture:
            tall, wide = 1 + number(height // 4), 1 + number(width // 4)
            top, left = number(height - tall + 1), number(width - wide + 1)
            mask[top:top + tall, left:left + wide] = 1
    classes = [torch.randint(0, model.config.num_labels, (SEGMENTS,), generator=random) for _ in range(a.batch)]
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, weight_decay=0.05)

    def step():
        optimizer.zero_grad()
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=PEERS[a.peer]):
            loss = model(pixel_values=pixels, mask_labels=list(masks), class_labels=classes).loss
        loss.backward()
        optimizer.step()

    seconds = side_by_side.timed(a.runs, step)
    print(json.dumps({"median_seconds": seconds, "peak_rss_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}))


def run(command):
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)


def measured(name, folder, a):
    shared = ["--size", a.size, "--batch", str(a.batch), "--threads", str(a.threads), "--runs", str(a.runs)]
    if name in PEERS:
        return run([sys.executable, __file__, "--peer", name, "--model", str(folder)] + shared)
    return run([str(side_by_side.ROOT / "mask2former"), "benchmark", "--train", "--model", str(folder), "--precision", JAVA[name],
                "--warm-up", "2", "--json"] + shared)


def main():
    a = arguments()
    if a.peer:
        transformers(a)
        return
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(a.model)
        if a.model in side_by_side.SHAPES:
            folder = pathlib.Path(scratch) / a.model
            side_by_side.random_model(a.model, folder)
        print(f"training step, {a.model}, {a.size}, batch {a.batch}, {SEGMENTS} segments a picture, {a.threads} threads")
        rounds = []
        for r in range(a.rounds):
            results = {name: measured(name, folder, a) for name in [*PEERS, *JAVA]}
            rounds.append(results)
            print(f"round {r + 1}: " + ", ".join(f"{n} {x['median_seconds']:.2f} s" for n, x in results.items()), flush=True)
        for ours in JAVA:
            for peer in PEERS:
                ratios = [r[peer]["median_seconds"] / r[ours]["median_seconds"] for r in rounds]
                print(f"{ours + ' is faster than ' + peer + ' by':58} {statistics.median(ratios):5.2f}"
                      f"  (from {min(ratios):.2f} to {max(ratios):.2f})")
        for name in [*PEERS, *JAVA]:
            print(f"{name + ', most resident memory, MB':58} {max(r[name]['peak_rss_bytes'] for r in rounds) >> 20:5}")


if __name__ == "__main__":
    main()
