"""Tables → CSV, workbook or JSON: what an import reads back without a change."""

import json
from pathlib import Path

import pandas as pd

from calculations.errors import KitlineError
from calculations.row_parsing import ImportTable
from connectors.files import Sheet, csv_text, write_csv, write_text, write_workbook
from models.columns import EVER
from models.database import metadata, read_table, reading
from models.import_tables import import_tables
from models.migrating import ready_engine
from models.worlds import balances
from settings import settings
from tasks.presentation import readable_cells, readable_rows

FORMATS = ("csv", "xlsx", "json")
# What no table holds: sums over moves, as they stand now.
VIEWS = {"stock_balances": balances}


class UnknownTable(KitlineError):
    """A table that does not exist."""

    kind = "unknown_table"


class UnknownFormat(KitlineError):
    """A file format that Kitline does not write."""

    kind = "unknown_format"


class WouldOverwrite(KitlineError):
    """A template would be written over a file that is there."""

    kind = "would_overwrite"


def export_table(table: str, path: str | Path = "-", format: str = "", *, full: bool = False) -> int:
    """Write a table to a file or, with "-", to standard output; returns the number of rows.

    Import tables are written with the columns an import reads, so that importing the file again changes nothing;
    `full` adds what Kitline keeps beside them (state, origin, promised dates). Decimals are plain text.

    Args:
        table: an import table, any other table, or stock_balances (stock as it stands now).
        format: csv, xlsx or json; blank follows the file's ending, CSV on standard output.
    Raises:
        UnknownTable, UnknownFormat: the message lists what there is.
    """
    path = str(path)
    ending = Path(path).suffix.lower().lstrip(".")
    format = format or (ending if ending in FORMATS else "csv")
    if format not in FORMATS or (path == "-" and format == "xlsx"):
        raise UnknownFormat(f"cannot write {format} to {path}; choose csv, json, or a file ending in .xlsx")
    frame = _read(table)
    spec = None if full else import_tables().get(table)
    if format == "json":
        columns = list(frame) if spec is None else [column.field for column in spec.columns]
        text = json.dumps(readable_rows(frame[columns]), ensure_ascii=False, indent=1, default=str) + "\n"
        write_text(path, text)
    elif format == "xlsx":
        write_workbook(Path(path), [_sheet(table, frame, spec)])
    elif path == "-":
        write_text(path, csv_text(_sheet(table, frame, spec)))
    else:
        write_csv(Path(path), _sheet(table, frame, spec))
    return len(frame)


def export_all(path: str | Path) -> int:
    """Write every import table that has rows into a folder of CSV files or one workbook; returns the number of rows."""
    path = Path(path)
    frames = {name: _read(name) for name in import_tables()}
    sheets = [_sheet(name, frame, import_tables()[name]) for name, frame in frames.items() if len(frame)]
    if path.suffix.lower() == ".xlsx":
        write_workbook(path, sheets or [_sheet("items", frames["items"], import_tables()["items"])])
    else:
        for sheet in sheets:
            write_csv(path / f"{sheet.name}.csv", sheet)
    return sum(map(len, frames.values()))


def write_template(path: str | Path) -> int:
    """Write empty import tables with a page that explains every column; returns the number of tables.

    A folder gets one CSV file for each table and README.md, a workbook one sheet each and the sheet README. An import
    leaves the explanations alone.

    Raises:
        WouldOverwrite: one of the files is there already.
    """
    path, specs = Path(path), import_tables()
    sheets = [_sheet(name, pd.DataFrame({c.field: [] for c in spec.columns}), spec) for name, spec in specs.items()]
    if path.suffix.lower() == ".xlsx":
        _refuse_existing(path)
        columns = _explanations(specs)
        write_workbook(path, [Sheet("README", columns, {}), *sheets])
        return len(sheets)
    files = [path / f"{sheet.name}.csv" for sheet in sheets]
    for file in (*files, path / "README.md"):
        _refuse_existing(file)
    for file, sheet in zip(files, sheets, strict=True):
        write_csv(file, sheet)
    write_text(path / "README.md", _readme(specs))
    return len(sheets)


def _refuse_existing(path: Path) -> None:
    if path.exists():
        raise WouldOverwrite(f"{path} is there already; name a new folder or file")


def _read(table: str) -> pd.DataFrame:
    if table not in metadata.tables and table not in VIEWS:
        raise UnknownTable(f"there is no table {table}; choose one of {', '.join(sorted([*metadata.tables, *VIEWS]))}")
    with reading(ready_engine(settings().database_url)) as connection:
        return VIEWS[table](connection) if table in VIEWS else read_table(connection, table)


def _sheet(name: str, frame: pd.DataFrame, spec: ImportTable | None) -> Sheet:
    """A frame as text cells; with a spec, those of the import table only."""
    if spec is None:
        cells = {column.removesuffix("_micro"): _texts(frame[column]) for column in frame}
        return Sheet(name, pd.DataFrame(cells, dtype="str"), {column: _kind(frame, column) for column in cells})
    cells = {column.name: _texts(frame[column.field], column.default) for column in spec.columns}
    kinds = {column.name: column.kind for column in spec.columns}
    required = tuple(column.name for column in spec.columns if column.required)
    return Sheet(name, pd.DataFrame(cells, dtype="str"), kinds, required)


def _kind(frame: pd.DataFrame, column: str) -> str:
    if f"{column}_micro" in frame:
        return "decimal"
    dtype = frame[column].dtype
    if pd.api.types.is_datetime64_any_dtype(dtype):
        return "day"
    return "whole" if pd.api.types.is_integer_dtype(dtype) else "text"


def _texts(values: pd.Series, default: str | None = None) -> list[str]:
    """Cells as an import reads them; a validity without beginning is blank."""
    cells = ["" if cell is None else cell for cell in readable_cells(values)]
    if pd.api.types.is_bool_dtype(values.dtype):
        return ["yes" if cell else "no" for cell in cells]
    if default == EVER.isoformat():
        return ["" if cell == default else cell for cell in cells]
    return [cell if isinstance(cell, str) else _plain(cell) for cell in cells]


def _plain(cell) -> str:
    if isinstance(cell, bytes):
        return f"{len(cell)} bytes"
    return json.dumps(cell, ensure_ascii=False) if isinstance(cell, (dict, list)) else str(cell)


def _explanations(specs: dict[str, ImportTable]) -> pd.DataFrame:
    rows = [
        (spec.name, column.name, "yes" if column.required else "", _default(column), _expects(column), column.help)
        for spec in specs.values()
        for column in spec.columns
    ]
    return pd.DataFrame(rows, columns=["table", "column", "required", "default", "expects", "explanation"], dtype="str")


def _default(column) -> str:
    return "" if column.default in (None, EVER.isoformat()) else column.default


def _expects(column) -> str:
    """What a cell of the column may hold, in a word."""
    if column.choices:
        return " | ".join(column.choices)
    return {
        "decimal": "number like 1234.5",
        "whole": "whole number",
        "day": "date like 2026-01-31",
        "yes_no": "yes | no",
        "period": "month like 2026-01",
    }.get(column.kind, f"code of {column.references}" if column.references else "text")


def _readme(specs: dict[str, ImportTable]) -> str:
    """The explanations as a page, one section for each table."""
    lines = [
        "# Import tables",
        "",
        "Fill in the tables you need and delete the others; `kitline import` reads this folder. UTF-8, one header row,",
        "codes are text (leading zeros stay), a blank optional cell takes the default. Columns marked * are required.",
    ]
    for spec in specs.values():
        lines += ["", f"## {spec.name}", "", spec.help, "", "| column | default | expects | explanation |"]
        lines.append("|---|---|---|---|")
        for column in spec.columns:
            cells = (column.name + ("*" if column.required else ""), _default(column), _expects(column), column.help)
            lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines) + "\n"
