"""Chinese captions of scenes and deeds, from the same graph as the English ones."""

from __future__ import annotations

from collections.abc import Iterator

from .deeds import Deed
from .draw import Stream
from .graph import Group, Scene, groups
from .templates import RELATIONS
from .vocabulary import noun_rows

NUMBERS = ("零", "一", "两", "三", "四", "五", "六")
SIZES = {"small": "小", "big": "大"}
COLOURS = {
    "red": "红色", "orange": "橙色", "yellow": "黄色", "green": "绿色", "blue": "蓝色", "purple": "紫色",
    "pink": "粉色", "brown": "棕色", "black": "黑色", "white": "白色", "gray": "灰色",
}  # fmt: skip

#: kind -> (noun, measure word)
NOUNS: dict[str, tuple[str, str]] = {one: (word, measure) for one, _, _, _, _, word, measure in noun_rows()} | {
    "circle": ("圆形", "个"),
    "square": ("正方形", "个"),
    "triangle": ("三角形", "个"),
    "star": ("五角星", "颗"),
    "heart": ("心形", "个"),
    "hexagon": ("六边形", "个"),
}

PLACES = (("左上角", "上方", "右上角"), ("左边", "中间", "右边"), ("左下角", "下方", "右下角"))
SIDES = {"to the left of": "左边", "to the right of": "右边", "above": "上方", "below": "下方"}


def group_words(group: Group, sized: bool = False) -> str:
    """ "两个红色的圆形", "一只狗", "三颗小的蓝色五角星"."""
    noun, measure = NOUNS[group.kind]
    colour = COLOURS[group.colour] if group.colour else ""
    looks = f"{SIZES[group.size]}的{colour}" if sized else f"{colour}的" if colour else ""
    return f"{NUMBERS[len(group.things)]}{measure}{looks}{noun}"


def listed(parts: list[str]) -> str:
    """ "甲", "甲和乙", "甲、乙和丙"."""
    return parts[0] if len(parts) == 1 else f"{'、'.join(parts[:-1])}和{parts[-1]}"


def _stand(scene: Scene) -> Iterator[str]:
    """Where a group of one is, and how two of them stand to each other."""
    parts = groups(scene)
    single = [part for part in parts if len(part.things) == 1]
    for one in single:
        rest = [group_words(part) for part in parts if part is not one]
        beside = f"，还有{listed(rest)}" if rest else ""
        place = PLACES[one.things[0].row][one.things[0].column]
        yield f"{place}有{group_words(one)}{beside}"
        for other in single:
            rest = [group_words(part) for part in parts if part not in (one, other)]
            beside = f"，还有{listed(rest)}" if rest else ""
            for words, holds in RELATIONS.items():
                if holds(one.things[0], other.things[0]):
                    yield f"{group_words(one)}在{group_words(other)}的{SIDES[words]}{beside}"


def captions(stream: Stream, scene: Scene) -> list[str]:
    """Two captions; each names every group of the scene."""
    parts = groups(scene)
    words = listed([group_words(part) for part in parts])
    ground = COLOURS[scene.background]
    plain = stream.pick((f"{ground}背景上有{words}", f"{words}，背景是{ground}", f"一张有{words}的图片"))
    stands = list(_stand(scene))
    other = stream.pick(stands) if stands else f"图中有{listed([group_words(part, sized=True) for part in parts])}"
    return [plain, other]


def deed_words(deed: Deed) -> str:
    """What happens, in one sentence."""
    if deed.subject is None:
        return f"背景从{COLOURS[deed.before.background]}变成{COLOURS[deed.after.background]}"
    thing = deed.subject
    name = group_words(Group(thing.kind, thing.colour, (thing,)))
    place = PLACES[thing.row][thing.column]
    if deed.verb == "moves":
        return f"{name}从{place}移到{PLACES[deed.changed.row][deed.changed.column]}"
    if deed.verb == "turns":
        return f"{name}变成{COLOURS[deed.changed.colour or '']}"
    forms = {"grows": "{}变大了", "shrinks": "{}变小了", "appears": f"{place}出现了{{}}", "disappears": "{}消失了"}
    return forms[deed.verb].format(name)
