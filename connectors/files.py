"""Folders of CSV files and Excel workbooks → text frames, line by line, with every fault named by file and line.

Nothing is interpreted here: cells stay text, and the index of a frame is the line number in its file. A file that
cannot be read as a whole (encoding, header) is one fault on line 0; the other files are still read.
"""

import csv
import difflib
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from io import StringIO
from itertools import islice
from pathlib import Path

import pandas as pd

from calculations.errors import KitlineError
from calculations.row_parsing import ImportTable

BYTE_ORDER_MARKS = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}
DELIMITERS = ",;\t"
EXCEL_ERRORS = frozenset({"#N/A", "#REF!", "#DIV/0!", "#VALUE!", "#NAME?", "#NULL!", "#NUM!"})
# A spreadsheet runs a cell that starts with one of these; exports put an apostrophe before it, imports take it off.
FORMULA_STARTS = "=+-@\t\r"
# Sheets and files for people, skipped without a word.
NOTES = "readme"


class UnreadablePath(KitlineError):
    """A path that is neither a folder of CSV files, nor a CSV file, nor a workbook."""

    kind = "unreadable_path"


@dataclass
class TextTables:
    """What a path holds: text frames by table, where each came from, faults and warnings.

    `faults` rows: table, file, row, column, value, message, content (the row as it came).
    """

    frames: dict[str, pd.DataFrame] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    faults: list[dict] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def fault(self, table: str, file: str, row: int, message: str, *, column="", value="", content=None) -> None:
        self.faults.append(
            {"table": table, "file": file, "row": row, "column": column, "value": value, "message": message,
             "content": content or {}}
        )  # fmt: skip


def read_tables(
    path: Path, tables: dict[str, ImportTable], progress: Callable[[str], None] = lambda file: None
) -> TextTables:
    """Every import table found in a folder of CSV files, a workbook, or one CSV file.

    Args:
        path: the folder or file. tables: the known tables by name.
        progress: called with the name of each file or sheet before it is read.
    Raises:
        UnreadablePath: nothing there, or a kind of file Kitline does not read.
    """
    path = Path(path)
    if path.is_dir():
        return _read_folder(path, tables, progress)
    if not path.exists():
        raise UnreadablePath(f"there is no {path}; give a folder of CSV files or a workbook (.xlsx)")
    if path.suffix.lower() == ".csv":
        found = TextTables()
        _read_csv(path, tables, found, progress)
        return found
    if path.suffix.lower() in (".xlsx", ".xlsm"):
        return _read_workbook(path, tables, progress)
    raise UnreadablePath(f"{path.name} is neither CSV nor .xlsx; save it as one of them")


def _read_folder(folder: Path, tables: dict, progress: Callable) -> TextTables:
    found = TextTables()
    for path in sorted(folder.iterdir()):
        if path.name.startswith((".", "~$")) or path.is_dir() or path.stem.lower() == NOTES:
            continue
        if path.suffix.lower() == ".csv":
            _read_csv(path, tables, found, progress)
        else:
            found.warnings.append(f"{path.name} is no CSV file and was left out; import a workbook by its own path")
    if not found.frames and not found.faults:
        found.warnings.append(f"{folder} holds no import table; `kitline template` shows their names")
    return found


def _read_csv(path: Path, tables: dict, found: TextTables, progress: Callable) -> None:
    name = _table_name(path.stem, path.name, tables, found)
    if not name:
        return
    progress(path.name)
    content = path.read_bytes()
    try:
        if content[:2] in BYTE_ORDER_MARKS:
            raise UnicodeDecodeError("utf-8", content, 0, 2, BYTE_ORDER_MARKS[content[:2]])
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        message = (
            f"{path.name} is not UTF-8: byte 0x{content[error.start]:02x} at position {error.start} (line {line}); "
            "save as UTF-8 (in Excel: 'CSV UTF-8') and import it again"
        )
        found.fault(name, path.name, 0, message, value=f"0x{content[error.start]:02x}")
        return
    rows = _csv_rows(text, path.name, name, found)
    _take_table(name, path.name, rows, tables, found, _without_guard)


def _csv_rows(text: str, file: str, table: str, found: TextTables) -> Iterator[tuple[int, list[str]]]:
    """Line number and cells of each record; a record that is broken by its quotes is a fault of its first line."""
    lines = StringIO(text, newline="").readlines()
    delimiter = _delimiter(next((line for line in lines if line.strip()), ""))
    start = 0
    while start < len(lines):
        reader = csv.reader(islice(lines, start, None), delimiter=delimiter, strict=True)
        offset, before = start, 0
        try:
            for cells in reader:
                yield offset + before + 1, cells
                before = reader.line_num
            return
        except csv.Error:
            # the reader may have swallowed the rest of the file: only its first line is at fault, go on after it
            start = offset + before + 1
            message = f"line {start} of {file} has an unbalanced quote; double every quote inside a quoted cell"
            found.fault(table, file, start, message, value=lines[start - 1].strip()[:200],
                        content={"line": lines[start - 1].rstrip("\r\n")})  # fmt: skip


def read_rows(path: Path) -> list[dict[str, str]]:
    """The rows of one CSV file by its header, whatever its name; blank rows are left out.

    Raises:
        UnreadablePath: there is no such file, or it is no UTF-8 text.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadablePath(f"{path} cannot be read as a CSV file in UTF-8; name one") from error
    lines = csv.reader(text.splitlines(), delimiter=_delimiter(text.partition("\n")[0]))
    header = [name.strip() for name in next(lines, [])]
    return [dict(zip(header, map(unguarded, cells), strict=False)) for cells in lines if any(cells)]


def _delimiter(header: str) -> str:
    return max(DELIMITERS, key=header.count)


def _read_workbook(path: Path, tables: dict, progress: Callable) -> TextTables:
    from openpyxl import load_workbook

    found = TextTables()
    try:
        workbook = load_workbook(path, read_only=True, data_only=True)
    except Exception as error:
        raise UnreadablePath(f"{path.name} is no readable workbook ({error}); save it again as .xlsx") from error
    try:
        for sheet in workbook.worksheets:
            place = f"{path.name} [{sheet.title}]"
            if sheet.title.strip().lower() == NOTES:
                continue
            name = _table_name(sheet.title, place, tables, found)
            if name:
                progress(place)
                rows = ((number, [_cell_text(cell) for cell in row]) for number, row in enumerate(sheet.iter_rows(), 1))
                _take_table(name, place, rows, tables, found, lambda frame: frame)
    finally:
        workbook.close()
    return found


def _cell_text(cell) -> str:
    """An Excel cell as the text a person would type: ISO dates, plain decimals without float noise.

    Excel itself keeps 15 significant digits; what a float has beyond them was never typed.
    """
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        shown = cell.number_format or ""
        return str(value).zfill(len(shown)) if len(shown) > 1 and not shown.strip("0") else str(value)
    if isinstance(value, float):
        return format(Decimal(f"{value:.15g}"), "f")
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time(0) else value.isoformat(sep=" ")
    return value.isoformat() if isinstance(value, (date, time)) else str(value)


def _table_name(stem: str, file: str, tables: dict, found: TextTables) -> str:
    """The table a file or sheet is named after, or "" with a warning."""
    name = stem.strip().lower().replace(" ", "_")
    if name not in tables:
        close = difflib.get_close_matches(name, tables, n=1)
        advice = f"; did you mean {close[0]}?" if close else "; `kitline template` shows the names of all tables"
        found.warnings.append(f"{file} is no import table and was left out{advice}")
        return ""
    if name in found.files:
        found.fault(name, file, 0, f"{file} repeats the table {name} of {found.files[name]}; keep one of them")
        return ""
    found.files[name] = file
    return name


def _take_table(name: str, file: str, rows: Iterator, tables: dict, found: TextTables, unguard: Callable) -> None:
    """Collect the rows of one file under its header."""
    rows = ((line, cells) for line, cells in rows if any(cell.strip() for cell in cells))
    header = next(rows, None)
    if header is None:
        found.fault(name, file, 0, f"{file} is empty; its first line must name the columns of {name}")
        return
    columns = [cell.strip().rstrip("*").strip().lower().replace(" ", "_") for cell in header[1]]
    while columns and not columns[-1]:
        columns.pop()
    if not _header_fits(name, file, columns, tables[name], found):
        return
    lines, records = [], []
    for line, cells in rows:
        fault = _row_fault(line, cells, columns, file)
        if fault:
            extra = [f"column {n + 1}" for n in range(len(columns), len(cells))]
            content = dict(zip([*columns, *extra], cells, strict=False))
            found.fault(name, file, line, fault, content=content)
            continue
        lines.append(line)
        records.append(cells[: len(columns)] if len(cells) > len(columns) else cells)
    cells = zip(*records, strict=True) if records else [[] for _ in columns]
    frame = pd.DataFrame(
        {column: pd.Series(list(values), dtype="str") for column, values in zip(columns, cells, strict=True)}
    )
    frame.index = pd.Index(lines, dtype="int64")
    found.frames[name] = unguard(frame[[column for column in columns if column]])


def _header_fits(name: str, file: str, columns: list[str], table: ImportTable, found: TextTables) -> bool:
    known = [column.name for column in table.columns]
    missing = [column.name for column in table.columns if column.required and column.name not in columns]
    repeated = sorted({column for column in columns if column and columns.count(column) > 1})
    for column in columns:
        if column not in known:
            close = difflib.get_close_matches(column, known, n=1)
            advice = f"; did you mean {close[0]}?" if close else ""
            found.warnings.append(f"{file}: column {column or '(without a name)'} is unknown and was left out{advice}")
    for column in missing:
        found.fault(name, file, 0, f"{file} has no column {column}, which {name} requires; add it", column=column)
    for column in repeated:
        found.fault(name, file, 0, f"{file} names the column {column} more than once; keep one", column=column)
    return not missing and not repeated


def _row_fault(line: int, cells: list[str], columns: list[str], file: str) -> str:
    if len(cells) < len(columns) or any(cell.strip() for cell in cells[len(columns) :]):
        return (
            f"line {line} of {file} has {len(cells)} cells where the header has {len(columns)}; "
            "check its separators and quotes"
        )
    errors = EXCEL_ERRORS.intersection(cells)
    return f"line {line} of {file} holds the Excel error {min(errors)}; mend the formula" if errors else ""


def _without_guard(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame without the apostrophes that exports put before what a spreadsheet would run."""
    for column in frame:
        quoted = frame[column].str.startswith("'")
        if quoted.any():
            frame[column] = frame[column].mask(quoted, frame[column][quoted].map(unguarded))
    return frame


def guarded(cell: str) -> str:
    """Text that no spreadsheet runs as a formula; `unguarded` is its inverse.

    >>> guarded("=SUM(A1)"), guarded("bolt")
    ("'=SUM(A1)", 'bolt')
    """
    return f"'{cell}" if cell.lstrip("'")[:1] in tuple(FORMULA_STARTS) else cell


def unguarded(cell: str) -> str:
    """The text behind a guard; other apostrophes stay.

    >>> unguarded("'=SUM(A1)"), unguarded("'tis")
    ('=SUM(A1)', "'tis")
    """
    return cell[1:] if cell[:1] == "'" and cell.lstrip("'")[:1] in tuple(FORMULA_STARTS) else cell


@dataclass(frozen=True)
class Sheet:
    """A table ready to be written: cells as plain text, and the kind of each column (see `ImportColumn.kind`)."""

    name: str
    frame: pd.DataFrame
    kinds: dict[str, str]
    required: tuple[str, ...] = ()


def csv_text(sheet: Sheet) -> str:
    """The sheet as CSV text; text cells are guarded against being run as formulas, numbers are not."""
    frame = sheet.frame.copy()
    for column in frame:
        if sheet.kinds.get(column, "text") in ("code", "text"):
            frame[column] = frame[column].map(guarded).astype("str")
    return frame.to_csv(index=False, lineterminator="\n")


def write_csv(path: Path, sheet: Sheet) -> None:
    """Write a sheet as a UTF-8 CSV file."""
    write_text(path, csv_text(sheet))


def write_text(path: Path | str, text: str) -> None:
    """Write a UTF-8 file and the folder it lies in; "-" is standard output."""
    if str(path) == "-":
        sys.stdout.write(text)
        return
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(text, encoding="utf-8", newline="")


def write_workbook(path: Path, sheets: list[Sheet]) -> None:
    """Write sheets into one workbook: codes as text, dates and numbers as such, nothing that could run."""
    import xlsxwriter

    path.parent.mkdir(parents=True, exist_ok=True)
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(path), options) as workbook:
        formats = {
            "head": workbook.add_format({"bold": True, "bottom": 1}),
            "required": workbook.add_format({"bold": True, "bottom": 1, "bg_color": "#FFF2CC"}),
            "text": workbook.add_format({"num_format": "@"}),
            "day": workbook.add_format({"num_format": "yyyy-mm-dd"}),
        }
        for sheet in sheets:
            _write_sheet(workbook.add_worksheet(sheet.name[:31]), sheet, formats)


def _write_sheet(worksheet, sheet: Sheet, formats: dict) -> None:
    worksheet.freeze_panes(1, 0)
    for position, column in enumerate(sheet.frame):
        kind = sheet.kinds.get(column, "text")
        style = formats.get("day" if kind == "day" else "text" if kind in ("code", "text", "choice", "period") else "")
        cells = sheet.frame[column].tolist()
        width = min(60, max([len(column), *map(len, cells[:200])]) + 2)
        worksheet.set_column(position, position, width, style)
        worksheet.write_string(0, position, column, formats["required" if column in sheet.required else "head"])
        for row, cell in enumerate(cells, 1):
            if cell == "":
                continue
            if kind == "day":
                worksheet.write_datetime(row, position, datetime.fromisoformat(cell), style)
            elif kind in ("decimal", "whole") and len(cell.strip("-").replace(".", "")) <= 15:
                worksheet.write_number(row, position, float(cell), style)
            else:
                worksheet.write_string(row, position, cell, style)
