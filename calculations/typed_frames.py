"""Rows and columns of cells as frames with given names and dtypes, also when there are none."""

from collections.abc import Sequence

import numpy as np
import pandas as pd


def typed(rows: list[tuple], dtypes: dict[str, str]) -> pd.DataFrame:
    """Rows as a frame with the given columns and dtypes, also when there are none."""
    return typed_columns(list(zip(*rows, strict=True)) if rows else [()] * len(dtypes), dtypes)


def typed_columns(columns: list[Sequence], dtypes: dict[str, str]) -> pd.DataFrame:
    """Columns of cells, in the order of `dtypes`, as a frame with these names and dtypes."""
    return pd.DataFrame(
        {
            name: pd.Series(_days(cells)) if dtype == "datetime64[s]"
            else pd.Series(list(cells), dtype=object).astype(dtype)
            for (name, dtype), cells in zip(dtypes.items(), columns, strict=True)
        }
    )  # fmt: skip


def _days(cells: Sequence) -> np.ndarray:
    return np.array([None if day is pd.NaT else day for day in cells], dtype="datetime64[s]")
