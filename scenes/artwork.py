"""Drawings and labels from packages: Twemoji as packed by Iconify, tags from emojibase.

The packages are fetched by npm into the training state folder (never into the repository), and their content is
checked against digests, so that a changed package fails here and not in a changed fixture.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

from assay_training import packages, paths

PINNED: dict[str, tuple[str, str, dict[str, str]]] = {
    "twemoji": (
        "@iconify-json/twemoji",
        "1.2.5",
        {
            "icons.json": "5d5d820790565b764f2728675d487c9ee4c1fc83916d8567d5aca8ba7527c242",
            "chars.json": "8e6a83d5a3ac185b2446154b9c4ee07c983bd4a5b2a21aa4b9ff04af9831eefe",
        },
    ),
    "emojibase": (
        "emojibase-data",
        "17.0.0",
        {"en/data.json": "ed014f1049bd370c5794f815850156196ac382850f51c3e9f6a9e83553fb3f01"},
    ),
}


def fetch() -> Path:
    """The folder that holds the two packages: the training run's if it has them, else one of our own."""
    wanted = {package: version for package, version, _ in PINNED.values()}
    if all(packages.installed_version(name) == version for name, version in wanted.items()):
        return packages.NODE_MODULES
    root = paths.PACKAGES / "fixtures"
    if not all((root / "node_modules" / name).exists() for name in wanted):
        root.mkdir(parents=True, exist_ok=True)
        manifest = {"name": "assay-fixture-packages", "private": True, "dependencies": wanted}
        (root / "package.json").write_text(json.dumps(manifest, indent=2))
        flags = ["--ignore-scripts", "--no-audit", "--no-fund", "--legacy-peer-deps"]
        subprocess.run(["npm", "install", *flags], cwd=root, check=True)
    return root / "node_modules"


def _pinned_json(modules: Path, source: str, file: str) -> object:
    """A package's file, after its digest was checked. Raises ValueError when it is another file."""
    package, version, digests = PINNED[source]
    content = (modules / package / file).read_bytes()
    if hashlib.sha256(content).hexdigest() != digests[file]:
        raise ValueError(f"{package}/{file} is not the one of version {version}; reinstall the package")
    return json.loads(content)


@dataclass(frozen=True)
class Artwork:
    """One vendor's drawings by icon name: SVG body, width, height."""

    drawings: dict[str, tuple[str, float, float]]

    def svg(self, icon: str, side_x: float = 1.0, side_y: float = 1.0) -> str:
        """A whole document whose picture is centred on a canvas of the given aspect."""
        body, width, height = self.drawings[icon]
        scale = max(width, height)
        canvas_x, canvas_y = scale * side_x, scale * side_y
        left, top = (width - canvas_x) / 2, (height - canvas_y) / 2
        view = f"{left:g} {top:g} {canvas_x:g} {canvas_y:g}"
        return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{view}">{body}</svg>'

    def nested(self, icon: str, left: float, top: float, side: float) -> str:
        """An element that draws it inside another document, fitted into a square."""
        body, width, height = self.drawings[icon]
        return (
            f'<svg x="{left:.2f}" y="{top:.2f}" width="{side:.2f}" height="{side:.2f}" '
            f'viewBox="0 0 {width:g} {height:g}">{body}</svg>'
        )


def twemoji(modules: Path) -> Artwork:
    """Twemoji's drawings."""
    pack = _pinned_json(modules, "twemoji", "icons.json")
    assert isinstance(pack, dict)
    across, down = pack["width"], pack["height"]
    icons = pack["icons"].items()
    return Artwork({n: (i["body"], i.get("width", across), i.get("height", down)) for n, i in icons})


def emoji_tags(modules: Path) -> dict[str, tuple[str, ...]]:
    """Icon name -> emojibase's English tags, joined by code point (variation selectors dropped)."""

    def bare(code: str) -> str:
        return code.lower().replace("-fe0f", "")

    emoji = _pinned_json(modules, "emojibase", "en/data.json")
    chars = _pinned_json(modules, "twemoji", "chars.json")
    assert isinstance(emoji, list) and isinstance(chars, dict)
    by_code = {bare(entry["hexcode"]): tuple(entry.get("tags", ())) for entry in emoji}
    return {icon: by_code[bare(code)] for code, icon in chars.items() if bare(code) in by_code}
