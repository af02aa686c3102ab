"""Reserving by a person: shown first, set aside once, freed when the order ends; on real databases."""

import json
import threading
from datetime import date

import pytest
from test_fact_posting_stage import load, rows, stock

import cli
from calculations.stock_reservations import ImpossibleReservation
from small_plant import item, on, plant
from stage_database import import_rows, stored_rows
from tasks.document_decision import decide_documents
from tasks.document_history import history
from tasks.fact_posting import post_waiting_facts
from tasks.fact_recording import RefusedRecord
from tasks.order_change import change_order, preview_order_change
from tasks.order_progress import progress_now
from tasks.stock_reservation import reserve_stock, stock_reservations

DAY = date(2026, 1, 20)


@pytest.fixture
def shop(database):
    """Nine legs in two lots; one customer wants six, another eight, and a desk needs four."""
    load(database, plant(
        items=[item("LEG", lot_tracked="yes", shelf_life_days=90, standard_cost=2)],
        stock=[
            {"item": "LEG", "quantity": 4, "lot": "L-NEW", "received_date": "2026-01-09"},
            {"item": "LEG", "quantity": 5, "lot": "L-OLD", "received_date": "2026-01-02"},
        ],
        sales=[("SO-1", 10, "LEG", 6), ("SO-2", 10, "LEG", 8)],
        work_orders=[("WO-1", "DESK", 1)],
        components=[("WO-1", "LEG", 4)],
    ))  # fmt: skip
    return database


def everything(database) -> dict:
    tables = ("stock_moves", "stock_reservations", "runs", "quarantine", "alerts")
    return {name: stored_rows(database, name) for name in tables}


def held(order: str = "") -> list[tuple]:
    return [(row["order"], row["line"], row["lot"], row["quantity"]) for row in stock_reservations(DAY, order)]


def test_a_dry_run_shows_the_lots_and_writes_nothing(shop):
    before = everything(shop)
    answer = reserve_stock(["SO-1", "SO-2"], as_of=DAY)
    assert [(row["order"], row["quantity"], row["missing"]) for row in answer["lines"]] == [
        ("SO-1", "6", "0"), ("SO-2", "3", "5"),
    ]  # fmt: skip
    moved = [(row["lot"], row["quantity"]) for row in answer["moves"] if row["status"] == "reserved"]
    assert moved == [("L-OLD", "5"), ("L-NEW", "1"), ("L-NEW", "3")]
    assert everything(shop) == before


def test_what_is_set_aside_is_what_was_shown_and_the_next_sees_only_the_rest(shop):
    shown = reserve_stock(["SO-1"], as_of=DAY)
    assert reserve_stock(["SO-1"], as_of=DAY, dry_run=False)["moves"] == shown["moves"]
    assert held() == [("SO-1", 10, "L-NEW", "1"), ("SO-1", 10, "L-OLD", "5")]
    assert reserve_stock(["SO-1"], as_of=DAY, dry_run=False)["facts"] == []
    assert [row["quantity"] for row in reserve_stock(["WO-1"], as_of=DAY, dry_run=False)["lines"]] == ["3"]
    with pytest.raises(RefusedRecord, match="5 needed, 0 usable"):
        reserve_stock(["SO-2"], quantity_micro=5_000_000, as_of=DAY, dry_run=False)
    assert rows(shop, "stock_reservations", "event") == [("reserve-SO-1-10-LEG-1",), ("reserve-WO-1-LEG-1",)]


@pytest.mark.parametrize(
    ("orders", "choices", "said"),
    [(["SO-9"], {}, "there is no open sales, work or subcontract order SO-9"),
     (["SO-1"], {"line": 20}, "SO-1 has no line 20; it has 10"),
     (["WO-1"], {"item": "TOP"}, "WO-1 has no TOP; it has LEG"),
     (["SO-1", "SO-2"], {"quantity_micro": 1_000_000}, "a quantity is for one line or item"),
     (["SO-1"], {"quantity_micro": 0}, "0 is nothing to reserve"),
     ([], {}, "name the orders to reserve stock for")],
)  # fmt: skip
def test_what_cannot_be_reserved_is_said_and_nothing_is_written(shop, orders, choices, said):
    before = everything(shop)
    with pytest.raises(ImpossibleReservation, match=said):
        reserve_stock(orders, as_of=DAY, dry_run=False, **choices)
    assert everything(shop) == before


def test_another_order_s_shipment_is_refused_and_goes_when_the_stock_is_given_back(shop, tmp_path):
    reserve_stock(["SO-1"], as_of=DAY, dry_run=False)
    import_rows(tmp_path, {"shipments": [on(20, "S-1", "SO-2", line=10, quantity=5)]}, DAY)
    assert post_waiting_facts.fn(DAY)["counts"]["facts_refused"] == 1
    (refused,) = stored_rows(shop, "quarantine")
    assert "3 usable, 2 short; reserved are 6 for SO-1/10" in refused["message"]
    assert reserve_stock(["SO-1"], quantity_micro=2_000_000, give_back=True, as_of=DAY, dry_run=False)["facts"]
    import_rows(tmp_path, {"shipments": [on(20, "S-2", "SO-2", line=10, quantity=5)]}, DAY)
    assert post_waiting_facts.fn(DAY)["counts"]["facts_posted"] == 1
    assert held() == [("SO-1", 10, "L-OLD", "4")]


def test_its_own_shipment_uses_what_is_set_aside_and_a_second_run_finds_nothing_more(shop, tmp_path):
    reserve_stock(["SO-1"], as_of=DAY, dry_run=False)
    import_rows(tmp_path, {"shipments": [on(20, "S-1", "SO-1", line=10, quantity=6)]}, DAY)
    assert post_waiting_facts.fn(DAY)["counts"]["facts_posted"] == 1
    assert (held(), stock(shop)) == ([], {("LEG", "available"): "3"})
    assert post_waiting_facts.fn(DAY)["counts"]["stock_moves"] == 0


@pytest.mark.parametrize(("decision", "order", "quantity"), [("close", "SO-1", 6), ("cancel", "WO-1", 4)])
def test_an_order_that_ends_gives_back_what_was_set_aside_for_it(shop, decision, order, quantity):
    reserve_stock([order], as_of=DAY, dry_run=False)
    assert len(held()) == (2 if order == "SO-1" else 1)
    decide_documents.fn(decision, [order], "Ada", "customer is gone", DAY)
    assert held() == []
    told = [step["what"] for step in history(order)["steps"]]
    assert f"{quantity} LEG set aside" in told
    assert f"{quantity} LEG no longer set aside" in told
    freed = [row for row in stored_rows(shop, "stock_reservations") if row["event"].startswith("free-")]
    assert [(row["quantity"], row["reason"], row["state"]) for row in freed] == [
        (f"-{quantity}", "nothing more is needed", "posted")
    ]


def test_an_order_made_smaller_keeps_only_what_it_still_needs(shop):
    reserve_stock(["SO-1"], as_of=DAY, dry_run=False)
    request = [{"what": "quantity", "line": 10, "quantity": 2}]
    seen = preview_order_change.fn("SO-1", request, DAY)["seen"]
    change_order.fn("SO-1", request, DAY, "Ada", "wants less", seen)
    assert held() == [("SO-1", 10, "L-OLD", "2")]


def test_progress_and_kits_count_what_is_set_aside_as_ready(shop):
    reserve_stock(["SO-1"], as_of=DAY, dry_run=False)
    lines = {row["order"]: row for row in progress_now(DAY)["lines"]}
    assert (lines["SO-1"]["ready"], lines["SO-2"]["ready"]) == ("6", "3")


def test_of_two_who_reserve_the_same_stock_at_once_one_gets_it(shop):
    gate, answers = threading.Barrier(2), []

    def reserve(order):
        gate.wait()
        answers.append(reserve_stock([order], as_of=DAY, dry_run=False)["lines"][0]["quantity"])

    threads = [threading.Thread(target=reserve, args=[order]) for order in ("SO-1", "SO-2")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) in (["3", "6"], ["1", "8"])
    assert stock(shop).get(("LEG", "available")) is None


def test_the_command_shows_first_and_reserves_when_told_to(shop, capsys):
    assert cli.main(["reserve", "SO-1", "--as-of", "2026-01-20"]) == 0
    assert "nothing was written; --apply does it" in capsys.readouterr().out
    assert cli.main(["reserve", "SO-1", "--quantity", "2", "--apply", "--as-of", "2026-01-20"]) == 0
    assert "1 reservation made" in capsys.readouterr().out
    assert cli.main(["reservations", "--as-of", "2026-01-20"]) == 0
    assert capsys.readouterr().out == "SO-1/10: 2 LEG in MAIN, lot L-OLD, C\n"
    assert cli.main(["reservations", "--json", "--as-of", "2026-01-20"]) == 0
    assert [row["quantity"] for row in json.loads(capsys.readouterr().out)["stock"]] == ["2"]
    assert cli.main(["reserve", "SO-1", "--give-back", "--apply", "--json", "--as-of", "2026-01-20"]) == 0
    assert [row["quantity"] for row in json.loads(capsys.readouterr().out)["lines"]] == ["-2"]
    assert cli.main(["reserve", "SO-1", "--give-back", "--as-of", "2026-01-20"]) == 0
    assert "nothing is set aside" in capsys.readouterr().out
    assert cli.main(["reserve", "SO-8", "--as-of", "2026-01-20"]) == 1
    assert "SO-8" in capsys.readouterr().err
