"""Small charts of the report: numbers as shapes in a fixed drawing area, drawn by `templates/report/charts.html.j2`."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 560, 190
LEFT, TOP, BOTTOM = 46, 10, 24
ROW_HEIGHT, LABEL_WIDTH, VALUE_WIDTH = 26, 170, 96
LONGEST_LABEL = 20
HEAT_LABEL, HEAT_TOP, HEAT_NAME = 104, 22, 12


@dataclass(frozen=True)
class ColumnChart:
    """Stacked columns over time: rectangles (x, y, width, height, series, tip), labels (x, text), lines (y, text)."""

    title: str
    description: str
    series: tuple[tuple[str, str], ...]
    rectangles: list[tuple]
    labels: list[tuple[float, str]]
    lines: list[tuple[float, str]]
    now: float | None
    kind: str = "columns"


@dataclass(frozen=True)
class BarChart:
    """Bars to the right (or, for less than nothing, to the left) of a line: rows (y, label, x, width, text, tone)."""

    title: str
    description: str
    rows: list[tuple]
    zero: float
    height: int
    kind: str = "bars"


# Up to how many percent a cell of a heat map has which tone, and what that means.
HEAT = (
    (0, "free", "nothing"),
    (50, "low", "up to half"),
    (85, "mid", "up to 85 %"),
    (100, "full", "up to 100 %"),
    (None, "bad", "more than there is"),
)


@dataclass(frozen=True)
class HeatMap:
    """Rows of cells by column: names (y, text), cells (x, y, width, height, tone, text, tip), labels (x, text)."""

    title: str
    description: str
    names: list[tuple[float, str]]
    cells: list[tuple]
    labels: list[tuple[float, str]]
    height: int
    series: tuple[tuple[str, str], ...] = tuple((tone, meaning) for _, tone, meaning in HEAT)
    kind: str = "heat"


def heat_map(
    title: str, labels: Sequence[str], rows: Sequence[tuple[str, Sequence[tuple[str, int | None, str]]]]
) -> HeatMap | None:
    """Cells by row and column, toned by percent; None where there is nothing to show.

    Args:
        labels: one per column. rows: name, and for each column its text, its percent (None = closed) and what it says.
    """
    if not rows:
        return None
    pitch = (WIDTH - HEAT_LABEL) / len(labels)
    cells = [
        (HEAT_LABEL + pitch * column, HEAT_TOP + ROW_HEIGHT * row, pitch - 2, ROW_HEIGHT - 2, _heat(share), text, tip)
        for row, (_, columns) in enumerate(rows)
        for column, (text, share, tip) in enumerate(columns)
    ]
    spoken = "; ".join(tip for _, columns in rows for _, share, tip in columns if share is not None and share > 100)
    return HeatMap(
        title,
        spoken or "nothing is asked for more than it can do",
        [(HEAT_TOP + ROW_HEIGHT * row, _shortened(name, HEAT_NAME)) for row, (name, _) in enumerate(rows)],
        cells,
        [(HEAT_LABEL + pitch * (place + 0.5) - 1, label) for place, label in enumerate(labels) if place % 2 == 0],
        HEAT_TOP + ROW_HEIGHT * len(rows) + 2,
    )


def _heat(share: int | None) -> str:
    """The tone of a percentage.

    >>> [_heat(share) for share in (None, 0, 50, 100, 101)]
    ['shut', 'free', 'low', 'full', 'bad']
    """
    if share is None:
        return "shut"
    return next(tone for most, tone, _ in HEAT if most is None or share <= most)


def _shortened(label: str, longest: int) -> str:
    return label if len(label) <= longest else label[: longest - 1] + "…"


def column_chart(
    title: str, labels: Sequence[str], series: dict[tuple[str, str], Sequence[int]], now: int | None = None
) -> ColumnChart | None:
    """Stacked columns; None where there is nothing to show.

    Args:
        labels: one per column. series: counts per column by (tone, name), from the bottom up.
        now: position of the column that is today.
    """
    totals = [sum(values) for values in zip(*series.values(), strict=True)]
    if not any(totals):
        return None
    top = _round_top(max(totals))
    pitch = (WIDTH - LEFT) / len(labels)
    scale = (HEIGHT - TOP - BOTTOM) / top
    rectangles = []
    for position, label in enumerate(labels):
        y = HEIGHT - BOTTOM
        for (tone, name), values in series.items():
            height = values[position] * scale
            y -= height
            if values[position]:
                tip = f"{label}: {values[position]:,} {name}"
                rectangles.append((LEFT + pitch * position + pitch * 0.16, y, pitch * 0.68, height, tone, tip))
    spoken = "; ".join(
        f"{label} " + ", ".join(f"{values[place]:,} {name}" for (_, name), values in series.items() if values[place])
        for place, label in enumerate(labels)
        if totals[place]
    )
    return ColumnChart(
        title,
        spoken,
        tuple(series),
        rectangles,
        [
            (LEFT + pitch * (position + 0.5), label)
            for position, label in enumerate(labels)
            if position % 2 == len(labels) // 2 % 2
        ],
        [(HEIGHT - BOTTOM - value * scale, f"{value:,}") for value in sorted({0, top // 2, top})],
        None if now is None else LEFT + pitch * now,
    )


def bar_chart(title: str, rows: Sequence[tuple[str, int, str]], tone: str = "plain") -> BarChart | None:
    """Bars by name; None where there is nothing to show.

    Args:
        rows: label, value, the value as text.
    """
    if not rows:
        return None
    least, most = min(0, *(value for _, value, _ in rows)), max(0, *(value for _, value, _ in rows))
    room = WIDTH - LABEL_WIDTH - VALUE_WIDTH
    scale = room / ((most - least) or 1)
    zero = LABEL_WIDTH - least * scale
    drawn = [
        (
            TOP + ROW_HEIGHT * position,
            _shortened(label, LONGEST_LABEL),
            zero if value >= 0 else zero + value * scale,
            max(abs(value) * scale, 1.5),
            text,
            tone if value >= 0 else "bad",
        )
        for position, (label, value, text) in enumerate(rows)
    ]
    spoken = "; ".join(f"{label} {text}" for label, _, text in rows)
    return BarChart(title, spoken, drawn, zero, 2 * TOP + ROW_HEIGHT * len(rows))


def _round_top(most: int) -> int:
    """The next of 2, 4, 6, 8, 10, 20, 40 … so that the middle line is a whole number.

    >>> [_round_top(number) for number in (1, 3, 7, 35, 999)]
    [2, 4, 8, 40, 1000]
    """
    power = 1
    while True:
        for step in (2, 4, 6, 8, 10):
            if most <= step * power:
                return step * power
        power *= 10
