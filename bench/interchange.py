#!/usr/bin/env python3
"""Takes models from Hugging Face Transformers to Mask2Former for Java and back: made and saved there, trained here for some
steps, opened there again.

    python bench/interchange.py [--steps 5] [--keep DIR]

Prints, for a small model with a Swin and one with a ResNet, how far the weights have moved, whether Transformers finds all of
them, and the largest difference of class and mask logits, of every layer, over their standard deviation. It ends with 1 if a
weight is missing, unexpected or of another shape, or a difference is above 1e-4. It needs what side_by_side.py needs.
"""
import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

from side_by_side import ROOT

TOLERANCE = 1e-4
SIDE = 96
CLASSES = ["disc", "box", "bar"]
BACKBONES = ["swin", "resnet"]


def arguments():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("--steps", type=int, default=5)
    a.add_argument("--keep", help="a folder for the files, which otherwise are deleted")
    return a.parse_args()


def save_model(kind, folder):
    import torch
    from transformers import Mask2FormerConfig, Mask2FormerForUniversalSegmentation, ResNetConfig, SwinConfig

    stages = ["stage1", "stage2", "stage3", "stage4"]
    if kind == "swin":
        backbone = SwinConfig(embed_dim=24, depths=[1, 1, 2, 1], num_heads=[1, 2, 4, 8], window_size=4, image_size=128,
                              drop_path_rate=0.2, out_features=stages)
    else:
        backbone = ResNetConfig(embedding_size=16, hidden_sizes=[32, 48, 64, 96], depths=[1, 1, 2, 1], out_features=stages)
    config = Mask2FormerConfig(
        backbone_config=backbone, feature_size=64, mask_feature_size=64, hidden_dim=64, num_attention_heads=4,
        encoder_layers=2, encoder_feedforward_dim=96, dim_feedforward=128, decoder_layers=4, num_queries=12,
        train_num_points=512, id2label=dict(enumerate(CLASSES)), label2id={name: i for i, name in enumerate(CLASSES)})
    torch.manual_seed(0)
    model = Mask2FormerForUniversalSegmentation(config)
    with torch.no_grad():  # at a fresh model's scale all mask logits are nearly 0, and rounding decides who attends where
        for p in model.parameters():
            if p.ndim >= 2:
                p.normal_(0, p[0].numel() ** -0.5)
    model.save_pretrained(folder)


def draw_data(folder):
    """Eight pictures of a disc, a box and a bar, in COCO's form."""
    from PIL import Image, ImageDraw

    images, annotations = [], []
    (folder / "pictures").mkdir(parents=True)
    for i in range(8):
        picture = Image.new("RGB", (SIDE, SIDE), (90 + 10 * i, 110, 130))
        draw = ImageDraw.Draw(picture)
        draw.ellipse([8 + i, 10, 38 + i, 40], fill=(200, 60, 40))
        disc = [8 + i, 18, 16 + i, 10, 30 + i, 10, 38 + i, 18, 38 + i, 32, 30 + i, 40, 16 + i, 40, 8 + i, 32]
        box = [50, 20 + 3 * i, 84, 20 + 3 * i, 84, 44 + 3 * i, 50, 44 + 3 * i]
        draw.polygon(box, fill=(40, 180, 80))
        bar = [6, 70, 90, 76 + i, 90, 84 + i, 6, 78]
        draw.polygon(bar, fill=(50, 60, 190))
        picture.save(folder / "pictures" / f"{i}.png")
        images.append(dict(id=i, file_name=f"{i}.png", width=SIDE, height=SIDE))
        for category, polygon in enumerate([disc, box, bar]):
            xs, ys = polygon[::2], polygon[1::2]
            bounds = [min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)]
            annotations.append(dict(id=len(annotations) + 1, image_id=i, category_id=category + 1, iscrowd=0,
                                    area=bounds[2] * bounds[3], bbox=bounds, segmentation=[polygon]))
    categories = [dict(id=i + 1, name=name) for i, name in enumerate(CLASSES)]
    (folder / "annotations.json").write_text(
        json.dumps(dict(images=images, annotations=annotations, categories=categories)))
    (folder / "data.yaml").write_text(
        "format: coco-instances\nparts: {train: {images: pictures, annotations: annotations.json}}\n")


def mask2former(*words):
    subprocess.run([str(ROOT / "mask2former"), *map(str, words)], check=True, stdout=subprocess.DEVNULL)


def train(kind, start, folder, steps):
    """Trains the model that Transformers saved, and gives a folder that Transformers opens."""
    recipe = folder / f"{kind}.yaml"
    recipe.write_text(f"""data: data.yaml
parts: {{val: none}}
task: instance
start: {start}
size: {SIDE}/{SIDE}
augmentation: {{size: {SIDE}}}
batch: 2
steps: {steps}
batch_norm: train
optimizer: {{learning_rate: 1.0e-3, backbone_multiplier: 1}}
intervals: {{log: {steps}, snapshot: {steps}, validate: {steps}}}
""")
    mask2former("train", "--config", recipe, "--output", folder / f"{kind}-run")
    trained = folder / f"{kind}-trained"
    mask2former("convert", "--model", folder / f"{kind}-run/weights/last.safetensors", "--output", trained)
    return trained


def ours(model, pixels, folder):
    from safetensors.torch import load_file, save_file

    save_file({"pixel_values": pixels}, folder / "in.safetensors")
    mask2former("logits", "--model", model, "--pixel-values", folder / "in.safetensors", "--output",
                folder / "out.safetensors", "--all-layers")
    return load_file(folder / "out.safetensors")


def difference(actual, expected):
    return ((actual - expected).abs().max() / expected.std()).item()


def check(kind, folder, steps):
    import torch
    from transformers import Mask2FormerForUniversalSegmentation

    start = folder / f"{kind}-start"
    save_model(kind, start)
    trained = train(kind, start, folder, steps)
    before = Mask2FormerForUniversalSegmentation.from_pretrained(start).eval()
    model, report = Mask2FormerForUniversalSegmentation.from_pretrained(trained, output_loading_info=True)
    model.eval()
    amiss = {what: sorted(map(str, names)) for what, names in report.items() if names}
    old = torch.cat([p.detach().flatten() for p in before.parameters()])
    new = torch.cat([p.detach().flatten() for p in model.parameters()])
    pixels = torch.randn(2, 3, SIDE, SIDE + 32, generator=torch.Generator().manual_seed(1))
    mine = ours(trained, pixels, folder)
    with torch.no_grad():
        theirs = model(pixels, output_auxiliary_logits=True)
    layers = [(l["class_queries_logits"], l["masks_queries_logits"]) for l in theirs.auxiliary_logits]
    layers.append((theirs.class_queries_logits, theirs.masks_queries_logits))
    classes = max(difference(mine[f"layer{i}.class_logits"], c) for i, (c, _) in enumerate(layers))
    masks = max(difference(mine[f"layer{i}.mask_logits"], m) for i, (_, m) in enumerate(layers))
    print(f"{kind}: {steps} steps moved the weights by {((new - old).norm() / old.norm()).item():.1%}; "
          f"{'all weights are there' if not amiss else amiss}; largest difference of {len(layers)} layers: "
          f"class logits {classes:.1e}, mask logits {masks:.1e}", flush=True)
    return not amiss and max(classes, masks) <= TOLERANCE


def main():
    a = arguments()
    try:
        import torch  # noqa: F401
        import transformers
    except ImportError as e:
        sys.exit(f"{e.name} is missing here; see the head of side_by_side.py for how to get a Python that has it")
    print(f"transformers {transformers.__version__}")
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(a.keep or temporary).resolve()
        draw_data(folder)
        good = [check(kind, folder, a.steps) for kind in BACKBONES]
    sys.exit(0 if all(good) else 1)


if __name__ == "__main__":
    main()
