"""Circles that an import would close, in bills of materials and between substitutes: refused row by row.

Every rule takes bad rows out of the frames and says why, in the columns of `row_parsing.REFUSED_COLUMNS`.
"""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from calculations.import_rules import Refusals


def refuse_cycles(
    frames: dict[str, pd.DataFrame], made_items: dict[str, str], present: Iterable[tuple[str, str]]
) -> pd.DataFrame:
    """Take bill lines out that make an item contain itself; the message prints the path.

    Lines are judged in the order of the file: the one that closes a circle is refused, the others stay.

    Args:
        made_items: item made by bill of materials, of the file and of the database.
        present: (item, component) of lines that exist already and are not replaced by the file.
    """
    refusals = Refusals(frames)
    frame = frames.get("bom_lines")
    if frame is None or frame.empty:
        return refusals.refused
    items = [made_items.get(bom, "") for bom in frame["bom"].tolist()]
    added = list(zip(items, frame["component"].tolist(), strict=True))
    knotted = _knotted([*present, *added])
    if not knotted:
        return refusals.refused
    below: dict[str, list[str]] = {}
    for item, component in present:
        below.setdefault(item, []).append(component)
    bad, messages = [], []
    for item, component in added:
        path = _path(component, item, below) if item in knotted and component in knotted else None
        bad.append(path is not None)
        if path is None:
            below.setdefault(item, []).append(component)
        else:
            shown = " → ".join([item, *path])
            messages.append(f"item {item} would contain itself: {shown}; remove one of these lines")
    refusals.refuse("bom_lines", bad, "component", messages)
    return refusals.refused


def refuse_substitute_circles(
    frames: dict[str, pd.DataFrame],
    made_items: dict[str, str],
    present_lines: Iterable[tuple[str, str]],
    present_pairs: Iterable[tuple[str, str]],
) -> pd.DataFrame:
    """Take bill lines and substitutes out after which a material would be made from what it replaces.

    Materials that replace each other are planned together, so neither may be a part of the other, however deep. Lines
    are judged before substitutes, each in the order of the file.

    Args:
        made_items: item made by bill of materials, of the file and of the database.
        present_lines, present_pairs: (item, component) and (component, substitute) of rows that exist already and are
            not replaced by the file.
    """
    refusals = Refusals(frames)
    lines, rows = frames.get("bom_lines"), frames.get("substitutes")
    edges = [] if lines is None else [(made_items.get(bom, ""), part) for bom, part in
                                      zip(lines["bom"], lines["component"], strict=True)]  # fmt: skip
    pairs = [] if rows is None else list(zip(rows["component"], rows["substitute"], strict=True))
    together = _Together()
    for one, other in [*present_pairs, *pairs]:
        together.join(one, other)
    present_lines = list(present_lines)
    if not together or not _knotted([(together[upper], together[lower]) for upper, lower in [*present_lines, *edges]]):
        return refusals.refused
    together, kept = _Together(), present_lines
    for one, other in present_pairs:
        together.join(one, other)

    def way(start: str, goal: str) -> bool:
        below: dict[str, list[str]] = {}
        for upper, lower in kept:
            below.setdefault(together[upper], []).append(together[lower])
        return _path(together[start], together[goal], below) is not None

    bad = []
    for item, component in edges:
        bad.append(way(component, item))
        if not bad[-1]:
            kept.append((item, component))
    if lines is not None:
        message = [f"item {item} would be made from {part}, which it or one of its parts replaces; remove this line or "
                   "the substitute" for (item, part), lost in zip(edges, bad, strict=True) if lost]  # fmt: skip
        refusals.refuse("bom_lines", bad, "component", message)
    bad = []
    for one, other in pairs:
        bad.append(together[one] != together[other] and (way(one, other) or way(other, one)))
        if not bad[-1]:
            together.join(one, other)
    if rows is not None:
        message = [f"{other} cannot replace {one}: one of the two is made from the other; remove this row or the bill "
                   "line between them" for (one, other), lost in zip(pairs, bad, strict=True) if lost]  # fmt: skip
        refusals.refuse("substitutes", bad, "substitute", message)
    return refusals.refused


class _Together(dict):
    """Materials that replace each other, directly or through others: gives each one name of its group."""

    def __missing__(self, code: str) -> str:
        return code

    def join(self, one: str, other: str) -> None:
        first, second = self[one], self[other]
        if first != second:
            self.update({code: first for code, name in [*self.items(), (second, second)] if name == second})


def _knotted(edges: list[tuple[str, str]]) -> set[str]:
    """Items left when those without parents and those without components are taken away again and again."""
    codes, distinct = pd.factorize(np.array([code for edge in edges for code in edge], dtype=object))
    above, below = codes[::2], codes[1::2]
    alive = np.ones(len(distinct), dtype=bool)
    while True:
        linked = alive[above] & alive[below]
        has_component = np.bincount(above[linked], minlength=len(distinct)) > 0
        has_parent = np.bincount(below[linked], minlength=len(distinct)) > 0
        kept = alive & has_component & has_parent
        if (kept == alive).all():
            return set(distinct[alive])
        alive = kept


def _path(start: str, goal: str, below: dict[str, list[str]]) -> list[str] | None:
    """The items from start down to goal, both included; None when goal is not reached."""
    came_from: dict[str, str | None] = {start: None}
    waiting = [start]
    while waiting:
        item = waiting.pop()
        if item == goal:
            path = []
            while item is not None:
                path.append(item)
                item = came_from[item]
            return path[::-1]
        for component in reversed(below.get(item, [])):
            if component not in came_from:
                came_from[component] = item
                waiting.append(component)
    return None
