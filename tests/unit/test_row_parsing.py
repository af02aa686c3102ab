"""Rows as text become typed frames: every fault named, nothing guessed, nothing rounded."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calculations.exact import micro_text
from calculations.row_parsing import (
    ImportColumn,
    ImportTable,
    empty_frame,
    parse_table,
    refuse_unknown_references,
)
from models.import_tables import import_tables

PARTS = ImportTable(
    "parts",
    "Parts of a machine.",
    (
        ImportColumn("part", "code", "code", required=True),
        ImportColumn("name", "text", "name"),
        ImportColumn("quantity", "decimal", "how many", required=True, above=0, high=10**15),
        ImportColumn("weight", "decimal", "kilograms", low=0),
        ImportColumn("share", "decimal", "share", default="1", low=0, high=10**6),
        ImportColumn("line", "whole", "line", default="10", low=1, high=999),
        ImportColumn("days", "whole", "days"),
        ImportColumn("due", "day", "due date"),
        ImportColumn("inspect", "yes_no", "inspected", default="no"),
        ImportColumn("kind", "choice", "kind", default="buy", choices=("buy", "make")),
        ImportColumn("month", "period", "month"),
    ),
    ("part",),
)


def text(*rows: dict) -> pd.DataFrame:
    frame = pd.DataFrame(rows, index=range(2, len(rows) + 2)).fillna("")
    return frame.astype("str")


def part(**cells) -> dict:
    return {"part": "BOLT", "quantity": "1", **cells}


def parse(*rows: dict, table: ImportTable = PARTS) -> tuple[pd.DataFrame, pd.DataFrame]:
    return parse_table(text(*rows), table)


def value_of(column: str, cell: str):
    frame, refused = parse(part(**{column.removesuffix("_micro"): cell}))
    assert refused.empty, refused.to_string()
    return frame[column].iloc[0]


def fault_of(**cells) -> dict:
    frame, refused = parse(part(**cells))
    assert frame.empty
    assert len(refused) == 1, refused.to_string()
    return refused.iloc[0].to_dict()


def test_a_row_becomes_exact_typed_values():
    frame, refused = parse(
        part(part="007", name="Bölt ", quantity="12.5", weight="0.000001", line="20", due="2026-01-31", inspect="Yes",
             kind="make", month="2026-01", days="3")
    )  # fmt: skip

    assert refused.empty
    row = frame.loc[2]
    assert row[["part", "name", "quantity_micro", "weight_micro", "line", "days"]].tolist() == [
        "007", "Bölt", 12_500_000, 1, 20, 3,
    ]  # fmt: skip
    assert (row["due"].date().isoformat(), row["inspect"], row["kind"], row["month"]) == (
        "2026-01-31", True, "make", "2026-01",
    )  # fmt: skip


def test_blanks_take_defaults_or_stay_missing():
    frame, _ = parse(part())

    row = frame.loc[2]
    assert (row["share_micro"], row["line"], row["inspect"], row["kind"]) == (1_000_000, 10, False, "buy")
    assert row["name"] == row["month"] == ""
    assert pd.isna(row["weight_micro"])
    assert pd.isna(row["days"])
    assert pd.isna(row["due"])


def test_every_column_has_its_dtype_also_without_rows():
    expected = {
        "part": "str", "name": "str", "quantity_micro": "int64", "weight_micro": "Int64", "share_micro": "int64",
        "line": "int64", "days": "Int64", "due": "datetime64[s]", "inspect": "bool", "kind": "str", "month": "str",
    }  # fmt: skip

    assert parse(part())[0].dtypes.astype(str).to_dict() == expected
    assert parse_table(text(part()).iloc[:0], PARTS)[0].dtypes.astype(str).to_dict() == expected
    assert empty_frame(PARTS).dtypes.astype(str).to_dict() == expected


@pytest.mark.parametrize(
    ("cell", "micro"),
    [("1", 10**6), ("1.50", 1_500_000), (" 2 ", 2_000_000), ("+3", 3_000_000), ("1e3", 10**9), (".5", 500_000)],
)
def test_numbers_are_read_exactly(cell, micro):
    assert value_of("quantity_micro", cell) == micro


@pytest.mark.parametrize(
    ("cell", "day"), [("2026-01-31", "2026-01-31"), ("2026-01-31 00:00:00", "2026-01-31"), ("20260131", "2026-01-31")]
)
def test_dates_are_iso(cell, day):
    assert value_of("due", cell).date().isoformat() == day


@pytest.mark.parametrize(("cell", "said"), [("yes", True), ("TRUE", True), ("1", True), ("No", False), ("0", False)])
def test_yes_and_no_have_several_spellings(cell, said):
    assert value_of("inspect", cell) == said


@pytest.mark.parametrize(
    ("column", "cell", "message"),
    [
        ("part", "", "part is missing; it is required"),
        ("part", "   ", "part is missing; it is required"),
        ("part", "A\x00B", "part contains control characters; remove them"),
        ("name", "A\x07", "name contains control characters; remove them"),
        ("quantity", "", "quantity is missing; it is required"),
        ("quantity", "0", "quantity must be more than 0, not 0"),
        ("quantity", "-5", "quantity must be more than 0, not -5"),
        ("quantity", "2000000000", "quantity 2000000000 is beyond 1000000000; check the number and its unit"),
        ("quantity", "99999999999999999999", "use a larger unit"),
        ("quantity", "1,5", "'1,5' is not a number; write it like 1234.5"),
        ("quantity", "five", "'five' is not a number"),
        ("quantity", "nan", "is not a number"),
        ("quantity", "inf", "is not a number"),
        ("quantity", "1e99999", "a number|larger|digits"),
        ("quantity", "0.1234567", "0.1234567 has more than six decimals; round it to six"),
        ("weight", "-0.5", "weight must be at least 0, not -0.5"),
        ("share", "1.000001", "share 1.000001 is beyond 1; check the number and its unit"),
        ("line", "1.5", "line must be a whole number, not 1.5"),
        ("line", "0", "line must be at least 1, not 0"),
        ("line", "1000", "line 1000 is beyond 999"),
        ("due", "31.01.2026", "due '31.01.2026' is no date; write it like 2026-01-31"),
        ("due", "2026-02-30", "is no date"),
        ("due", "2026-01-31 08:30:00", "is no date"),
        ("due", "1969-12-31", "due 1969-12-31 is outside 1970 to 2199; check the year"),
        ("due", "2200-01-01", "outside 1970 to 2199"),
        ("inspect", "maybe", "inspect must be yes or no, not 'maybe'"),
        ("kind", "steal", "kind cannot be 'steal'; choose buy or make"),
        ("month", "2026-13", "month '2026-13' is no month; write it like 2026-01"),
        ("month", "2026-1", "is no month"),
    ],
)  # fmt: skip
def test_a_bad_cell_is_refused_with_column_value_and_remedy(column, cell, message):
    fault = fault_of(**{column: cell})

    assert (fault["table"], fault["row"], fault["column"], fault["value"]) == ("parts", 2, column, cell.strip())
    assert any(said in fault["message"] for said in message.split("|")), fault["message"]


def test_every_fault_of_a_row_is_named_and_good_rows_stay():
    frame, refused = parse(part(quantity="x", due="y"), part(part="NUT"), part(part="", quantity="-1"))

    assert frame["part"].tolist() == ["NUT"]
    assert list(zip(refused["row"], refused["column"], strict=True)) == [
        (2, "quantity"), (2, "due"), (4, "part"), (4, "quantity"),
    ]  # fmt: skip


def test_a_key_twice_keeps_the_first_row():
    frame, refused = parse(part(name="first"), part(name="second"))

    assert frame["name"].tolist() == ["first"]
    assert refused["message"].tolist() == ["part BOLT stands more than once; keep one row of it"]


def test_a_fact_twice_with_the_same_content_counts_once():
    facts = ImportTable("events", "Events.", PARTS.columns, ("part",), is_fact=True)

    frame, refused = parse(part(), part(), table=facts)
    assert (len(frame), len(refused)) == (1, 0)

    frame, refused = parse(part(), part(), part(quantity="2"), table=facts)
    assert (len(frame), refused["row"].tolist()) == (1, [4])
    assert "correct the event's key" in refused["message"].iloc[0]


def test_rows_without_a_key_may_repeat():
    stock = import_tables()["stock"]
    cells = text({"item": "BOLT", "quantity": "5"}, {"item": "BOLT", "quantity": "5"})

    assert len(parse_table(cells, stock)[0]) == 2


def test_unknown_references_are_refused_parents_first():
    tables = import_tables()
    names = ("items", "boms", "bom_lines")
    rows = {
        "items": [{"item": "DESK", "name": "Desk", "unit": "EA", "sourcing": "make"}],
        "boms": [{"bom": "B1", "item": "DESK"}, {"bom": "B2", "item": "GHOST"}],
        "bom_lines": [
            {"bom": "B1", "line": "10", "component": "BOLT", "quantity": "1"},
            {"bom": "B2", "line": "10", "component": "BOLT", "quantity": "1"},
            {"bom": "B1", "line": "20", "component": "NUT", "quantity": "1"},
        ],
    }
    frames = {name: parse_table(text(*rows[name]), tables[name])[0] for name in names}
    stored = {"items": pd.DataFrame({"item": pd.Series(["BOLT"], dtype="str")}),
              "boms": pd.DataFrame({"bom": pd.Series([], dtype="str")})}  # fmt: skip

    refused = refuse_unknown_references(frames, [tables[name] for name in names], stored.get)

    assert list(zip(refused["table"], refused["row"], refused["column"], refused["value"], strict=True)) == [
        ("bom_lines", 3, "bom", "B2"),
        ("bom_lines", 4, "component", "NUT"),
        ("boms", 3, "item", "GHOST"),
    ]
    assert refused["message"].iloc[2] == "item GHOST is not in items; add it there or correct the item"
    assert frames["bom_lines"]["component"].tolist() == ["BOLT"]


def test_tables_that_are_not_at_hand_are_not_checked():
    tables = import_tables()
    frames = {"boms": parse_table(text({"bom": "B1", "item": "GHOST"}), tables["boms"])[0]}

    assert refuse_unknown_references(frames, [tables["boms"]], lambda parent: None).empty


@given(st.integers(1, 10**15))
def test_every_decimal_comes_back_as_it_was_written(micro):
    assert value_of("quantity_micro", micro_text(micro)) == micro


@given(st.lists(st.dictionaries(st.sampled_from([c.name for c in PARTS.columns]), st.text(max_size=8)), max_size=6))
def test_whatever_stands_in_a_file_each_row_is_loaded_or_refused(rows):
    cells = pd.DataFrame([{c.name: row.get(c.name, "") for c in PARTS.columns} for row in rows],
                         columns=[c.name for c in PARTS.columns], dtype="str")  # fmt: skip

    frame, refused = parse_table(cells, PARTS)

    assert set(frame.index) | set(refused["row"]) == set(cells.index)
    assert not set(frame.index) & set(refused["row"])
