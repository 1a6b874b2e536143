"""Which drawing may be trained on. Decided by hashes of names, so it needs no random state.

Held out, and disjoint from training:

- ``test_vendor``      every Twemoji drawing;
- ``unseen_concept``   100 emoji concepts, removed from every vendor and from every icon set and clip-art title;
- ``lucide_seen``      Lucide drawings whose name is trained through other sets;
- ``lucide_unseen``    Lucide drawings whose name is trained nowhere (300 names are removed on purpose);
- ``clipart``          1/8 of the clip-art titles;
- ``val``              500 emoji drawings of training vendors, for choices made during training
                       (their concepts are trained through the other vendors);
- ``excluded``         what is neither trained nor tested (an unseen concept's drawings by other vendors, ...).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from scenes.vocabulary import NOUNS

from .catalogue import CLIPART, EMOJI, Drawing
from .packages import FURTHER_PACKAGES, NEWEST_PACKAGES

TEST_VENDOR = "@iconify-json/twemoji"
TEST_ICONS = "lucide-static"
UNSEEN_ARTWORK = "@iconify-json/noto"  # the vendor whose drawings stand for the unseen concepts
UNSEEN_CONCEPTS, UNSEEN_NAMES, VALIDATION = 100, 300, 500
CLIPART_SHARE = 8


def rank(salt: str, name: str) -> int:
    """A fixed pseudo-random integer for a name."""
    return int.from_bytes(hashlib.sha256(f"assay-clip/{salt}/{name}".encode()).digest()[:8], "big")


def pick(salt: str, names: Iterable[str], count: int) -> set[str]:
    """``count`` of the names, chosen by hash."""
    return set(sorted(set(names), key=lambda name: rank(salt, name))[:count])


def assign(drawings: list[Drawing]) -> list[str]:
    """The split of every drawing, in the same order.

    What is held out is chosen among the first packages alone: weights may have been trained on them before the
    further ones joined, and a name must not move between training and test.
    """
    first = [d for d in drawings if d.package not in FURTHER_PACKAGES]
    emoji = [d for d in first if d.kind == EMOJI]
    trained_vendor = {d.concept for d in emoji if d.package != TEST_VENDOR and not d.flag}
    drawn_for_test = {d.concept for d in emoji if d.package == UNSEEN_ARTWORK}
    unseen = pick("unseen", trained_vendor & drawn_for_test, UNSEEN_CONCEPTS)

    emoji_concepts = {d.concept for d in emoji}
    lucide = {d.concept for d in first if d.package == TEST_ICONS}
    elsewhere = {d.concept for d in first if d.kind != EMOJI and d.package != TEST_ICONS}
    removed = pick("names", (lucide & elsewhere) - emoji_concepts, UNSEEN_NAMES)

    titles = {d.concept for d in first if d.kind == CLIPART} - unseen - removed
    clipart_test = {title for title in titles if rank("clipart", title) % CLIPART_SHARE == 0}
    # A title that other kinds use as well would be seen through them.
    clipart_test -= {d.concept for d in first if d.kind != CLIPART}

    candidates = [
        d.id for d in emoji
        if d.package != TEST_VENDOR and d.concept not in unseen | removed and not d.mono and not d.flag
    ]
    validation = pick("validation", candidates, VALIDATION)

    splits: list[str] = []
    for d in drawings:
        blocked = d.concept in unseen or d.concept in removed
        if d.package == TEST_VENDOR:
            splits.append("excluded" if blocked else "test_vendor")
        elif d.package == TEST_ICONS:
            splits.append("lucide")
        elif d.concept in unseen:
            splits.append("unseen_concept" if d.package == UNSEEN_ARTWORK else "excluded")
        elif blocked:
            splits.append("excluded")
        elif d.concept in clipart_test:
            splits.append("clipart" if d.kind == CLIPART else "excluded")
        else:
            splits.append("val" if d.id in validation else "train")

    # What the newest packages alone would teach stays untaught, so that every test is the one that 1.1.0 was measured on.
    trained = {
        d.concept for d, split in zip(drawings, splits, strict=True)
        if split == "train" and d.package not in NEWEST_PACKAGES
    }
    said = set(NOUNS)  # a scene's caption may say a name whose icons are all held out
    for index, (d, split) in enumerate(zip(drawings, splits, strict=True)):
        if split == "lucide":
            splits[index] = "lucide_seen" if d.concept in trained else "excluded" if d.concept in said else "lucide_unseen"
        elif split in ("test_vendor", "val") and d.concept not in trained:
            splits[index] = "excluded"  # "seen concepts" must be true
    never = {d.concept for d, split in zip(drawings, splits, strict=True) if split == "lucide_unseen"}
    for index, (d, split) in enumerate(zip(drawings, splits, strict=True)):
        if split == "train" and d.concept in never:
            splits[index] = "excluded"
    return splits
