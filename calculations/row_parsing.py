"""Rows as text → typed frames, with every bad cell named; the edge where decimals become exact integers.

Distinct texts are parsed once and mapped back, so a million rows cost as much as their distinct values.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache

import numpy as np
import pandas as pd

from calculations.errors import KitlineError
from calculations.exact import MICRO, micro_text, to_micro
from calculations.membership import is_among

REFUSED_COLUMNS = ["table", "row", "column", "value", "message"]
EARLIEST, LATEST = date(1970, 1, 1), date(2199, 12, 31)
YES_NO = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}


@dataclass(frozen=True)
class ImportColumn:
    """One column of an import table.

    `kind` is code, text, choice, decimal, whole, day, yes_no or period. `default` None means blank. `low` and `high`
    are inclusive bounds in micro-units for decimals, plain for whole numbers; `above` is an exclusive lower bound.
    `references` names the import table whose key holds this code, `references_with` the further columns of that key.
    """

    name: str
    kind: str
    help: str
    required: bool = False
    default: str | None = None
    choices: tuple[str, ...] = ()
    references: str = ""
    low: int | None = None
    high: int | None = None
    above: int | None = None

    @property
    def field(self) -> str:
        """The column's name inside Kitline."""
        return f"{self.name}_micro" if self.kind == "decimal" else self.name

    @property
    def dtype(self) -> str:
        """The pandas dtype; numbers that may be blank are nullable."""
        if self.kind in ("decimal", "whole"):
            return "int64" if self.required or self.default is not None else "Int64"
        return {"day": "datetime64[s]", "yes_no": "bool"}.get(self.kind, "str")


@dataclass(frozen=True)
class ImportTable:
    """An import table: its columns and the fields of its natural key.

    `is_fact`: one row is one thing that happened.
    """

    name: str
    help: str
    columns: tuple[ImportColumn, ...]
    key: tuple[str, ...]
    is_fact: bool = False
    parents: tuple[tuple[tuple[str, ...], str], ...] = ()

    def column(self, name: str) -> ImportColumn:
        return next(column for column in self.columns if column.name == name)


def empty_frame(table: ImportTable) -> pd.DataFrame:
    """The table's frame without rows, every column typed."""
    return _empty_frame(table).copy()


@cache
def _empty_frame(table: ImportTable) -> pd.DataFrame:
    return pd.DataFrame({column.field: pd.Series([], dtype=column.dtype) for column in table.columns})


def parse_table(text: pd.DataFrame, table: ImportTable) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Good rows as a typed frame, and the bad cells.

    Args:
        text: every cell as str, "" for blank; the index is the row number to report.
        table: what the columns mean. Unknown columns of `text` are ignored here (the reader warns).
    Returns:
        the typed frame of rows without a fault, index kept; and refused: table, row, column, value, message,
        one row for each fault.
    """
    refused: list[pd.DataFrame] = []
    good = np.ones(len(text), dtype=bool)
    typed = {}
    for column in table.columns:
        if column.name not in text and not column.required:
            typed[column.field] = _default_values(column, text.index)
            continue
        if column.name in text:
            cells = text[column.name].astype("str").fillna("").str.strip()
        else:
            cells = pd.Series("", index=text.index, dtype="str")
        values, faults = parse_column(cells, column)
        typed[column.field] = values
        if faults is not None:
            bad = faults.notna().to_numpy()
            good &= ~bad
            refused.append(_refusals(table.name, text.index[bad], column.name, cells[bad], faults[bad]))
    frame = pd.DataFrame(typed, index=text.index)
    frame, repeated = _without_repeats(frame[good], table)
    refused.append(repeated)
    return frame, _joined(refused)


def refuse_unknown_references(
    frames: dict[str, pd.DataFrame], tables: Iterable[ImportTable], known: Callable[[str], pd.DataFrame | None]
) -> pd.DataFrame:
    """Take rows whose code names nothing out of `frames` (in place, parents first), and say which.

    Args:
        frames: parsed frames by table. tables: in order, parents before children.
        known: for a table, further rows that exist already (their key columns), or None when the table is not to be
            checked at all (a scenario that does not carry it).
    Returns:
        refused: table, row, column, value, message.
    """
    refused = []
    for table in tables:
        frame = frames.get(table.name)
        if frame is None or frame.empty:
            continue
        for columns, parent in table.parents:
            existing = known(parent)
            if existing is None:
                continue
            parent_key = list(existing.columns)
            targets = [existing] + ([frames[parent][parent_key]] if parent in frames else [])
            found = _is_in(frame, list(columns), pd.concat(targets, ignore_index=True))
            if found.all():
                continue
            bad = frame[~found]
            value = bad[list(columns)].astype("str").agg("/".join, axis=1)
            message = (
                f"{columns[-1]} " + value + f" is not in {parent}; add it there or correct the {columns[-1]}"
            ).astype("str")
            refused.append(_refusals(table.name, bad.index, columns[-1], value, message))
            frame = frame[found]
        frames[table.name] = frame
    return _joined(refused)


_NO_REFUSALS = pd.DataFrame(
    {name: pd.Series([], dtype="int64" if name == "row" else "str") for name in REFUSED_COLUMNS}
)


def no_refusals() -> pd.DataFrame:
    """An empty frame of refused rows."""
    return _NO_REFUSALS.copy()


def _is_in(frame: pd.DataFrame, columns: list[str], existing: pd.DataFrame) -> np.ndarray:
    blank = (frame[columns[0]].astype("str") == "").to_numpy()
    if len(columns) == 1:
        return is_among(frame[columns[0]], existing.iloc[:, 0]) | blank
    wanted = pd.MultiIndex.from_frame(frame[columns])
    return wanted.isin(pd.MultiIndex.from_frame(existing)) | blank


def _default_values(column: ImportColumn, index: pd.Index) -> pd.Series:
    """The values of a column that the file does not have."""
    if column.kind in ("code", "text"):
        return pd.Series(column.default or "", index=index, dtype="str")
    value = PARSERS[column.kind](column.default, column)[0] if column.default else None
    return _typed([value], np.zeros(len(index), dtype=np.intp), index, column)


def parse_column(cells: pd.Series, column: ImportColumn) -> tuple[pd.Series, pd.Series | None]:
    """The column's values, and a message for each fault (missing = none); None when all are good."""
    blank = cells == ""
    if column.required and blank.any():
        faults = pd.Series(pd.NA, index=cells.index, dtype="str")
        faults[blank] = f"{column.name} is missing; it is required"
    else:
        faults = None
    if column.kind in ("code", "text"):
        values = cells.mask(blank, column.default or "") if blank.any() else cells
        broken = values.str.contains(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", regex=True)
        if broken.any():
            faults = faults if faults is not None else pd.Series(pd.NA, index=cells.index, dtype="str")
            faults[broken] = f"{column.name} contains control characters; remove them"
        return values.astype("str"), faults
    codes, distinct = pd.factorize(cells)
    parsed, messages = [], []
    parse = PARSERS[column.kind]
    for cell in distinct:
        text = cell or (column.default or "")
        value, message = (None, None) if text == "" else parse(text, column)
        parsed.append(value)
        messages.append(message)
    if any(messages):
        said = pd.Series(np.array(messages, dtype=object)[codes], index=cells.index)
        faults = said if faults is None else faults.astype(object).where(faults.notna(), said)
    return _typed(parsed, codes, cells.index, column), faults


def _typed(parsed: list, codes: np.ndarray, index: pd.Index, column: ImportColumn) -> pd.Series:
    if column.kind == "day":
        values = np.array([np.datetime64(value or "NaT", "s") for value in parsed], dtype="datetime64[s]")
        return pd.Series(values[codes] if len(values) else np.array([], dtype="datetime64[s]"), index=index)
    if column.dtype == "Int64":
        missing = np.array([value is None for value in parsed], dtype=bool)
        values = np.array([value or 0 for value in parsed], dtype=np.int64)
        return pd.Series(pd.arrays.IntegerArray(values[codes], missing[codes]), index=index)
    if column.dtype in ("int64", "bool"):
        values = np.array([value or 0 for value in parsed], dtype=column.dtype)
        return pd.Series(values[codes], index=index)
    values = pd.Series([value or "" for value in parsed], dtype="str")
    return values.take(codes).set_axis(index)


def _parse_decimal(text: str, column: ImportColumn):
    try:
        value = to_micro(text)
    except KitlineError as error:
        return None, str(error)
    return _within(value, text, column, micro_text)


def _parse_whole(text: str, column: ImportColumn):
    try:
        value = to_micro(text)
    except KitlineError as error:
        return None, str(error)
    if value % MICRO:
        return None, f"{column.name} must be a whole number, not {text}"
    return _within(value // MICRO, text, column, str)


def _within(value: int, text: str, column: ImportColumn, show: Callable[[int], str]):
    if column.above is not None and value <= column.above:
        return None, f"{column.name} must be more than {show(column.above)}, not {text}"
    if column.low is not None and value < column.low:
        return None, f"{column.name} must be at least {show(column.low)}, not {text}"
    if column.high is not None and value > column.high:
        return None, f"{column.name} {text} is beyond {show(column.high)}; check the number and its unit"
    return value, None


def _parse_day(text: str, column: ImportColumn):
    try:
        day = date.fromisoformat(text[:10] if text[10:] in ("", " 00:00:00", "T00:00:00") else text)
    except ValueError:
        return None, f"{column.name} {text!r} is no date; write it like 2026-01-31"
    if not EARLIEST <= day <= LATEST:
        return None, f"{column.name} {text} is outside 1970 to 2199; check the year"
    return day.isoformat(), None


def _parse_yes_no(text: str, column: ImportColumn):
    value = YES_NO.get(text.lower())
    return (value, None) if value is not None else (None, f"{column.name} must be yes or no, not {text!r}")


def _parse_choice(text: str, column: ImportColumn):
    if text in column.choices:
        return text, None
    return None, f"{column.name} cannot be {text!r}; choose {' or '.join(column.choices)}"


def _parse_period(text: str, column: ImportColumn):
    if len(text) == 7 and _parse_day(f"{text}-01", column)[1] is None:
        return text, None
    return None, f"{column.name} {text!r} is no month; write it like 2026-01"


PARSERS = {
    "decimal": _parse_decimal,
    "whole": _parse_whole,
    "day": _parse_day,
    "yes_no": _parse_yes_no,
    "choice": _parse_choice,
    "period": _parse_period,
}


def _without_repeats(frame: pd.DataFrame, table: ImportTable) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Each key once. A fact that stands twice with the same content counts once; any other repeat is refused."""
    if not table.key:
        return frame, no_refusals()
    key = list(table.key)
    repeated = frame.duplicated(subset=key).to_numpy()
    if not repeated.any():
        return frame, no_refusals()
    same = frame.duplicated().to_numpy() if table.is_fact else np.zeros(len(frame), dtype=bool)
    bad = frame[repeated & ~same]
    if bad.empty:
        return frame[~repeated], no_refusals()
    value = pd.Series(key_texts(bad, table.key), index=bad.index, dtype="str")
    advice = "correct the event's key" if table.is_fact else "keep one row of it"
    names = "/".join(field.removesuffix("_micro") for field in key)
    message = (names + " " + value + f" stands more than once; {advice}").astype("str")
    return frame[~repeated], _refusals(table.name, bad.index, key[-1].removesuffix("_micro"), value, message)


def key_texts(frame: pd.DataFrame, key: tuple[str, ...]) -> list[str]:
    """The rows' numbers: key fields as people write them, joined by "/"."""
    cells = (_written(frame[field], field) for field in key)
    return ["/".join(map(str, row)) for row in zip(*cells, strict=True)]


def _written(values: pd.Series, field: str) -> list:
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        return values.dt.strftime("%Y-%m-%d").tolist()
    return [micro_text(cell) for cell in values] if field.endswith("_micro") else values.tolist()


def _refusals(table: str, rows, column: str, values, messages) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "table": table,
            "row": np.asarray(rows, dtype=np.int64),
            "column": column,
            "value": np.asarray(values, dtype=object),
            "message": np.asarray(messages, dtype=object),
        }
    )


def _joined(refusals: list[pd.DataFrame]) -> pd.DataFrame:
    refusals = [frame for frame in refusals if len(frame)]
    if not refusals:
        return no_refusals()
    joined = pd.concat(refusals, ignore_index=True).astype(no_refusals().dtypes.to_dict())
    return joined.sort_values(["table", "row"], kind="stable", ignore_index=True)
