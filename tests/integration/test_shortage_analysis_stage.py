"""Shortage analysis and requisition on real databases: once, whoever else tries or dies; planned and released."""

import os
from datetime import date

import pytest

from other_process import exit_codes, start
from stage_database import import_rows, stored_rows
from tasks import shortage_analysis
from tasks.material_planning import plan_materials
from tasks.order_release import release_orders
from tasks.shortage_analysis import BadRequisition, analyse_shortages, read_proposal, shortages_now, write_proposal

AS_OF = date(2026, 1, 5)
PLANT = {
    "customers": [{"customer": "SHOP", "name": "Shop"}],
    "suppliers": [{"supplier": "WOOD", "name": "Wood"}, {"supplier": "PINE", "name": "Pine"}],
    "items": [
        {"item": "DESK", "name": "Desk", "unit": "EA", "sourcing": "make", "lead_time_days": 5},
        {"item": "TOP", "name": "Top", "unit": "EA", "sourcing": "buy", "lead_time_days": 3},
        {"item": "LEG", "name": "Leg", "unit": "EA", "sourcing": "buy", "lead_time_days": 10,
         "minimum_order_quantity": 10},
    ],
    "boms": [{"bom": "DESK", "item": "DESK"}],
    "bom_lines": [
        {"bom": "DESK", "line": 10, "component": "TOP", "quantity": 1},
        {"bom": "DESK", "line": 20, "component": "LEG", "quantity": 4},
    ],
    "supplier_items": [
        {"supplier": "WOOD", "item": "LEG", "price": "1.5"},
        {"supplier": "WOOD", "item": "TOP", "price": "20"},
    ],
    "stock": [{"item": "TOP", "quantity": 9}, {"item": "LEG", "quantity": 5}],
    "work_orders": [
        {"order": "WO-1", "item": "DESK", "quantity": 2, "start_date": "2026-01-26", "due_date": "2026-01-30"},
        {"order": "WO-2", "item": "DESK", "quantity": 3, "start_date": "2026-02-02", "due_date": "2026-02-06"},
    ],
}  # fmt: skip


@pytest.fixture
def plant(database, tmp_path):
    """The plant's rows in the database; returns the database."""
    import_rows(tmp_path, PLANT, AS_OF)
    return database


def requisition() -> None:
    analyse_shortages.fn(AS_OF, None, True)


def requisition_and_die() -> None:
    shortage_analysis._withdraw = lambda *given: os._exit(9)
    requisition()


def made(database) -> list[tuple]:
    orders = {row["number"]: row for row in stored_rows(database, "planned_orders")}
    return [
        (row["order"], row["item"], row["turn"], row["planned_order"], orders[row["planned_order"]]["quantity"])
        for row in stored_rows(database, "requisitions")
    ]


def test_the_dry_run_shows_the_proposal_and_makes_nothing(plant):
    summary = analyse_shortages.fn(AS_OF)
    # 5 of WO-1's 8 legs are there; the minimum of 10 leaves 7, WO-2 needs 5 more
    assert [(row["order"], row["quantity"]) for row in summary["tables"]["Proposed requisitions"]] == [
        ("WO-1", "10"), ("WO-2", "10"),
    ]  # fmt: skip
    assert summary["counts"]["short"] == 2
    assert (stored_rows(plant, "requisitions"), stored_rows(plant, "planned_orders")) == ([], [])


def test_a_question_from_the_command_line_leaves_no_trace(plant):
    found = shortages_now(AS_OF, {"only_orders": ["WO-2"]})
    assert {row["order"] for row in found["components"]} == {"WO-2"}
    assert [row["stage"] for row in stored_rows(plant, "runs")] == ["data_import"]


def test_a_requisition_is_a_firm_planned_order_that_names_its_work_order(plant):
    summary = analyse_shortages.fn(AS_OF, None, True)
    assert summary["counts"]["requisitioned"] == 2
    order, _ = stored_rows(plant, "planned_orders")
    assert (order["number"], order["kind"], order["firm"], order["state"]) == (
        "REQ-2026-00001", "purchase", True, "firm",
    )  # fmt: skip
    assert (order["origin"], order["supplier"], order["unit_price"]) == ("work_orders:WO-1", "WOOD", "1.5")
    assert (order["need_date"], order["release_date"], order["net"]) == ("2026-01-26", "2026-01-12", "3")
    peg, _ = stored_rows(plant, "pegs")
    assert (peg["supply"], peg["demand"], peg["quantity"]) == ("REQ-2026-00001", "WO-1", "3")


def test_running_again_requisitions_nothing(plant):
    analyse_shortages.fn(AS_OF, None, True)
    again = analyse_shortages.fn(AS_OF, None, True)
    assert again["counts"]["requisitioned"] == 0
    assert len(made(plant)) == 2


def test_two_runs_at_a_time_requisition_each_shortage_once(plant):
    assert exit_codes(start(requisition), start(requisition)) == [0, 0]
    assert [row[:3] for row in made(plant)] == [("WO-1", "LEG", 1), ("WO-2", "LEG", 1)]
    assert len(stored_rows(plant, "planned_orders")) == 2


def test_a_run_that_dies_leaves_nothing_and_the_next_one_takes_the_first_number(plant):
    assert exit_codes(start(requisition_and_die)) == [9]
    assert (stored_rows(plant, "requisitions"), stored_rows(plant, "planned_orders")) == ([], [])
    analyse_shortages.fn(AS_OF, None, True)
    assert [row[3] for row in made(plant)] == ["REQ-2026-00001", "REQ-2026-00002"]


def test_the_buyer_edits_a_file_and_the_same_file_again_makes_nothing(plant, tmp_path):
    path = tmp_path / "proposal.csv"
    write_proposal(path, shortages_now(AS_OF)["requisitions"])
    assert [row["quantity"] for row in read_proposal(path)] == ["10", "10"]
    path.write_text("order;item;turn;quantity;supplier\nWO-1;LEG;1;30;PINE\nWO-2;LEG;1;0;\n", encoding="utf-8")
    for expected in (1, 0):
        summary = analyse_shortages.fn(AS_OF, None, True, read_proposal(path))
        assert summary["counts"]["requisitioned"] == expected
    assert made(plant) == [("WO-1", "LEG", 1, "REQ-2026-00001", "30")]
    assert stored_rows(plant, "planned_orders")[0]["supplier"] == "PINE"


def test_rows_that_are_no_proposal_are_kept_in_quarantine_and_the_good_ones_go(plant):
    rows = [{"order": "WO-1", "item": "LEG", "quantity": "10"}, {"order": "WO-1", "item": "TOP", "quantity": "1"}]
    summary = analyse_shortages.fn(AS_OF, None, True, rows)
    assert (summary["counts"]["requisitioned"], summary["counts"]["refused"]) == (1, 1)
    (refused,) = stored_rows(plant, "quarantine")
    assert refused["message"].startswith("WO-1/TOP/1 is not short")


def test_a_row_that_cannot_be_read_stops_all_of_it(plant):
    with pytest.raises(BadRequisition, match="row 2, quantity"):
        analyse_shortages.fn(
            AS_OF, None, True,
            [{"order": "WO-1", "item": "LEG", "quantity": "10"}, {"order": "WO-2", "item": "LEG", "quantity": "ten"}],
        )  # fmt: skip
    assert stored_rows(plant, "requisitions") == []


def test_planning_keeps_a_requisition_as_a_receipt_and_pegs_it(plant):
    analyse_shortages.fn(AS_OF, None, True)
    for _ in range(2):
        plan_materials.fn(AS_OF)
        assert [(row["number"], row["state"]) for row in stored_rows(plant, "planned_orders")] == [
            ("REQ-2026-00001", "firm"), ("REQ-2026-00002", "firm"),
        ]  # fmt: skip
    served = {(peg["supply"], peg["demand"]) for peg in stored_rows(plant, "pegs") if peg["item"] == "LEG"}
    assert ("REQ-2026-00001", "WO-1") in served
    assert ("REQ-2026-00002", "WO-2") in served


def test_release_makes_one_purchase_order_of_it_once_and_the_shortage_stays_covered(plant):
    analyse_shortages.fn(AS_OF, None, True)
    plan_materials.fn(AS_OF)
    until = date(2026, 1, 23)
    assert release_orders.fn(AS_OF, until=until)["counts"]["released"] == 2
    assert release_orders.fn(AS_OF, until=until)["counts"] == {"released": 0}
    lines = stored_rows(plant, "purchase_order_lines")
    assert sum(int(line["quantity"]) for line in lines) == 20
    components = [row for row in shortages_now(AS_OF)["components"] if row["item"] == "LEG"]
    assert [(row["status"], row["covered_by"][:2], row["requisitioned"]) for row in components] == [
        ("coming", "PO", "REQ-2026-00001"), ("coming", "PO", "REQ-2026-00002"),
    ]  # fmt: skip
    assert analyse_shortages.fn(AS_OF, None, True)["counts"]["requisitioned"] == 0


def test_a_requisition_takes_the_place_of_the_suggestion_for_the_same_component(plant):
    plan_materials.fn(AS_OF)
    assert [row["number"] for row in stored_rows(plant, "planned_orders")] == ["PLAN-LEG-1", "PLAN-LEG-2"]
    line = next(row for row in shortages_now(AS_OF)["components"] if (row["order"], row["item"]) == ("WO-1", "LEG"))
    assert (line["suggested"], line["advice"]) == ("PLAN-LEG-1", "release PLAN-LEG-1, or requisition it")
    summary = analyse_shortages.fn(AS_OF, None, True)
    assert summary["counts"]["suggestions_withdrawn"] == 2
    release_orders.fn(AS_OF, until=date(2026, 3, 1))
    assert sum(int(row["quantity"]) for row in stored_rows(plant, "purchase_order_lines")) == 20


def test_a_suggestion_released_in_the_meantime_stops_the_requisition(plant, monkeypatch):
    from tasks import shortage_analysis as stage

    plan_materials.fn(AS_OF)
    monkeypatch.setattr(stage, "withdraw_suggestions", lambda connection, numbers: 0)
    with pytest.raises(stage.PlanChanged, match="released meanwhile"):
        analyse_shortages.fn(AS_OF, None, True)
    assert stored_rows(plant, "requisitions") == []
