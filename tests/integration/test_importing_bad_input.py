"""Rows that planning could make no plan of are refused when they come in, or named when they are in already."""

from datetime import date

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from calculations.errors import QuantityOverflow
from models.database import read_table, reading, table_of, writing
from stage_database import import_rows
from tasks.importing import load_tables
from tasks.material_planning import plan_materials

AS_OF = date(2026, 1, 5)
SHELF = {
    "items": ["item,name,unit,sourcing,minimum_order_quantity,order_multiple,maximum_order_quantity,safety_stock",
              "SHELF,Shelf,EA,make,,,,", "BOARD,Board,EA,buy,20,10,100,5", "PLANK,Plank,EA,make,,,,",
              "PEG,Peg,EA,buy,,,,"],
    "boms": ["bom,item", "SHELF,SHELF", "PLANK,PLANK"],
    "bom_lines": ["bom,line,component,quantity", "SHELF,10,BOARD,2", "PLANK,10,PEG,1"],
}  # fmt: skip


@pytest.fixture
def load(sqlite_database, tmp_path):
    """Writes tables as CSV files and imports them; returns the refused rows as (table, row, column, message)."""

    def load_files(tables: dict) -> list[tuple]:
        folder = tmp_path / f"delivery-{len(list(tmp_path.glob('delivery-*')))}"
        folder.mkdir()
        for name, lines in tables.items():
            (folder / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        return [(row["table"], row["row"], row["column"], row["message"])
                for row in load_tables(folder, AS_OF)["refused"]]  # fmt: skip

    return load_files


@pytest.fixture
def loaded(load):
    """A database with shelves of boards, and planks of pegs."""
    assert load(SHELF) == []
    return load


ITEM = "item,name,unit,sourcing,"


@pytest.mark.parametrize(
    ("table", "lines", "column", "said"),
    [
        ("items", [ITEM + "minimum_order_quantity,maximum_order_quantity", "X,X,EA,buy,100,50"],
         "maximum_order_quantity", "below the smallest order"),
        ("items", [ITEM + "minimum_order_quantity,order_multiple,maximum_order_quantity", "X,X,EA,buy,30,50,40"],
         "maximum_order_quantity", "below the smallest order"),
        ("items", [ITEM + "order_up_to,safety_stock", "X,X,EA,buy,50,100"], "order_up_to", "below safety_stock"),
        ("items", [ITEM + "lot_sizing", "X,X,EA,buy,fixed_order_quantity"], "fixed_order_quantity", "give one"),
        ("items", [ITEM + "lot_sizing", "X,X,EA,buy,period_order_quantity"], "period_days", "give them"),
        ("items", [ITEM + "order_multiple", "X,X,EA,buy,0"], "order_multiple", "more than 0, not 0"),
        ("items", [ITEM + "yield_rate", "X,X,EA,buy,0"], "yield_rate", "more than 0, not 0"),
        ("items", [ITEM + "yield_rate", "X,X,EA,buy,1.01"], "yield_rate", "beyond 1"),
        ("items", [ITEM + "lead_time_days", "X,X,EA,buy,3661"], "lead_time_days", "beyond 3660"),
        ("items", [ITEM + "safety_stock", "X,X,EA,buy,9200000000000"], "safety_stock", "beyond 1000000000"),
        ("substitutes", ["component,substitute,ratio", "BOARD,PEG,0"], "ratio", "more than 0, not 0"),
        ("substitutes", ["component,substitute", "BOARD,BOARD"], "substitute", "its own substitute"),
        ("substitutes", ["component,substitute,effective_from,effective_to", "BOARD,PEG,2026-02-01,2026-01-01"],
         "effective_to", "before effective_from"),
        ("unit_conversions", ["item,from_unit,to_unit,factor", "BOARD,BOX,BOX,2"], "factor", "worth 1 of itself"),
        ("unit_conversions", ["item,from_unit,to_unit,factor", "BOARD,BOX,EA,0"], "factor", "more than 0, not 0"),
        ("bom_lines", ["bom,line,component,quantity", "SHELF,20,SHELF,1"], "component", "SHELF → SHELF"),
        ("calendar", ["date,working", "2026-13-01,no"], "date", "no date"),
        ("forecasts", ["item,date,quantity", "BOARD,2026-02-02,NaN"], "quantity", "not a number"),
    ],
)  # fmt: skip
def test_a_row_that_contradicts_itself_is_refused_by_place_with_the_remedy(loaded, table, lines, column, said):
    ((where, row, named, message),) = loaded({table: lines})
    assert (where, row, named) == (table, 2, column)
    assert said in message


def test_limits_are_held_against_the_stored_ones_that_a_file_leaves_out(loaded, sqlite_database):
    # BOARD is stored with a maximum of 100 and a safety stock of 5
    ((*_, column, message),) = loaded({"items": [ITEM + "minimum_order_quantity", "BOARD,Board,EA,buy,101"]})
    assert column == "maximum_order_quantity"
    assert "below the smallest order" in message
    assert loaded({"items": [ITEM + "order_up_to", "BOARD,Board,EA,buy,4"]})[0][2] == "order_up_to"
    assert loaded({"items": [ITEM + "order_up_to", "BOARD,Board,EA,buy,5"]}) == []
    assert loaded({"items": [ITEM + "fixed_order_quantity", "PEG,Peg,EA,buy,50"]}) == []
    assert loaded({"items": [ITEM + "lot_sizing", "PEG,Peg,EA,buy,fixed_order_quantity"]}) == []
    with reading(sqlite_database) as connection:
        stored = read_table(connection, "items").set_index("item")
    assert stored.loc["BOARD", "minimum_order_quantity_micro"] == 20_000_000
    assert stored.loc["PEG", "fixed_order_quantity_micro"] == 50_000_000


def test_a_conversion_that_says_something_else_than_the_one_back_is_refused(loaded):
    rows = [
        "item,from_unit,to_unit,factor",
        "BOARD,BOX,EA,12",
        "BOARD,EA,BOX,0.1",
        "PEG,BAG,EA,12",
        "PEG,EA,BAG,0.083333",
    ]
    ((table, row, column, message),) = loaded({"unit_conversions": rows})
    assert (table, row, column) == ("unit_conversions", 3, "factor")
    assert "the other way round" in message


def test_a_material_cannot_replace_what_it_is_made_from_whichever_row_comes_last(loaded):
    # PLANK is made from PEG; BOARD is not
    assert loaded({"substitutes": ["component,substitute", "BOARD,PLANK", "PLANK,BOARD"]}) == []
    ((table, row, column, message),) = loaded({"substitutes": ["component,substitute", "BOARD,PEG"]})
    assert (table, row, column) == ("substitutes", 2, "substitute")
    assert message.startswith("PEG cannot replace BOARD: one of the two is made from the other")
    ((table, row, column, message),) = loaded({"bom_lines": ["bom,line,component,quantity", "PLANK,20,BOARD,1"]})
    assert (table, row, column) == ("bom_lines", 2, "component")
    assert message.startswith("item PLANK would be made from BOARD, which it or one of its parts replaces")


def test_validities_that_overlap_or_leave_a_gap_load_and_are_warned_of(loaded, sqlite_database):
    bills = ["bom,item,version,effective_from,effective_to", "SHELF,SHELF,1,,2026-03-31", "S2,SHELF,1,2026-03-31,",
             "PLANK,PLANK,1,,2026-03-31", "P2,PLANK,2,2026-04-02,"]  # fmt: skip
    assert loaded({"boms": bills}) == []
    with reading(sqlite_database) as connection:
        results = read_table(connection, "gate_results")
    assert results[~results["success"] & (results["severity"] == "warning")]["keys"].tolist()[-2:] == [["S2"], ["P2"]]


@pytest.mark.parametrize(
    ("table", "column"),
    [("items", "order_multiple_micro"), ("items", "yield_rate_micro"), ("boms", "output_quantity_micro"),
     ("bom_lines", "quantity_micro"), ("substitutes", "ratio_micro"), ("unit_conversions", "factor_micro")],
)  # fmt: skip
def test_no_door_lets_a_divisor_of_zero_into_the_tables(loaded, sqlite_database, table, column):
    pair = ["component,substitute", "BOARD,PLANK"]
    loaded({"substitutes": pair, "unit_conversions": ["item,from_unit,to_unit,factor", "BOARD,BOX,EA,12"]})
    with pytest.raises(IntegrityError, match=column), writing(sqlite_database) as connection:
        connection.execute(update(table_of(table)).values({column: 0}))


def test_sums_beyond_exact_numbers_in_the_plant_stop_the_plan_by_name(sqlite_database, tmp_path):
    stock = [{"item": "BOARD", "quantity": 10**9, "lot": f"L{number}"} for number in range(4613)]
    items = [{"item": "BOARD", "name": "Board", "unit": "EA", "sourcing": "buy"}]
    import_rows(tmp_path, {"items": items, "stock": stock}, AS_OF)
    with pytest.raises(QuantityOverflow, match="item BOARD in stock sum to more than Kitline can count"):
        plan_materials.fn(AS_OF)
