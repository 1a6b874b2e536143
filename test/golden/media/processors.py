"""What Hugging Face's own image processors make of pictures, for the preprocessing of CLIP- and SigLIP-family exports.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install transformers==4.57.1 pillow==13.0.0 numpy==2.4.6
    /tmp/venv/bin/python test/golden/media/processors.py

processors/cases.json    name, source, the preprocessor_config.json it was made with, and our manifest's `image` for it
processors/NAME.f32      `pixel_values` of the slow (Pillow and numpy) processor, float32, little-endian, channels first
"""

import json
from pathlib import Path

import numpy as np
from generate import HERE, noise
from PIL import Image
from transformers import CLIPImageProcessor, SiglipImageProcessor

CLIP_MEAN, CLIP_STD = [0.48145466, 0.4578275, 0.40821073], [0.26862954, 0.26130258, 0.27577711]
FACTOR = 0.00392156862745098


def clip(edge, crop, **options):
    return CLIPImageProcessor, {
        "crop_size": {"height": crop, "width": crop},
        "do_center_crop": True,
        "do_convert_rgb": True,
        "do_normalize": True,
        "do_rescale": True,
        "do_resize": True,
        "image_mean": CLIP_MEAN,
        "image_std": CLIP_STD,
        "resample": 3,
        "rescale_factor": FACTOR,
        "size": {"shortest_edge": edge},
    } | options


def siglip(side, **options):
    return SiglipImageProcessor, {
        "do_convert_rgb": True,
        "do_normalize": True,
        "do_rescale": True,
        "do_resize": True,
        "image_mean": [0.5, 0.5, 0.5],
        "image_std": [0.5, 0.5, 0.5],
        "resample": 3,
        "rescale_factor": FACTOR,
        "size": {"height": side, "width": side},
    } | options


CASES = {
    "clip-wide": ("noise 90x61", clip(24, 24)),
    "clip-tall": ("noise 61x97", clip(24, 24)),
    "clip-square": ("noise 50x50", clip(24, 24)),
    "clip-odd-offsets": ("noise 101x77", clip(33, 24)),
    "clip-extreme": ("noise 7x300", clip(16, 16)),
    "clip-tiny": ("noise 3x2", clip(24, 24)),
    "clip-padded-even": ("noise 90x61", clip(18, 24)),
    "clip-padded-odd": ("noise 40x39", clip(17, 24)),
    "clip-padded-one-way": ("noise 30x90", clip(13, 24)),
    "mobileclip": ("noise 90x61", clip(26, 24, resample=2, do_normalize=False)),
    "siglip-wide": ("noise 90x61", siglip(24)),
    "siglip-tall": ("noise 17x200", siglip(24)),
    "siglip2": ("noise 61x97", siglip(24, resample=2)),
    "signed": ("noise 61x97", siglip(16, rescale_factor=1 / 127.5, image_mean=[1.0] * 3, image_std=[1.0] * 3)),
} | {
    f"{kind}-{name}": (f"images/{name}", make)
    for kind, make in [("clip", clip(20, 16)), ("siglip", siglip(16))]
    for name in ["rgba.png", "gray-alpha.png", "palette-transparency.png", "rgb-key.png", "one-bit.png", "lossless-alpha.webp", "lossy-alpha.webp"]
}


def picture(source):
    kind, _, size = source.partition(" ")
    return noise(*map(int, size.split("x"))) if kind == "noise" else Image.open(HERE / source)


def manifest(config):
    """Our manifest's `image`."""
    normal = config["do_normalize"]
    crops = config.get("do_center_crop", False)
    size = config["crop_size"]["height"] if crops else config["size"]["height"]
    return {
        "size": size,
        "fit": "cover" if crops else "stretch",
        **({"shortest_edge": config["size"]["shortest_edge"]} if crops else {}),
        "pad_color": [0, 0, 0],
        "filter": {2: "bilinear", 3: "bicubic"}[config["resample"]],
        "rescale_factor": config["rescale_factor"],
        "mean": config["image_mean"] if normal else [0, 0, 0],
        "std": config["image_std"] if normal else [1, 1, 1],
        "alpha": "drop",
        "exif_orientation": True,
    }


def main():
    folder = HERE / "processors"
    folder.mkdir(exist_ok=True)
    cases = []
    for name, (source, (processor, config)) in CASES.items():
        with picture(source) as image:
            (values,) = processor(**config)(image, return_tensors="np")["pixel_values"]
        assert values.dtype == np.float32
        Path(folder / f"{name}.f32").write_bytes(values.astype("<f4").tobytes())
        cases.append({"name": name, "source": source, "processor": processor.__name__, "config": config, "image": manifest(config)})
    lines = ",\n".join(json.dumps(case) for case in cases)
    (folder / "cases.json").write_text(f"[\n{lines}\n]\n")


if __name__ == "__main__":
    main()
