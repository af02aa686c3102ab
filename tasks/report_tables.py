"""Tables of the report: frames as rows of text, column by column, ready for the page."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from templates import money, percent, quantity

Formatter = Callable[[pd.Series], list]


@dataclass(frozen=True)
class Column:
    """A column of a page's table: the frame's column, its heading and how its cells are written.

    `kind` is one of `FORMATTERS`, or "named" (a code with the name from the column `beside`).
    """

    name: str
    heading: str
    kind: str = "text"
    beside: str = ""


@dataclass(frozen=True)
class Table:
    """A table of the page; `total` counts the rows there are, `rows` holds those that are shown."""

    id: str
    title: str
    columns: tuple[Column, ...]
    rows: list[tuple]
    total: int
    empty: str
    note: str = ""


@dataclass(frozen=True)
class Section:
    """A part of the page: a sentence of introduction and tables."""

    id: str
    title: str
    intro: str
    tables: tuple[Table, ...]
    figures: tuple = field(default=())


ITEM = Column("item", "Item", "named", "name")


def rest_note(frame: pd.DataFrame, total: int, table: str) -> str:
    """Where the rest of a long table is."""
    return f"The first {len(frame):,} of {total:,}; `kitline export {table}` gives all." if total > len(frame) else ""


def page_table(id: str, title: str, frame: pd.DataFrame, columns, empty: str, total: int | None = None, note: str = ""):
    """A table of the page from a frame.

    Args:
        columns: the columns to show, in order. empty: what to say when there is no row.
        total: rows there are in all, where the frame holds only the first of them.
    """
    cells = [_cells(frame, column) for column in columns]
    rows = list(zip(*cells, strict=True)) if len(frame) else []
    return Table(id, title, tuple(columns), rows, len(rows) if total is None else total, empty, note)


def _cells(frame: pd.DataFrame, column: Column) -> list:
    if column.kind == "named":
        return list(zip(_text(frame[column.name]), _text(frame[column.beside]), strict=True))
    return FORMATTERS[column.kind](frame[column.name])


def _text(values: pd.Series) -> list[str]:
    return ["" if cell is None or cell is pd.NA or cell != cell else str(cell) for cell in values.tolist()]


def _days(values: pd.Series) -> list[str]:
    text = np.datetime_as_string(values.to_numpy().astype("datetime64[D]"))
    return np.where(values.isna().to_numpy(), "", text).tolist()


def _each(write: Callable) -> Formatter:
    """Write each distinct value once: quantities repeat."""

    def formatter(values: pd.Series) -> list[str]:
        listed = values.astype(object).where(values.notna(), None).tolist()
        written = {value: write(value) for value in set(listed)}
        return [written[value] for value in listed]

    return formatter


def _number(value) -> str:
    return "" if value is None else f"{int(value):,}"


FORMATTERS: dict[str, Formatter] = {
    "text": _text,
    "code": _text,
    "long": _text,
    # a few words, which may take two lines
    "some": _text,
    # a number with its unit
    "amount": _text,
    "status": _text,
    "day": _days,
    "quantity": _each(quantity),
    "money": _each(money),
    "percent": _each(percent),
    "whole": _each(_number),
    # a tuple of shares in percent, drawn as one bar
    "bar": lambda values: values.tolist(),
}
