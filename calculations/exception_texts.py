"""Messages of exceptions, written from parts, for many rows at once and only for those that are asked for."""

import numpy as np

from calculations.exact import micro_text
from calculations.working_days import DAY


class Texts:
    """Texts of rows, written only for those that are asked for: each part is a text, or gives the texts of rows."""

    def __init__(self, *parts):
        self.parts = parts

    def __call__(self, rows: np.ndarray) -> np.ndarray:
        text = np.full(len(rows), "", dtype=object)
        for part in self.parts:
            text = text + (part if isinstance(part, str) else part(rows))
        return text


def dates(days: np.ndarray):
    """A part of ISO dates; days since 1970-01-01."""
    return lambda rows: written(days[rows], lambda distinct: distinct.astype(DAY).astype(str))


def quantities(micro: np.ndarray):
    """A part of plain decimals; micro-units."""
    return lambda rows: written(micro[rows], lambda distinct: [micro_text(value) for value in distinct.tolist()])


def written(numbers: np.ndarray, write) -> np.ndarray:
    """Texts of numbers; `write` gets each distinct number once."""
    distinct, place = np.unique(numbers, return_inverse=True)
    return np.asarray(write(distinct), dtype=object)[place]


def more_components(numbers: np.ndarray) -> list[str]:
    """How many components are not named, in words; nothing for none."""
    return [f" and {number} more component{'s' * (number > 1)}" if number else "" for number in numbers.tolist()]


def chosen(texts: list[str], place: np.ndarray):
    """A part that is one of the texts, by place."""
    return lambda rows: np.array(texts, dtype=object)[place[rows]]
