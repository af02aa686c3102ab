"""Reversals, adjustments, transfers and counts in a real database, run after run."""

from datetime import date

import pytest
from test_cost_closing_stage import FACTS, PLANT, act
from test_fact_posting_stage import desks, load, post, rows, stock

from models.database import reading
from models.worlds import balances, read_world
from small_plant import on
from stage_database import import_rows, stored_rows
from support import frame_rows
from tasks.cost_closing import close_costs
from tasks.fact_posting import post_waiting_facts

JANUARY, FEBRUARY = date(2026, 1, 31), date(2026, 2, 28)


def undo(event: str, table: str, undone: str, day: str = "2026-01-20") -> dict:
    return {"event": event, "date": day, "table": table, "reversed_event": undone, "reason": "slip"}


@pytest.fixture
def day_at_work(database, tmp_path):
    load(database, desks(
        receipts=[on(5, "R-1", "PO-1", line=10, quantity=40)],
        issues=[on(5, "I-1", "WO-1", item="LEG", quantity=8)],
        completions=[on(6, "C-1", "WO-1", quantity=2, scrapped_quantity=0)],
        time_entries=[on(6, "T-1", "WO-1", work_center="BENCH", labor_hours=3)],
        shipments=[on(7, "S-1", "SO-1", line=10, quantity=2)],
    ))  # fmt: skip
    assert post()["facts_posted"] == 5
    return database


def test_everything_is_undone_in_a_later_run_and_the_plant_is_as_it_was(day_at_work, tmp_path):
    facts = [("receipts", "R-1"), ("issues", "I-1"), ("completions", "C-1"), ("time_entries", "T-1"),
             ("shipments", "S-1")]  # fmt: skip
    reversals = [undo(f"REV-{event}", table, event) for table, event in facts]
    import_rows(tmp_path, {"reversals": reversals}, JANUARY)
    assert post() == {"facts_posted": 5, "facts_refused": 0, "stock_moves": 7}
    assert stock(day_at_work) == {("LEG", "available"): "8", ("SCREW", "available"): "60"}
    with reading(day_at_work) as connection:
        world = read_world(connection)
    assert world["work_orders"]["completed_quantity_micro"].tolist() == [0]
    assert world["work_order_components"]["issued_quantity_micro"].tolist() == [0, 0]
    assert world["purchase_order_lines"]["received_quantity_micro"].tolist() == [0]
    assert world["sales_order_lines"]["shipped_quantity_micro"].tolist() == [0]
    for table, state in (("work_orders", "released"), ("purchase_orders", "released"), ("sales_orders", "approved")):
        assert [found for (found,) in rows(day_at_work, table, "state")] == [state], table
    # sent again they count once, and nothing can be undone twice
    import_rows(tmp_path, {"reversals": reversals}, JANUARY)
    assert post()["stock_moves"] == 0
    import_rows(tmp_path, {"reversals": [undo("AGAIN", "shipments", "S-1")]}, JANUARY)
    assert post()["facts_refused"] == 1
    messages = dict(rows(day_at_work, "quarantine", "key", "message"))
    assert "shipments S-1 is undone already by reversal REV-S-1" in messages["AGAIN"]


def test_a_wrong_completion_is_sent_again_with_an_event_of_its_own(day_at_work, tmp_path):
    import_rows(tmp_path, {
        "reversals": [undo("A", "shipments", "S-1"), undo("B", "completions", "C-1")],
        "completions": [on(20, "C-2", "WO-1", quantity=1)],
    }, JANUARY)  # fmt: skip
    assert post()["facts_posted"] == 3
    assert stock(day_at_work)["DESK", "available"] == "1"
    assert stock(day_at_work)["SCREW", "available"] == "52"
    with reading(day_at_work) as connection:
        assert read_world(connection)["work_orders"]["completed_quantity_micro"].tolist() == [1_000_000]


def test_counts_transfers_and_adjustments_become_moves_once(day_at_work, tmp_path):
    facts = {
        "adjustments": [{"event": "A-1", "date": "2026-01-10", "item": "SCREW", "quantity": -4, "reason": "rust"}],
        "transfers": [{"event": "X-1", "date": "2026-01-11", "item": "SCREW", "quantity": 10, "to_warehouse": "N"},
                      {"event": "X-2", "date": "2026-01-11", "item": "SCREW", "quantity": 1, "to_status": "blocked"}],
        "stock_counts": [{"event": "N-1", "date": "2026-01-09", "item": "SCREW", "counted_quantity": 45}],
    }  # fmt: skip
    import_rows(tmp_path, facts, JANUARY)
    assert post()["facts_posted"] == 4
    # 60 − 16 = 44, counted 45, less 4, one of 41 blocked
    assert stock(day_at_work)["SCREW", "blocked"] == "1"
    with reading(day_at_work) as connection:
        frame = frame_rows(balances(connection))
    assert {row["warehouse"]: row["quantity"] for row in frame if (row["item"], row["status"]) == (
        "SCREW", "available")} == {"MAIN": "30", "N": "10"}  # fmt: skip
    # what was only moved came in when the rest did
    assert {row["received_date"] for row in frame if row["item"] == "SCREW"} == {"2026-01-01"}
    assert post()["stock_moves"] == 0
    # a count of the same day that says something else, and one that comes after later facts
    import_rows(tmp_path, {"stock_counts": [
        {"event": "N-2", "date": "2026-01-09", "item": "SCREW", "counted_quantity": 46},
        {"event": "N-3", "date": "2026-01-10", "item": "SCREW", "counted_quantity": 40}]}, JANUARY)  # fmt: skip
    assert post()["facts_refused"] == 1
    with reading(day_at_work) as connection:
        frame = balances(connection)
    here = frame[(frame["item"] == "SCREW") & (frame["warehouse"] == "MAIN") & (frame["status"] == "available")]
    # one of the 41 of the 10th was missing, and so is one of the 30 that are left after the transfers
    assert here["quantity_micro"].tolist() == [29_000_000]


def test_bad_rows_are_refused_where_they_come_in(day_at_work, tmp_path):
    from tasks.importing import load_tables

    folder = tmp_path / "bad"
    folder.mkdir()
    (folder / "adjustments.csv").write_text(
        "event,date,item,quantity,reason,status\nA-1,2026-01-10,SCREW,0,x,\nA-2,2026-01-10,GONE,1,x,\n"
        "A-3,2026-01-10,SCREW,1,,\nA-4,2026-01-10,SCREW,1,x,inspection\n"
    )
    (folder / "transfers.csv").write_text(
        "event,date,item,quantity,to_warehouse,to_status\nX-1,2026-01-10,SCREW,1,,\nX-2,2026-01-10,SCREW,-1,N,\n"
    )
    (folder / "stock_counts.csv").write_text("event,date,item,counted_quantity\nN-1,2026-01-10,SCREW,-1\n")
    (folder / "reversals.csv").write_text(
        "event,date,table,reversed_event,reason\nR-1,2026-01-10,inspections,Q-1,x\nR-2,2026-01-10,issues,,x\n"
    )
    refused = load_tables(folder, JANUARY)["refused"]
    assert [(row["table"], row["row"], row["column"]) for row in refused] == [
        ("adjustments", 2, "quantity"), ("adjustments", 3, "item"), ("adjustments", 4, "reason"),
        ("adjustments", 5, "status"), ("reversals", 2, "table"), ("reversals", 3, "reversed_event"),
        ("stock_counts", 2, "counted_quantity"), ("transfers", 2, "to_warehouse"), ("transfers", 3, "quantity"),
    ]  # fmt: skip


def test_a_fact_of_a_locked_month_is_undone_in_the_next_one_and_both_balance(database, tmp_path):
    import_rows(tmp_path, PLANT, date(2026, 1, 2))
    act(tmp_path, JANUARY, **{**FACTS, "shipments": FACTS["shipments"][:1]})
    close_costs.fn(JANUARY, lock=True)
    january = stored_rows(database, "cost_entries")
    import_rows(tmp_path, {
        "reversals": [undo("REV-S", "shipments", "S-1", "2026-02-03")],
        "adjustments": [{"event": "A-1", "date": "2026-02-04", "item": "WOOD", "quantity": -1, "reason": "rotten"}],
    }, FEBRUARY)  # fmt: skip
    assert post_waiting_facts.fn(FEBRUARY)["counts"]["facts_posted"] == 2
    close_costs.fn(FEBRUARY)
    entries = stored_rows(database, "cost_entries")
    assert [row for row in entries if row["period"] == "2026-01"] == january
    identity = {row["term"]: row["amount"] for row in stored_rows(database, "cost_identity")
                if row["period"] == "2026-02"}  # fmt: skip
    assert (identity["cost_of_sales"], identity["difference"]) == ("-42.86", "0")
    adjusted = [row["amount"] for row in entries if row["kind"] == "inventory_adjustment"]
    assert adjusted == ["2"]
    assert identity["variances"] == "2"
    margin = [row for row in stored_rows(database, "order_margins") if row["period"] == "2026-02"]
    assert [(row["revenue"], row["freight"], row["returns"]) for row in margin] == [("-43.33", "-5", "0")]
