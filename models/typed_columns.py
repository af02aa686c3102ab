"""What a column holds in a frame and in SQL, both ways; the kind comes from the column's declaration.

| kind | in a frame | in SQL |
|---|---|---|
| decimal, whole | int64; Int64 where it may be blank | integer, NULL |
| day | datetime64[s] | date (ISO text in SQLite), NULL |
| yes_no | bool | boolean |
| code, text, choice, period | str, blank is "" | text; blank is "", or NULL where the column allows it |
| json, instant, content | Python objects | as SQLAlchemy stores them |
"""

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import compute

TEXTS = ("code", "text", "choice", "period")
NUMBERS = ("decimal", "whole")
PYTHON_KINDS = ("json", "instant", "content")


def kind_of(column) -> str:
    """The kind a column was declared with; a computed column is taken as a number."""
    return (getattr(column, "info", None) or {}).get("kind", "decimal")


def sql_values(values: pd.Series, column) -> pa.Array | list:
    """A frame's column as SQL takes it: an Arrow array, missing where NULL; a list of the kinds Arrow has no word for.

    Raises:
        pyarrow.ArrowInvalid: a number is not whole or leaves 64 bits.
    """
    kind = kind_of(column)
    if kind in NUMBERS:
        return _whole_array(pa.array(values, type=pa.int64(), from_pandas=True))
    if kind == "day":
        return pa.array(values.to_numpy().astype("datetime64[D]"))
    if kind == "yes_no":
        return _whole_array(pa.array(values, type=pa.bool_(), from_pandas=True))
    if kind in TEXTS:
        texts = _whole_array(pa.array(values, type=pa.large_string(), from_pandas=True))
        blank = compute.equal(texts, "")
        return compute.if_else(blank, None, texts) if column.nullable else texts.fill_null("")
    if kind == "instant":
        return [None if pd.isna(cell) else cell.to_pydatetime() for cell in values]
    return values.tolist()


def _whole_array(values: pa.Array | pa.ChunkedArray) -> pa.Array:
    return values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values


def typed_cells(cells, column) -> np.ndarray | pd.api.extensions.ExtensionArray:
    """A database's cells, as the driver gives them, in the dtype that Kitline's frames use for such a column."""
    kind = kind_of(column)
    if kind in NUMBERS:
        return _typed_numbers(cells, column)
    if kind == "day":
        return _days(cells).astype("datetime64[s]")
    if kind == "yes_no":
        return np.array(cells, dtype=bool)
    if kind in PYTHON_KINDS:
        return pd.array(list(cells), dtype=object)
    return pd.array(pa.array(cells, type=pa.large_string()).fill_null(""), dtype="str")


def _days(cells) -> np.ndarray:
    # SQLite's driver gives texts, which numpy reads; PostgreSQL's gives dates, which Arrow reads thirty times faster
    if isinstance(next((cell for cell in cells if cell is not None), ""), str):
        return np.array(cells, dtype="datetime64[D]")
    return pa.array(cells, type=pa.date32()).to_numpy(zero_copy_only=False)


def _typed_numbers(cells, column) -> np.ndarray | pd.arrays.IntegerArray:
    if not getattr(column, "info", None):
        # sums come as Decimal from PostgreSQL
        cells = [None if cell is None else int(cell) for cell in cells]
    numbers = pa.array(cells, type=pa.int64())
    values = numbers.fill_null(0).to_numpy(zero_copy_only=False)
    if getattr(column, "info", None) and getattr(column, "nullable", False):
        return pd.arrays.IntegerArray(values.copy(), numbers.is_null().to_numpy(zero_copy_only=False))
    return values
