"""Pixels on the way into the image tower.

Two paths share one meaning of "picture": ``augment`` (training, batched torch, from premultiplied
96-pixel renders) and ``preprocess`` (the contract of the Worker and of every evaluation, Pillow).
"""

from __future__ import annotations

import math

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image, ImageOps

from .pixels import unpremultiply

IMAGE_SIZE = 64
MEAN = STD = 0.5


def preprocess(image: Image.Image, size: int = IMAGE_SIZE) -> np.ndarray:
    """The published contract: [3, size, size] float32.

    EXIF orientation; alpha over white in 8 bit; pad to a square with white; bicubic (antialiased) on
    RGB uint8; (x / 255 - 0.5) / 0.5.
    """
    image = ImageOps.exif_transpose(image).convert("RGBA")
    white = Image.new("RGBA", image.size, (255, 255, 255, 255))
    rgb = Image.alpha_composite(white, image).convert("RGB")
    side = max(rgb.size)
    if rgb.size != (side, side):
        square = Image.new("RGB", (side, side), (255, 255, 255))
        square.paste(rgb, ((side - rgb.width) // 2, (side - rgb.height) // 2))
        rgb = square
    if side != size:
        rgb = rgb.resize((size, size), Image.Resampling.BICUBIC)
    return (np.asarray(rgb, np.float32).transpose(2, 0, 1) / 255.0 - MEAN) / STD


def straight(premultiplied: np.ndarray) -> Image.Image:
    """A stored render ([n, n, 4] uint8, premultiplied) as an RGBA image."""
    return Image.fromarray(unpremultiply(premultiplied), "RGBA")


def uniform(count: int, low: float, high: float, generator: torch.Generator) -> torch.Tensor:
    return torch.rand(count, generator=generator) * (high - low) + low


# What another hand would do to a drawing without making it another thing. Which of these a row may suffer depends on
# what is said of it: a mirrored "left arrow" and a greyed "blue heart" would be lies.
MIRROR, COLOUR, FORM = 1, 2, 4


def some(count: int, share: float, allowed: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """[count] bool: true for about ``share`` of the allowed rows."""
    return (torch.rand(count, generator=generator) < share) & allowed


def restyle_form(grid: torch.Tensor, mirror: torch.Tensor, form: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """A sampling grid [b, n, n, 2] with 40 % of the ``mirror`` rows mirrored and 60 % of the ``form`` rows warped, smoothly."""
    batch, side = grid.shape[:2]
    mirrored = some(batch, 0.4, mirror, generator)
    sign = torch.ones(batch, 1, 1, 2)
    sign[mirrored, ..., 0] = -1.0
    coarse = torch.randn(batch, 2, 4, 4, generator=generator) * 0.055  # of half the side
    coarse[~some(batch, 0.6, form, generator)] = 0.0
    fine = F.interpolate(coarse, size=(side, side), mode="bicubic", align_corners=True)
    return grid * sign + fine.permute(0, 2, 3, 1)


def restyle_strokes(x: torch.Tensor, form: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """[b, 4, n, n] premultiplied: some get a dark outline, some lose their fine detail, some a piece."""
    batch, _, side, _ = x.shape
    outlined = some(batch, 0.15, form, generator)
    if outlined.any():
        part = x[outlined]
        grown = F.max_pool2d(part[:, 3:], 5, 1, 2)
        ink = torch.rand(len(part), 3, 1, 1, generator=generator) * 0.25
        x[outlined] = torch.cat([part[:, :3] + (grown - part[:, 3:]) * ink, grown], 1)
    softened = some(batch, 0.15, form, generator)
    if softened.any():
        x[softened] = F.avg_pool2d(F.pad(x[softened], (1, 1, 1, 1), mode="replicate"), 3, 1)
    for row in some(batch, 0.25, form, generator).nonzero().flatten().tolist():
        across, down = (side * uniform(2, 0.15, 0.4, generator)).int().tolist()
        left, top = (uniform(2, 0, 1, generator) * torch.tensor([side - across, side - down])).int().tolist()
        x[row, :, top : top + down, left : left + across] = 0.0
    return x


def restyle_colour(rgb: torch.Tensor, colour: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """[b, 3, n, n]: a turn of the hue by up to 25 degrees, a tenth of the ``colour`` rows grey, light from one side."""
    batch, _, side, _ = rgb.shape
    angle = uniform(batch, -25, 25, generator) * (math.pi / 180)
    angle[~some(batch, 0.5, colour, generator)] = 0.0
    # A turn about the grey axis (Rodrigues).
    cos, sin = torch.cos(angle), torch.sin(angle) / math.sqrt(3)
    same, plus, minus = cos + (1 - cos) / 3, (1 - cos) / 3 + sin, (1 - cos) / 3 - sin
    turn = torch.stack([same, minus, plus, plus, same, minus, minus, plus, same], 1).view(batch, 3, 3)
    rgb = torch.einsum("bij,bjhw->bihw", turn, rgb).clamp_(min=0)
    grey = some(batch, 0.1, colour, generator)
    rgb[grey] = rgb[grey].mean(1, keepdim=True)
    lit = some(batch, 0.4, colour, generator)
    slope = uniform(2 * batch, -0.2, 0.2, generator).view(batch, 2, 1, 1)
    slope[~lit] = 0.0
    ramp = torch.linspace(-1, 1, side)
    return rgb * (1 + slope[:, :1] * ramp.view(1, 1, 1, -1) + slope[:, 1:] * ramp.view(1, 1, -1, 1))


def augment(
    pixels: np.ndarray, tint: np.ndarray, recolour: np.ndarray, size: int, generator: torch.Generator,
    styles: np.ndarray | None = None,
) -> torch.Tensor:
    """[b, n, n, 4] uint8 premultiplied -> [b, 3, size, size] float32, normalised, channels last.

    ``tint`` [b, 3] in 0..1 replaces the colour where ``recolour`` [b] is true (monochrome icons).
    ``styles`` [b] says which of MIRROR, COLOUR and FORM a row may suffer besides; None: none of them.
    Rotation, scale, shift and colour act on premultiplied values, so edges never pick up a fringe.
    """
    batch = pixels.shape[0]
    x = torch.from_numpy(pixels).permute(0, 3, 1, 2).float().div_(255.0)
    mask = torch.from_numpy(recolour).view(-1, 1, 1, 1)
    rgb, alpha = x[:, :3], x[:, 3:]
    rgb = torch.where(mask, alpha * torch.from_numpy(tint).float().view(-1, 3, 1, 1), rgb)
    x = torch.cat([rgb, alpha], 1)

    clean = torch.rand(batch, generator=generator) < 0.15  # shown as in the tests: unturned, on white
    angle = uniform(batch, -14, 14, generator) * (math.pi / 180)
    scale = uniform(batch, 0.72, 1.12, generator)
    stretch = uniform(batch, 0.93, 1.07, generator)
    shift = torch.stack([uniform(batch, -0.12, 0.12, generator), uniform(batch, -0.12, 0.12, generator)], 1)
    angle[clean], scale[clean], stretch[clean], shift[clean] = 0.0, 1.0, 1.0, 0.0
    cos, sin = torch.cos(angle) / scale, torch.sin(angle) / scale
    theta = torch.stack(
        [torch.stack([cos * stretch, -sin, shift[:, 0]], 1), torch.stack([sin, cos / stretch, shift[:, 1]], 1)], 1
    )
    grid = F.affine_grid(theta, [batch, 4, *pixels.shape[1:3]], align_corners=False)
    may = None if styles is None else torch.from_numpy(styles) * ~clean
    if may is not None:
        grid = restyle_form(grid, (may & MIRROR) > 0, (may & FORM) > 0, generator)
    x = F.grid_sample(x, grid, mode="bilinear", padding_mode="zeros", align_corners=False)
    if may is not None:
        x = restyle_strokes(x, (may & FORM) > 0, generator)
    x = F.interpolate(x, size=(size, size), mode="bicubic", antialias=True, align_corners=False).clamp_(0, 1)
    rgb, alpha = x[:, :3], x[:, 3:]
    if may is not None:
        rgb = restyle_colour(rgb, (may & COLOUR) > 0, generator)

    gain = uniform(batch, 0.8, 1.15, generator).view(-1, 1, 1, 1) * (
        1 + 0.1 * (torch.rand(batch, 3, 1, 1, generator=generator) - 0.5) * 2
    )
    saturation = uniform(batch, 0.6, 1.3, generator).view(-1, 1, 1, 1)
    gray = rgb.mean(1, keepdim=True)
    lift = uniform(batch, -0.08, 0.08, generator).view(-1, 1, 1, 1)
    coloured = gain * (gray + saturation * (rgb - gray)) + lift * alpha
    rgb = torch.minimum(torch.where(clean.view(-1, 1, 1, 1) | mask, rgb, coloured).clamp_(min=0), alpha)

    # White is what the contract composites on; other grounds keep the tower from relying on it.
    white = clean | (torch.rand(batch, generator=generator) < 0.5)
    pale = torch.rand(batch, generator=generator) < 0.6
    ground = torch.rand(batch, 3, generator=generator)
    ground[pale] = 0.75 + 0.25 * ground[pale]
    # A dark monochrome icon needs a light ground to be visible at all.
    dark = torch.from_numpy(recolour)
    ground[dark] = 0.8 + 0.2 * ground[dark]
    ground[white] = 1.0
    out = rgb + (1 - alpha) * ground.view(-1, 3, 1, 1)
    return ((out - MEAN) / STD).contiguous(memory_format=torch.channels_last)
