"""Scenario files: every run has an example with its answer, and no file makes the program fall over."""

import json
from pathlib import Path

import pytest

from tasks.simulation import RUNS, simulate, simulate_file

SCENARIOS = Path(__file__).resolve().parents[2] / "docs" / "scenarios"
# One example for each run, and those of a run's rules in a folder of their own.
EXAMPLES = sorted(str(path.relative_to(SCENARIOS)) for path in SCENARIOS.rglob("*.json")
                  if "answers" not in path.relative_to(SCENARIOS).parts)  # fmt: skip
ITEMS = [
    {"item": "DESK", "name": "Desk", "unit": "EA", "sourcing": "make"},
    {"item": "BOLT", "name": "Bolt", "unit": "EA", "sourcing": "buy", "lead_time_days": 5},
]
TABLES = {
    "items": ITEMS,
    "boms": [{"bom": "B1", "item": "DESK"}],
    "bom_lines": [{"bom": "B1", "line": 10, "component": "BOLT", "quantity": 1.5}],
    "stock": [{"item": "BOLT", "quantity": 10}],
    "sales_orders": [{"order": "SO-1", "customer": "ACME", "order_date": "2026-01-02"}],
    "sales_order_lines": [{"order": "SO-1", "line": 10, "item": "DESK", "quantity": 20, "due_date": "2026-02-02"}],
}


def answer(run: str = "kitting_check", as_of="2026-01-05", policies=None, **tables) -> dict:
    return simulate({"as_of": as_of, "run": run, "policies": policies or {}, "tables": {**TABLES, **tables}})


def test_every_run_has_an_example():
    assert {path.stem for path in SCENARIOS.glob("*.json")} == set(RUNS)


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_gives_its_stored_answer(example):
    expected = json.loads((SCENARIOS / "answers" / example).read_text(encoding="utf-8"))

    assert json.loads(json.dumps(simulate_file(SCENARIOS / example))) == expected


def test_decimals_are_text_dates_iso_and_blanks_null():
    kit = answer()["kits"][0]

    assert kit == {"order": "SO-1", "line": 10, "item": "DESK", "required_sets": "20", "complete_sets": "6",
                   "status": "partial", "kit_date": None, "bottleneck": "BOLT", "demand_kind": "sales_order",
                   "due_date": "2026-02-02"}  # fmt: skip


def test_facts_are_posted_to_the_stock_first():
    facts = {
        "work_orders": [{"order": "WO-1", "item": "DESK", "quantity": 2, "start_date": "2026-01-05",
                         "due_date": "2026-01-06"}],
        "work_order_components": [{"order": "WO-1", "item": "BOLT", "quantity": 3}],
        "issues": [{"event": "I1", "date": "2026-01-05", "order": "WO-1", "item": "BOLT", "quantity": 3}],
    }  # fmt: skip

    assert answer(**facts)["kits"][0]["complete_sets"] == "4"


def test_a_fact_that_cannot_be_posted_is_refused_and_the_rest_calculated():
    facts = {
        "work_orders": [{"order": "WO-1", "item": "DESK", "quantity": 20, "start_date": "2026-01-05",
                         "due_date": "2026-01-06"}],
        "work_order_components": [{"order": "WO-1", "item": "BOLT", "quantity": 30}],
        "issues": [{"event": "I1", "date": "2026-01-05", "order": "WO-1", "item": "BOLT", "quantity": 11}],
    }  # fmt: skip

    found = answer(**facts)

    assert [(row["table"], row["row"], row["column"]) for row in found["refused"]] == [("issues", 1, "quantity")]
    assert found["kits"][0]["complete_sets"] == "6"


def test_bad_rows_are_refused_and_the_rest_calculated():
    found = answer(stock=[{"item": "BOLT", "quantity": "ten"}, {"item": "BOLT", "quantity": 4}, {"item": "NUT",
                          "quantity": 1}, {"item": "BOLT", "quantity": -4}])  # fmt: skip

    assert [(row["table"], row["row"], row["column"], row["value"]) for row in found["refused"]] == [
        ("stock", 1, "quantity", "ten"),
        ("stock", 4, "quantity", "-4"),
        ("stock", 3, "item", "NUT"),
    ]
    assert found["kits"][0]["complete_sets"] == "2"


def test_a_reference_to_a_table_that_is_not_there_is_not_checked():
    assert answer()["refused"] == []

    found = answer(customers=[])
    assert {row["column"] for row in found["refused"]} == {"customer", "order"}


def test_a_cycle_is_an_error_that_prints_its_path():
    bills = {
        "boms": [{"bom": "B1", "item": "DESK"}, {"bom": "B2", "item": "BOLT"}],
        "bom_lines": [
            {"bom": "B1", "line": 10, "component": "BOLT", "quantity": 1},
            {"bom": "B2", "line": 10, "component": "DESK", "quantity": 1},
        ],
    }

    error = answer("material_planning", **bills)["error"]

    assert error["kind"] == "cycle"
    assert "BOLT → DESK → BOLT" in error["message"] or "DESK → BOLT → DESK" in error["message"]


@pytest.mark.parametrize(
    ("scenario", "kind", "said"),
    [
        ({"as_of": "2026-01-05", "run": "dreaming"}, "unknown_run", "kitting_check, material_planning"),
        ({"as_of": "2026-01-05"}, "unknown_run", "no run None"),
        ({"as_of": "5.1.2026", "run": "promise"}, "bad_scenario", "no date"),
        ({"run": "promise"}, "bad_scenario", "as_of"),
        ([1, 2], "bad_scenario", "object"),
        ({"as_of": "2026-01-05", "run": "promise", "tables": []}, "refused", ""),
        (
            {"as_of": "2026-01-05", "run": "promise", "tables": {"items": {"item": "A"}}},
            "bad_scenario",
            "lists of rows",
        ),
        ({"as_of": "2026-01-05", "run": "promise", "tables": {"items": ["A"]}}, "bad_scenario", "row of items"),
        ({"as_of": "2026-01-05", "run": "promise", "policies": {"loss": "x"}}, "unknown_policy", "multiply or divide"),
        ({"as_of": "2026-01-05", "run": "promise", "policies": ["loss"]}, "bad_scenario", "policies"),
    ],
)
def test_a_file_that_cannot_be_calculated_answers_with_an_error(scenario, kind, said):
    found = simulate(scenario)

    if kind == "refused":
        assert found["refused"] == []
    else:
        assert found["error"]["kind"] == kind
        assert said in found["error"]["message"]


def test_files_that_are_no_scenarios_are_named(tmp_path):
    broken, latin = tmp_path / "broken.json", tmp_path / "latin.json"
    broken.write_text('{"run": ')
    latin.write_bytes('{"run": "Müller"}'.encode("latin-1"))

    assert "no JSON: Expecting value in line 1, column 9" in simulate_file(broken)["error"]["message"]
    assert "save as UTF-8" in simulate_file(latin)["error"]["message"]
    assert simulate_file(tmp_path / "none.json")["error"]["kind"] == "bad_scenario"


def test_numbers_of_a_file_stay_exact(tmp_path):
    path = tmp_path / "exact.json"
    stock = [{"item": "BOLT", "quantity": "X"}]
    text = json.dumps({"as_of": "2026-01-05", "run": "kitting_check", "tables": {**TABLES, "stock": stock}})
    path.write_text(text.replace('"X"', "14.999999999"))

    assert "more than six decimals" in simulate_file(path)["refused"][0]["message"]


def test_a_firm_planned_order_survives_the_next_plan():
    firm = [{"number": "PL-1", "item": "DESK", "kind": "production", "quantity": 20, "release_date": "2026-01-20",
             "due_date": "2026-01-30"}]  # fmt: skip

    found = answer("material_planning", planned_orders=firm)

    assert [row["item"] for row in found["planned_orders"] if not row["firm"]] == ["BOLT"]


def test_unknown_tables_and_columns_are_warned_of(caplog):
    answer(item=[{"item": "X"}], items=[{**row, "colour": "red"} for row in ITEMS])

    assert "table item is unknown and was left out; did you mean items?" in caplog.text
    assert "items: column colour is unknown" in caplog.text


def test_a_defect_is_an_answer_too_and_its_traceback_is_logged(tmp_path, monkeypatch, caplog):
    path = tmp_path / "scenario.json"
    path.write_text(json.dumps({"as_of": "2026-01-05", "run": "kitting_check", "tables": TABLES}))
    monkeypatch.setattr("calculations.kitting.check_kitting", lambda *given: 1 / 0)

    error = simulate_file(path)["error"]

    assert (error["kind"], error["message"]) == (
        "defect",
        "ZeroDivisionError: division by zero; please report it with the file",
    )
    assert "Traceback" in caplog.text


def test_a_reservation_in_a_scenario_is_demand_for_planning_until_it_lapses():
    held = {"reservation": "PR-1", "item": "DESK", "quantity": 3, "promised_date": "2026-01-30"}
    kept = answer("material_planning", promise_reservations=[{**held, "valid_until": "2026-01-05"}])
    assert ("PR-1", "3") in [(row["demand"], row["quantity"]) for row in kept["pegs"]]
    lapsed = answer("material_planning", promise_reservations=[{**held, "valid_until": "2026-01-04"}])
    assert lapsed == answer("material_planning")
