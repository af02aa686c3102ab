"""Frames as people read them: decimals as text, ISO dates, blanks as blanks."""

import numpy as np
import pandas as pd

from calculations.exact import micro_text


def readable_rows(frame: pd.DataFrame) -> list[dict]:
    """A frame's rows as dicts of str, int, bool or None; `_micro` columns lose the suffix and become decimal text.

    >>> readable_rows(pd.DataFrame({"item": ["BOLT"], "quantity_micro": [2_500_000]}))
    [{'item': 'BOLT', 'quantity': '2.5'}]
    """
    columns = {name.removesuffix("_micro"): readable_cells(frame[name]) for name in frame}
    return [dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]


def readable_cells(values: pd.Series) -> list:
    """One column's cells as people read them; the name tells whether they are micro-units."""
    missing = values.isna().to_numpy()
    if values.name is not None and str(values.name).endswith("_micro"):
        return [None if gone else micro_text(cell) for cell, gone in zip(values.tolist(), missing, strict=True)]
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        # instants tell their day in UTC
        values = values if values.dt.tz is None else values.dt.tz_convert(None)
        days = np.datetime_as_string(values.to_numpy().astype("datetime64[D]")).tolist()
        return [None if gone else day for day, gone in zip(days, missing, strict=True)]
    return [None if gone else cell for cell, gone in zip(values.tolist(), missing, strict=True)]
