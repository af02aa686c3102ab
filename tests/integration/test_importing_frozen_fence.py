"""Order lines that come again by file: what is due inside the frozen fence is changed by a person, not by a file."""

from datetime import date

import pytest
from sqlalchemy import update

from models.database import table_of, writing
from stage_database import import_rows, stored_rows
from table_maker import AS_OF, TABLES
from tasks.document_decision import decide_documents
from tasks.importing import load_tables
from tasks.material_planning import plan_materials
from tasks.order_change import change_order, preview_order_change

# ten working days from Monday 5 January: up to the 19th
FENCE = {"frozen_fence_days": 10}
LINES = [
    {"order": "SO-1", "line": 10, "item": "TABLE", "quantity": 5, "due_date": "2026-01-28"},
    {"order": "SO-1", "line": 20, "item": "LEG", "quantity": 4, "due_date": "2026-01-16"},
]


@pytest.fixture
def plant(database, tmp_path):
    import_rows(tmp_path, {**TABLES, "sales_order_lines": LINES}, AS_OF)
    return database


def send(tmp_path, *lines, policies=FENCE, **tables):
    """Import order lines as a file does; the run's summary."""
    folder = tmp_path / "again"
    folder.mkdir(exist_ok=True)
    for name, rows in {"sales_order_lines": list(lines), **tables}.items():
        columns = list(rows[0])
        text = [",".join(columns), *(",".join(str(row[column]) for column in columns) for row in rows)]
        (folder / f"{name}.csv").write_text("\n".join(text) + "\n", encoding="utf-8")
    summary = load_tables(folder, AS_OF, policies)
    for file in folder.iterdir():
        file.unlink()
    return summary


def line(number: int, **columns) -> dict:
    return {**LINES[number // 10 - 1], **columns}


def stored(database) -> dict:
    return {
        row["line"]: (row["item"], row["quantity"], row["due_date"])
        for row in stored_rows(database, "sales_order_lines")
        if row["order"] == "SO-1"
    }


UNCHANGED = {10: ("TABLE", "5", "2026-01-28"), 20: ("LEG", "4", "2026-01-16")}


@pytest.mark.parametrize(
    ("row", "column", "command"),
    [
        (line(20, quantity=6), "quantity", "kitline change SO-1 --quantity 20=6"),
        (line(20, due_date="2026-02-16"), "due_date", "kitline change SO-1 --date 20=2026-02-16"),
        (line(20, item="TOP"), "item", "kitline change SO-1 --item 20=TOP"),
        # pulled in from outside
        (line(10, quantity=2, due_date="2026-01-19"), "quantity",
         "kitline change SO-1 --quantity 10=2 --date 10=2026-01-19"),
    ],
)  # fmt: skip
def test_a_change_inside_the_fence_goes_to_quarantine_with_the_command_that_asks_for_it(
    plant, tmp_path, row, column, command
):
    summary = send(tmp_path, row)
    (fault,) = summary["refused"]
    assert (fault["table"], fault["column"]) == ("sales_order_lines", column)
    assert fault["message"] == (
        f"line {row['line']} of SO-1 is due inside the frozen fence of 10 working days, where a change waits for "
        f"approval; ask for it with {command}"
    )
    assert stored(plant) == UNCHANGED
    assert [row["state"] for row in stored_rows(plant, "quarantine")] == ["waiting"]


def test_the_rest_of_the_file_goes_on(plant, tmp_path):
    summary = send(tmp_path, line(10, quantity=7, due_date="2026-02-04"), line(20, quantity=6))
    assert (summary["counts"]["changed"], summary["counts"]["refused"]) == (1, 1)
    assert stored(plant) == UNCHANGED | {10: ("TABLE", "7", "2026-02-04")}


def test_the_day_after_the_fence_is_free_and_a_holiday_moves_its_end(plant, tmp_path):
    assert send(tmp_path, line(10, due_date="2026-01-20"))["counts"]["changed"] == 1
    holiday = [{"date": "2026-01-06", "working": "no"}]
    refused = send(tmp_path, line(10, due_date="2026-01-20", quantity=6), calendar=holiday)["refused"]
    assert [fault["column"] for fault in refused] == ["quantity"]


def test_without_a_fence_lines_are_changed_by_file(plant, tmp_path):
    assert send(tmp_path, line(20, quantity=6), policies={})["counts"]["changed"] == 1


def test_the_same_rows_prices_new_lines_and_new_orders_pass(plant, tmp_path):
    assert send(tmp_path, *LINES)["counts"] == {
        "written": 0, "changed": 0, "unchanged": 2, "refused": 0, "resolved": 0,
    }  # fmt: skip
    priced = send(tmp_path, line(20, unit_price="3.50"))["counts"]
    assert (priced["changed"], priced["refused"]) == (1, 0)
    more = [{"order": order, "line": 30, "item": "LEG", "quantity": 1, "due_date": "2026-01-07"}
            for order in ("SO-1", "SO-9")]  # fmt: skip
    new = send(tmp_path, *more, sales_orders=[{"order": "SO-9", "customer": "SHOP", "order_date": "2026-01-05"}])
    assert (new["counts"]["written"], new["counts"]["refused"]) == (3, 0)


def test_an_order_that_is_not_planned_yet_is_still_free(plant, tmp_path):
    with writing(plant) as connection:
        connection.execute(update(table_of("sales_orders")).values(state="draft"))
    assert send(tmp_path, line(20, quantity=6))["counts"]["changed"] == 1


def test_a_change_that_was_approved_settles_the_quarantined_row(plant, tmp_path):
    plan_materials.fn(AS_OF)
    assert send(tmp_path, line(20, quantity=6))["counts"]["refused"] == 1
    # the sender repeats it every night
    assert send(tmp_path, line(20, quantity=6))["counts"]["refused"] == 1
    assert len(stored_rows(plant, "quarantine")) == 1
    wanted = [{"what": "quantity", "line": 20, "quantity": 6}]
    seen = preview_order_change.fn("SO-1", wanted, AS_OF, FENCE)["seen"]
    change = change_order.fn("SO-1", wanted, AS_OF, "Ada", "as sent", seen, FENCE)
    assert change["state"] == "submitted"
    decide_documents.fn("approve", [change["number"]], "Ben", "", AS_OF, FENCE)
    summary = send(tmp_path, line(20, quantity=6))["counts"]
    assert (summary["unchanged"], summary["refused"], summary["resolved"]) == (1, 0, 1)
    # the sender's old quantity does not undo what was approved
    assert send(tmp_path, line(20, quantity=4))["counts"]["refused"] == 1
    assert stored(plant)[20] == ("LEG", "6", "2026-01-16")


def test_the_fence_is_counted_from_the_business_date(plant, tmp_path):
    later = date(2026, 1, 15)
    folder = tmp_path / "later"
    folder.mkdir()
    row = line(10, quantity=6)
    text = ",".join(row) + "\n" + ",".join(str(cell) for cell in row.values()) + "\n"
    (folder / "sales_order_lines.csv").write_text(text, encoding="utf-8")
    assert load_tables(folder, later, FENCE)["counts"]["refused"] == 1
