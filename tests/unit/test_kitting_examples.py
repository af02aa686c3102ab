"""The kitting examples in docs/scenarios/kitting, against numbers worked out by hand from what each says."""

import json
from pathlib import Path

import pytest

from tasks.simulation import simulate_file

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "scenarios" / "kitting"
# For each example: order, complete sets and status in the order of service, then item and quantity of each shortage.
EXPECTED = {
    "all_levels": ["SO-1 3 partial", "BOARD 2"],
    "due_date": ["SO-2 1 ready", "SO-1 2 ready", "SO-3 0 short", "LEG 4"],
    "independent": ["SO-2 1 ready", "SO-1 2 ready", "SO-3 1 ready"],
    "number": ["SO-1 2 ready", "SO-2 1 ready", "SO-3 0 short", "LEG 4"],
    "only_orders": ["SO-3 0 short", "LEG 4"],
    "only_orders_ignoring_others": ["SO-1 2 ready", "SO-3 1 ready"],
    "opportunities": ["OPP-7 3 partial", "OPP-8 0 short", "LEG 4", "LEG 4"],
    "planned_orders": ["PLAN-DESK-1 2 ready"],
    "priority": ["SO-3 1 ready", "SO-2 1 ready", "SO-1 1 partial", "LEG 4"],
    "substitutes": ["SO-1 2 partial", "LEG 3"],
    "with_receipts": ["SO-1 2 ready", "SO-2 0 short", "LEG 4"],
    "work_orders": ["WO-2 1 ready", "WO-1 4 partial", "LEG 11"],
}


def test_every_kitting_example_is_worked_out_here_and_says_what_it_shows():
    files = sorted(EXAMPLES.glob("*.json"))
    assert [file.stem for file in files] == sorted(EXPECTED)
    for file in files:
        assert json.loads(file.read_text(encoding="utf-8"))["about"], file.name


@pytest.mark.parametrize("name", EXPECTED)
def test_a_kitting_example_answers_what_it_says(name):
    answer = simulate_file(EXAMPLES / f"{name}.json")
    kits = [f"{kit['order']} {kit['complete_sets']} {kit['status']}" for kit in answer["kits"]]
    assert kits + [f"{row['item']} {row['short']}" for row in answer["shortages"]] == EXPECTED[name]
    assert answer["refused"] == []


def test_what_is_no_order_is_marked_so():
    answer = simulate_file(EXAMPLES / "opportunities.json")
    assert {row["demand_kind"] for row in answer["kits"] + answer["shortages"]} == {"opportunity"}
