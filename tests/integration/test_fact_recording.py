"""Facts entered by hand: tried first, recorded once, refused whole."""

import json
from datetime import date

import pytest
from test_fact_posting_stage import load, rows, stock

from calculations.errors import KitlineError
from small_plant import item, on, plant
from stage_database import stored_rows
from tasks.fact_recording import RefusedRecord, record_facts

DAY = date(2026, 1, 20)


@pytest.fixture
def shelf(database):
    load(database, plant(
        items=[item("LEG", standard_cost=2)],
        stock=[{"item": "LEG", "quantity": 40, "unit_cost": 2}],
        purchases=[("PO-1", 10, "LEG", 40, 2)],
        work_orders=[("WO-1", "DESK", 10)],
        components=[("WO-1", "LEG", 40)],
        receipts=[on(5, "R-1", "PO-1", quantity=4)],
    ))  # fmt: skip
    return database


def everything(database) -> dict:
    tables = ("stock_moves", "stock_counts", "receipts", "issues", "runs", "quarantine", "alerts", "document_series")
    return {name: stored_rows(database, name) for name in tables}


def test_a_dry_run_shows_book_counted_difference_and_value_and_writes_nothing(shelf):
    before = everything(shelf)
    answer = record_facts({"stock_counts": [{"item": "LEG", "counted_quantity": "41"}]}, DAY)
    # the receipt that waits is posted with it: 40 + 4 in the book
    (count,) = answer["counts"]
    assert {name: count[name] for name in ("item", "book", "counted", "difference", "value")} == {
        "item": "LEG", "book": "44", "counted": "41", "difference": "-3", "value": "-6",
    }  # fmt: skip
    assert [fact["outcome"] for fact in answer["facts"]] == ["would be posted"]
    assert everything(shelf) == before


def test_what_is_recorded_is_what_was_tried_and_a_retry_does_not_double(shelf):
    entered = {"stock_counts": [{"item": "LEG", "counted_quantity": "41"}],
               "issues": [{"order": "WO-1", "item": "LEG", "quantity": "8", "event": "SLIP-7"}]}  # fmt: skip
    tried = record_facts(entered, DAY)
    done = record_facts(entered, DAY, dry_run=False)
    assert tried["moves"] == done["moves"]
    assert tried["counts"] == done["counts"]
    assert stock(shelf) == {("LEG", "available"): "41", ("LEG", "in_production"): "8"}
    assert rows(shelf, "issues", "event", "state") == [("SLIP-7", "posted")]
    again = record_facts(entered, DAY, dry_run=False)
    assert [fact["outcome"] for fact in again["facts"]] == ["recorded before", "recorded before"]
    assert stock(shelf)["LEG", "available"] == "41"


@pytest.mark.parametrize(
    ("entered", "said"),
    [
        ({"issues": [{"order": "WO-1", "item": "LEG", "quantity": "99"}]}, "40 planned, 0 issued before, so 99 is 59"),
        ({"issues": [{"order": "WO-9", "item": "LEG", "quantity": "1"}]}, "order WO-9 is not in work_orders"),
        ({"adjustments": [{"item": "LEG", "quantity": "x", "reason": "y"}]}, "quantity: "),
        ({"reversals": [{"table": "receipts", "reversed_event": "R-9", "reason": "y"}]}, "there is no event R-9"),
        ({"stock_counts": [{"item": "LEG", "counted_quantity": "1", "date": "2026-02-01"}]}, "after 2026-01-20"),
    ],
)
def test_one_bad_row_refuses_all_and_nothing_is_written(shelf, entered, said):
    before = everything(shelf)
    entered = {"transfers": [{"item": "LEG", "quantity": "1", "to_warehouse": "N"}], **entered}
    with pytest.raises(RefusedRecord, match="nothing was recorded") as refused:
        record_facts(entered, DAY, dry_run=False)
    assert said in str(refused.value)
    assert everything(shelf) == before


@pytest.mark.parametrize(
    ("entered", "said"),
    [({}, "nothing was entered"), ({"items": [{"item": "X"}]}, "items cannot be recorded by hand"),
     ({"issues": [{"itm": "X"}]}, "issues has no column itm")],
)  # fmt: skip
def test_what_is_no_fact_is_refused(sqlite_database, entered, said):
    with pytest.raises(KitlineError, match=said):
        record_facts(entered, DAY)


def test_a_reversal_by_hand_says_what_becomes_of_its_order(shelf):
    record_facts({"receipts": [{"order": "PO-1", "quantity": "36", "event": "R-2"}]}, DAY, dry_run=False)
    assert rows(shelf, "purchase_orders", "state") == [("done",)]
    answer = record_facts({"reversals": [{"table": "receipts", "reversed_event": "R-2", "reason": "slip"}]}, DAY)
    assert answer["documents"] == [{"table": "purchase_orders", "number": "PO-1", "state": "in_progress"}]
    assert [move["quantity"] for move in answer["moves"]] == ["-36"]


def test_the_command_tries_and_records(shelf, kitline):
    count = ("record", "stock_counts", "item=LEG", "counted_quantity=41", "--as-of", "2026-01-20")
    code, out, _ = kitline(*count, "--dry-run")
    assert code == 0
    assert "LEG: book 44, counted 41, difference -3, worth -6" in out
    assert "nothing was written" in out
    code, out, _ = kitline(*count, "--json")
    assert json.loads(out)["facts"][0]["outcome"] == "posted"
    assert stock(shelf) == {("LEG", "available"): "41"}
    code, _, err = kitline("record", "issues", "order=WO-1", "item=LEG", "quantity=99", "--as-of", "2026-01-20")
    assert code == 1
    assert "so 99 is 59 too many" in err
    assert kitline("record", "issues", "order")[0] == 1


def test_the_form_is_a_dry_run_unless_told_otherwise(sqlite_database, prefect):
    from flows.fact_recording import Count, fact_recording

    load(sqlite_database, plant(stock=[{"item": "LEG", "quantity": 40, "unit_cost": 2}]))
    counted = [Count(item="LEG", counted_quantity=41)]
    answer = fact_recording(stock_counts=counted, as_of=DAY)
    assert [(row["difference"], row["value"]) for row in answer["counts"]] == [("1", "2")]
    assert stock(sqlite_database) == {("LEG", "available"): "40"}
    fact_recording(stock_counts=counted, as_of=DAY, dry_run=False)
    assert stock(sqlite_database) == {("LEG", "available"): "41"}
