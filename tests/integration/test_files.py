"""Reading other people's files: every fault named by file and line, nothing guessed; writing what cannot do harm."""

from datetime import date, datetime
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from connectors.files import (
    Sheet,
    UnreadablePath,
    csv_text,
    guarded,
    read_tables,
    unguarded,
    write_csv,
    write_workbook,
)
from models.import_tables import import_tables

SPECS = import_tables()
ITEMS = "item,name,unit,sourcing\n"


def read(path: Path, content: bytes | str, name: str = "items.csv"):
    path.mkdir(exist_ok=True)
    (path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_tables(path, SPECS)


def rows(found, table: str = "items") -> list[list[str]]:
    return found.frames[table].to_numpy().tolist()


def test_cells_stay_text_and_lines_are_counted_as_in_the_file(tmp_path):
    found = read(tmp_path, ITEMS + "007,Bolt,EA,buy\n\n008, NA ,EA,buy\n")

    assert found.frames["items"].index.tolist() == [2, 4]
    assert rows(found) == [["007", "Bolt", "EA", "buy"], ["008", " NA ", "EA", "buy"]]
    assert (found.faults, found.warnings) == ([], [])


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_a_byte_order_mark_and_any_line_ending_are_fine(tmp_path, mark, ending):
    text = (ITEMS + "B,Müller,EA,buy\n").replace("\n", ending)

    assert rows(read(tmp_path, mark + text.encode())) == [["B", "Müller", "EA", "buy"]]


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_semicolon_and_tab_are_recognised_by_the_header(tmp_path, delimiter):
    text = (ITEMS + 'B,"Bolt, long",EA,buy\n').replace('"Bolt, long"', "Bolt").replace(",", delimiter)

    assert rows(read(tmp_path, text)) == [["B", "Bolt", "EA", "buy"]]


def test_another_encoding_is_a_fault_with_place_and_remedy(tmp_path):
    found = read(tmp_path, (ITEMS + "B,Schraube groß,EA,buy\n").encode("latin-1"))

    assert "items" not in found.frames
    assert found.faults[0]["message"] == (
        "items.csv is not UTF-8: byte 0xdf at position 38 (line 2); "
        "save as UTF-8 (in Excel: 'CSV UTF-8') and import it again"
    )
    assert "not UTF-8: byte 0xff" in read(tmp_path, (ITEMS + "B,Bolt,EA,buy\n").encode("utf-16")).faults[0]["message"]


@pytest.mark.parametrize("content", ["", "\n\n", ",,,\n"])
def test_an_empty_file_is_a_fault_and_a_header_alone_is_none(tmp_path, content):
    assert "is empty" in read(tmp_path, content).faults[0]["message"]

    found = read(tmp_path, ITEMS)
    assert (found.faults, len(found.frames["items"])) == ([], 0)


def test_a_missing_required_column_is_a_fault_and_an_unknown_one_a_warning(tmp_path):
    found = read(tmp_path, "item,name,unit,colour,sourcng\nB,Bolt,EA,red,buy\n")

    assert found.faults[0]["message"] == "items.csv has no column sourcing, which items requires; add it"
    assert found.warnings == [
        "items.csv: column colour is unknown and was left out",
        "items.csv: column sourcng is unknown and was left out; did you mean sourcing?",
    ]


def test_a_column_named_twice_is_a_fault(tmp_path):
    found = read(tmp_path, "item,name,unit,sourcing,Name\nB,Bolt,EA,buy,Nut\n")

    assert "names the column name more than once" in found.faults[0]["message"]


def test_headers_may_be_written_as_people_write_them(tmp_path):
    found = read(tmp_path, "Item*,NAME, unit ,sourcing,Lead time days\nB,Bolt,EA,buy,5\n")

    assert list(found.frames["items"]) == ["item", "name", "unit", "sourcing", "lead_time_days"]


def test_ragged_rows_are_named_by_line_and_the_others_read(tmp_path):
    found = read(tmp_path, ITEMS + "A,Bolt,EA\nB,Bolt,EA,buy\nC,Bolt, long,EA,buy\nD,Bolt,EA,buy,,\n")

    assert [fault["row"] for fault in found.faults] == [2, 4]
    assert found.faults[0]["message"].startswith("line 2 of items.csv has 3 cells where the header has 4")
    assert found.faults[1]["content"]["column 5"] == "buy"
    assert [row[0] for row in rows(found)] == ["B", "D"]


def test_a_quote_that_is_never_closed_costs_its_own_line_only(tmp_path):
    found = read(tmp_path, ITEMS + 'A,"Bolt,EA,buy\nB,Bolt,EA,buy\nC,"Nut ""M8""\nzinc",EA,buy\n')

    assert [(fault["row"], fault["content"]) for fault in found.faults] == [(2, {"line": 'A,"Bolt,EA,buy'})]
    assert rows(found) == [["B", "Bolt", "EA", "buy"], ["C", 'Nut "M8"\nzinc', "EA", "buy"]]
    assert found.frames["items"].index.tolist() == [3, 4]


def test_unknown_files_are_warnings_with_a_guess(tmp_path):
    (tmp_path / "item.csv").write_text(ITEMS)
    (tmp_path / "notes.docx").write_text("x")
    (tmp_path / "README.md").write_text("x")
    (tmp_path / ".hidden.csv").write_text("x")

    assert read_tables(tmp_path, SPECS).warnings[:2] == [
        "item.csv is no import table and was left out; did you mean items?",
        "notes.docx is no CSV file and was left out; import a workbook by its own path",
    ]


def test_a_path_that_is_neither_folder_nor_table_is_refused(tmp_path):
    (tmp_path / "orders.pdf").write_text("x")
    (tmp_path / "orders.xlsx").write_text("no workbook")

    for name, said in {"nowhere": "there is no", "orders.pdf": "neither CSV nor", "orders.xlsx": "no readable"}.items():
        with pytest.raises(UnreadablePath, match=said):
            read_tables(tmp_path / name, SPECS)


def workbook(path: Path, sheets: dict[str, list[list]]) -> Path:
    book = Workbook()
    book.remove(book.active)
    for name, lines in sheets.items():
        sheet = book.create_sheet(name)
        for line in lines:
            sheet.append(line)
    book.save(path)
    return path


def test_excel_dates_and_numbers_become_plain_text(tmp_path):
    path = workbook(
        tmp_path / "book.xlsx",
        {
            "README": [["anything"]],
            "Forecasts": [
                ["item", "date", "quantity"],
                ["A", datetime(2026, 1, 31), 0.1 + 0.2],
                [7, date(2026, 2, 1), 12.0],
                [],
                ["C", "2026-02-02", 1e-05],
                [True, datetime(2026, 1, 31, 8, 30), 1234567.25],
            ],
        },
    )

    found = read_tables(path, SPECS)

    assert rows(found, "forecasts") == [
        ["A", "2026-01-31", "0.3"],
        ["7", "2026-02-01", "12"],
        ["C", "2026-02-02", "0.00001"],
        ["yes", "2026-01-31 08:30:00", "1234567.25"],
    ]
    assert found.frames["forecasts"].index.tolist() == [2, 3, 5, 6]
    assert found.files["forecasts"] == "book.xlsx [Forecasts]"


def test_leading_zeros_that_excel_shows_by_format_stay(tmp_path):
    path = workbook(
        tmp_path / "book.xlsx", {"items": [["item", "name", "unit", "sourcing"], [42, "Bolt", "EA", "buy"]]}
    )
    book = load_workbook(path)
    book["items"]["A2"].number_format = "00000"
    book.save(path)

    assert rows(read_tables(path, SPECS))[0][0] == "00042"


def test_an_excel_error_is_named_and_not_read_as_a_code(tmp_path):
    path = workbook(
        tmp_path / "book.xlsx", {"items": [["item", "name", "unit", "sourcing"], ["#N/A", "x", "EA", "buy"]]}
    )

    assert "holds the Excel error #N/A" in read_tables(path, SPECS).faults[0]["message"]


def test_what_a_spreadsheet_would_run_is_guarded_and_read_back_whole(tmp_path):
    cells = ["=1+1", "+A", "-A", "@x", "'=1", "'tis", "plain", "\t=1"]
    frame = pd.DataFrame({"item": cells, "name": cells, "unit": "EA", "sourcing": "buy"}, dtype="str")
    sheet = Sheet("items", frame, {"item": "code", "name": "text"})

    text = csv_text(sheet)
    assert all(line.split(",")[0][:1] not in "=+-@" for line in text.splitlines()[1:])
    write_csv(tmp_path / "items.csv", sheet)
    assert [row[0] for row in rows(read_tables(tmp_path, SPECS))] == cells

    write_workbook(tmp_path / "book.xlsx", [sheet])
    assert load_workbook(tmp_path / "book.xlsx")["items"]["A2"].data_type == "s"
    assert [row[0] for row in rows(read_tables(tmp_path / "book.xlsx", SPECS))] == cells


def test_negative_numbers_are_not_guarded():
    sheet = Sheet("issues", pd.DataFrame({"quantity": ["-5"]}, dtype="str"), {"quantity": "decimal"})

    assert csv_text(sheet) == "quantity\n-5\n"


@given(st.text())
def test_every_text_comes_back_from_its_guard(cell):
    assert unguarded(guarded(cell)) == cell
    assert guarded(cell)[:1] not in tuple("=+-@\t\r")
