"""Picking by a person: shown first, recorded whole, never twice; and what was used told afterwards."""

import json
from datetime import date

import pytest
from test_fact_posting_stage import load, rows, stock

import cli
from calculations.pick_proposals import ImpossiblePick
from small_plant import item, on, plant
from stage_database import import_rows, stored_rows
from tasks.fact_posting import post_waiting_facts
from tasks.material_picking import pick_material
from tasks.material_usage import UnknownWorkOrder, usage_now

DAY = date(2026, 1, 20)


@pytest.fixture
def floor(database):
    load(database, plant(
        items=[item("LEG", lot_tracked="yes", shelf_life_days=90, standard_cost=2), item("TOP", standard_cost=30)],
        stock=[
            {"item": "LEG", "quantity": 30, "lot": "L-OLD", "received_date": "2026-01-02"},
            {"item": "LEG", "quantity": 30, "lot": "L-NEW", "received_date": "2026-01-09"},
            {"item": "TOP", "quantity": 9},
        ],
        work_orders=[("WO-1", "DESK", 10), ("WO-2", "DESK", 5)],
        components=[("WO-1", "LEG", 40), ("WO-1", "TOP", 10), ("WO-2", "LEG", 20), ("WO-2", "TOP", 5)],
        receipts=[on(5, "R-1", "PO-1", quantity=1)],
        purchases=[("PO-1", 10, "TOP", 4, 30)],
    ))  # fmt: skip
    return database


def everything(database) -> dict:
    tables = ("stock_moves", "issues", "runs", "quarantine", "alerts", "document_series")
    return {name: stored_rows(database, name) for name in tables}


def test_a_dry_run_shows_lots_first_expired_first_and_writes_nothing(floor):
    before = everything(floor)
    answer = pick_material(["WO-1"], as_of=DAY)
    # the top that waits to be received counts: 10 sets
    assert [(row["sets"], row["limited_by"]) for row in answer["orders"]] == [("10", "")]
    taken = [(row["item"], row["lot"], row["quantity"]) for row in answer["moves"] if row["status"] == "available"]
    assert taken == [("LEG", "L-OLD", "-30"), ("LEG", "L-NEW", "-10"), ("TOP", "", "-10")]
    assert [fact["outcome"] for fact in answer["facts"]] == ["would be posted", "would be posted"]
    assert everything(floor) == before


def test_what_is_picked_is_what_was_shown_and_the_next_pick_sees_only_the_rest(floor):
    shown = pick_material(["WO-1"], sets_micro=4_000_000, as_of=DAY)
    done = pick_material(["WO-1"], sets_micro=4_000_000, as_of=DAY, dry_run=False)
    assert shown["moves"] == done["moves"]
    assert stock(floor)["LEG", "in_production"] == "16"
    # the same again is another four sets, then two are left
    pick_material(["WO-1"], sets_micro=4_000_000, as_of=DAY, dry_run=False)
    last = pick_material(["WO-1"], as_of=DAY, dry_run=False)
    assert [row["sets"] for row in last["orders"]] == ["2"]
    assert stock(floor)["TOP", "in_production"] == "10"
    none = pick_material(["WO-1"], as_of=DAY, dry_run=False)
    assert (none["facts"], none["moves"]) == ([], [])
    assert [event for (event,) in rows(floor, "issues", "event") if "TOP" in event] == [
        "pick-WO-1-TOP-1", "pick-WO-1-TOP-2", "pick-WO-1-TOP-3",
    ]  # fmt: skip


def test_every_open_order_is_served_the_first_to_start_first(floor):
    answer = pick_material([], how="rest", as_of=DAY, dry_run=False)
    assert [row["order"] for row in answer["orders"]] == ["WO-1", "WO-2"]
    assert [(row["order"], row["item"], row["missing"]) for row in answer["lines"] if row["missing"] != "0"] == [
        ("WO-2", "TOP", "5"),
    ]  # fmt: skip
    handed = [(row["item"], row["quantity"]) for row in answer["moves"] if row["status"] == "in_production"]
    assert sum(int(quantity) for code, quantity in handed if code == "LEG") == 60


def test_what_came_back_can_be_picked_again(floor):
    pick_material(["WO-2"], as_of=DAY, dry_run=False)
    pick_material(["WO-2"], "return_sets", 2_000_000, DAY, dry_run=False)
    assert stock(floor)["LEG", "in_production"] == "12"
    pick_material(["WO-2"], "return_rest", None, DAY, dry_run=False)
    assert ("LEG", "in_production") not in stock(floor)
    answer = pick_material(["WO-2"], as_of=DAY, dry_run=False)
    assert [row["sets"] for row in answer["orders"]] == ["5"]


@pytest.mark.parametrize(
    ("orders", "how", "sets", "said"),
    [(["WO-9"], "sets", None, "there is no open work or subcontract order WO-9"),
     (["WO-1", "WO-2"], "sets", 6_000_000, "WO-2: 6 sets cannot be picked"),
     (["WO-1"], "return_sets", 1_000_000, "1 sets cannot be returned, only 0"),
     (["WO-1"], "sets", -1_000_000, "-1 sets are none"),
     (["WO-1"], "all", None, "choose one of sets, rest, return_sets, return_rest")],
)  # fmt: skip
def test_what_cannot_be_picked_is_said_and_nothing_is_written(floor, orders, how, sets, said):
    before = everything(floor)
    with pytest.raises(ImpossiblePick, match=said):
        pick_material(orders, how, sets, DAY, dry_run=False)
    assert everything(floor) == before


def test_usage_tells_what_finished_orders_used_beyond_their_need(floor, tmp_path, capsys):
    facts = [on(19, "I-1", "WO-2", item="LEG", quantity=21), on(19, "I-2", "WO-2", item="TOP", quantity=5),
             on(19, "I-3", "WO-1", item="LEG", quantity=8)]  # fmt: skip
    made = [on(20, "C-1", "WO-2", quantity=5)]
    import_rows(tmp_path, {"issues": facts, "completions": made}, DAY)
    post_waiting_facts.fn(DAY, {"over_issue_percent": "10"})
    answer = usage_now(DAY)
    shown = [(row["order"], row["item"], row["variance"], row["variance_amount"], row["on_floor"], row["finished"])
             for row in answer["usage"]]  # fmt: skip
    # what lies at the open order is no variance yet
    assert shown == [("WO-1", "LEG", "8", "16", "8", "no"), ("WO-2", "LEG", "1", "2", "1", "yes")]
    assert [(row["item"], row["variance_amount"]) for row in answer["items"]] == [("LEG", "2")]
    assert {row["item"] for row in usage_now(DAY, ["WO-2"])["usage"]} == {"LEG", "TOP"}
    with pytest.raises(UnknownWorkOrder, match="WO-9"):
        usage_now(DAY, ["WO-9"])
    assert cli.main(["usage", "--as-of", "2026-01-20"]) == 0
    assert "a variance of 2 at cost over 1 components; 1 components lie at open orders" in capsys.readouterr().out


def test_the_command_shows_first_and_records_when_told_to(floor, capsys):
    assert cli.main(["pick", "WO-2", "--sets", "2", "--as-of", "2026-01-20"]) == 0
    assert "nothing was written; --apply records it" in capsys.readouterr().out
    assert cli.main(["pick", "WO-2", "--sets", "2", "--apply", "--json", "--as-of", "2026-01-20"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert [(row["item"], row["quantity"]) for row in answer["lines"]] == [("LEG", "8"), ("TOP", "2")]
    assert cli.main(["pick", "WO-2", "--return-rest", "--apply", "--as-of", "2026-01-20"]) == 0
    assert "2 issues recorded" in capsys.readouterr().out
    assert cli.main(["pick", "WO-2", "--return-rest", "--as-of", "2026-01-20"]) == 0
    assert "nothing can come back" in capsys.readouterr().out
    assert cli.main(["pick", "WO-8", "--as-of", "2026-01-20"]) == 1
    assert "WO-8" in capsys.readouterr().err
