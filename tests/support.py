"""Small worlds for tests: plain rows in, parsed frames in, readable rows out."""

import os
from functools import cache, lru_cache
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import settings

from calculations.exact import micro_text
from calculations.row_parsing import empty_frame, parse_table, refuse_unknown_references
from models.import_tables import import_tables

SHARED = Path(__file__).resolve().parents[2] / "shared"


def shared(*parts: str) -> Path:
    """A file of the shared data and cases; the test is skipped where they are not at hand."""
    path = SHARED.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"needs {'/'.join(('shared', *parts))}, which is not part of the project")
    return path


def examples(count: int):
    """So many drawn cases of a property, always the same; with EXAMPLES=20 twenty times as many, drawn anew."""
    factor = int(os.environ.get("EXAMPLES", "1"))
    return settings(max_examples=count * factor, derandomize=factor == 1)


def world_of(tables: dict[str, list[dict]]) -> dict[str, pd.DataFrame]:
    """A complete world from rows with the columns of the import tables.

    Raises AssertionError when a row is refused, so that a test's world is what it says.
    """
    world, refused = parsed_world(tables)
    assert refused.empty, refused.to_string()
    return world


def parsed_world(tables: dict[str, list[dict]]) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    """The complete world of the good rows, and the refused ones."""
    specs = import_tables()
    assert set(tables) <= set(specs), f"no such tables: {set(tables) - set(specs)}"
    world, refused = {}, []
    for name, spec in specs.items():
        rows = tables.get(name, [])
        unknown = {column for row in rows for column in row} - {column.name for column in spec.columns}
        assert not unknown, f"{name} has no columns {unknown}"
        if not rows:
            world[name] = _empty(name).copy()
            continue
        cells = tuple(
            tuple((column, "" if cell is None else str(cell)) for column, cell in row.items()) for row in rows
        )
        frame, bad = _parsed(name, cells)
        world[name] = frame.copy()
        refused.append(bad)
    refused.append(
        refuse_unknown_references(
            world, specs.values(), lambda parent: _no_keys(parent) if tables.get(parent) else None
        )
    )
    return world, pd.concat(refused, ignore_index=True)


@lru_cache(1000)
def _parsed(table: str, rows: tuple) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows as columns and texts; most examples of a property differ in one or two tables only."""
    text = pd.DataFrame([dict(row) for row in rows], index=range(1, len(rows) + 1)).fillna("")
    return parse_table(text.astype("str"), import_tables()[table])


@cache
def _no_keys(table: str) -> pd.DataFrame:
    return _empty(table)[list(import_tables()[table].key)]


@cache
def _empty(table: str) -> pd.DataFrame:
    return empty_frame(import_tables()[table])


def frame_rows(frame: pd.DataFrame) -> list[dict]:
    """A frame's rows as `kitline simulate` prints them: decimals as text, ISO dates, None for blank."""
    rows = []
    for record in frame.to_dict("records"):
        row = {}
        for name, cell in record.items():
            if cell is None or cell is pd.NA or cell is pd.NaT or (isinstance(cell, float) and cell != cell):
                row[name.removesuffix("_micro")] = None
            elif name.endswith("_micro"):
                row[name.removesuffix("_micro")] = micro_text(cell)
            elif isinstance(cell, pd.Timestamp):
                row[name] = cell.date().isoformat()
            else:
                row[name] = cell
        rows.append(row)
    return rows
