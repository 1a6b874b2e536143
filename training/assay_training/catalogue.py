"""Read the source packages into one list of drawings with their texts.

    python -m assay_training.catalogue      # -> <state>/rendered/items.jsonl

A drawing is one dict (see ``Drawing``). ``concept`` is the lower-case primary name: drawings that
share it are positives of each other, across vendors and across kinds ("cat" the emoji and "cat" the icon).
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from . import glyphs, packages, paths
from .packages import NODE_MODULES

# Kinds differ in how they are sampled, recoloured and captioned.
EMOJI, ICON_MONO, ICON_COLOUR, CLIPART = "emoji", "icon_mono", "icon_colour", "clipart"

SKIN_TONE = re.compile(r"1F3F[B-F]")
BRAND = re.compile(r"(^brand-|-logo$|-logo-)")
STYLE_SUFFIX = re.compile(r"-(outline|outlined|filled|fill|bold|duotone)$")


@dataclass
class Drawing:
    """One picture and everything that may be said about it."""

    id: str
    package: str
    kind: str
    concept: str
    label: str
    tags: list[str] = field(default_factory=list)
    label_zh: str = ""
    tags_zh: list[str] = field(default_factory=list)
    hexcode: str = ""
    order: int = 0  # of an emoji in CLDR's list, where like stands beside like; 0 for what is none
    flag: bool = False
    mono: bool = False
    svg: str | None = None
    path: str | None = None


def slug(text: str) -> str:
    """"flag: Côte d’Ivoire" -> "flag-cote-divoire", the way Iconify names its emoji."""
    import unicodedata

    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    plain = plain.replace("'", "").replace("&", " and ")
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def words(name: str) -> str:
    """"arrow-left_circle" -> "arrow left circle"."""
    return re.sub(r"[-_\s]+", " ", name).strip().lower()


def concept_of(text: str) -> str:
    """The key under which drawings count as the same thing."""
    return re.sub(r"[^\w\s]+", " ", text.lower()).strip().replace("  ", " ")


class EmojiTexts:
    """Labels and tags by code point (CLDR through emojibase), and lookup by the names vendors use."""

    def __init__(self) -> None:
        base = NODE_MODULES / "emojibase-data"
        english = json.loads((base / "en/data.json").read_text())
        chinese = {row["hexcode"]: row for row in json.loads((base / "zh/data.json").read_text())}
        self.rows: dict[str, dict] = {}
        self.by_name: dict[str, str] = {}
        self.by_squashed: dict[str, str] = {}
        for row in english:
            if "order" not in row:  # lone regional indicators and other components
                continue
            key = self.key(row["hexcode"])
            other = chinese.get(row["hexcode"], {})
            self.rows[key] = {
                "label": row["label"].lower(),
                "tags": [tag.lower() for tag in row.get("tags", [])],
                "label_zh": other.get("label", ""),
                "tags_zh": other.get("tags", []),
                "flag": row.get("group") == 9,
                "order": row["order"],
            }
            self.by_name.setdefault(slug(row["label"]), key)
        for vendor in ("noto", "fluent-emoji-flat", "twemoji"):  # names only; no artwork is read here
            chars = json.loads((NODE_MODULES / f"@iconify-json/{vendor}/chars.json").read_text())
            for hexcode, name in chars.items():
                if self.key(hexcode) in self.rows:
                    self.by_name.setdefault(name, self.key(hexcode))
        for table in ("cldr", "emojibase", "github", "iamcal", "joypixels"):
            shortcodes = json.loads((base / f"en/shortcodes/{table}.json").read_text())
            for hexcode, names in shortcodes.items():
                if self.key(hexcode) in self.rows:
                    for name in [names] if isinstance(names, str) else names:
                        self.by_name.setdefault(name.replace("_", "-"), self.key(hexcode))
        for name, key in self.by_name.items():
            self.by_squashed.setdefault(name.replace("-", ""), key)

    @staticmethod
    def key(hexcode: str) -> str:
        """Code points in upper case, without the variation selector that vendors add or drop."""
        return "-".join(part for part in hexcode.upper().split("-") if part != "FE0F")

    def find(self, names: list[str], squash: bool = False) -> str | None:
        """The code point key of the first name that is known."""
        for name in names:
            candidates = [name, re.sub(r"^flag-for-", "flag-", name), re.sub(r"-\d$", "", name)]
            for candidate in candidates:
                if candidate in self.by_name:
                    return self.by_name[candidate]
                if squash and candidate.replace("-", "") in self.by_squashed:
                    return self.by_squashed[candidate.replace("-", "")]
        return None

    def drawing(self, key: str, package: str, **extra: object) -> Drawing:
        row = self.rows[key]
        return Drawing(
            id=f"{package}/{key}", package=package, kind=EMOJI, concept=concept_of(row["label"]),
            label=row["label"], tags=row["tags"], label_zh=row["label_zh"], tags_zh=row["tags_zh"],
            hexcode=key, order=row["order"], flag=row["flag"], **extra,  # type: ignore[arg-type]
        )


def iconify(package: str) -> Iterator[tuple[str, str, list[str]]]:
    """(name, complete SVG document, other names) of every icon in an Iconify set."""
    data = json.loads((NODE_MODULES / package / "icons.json").read_text())
    others: dict[str, list[str]] = {}
    for alias, entry in data.get("aliases", {}).items():
        others.setdefault(entry["parent"], []).append(alias)
    for name, icon in data["icons"].items():
        width = icon.get("width", data.get("width", 16))
        height = icon.get("height", data.get("height", width))
        left, top = icon.get("left", data.get("left", 0)), icon.get("top", data.get("top", 0))
        svg = (
            '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
            f'viewBox="{left} {top} {width} {height}" width="{width}" height="{height}">{icon["body"]}</svg>'
        )
        yield name, svg, others.get(name, [])


def emoji_drawings(texts: EmojiTexts) -> Iterator[Drawing]:
    """Emoji of every vendor (the held-out one too), one drawing per vendor and code point, no skin tones."""
    for set_name in ("noto", "noto-v1", "fluent-emoji", "fluent-emoji-flat", "fluent-emoji-high-contrast",
                     "twemoji", "emojione", "streamline-emojis", "fxemoji", "emojione-monotone"):
        package = f"@iconify-json/{set_name}"
        chars: dict[str, list[str]] = {}
        chars_file = NODE_MODULES / package / "chars.json"
        if set_name == "fluent-emoji":  # same names as the flat set, but it ships no table
            chars_file = NODE_MODULES / "@iconify-json/fluent-emoji-flat/chars.json"
        if chars_file.exists():
            for hexcode, name in json.loads(chars_file.read_text()).items():
                chars.setdefault(name, []).append(hexcode)
        seen: set[str] = set()
        for name, svg, others in iconify(package):
            codes = [code for code in chars.get(name, []) if texts.key(code) in texts.rows]
            if any(SKIN_TONE.search(code.upper()) for code in chars.get(name, [])) or "skin-tone" in name:
                continue
            key = texts.key(codes[0]) if codes else texts.find([name, *others], squash=set_name == "fxemoji")
            if key is None or SKIN_TONE.search(key):
                continue
            if key in seen and set_name != "streamline-emojis":  # there "-1", "-2" are different drawings
                continue
            seen.add(key)
            drawing = texts.drawing(key, package, svg=svg, mono="currentColor" in svg)
            drawing.id = f"{package}/{name}"
            yield drawing
    package = "@lobehub/fluent-emoji-3d"
    for file in sorted((NODE_MODULES / package / "assets").glob("*.webp")):
        key = texts.key(file.stem)
        if key in texts.rows and not SKIN_TONE.search(key):
            yield texts.drawing(key, package, path=str(file))


def emoji_font_drawings(texts: EmojiTexts) -> Iterator[Drawing]:
    """Emoji as two fonts draw them in one colour; joined after version 1.2.0. No flags, which fonts write as letters."""
    keys = [key for key, row in texts.rows.items() if not row["flag"] and not SKIN_TONE.search(key)]
    for package, file in (
        ("@expo-google-fonts/noto-emoji", NODE_MODULES / "@expo-google-fonts/noto-emoji/400Regular/NotoEmoji_400Regular.ttf"),
        ("fonts-symbola", packages.DEBIAN_ROOT / packages.DEBIAN_CONTENT["fonts-symbola"]),
    ):
        for key, svg in glyphs.outlines(file, keys):
            yield texts.drawing(key, package, svg=svg, mono=True)


def icon(package: str, name: str, unique: str, tags: list[str], label: str = "", **extra: object) -> Drawing:
    base = STYLE_SUFFIX.sub("", name)
    text = label.lower() or words(base)
    return Drawing(
        id=f"{package}/{unique}", package=package, kind=str(extra.pop("kind", ICON_MONO)),
        concept=concept_of(words(base)), label=text, tags=[words(tag) for tag in tags if len(tag) < 40], **extra,  # type: ignore[arg-type]
    )


def icon_drawings() -> Iterator[Drawing]:
    """User-interface icons. Brand logos are left out: they are trademarks, and open-ended names."""
    package = "@mdi/svg"
    for row in json.loads((NODE_MODULES / package / "meta.json").read_text()):
        tags = [part for tag in row["tags"] for part in tag.split(" / ")]
        if row["deprecated"] or any("Brand" in tag for tag in tags):
            continue
        path = str(NODE_MODULES / package / "svg" / f"{row['name']}.svg")
        yield icon(package, row["name"], row["name"], row["aliases"] + tags, path=path, mono=True)

    package = "@tabler/icons"
    for name, row in json.loads((NODE_MODULES / package / "icons.json").read_text()).items():
        if BRAND.search(name):
            continue
        for style in row["styles"]:
            path = NODE_MODULES / package / "icons" / style / f"{name}.svg"
            if path.exists():
                yield icon(package, name, f"{style}/{name}", [str(tag) for tag in row.get("tags", [])],
                           path=str(path), mono=True)

    package = "@phosphor-icons/core"
    module = NODE_MODULES / package / "dist/index.mjs"
    script = f'import {{icons}} from {json.dumps(str(module))}; process.stdout.write(JSON.stringify(icons))'
    listing = subprocess.run(["node", "--input-type=module", "-e", script], check=True, capture_output=True)
    for row in json.loads(listing.stdout):
        if BRAND.search(row["name"]):
            continue
        for weight in ("regular", "bold", "fill", "duotone"):
            stem = row["name"] if weight == "regular" else f"{row['name']}-{weight}"
            path = NODE_MODULES / package / "assets" / weight / f"{stem}.svg"
            tags = [tag for tag in row["tags"] if "*" not in tag]
            yield icon(package, row["name"], stem, tags, path=str(path), mono=True)

    for name, svg, _ in iconify("@iconify-json/game-icons"):
        yield icon("@iconify-json/game-icons", name, name, [], svg=svg, mono=True)
    for name, svg, _ in iconify("@iconify-json/icon-park"):
        yield icon("@iconify-json/icon-park", name, name, [], svg=svg, kind=ICON_COLOUR)
    for name, svg, _ in iconify("@iconify-json/flat-color-icons"):
        yield icon("@iconify-json/flat-color-icons", name, name, [], svg=svg, kind=ICON_COLOUR)

    package = "@fortawesome/fontawesome-free"
    families = json.loads((NODE_MODULES / package / "metadata/icon-families.json").read_text())
    for name, row in families.items():
        for style, entry in row.get("svgs", {}).get("classic", {}).items():
            if style in ("solid", "regular"):
                yield icon(package, name, f"{style}/{name}", row["search"]["terms"], label=row["label"],
                           svg=entry["raw"], mono=True)

    package = "lucide-static"
    for name, tags in json.loads((NODE_MODULES / package / "tags.json").read_text()).items():
        path = NODE_MODULES / package / "icons" / f"{name}.svg"
        if path.exists():
            yield icon(package, name, name, tags, path=str(path), mono=True)


@dataclass(frozen=True)
class IconSet:
    """An Iconify set that only has names. ``keep`` selects one or two of its styles and sizes, ``strip`` is not a word."""

    package: str
    kind: str = ICON_MONO
    keep: str = ""
    strip: str = r"$^"
    skip: str = r"$^"


# Not Feather nor anything drawn after it: Lucide, the test set, is its descendant.
FURTHER_ICON_SETS = (
    IconSet("bi", strip=r"-fill$"),
    IconSet("carbon"),
    IconSet("ion", strip=r"-(outline|sharp)$", skip=r"^(android|ios|md|logo)-"),
    IconSet("heroicons", strip=r"-solid$", skip=r"-(16|20)-solid$"),
    IconSet("fluent", keep=r"-24-(regular|filled)$", strip=r"-24-(regular|filled)$"),
    IconSet("solar", keep=r"-(bold-duotone|linear)$", strip=r"(-\d)?-(bold-duotone|linear)$"),
    IconSet("iconoir", strip=r"-solid$"),
    IconSet("tdesign", strip=r"-filled$", skip=r"^logo-"),
    IconSet("mingcute", keep=r"-(fill|line)$", strip=r"(-\d)?-(fill|line)$"),
    IconSet("hugeicons", strip=r"(-\d\d)+$"),
    IconSet("healthicons", strip=r"-outline$", skip=r"-negative$|-24px$"),
    IconSet("maki", skip=r"-11$"),
    IconSet("temaki"),
    IconSet("bx", strip=r"-alt(-\d)?$", skip=r"^bx[ls]-"),
    IconSet("bxs", strip=r"-alt(-\d)?$"),
    IconSet("majesticons", strip=r"-(line|solid)$"),
    IconSet("basil", strip=r"-(solid|outline)$"),
    IconSet("material-symbols", skip=r"-(outline|rounded|sharp)(-|$)"),
    IconSet("fluent-color", ICON_COLOUR, keep=r"-(24|28|32)$", strip=r"-\d+$"),
    IconSet("streamline-plump-color", ICON_COLOUR, strip=r"-\d$"),
    IconSet("streamline-ultimate-color", ICON_COLOUR, strip=r"-\d$"),
    IconSet("streamline-color", ICON_COLOUR, strip=r"-\d+$", skip=r"-flat$"),
    IconSet("streamline-flex-color", ICON_COLOUR, strip=r"-\d+$", skip=r"-flat$"),
    IconSet("streamline-kameleon-color", ICON_COLOUR, strip=r"-\d+$", skip=r"-duo$"),
    IconSet("streamline-stickies-color", ICON_COLOUR, strip=r"-\d+$", skip=r"-duo$"),
    IconSet("streamline-cyber-color", ICON_COLOUR, strip=r"-\d+$"),
    IconSet("streamline-freehand-color", ICON_COLOUR, strip=r"-\d+$"),
)
COMPANY = re.compile(
    r"facebook|twitter|google|github|gitlab|apple$|android|windows|chrome|firefox|safari|edge$|paypal|youtube|tiktok|"
    r"instagram|linkedin|whatsapp|telegram|wechat|skype|slack|discord|amazon|microsoft|openai|claude|figma|spotify|"
    r"dropbox|reddit|pinterest|medium$|dribbble|behance|netflix|alipay|mastodon|threads$|snapchat|visa$|mastercard"
)


def further_icon_drawings() -> Iterator[Drawing]:
    """Icon sets that joined with version 1.1.0: more drawings of the same names, in other hands."""
    for one in FURTHER_ICON_SETS:
        package = f"@iconify-json/{one.package}"
        for name, svg, _ in iconify(package):
            if not re.search(one.keep, name) or re.search(one.skip, name) or COMPANY.search(name):
                continue
            base = re.sub(one.strip, "", name)
            if len(base) > 2 and not base[0].isdigit():
                yield icon(package, base, name, [], svg=svg, kind=one.kind, mono=one.kind == ICON_MONO)


JUNK_TITLE = re.compile(
    r"gramastar|star.*pt.*step|lemon svg|flat icon collection|clip ?art by|theme$|icon ?set|sibmission|"
    r"^untitled|^drawing|^new document|^image$",
    re.I,
)
SERIES = 20  # a title shared by more files than this names the series, not the picture
JUNK_KEYWORD = re.compile(r"hash|unsorted|^clip ?art|^svg|^image|^vector|^icons?$|^theme$|open ?clip|^\W*$", re.I)


def tidy_title(text: str) -> str:
    """"Another_Apple 01" -> "another apple"."""
    return re.sub(r"\s+", " ", re.sub(r"[_\d#()\[\].,;:\"]+|\b(svg|jpg|png)\b", " ", text.lower())).strip(" -")


def clipart_drawings() -> Iterator[Drawing]:
    """Public-domain clip art: the title, else the file name; keywords as tags. Titles of series are dropped."""
    root = packages.DEBIAN_ROOT / packages.DEBIAN_CONTENT["openclipart-svg"]
    found: list[tuple[Path, str, list[str]]] = []
    counts: dict[str, int] = {}
    for file in sorted(root.rglob("*.svg")):
        if file.is_symlink() or "special" in file.relative_to(root).parts or file.stat().st_size > 2_000_000:
            continue
        text = file.read_text("utf-8", "replace")
        match = re.search(r"<cc:Work.*?<dc:title>(.*?)</dc:title>", text, re.S)
        raw = match.group(1) if match else ""
        title = "" if JUNK_TITLE.search(raw) else tidy_title(raw)
        keywords = [word.strip().lower() for word in re.findall(r"<rdf:li[^>]*>([^<]*)</rdf:li>", text)]
        keywords = [word for word in keywords if 1 < len(word) < 30 and not JUNK_KEYWORD.search(word)]
        counts[title] = counts.get(title, 0) + 1
        found.append((file, title, list(dict.fromkeys(keywords))[:8]))
    for file, title, keywords in found:
        if not 3 <= len(title) <= 60 or counts[title] > SERIES:
            title = tidy_title(file.stem)
        if JUNK_TITLE.search(file.stem) or not 3 <= len(title) <= 60:
            continue
        yield Drawing(
            id=f"openclipart-svg/{file.relative_to(root)}", package="openclipart-svg", kind=CLIPART,
            concept=concept_of(title), label=title, tags=keywords, path=str(file),
        )


def build() -> list[Drawing]:
    """All drawings, in a fixed order, with unique ids."""
    texts = EmojiTexts()
    drawings = [*emoji_drawings(texts), *icon_drawings(), *clipart_drawings(), *further_icon_drawings(), *emoji_font_drawings(texts)]
    unique = {drawing.id: drawing for drawing in drawings if drawing.concept}
    return list(unique.values())


ITEMS_FILE = paths.RENDERED / "items.jsonl"


def load() -> list[Drawing]:
    """The catalogue as last written by ``main``."""
    return [Drawing(**json.loads(line)) for line in ITEMS_FILE.read_text("utf-8").splitlines()]


def main() -> None:
    drawings = build()
    paths.RENDERED.mkdir(parents=True, exist_ok=True)
    with ITEMS_FILE.open("w", encoding="utf-8") as out:
        for drawing in drawings:
            out.write(json.dumps(asdict(drawing), ensure_ascii=False) + "\n")
    counts: dict[str, int] = {}
    for drawing in drawings:
        counts[drawing.package] = counts.get(drawing.package, 0) + 1
    for package, count in counts.items():
        print(f"{count:6d}  {package}")


if __name__ == "__main__":
    main()
