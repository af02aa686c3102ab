"""What the factory writes down: fact rows as the world would type them, and the luck of each document."""

from datetime import date
from decimal import Decimal
from zlib import crc32

import numpy as np
import pandas as pd

from calculations.exact import micro_text

Tables = dict[str, pd.DataFrame]

PREFIXES = {
    "receipts": "REC",
    "issues": "ISS",
    "completions": "CMP",
    "time_entries": "TIM",
    "inspections": "INS",
    "shipments": "SHP",
    "expenses": "EXP",
}


class Luck:
    """A stream of chance for each document, so that one more document does not change the fate of the others."""

    def __init__(self, generator: np.random.Generator):
        self._seed = int(generator.integers(2**32))

    def of(self, *key: object) -> np.random.Generator:
        """The document's own Generator; the same key always gets the same one."""
        return np.random.default_rng([self._seed, crc32("/".join(map(str, key)).encode())])


class FactSheet:
    """Fact rows by import table, every cell as text, events numbered by table and day."""

    def __init__(self):
        self._rows: dict[str, list[dict]] = {}
        self._counts: dict[tuple[str, date], int] = {}

    def add(self, table: str, day: date, **cells: object) -> str:
        """Write one fact down; returns its event key. Integers ending in `_micro` become decimals."""
        count = self._counts[table, day] = self._counts.get((table, day), 0) + 1
        event = f"{PREFIXES[table]}-{day:%y%m%d}-{count:03d}"
        dated = {} if table == "expenses" else {"date": day.isoformat()}
        self._rows.setdefault(table, []).append({"event": event, **dated, **_cells(cells)})
        return event

    def add_reading(self, event: str, characteristic: str, sample: int, value: Decimal) -> None:
        """One measured value of an inspection already written down."""
        self._rows.setdefault("readings", []).append(
            {"event": event, "characteristic": characteristic, "sample": str(sample), "value": str(value)}
        )

    def tables(self) -> Tables:
        """The rows so far as frames of text."""
        return {name: pd.DataFrame(rows).fillna("").astype("str") for name, rows in self._rows.items()}


def _cells(cells: dict[str, object]) -> dict[str, str]:
    return {
        name.removesuffix("_micro"): micro_text(value) if name.endswith("_micro") else str(value)
        for name, value in cells.items()
        if value is not None
    }
