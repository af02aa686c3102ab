"""A gate names every failing row by key, sets aside what may be set aside, and stops for what may not."""

import gc
import pickle
import warnings
import weakref
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pandas as pd
import pytest

from validations import evaluation
from validations.gate import Check, GateFailed, Suite, check_frames, refuse_critical

BETWEEN = "ExpectColumnValuesToBeBetween"
ABOVE_ZERO = {"column": "quantity_micro", "min_value": 0, "strict_min": True}


def order_lines(**columns) -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "order": ["SO-1", "SO-1", "SO-2"],
            "line": [10, 20, 10],
            "item": ["DESK-OAK", "BOLT", "DESK-OAK"],
            "quantity_micro": [2_000_000, 500_000, 1_000_000],
            "due_date": pd.to_datetime(["2026-01-05", "2026-01-06", "2026-01-07"]).astype("datetime64[s]"),
        },
        index=[2, 3, 4],
    )
    return frame.assign(**columns)


def check(expectation, arguments, severity="critical", message="must hold", key=("order", "line"), **options):
    return Check("lines", expectation, arguments, severity, message, key, **options)


def outcome_of(frame, *checks):
    return check_frames({"lines": frame}, Suite("order lines", checks))


def test_good_rows_pass_and_lose_nothing():
    lines = order_lines()
    outcome = outcome_of(lines, check(BETWEEN, ABOVE_ZERO), check("ExpectColumnValuesToNotBeNull", {"column": "item"}))
    assert [result["success"] for result in outcome.results] == [True, True]
    assert [result["rows"] for result in outcome.results] == [3, 3]
    assert outcome.kept({"lines": lines})["lines"] is lines
    refuse_critical(outcome)


def test_critical_failures_are_all_named_by_key_at_once():
    lines = order_lines(quantity_micro=[2_000_000, -500_000, 0], item=["DESK-OAK", "BOLT", "DESK-ELM"])
    known = {"column": "item", "value_set": ["DESK-OAK", "BOLT"]}
    outcome = outcome_of(
        lines,
        check(BETWEEN, ABOVE_ZERO, message="the quantity is above zero; correct it"),
        check("ExpectColumnValuesToBeInSet", known, message="the item is known; add it to items"),
    )
    with pytest.raises(GateFailed) as stopped:
        refuse_critical(outcome)
    assert str(stopped.value) == (
        "gate 'order lines' stopped the stage, 2 not met:\n"
        "- lines, 2 of 3 rows: the quantity is above zero; correct it: SO-1/20, SO-2/10\n"
        "- lines, 1 of 3 rows: the item is known; add it to items: SO-2/10"
    )
    assert stopped.value.kind == "gate_failed"
    assert [result["failing"] for result in stopped.value.outcome.results] == [2, 1]


def test_a_failure_survives_the_way_to_another_process():
    with pytest.raises(GateFailed) as stopped:
        refuse_critical(outcome_of(order_lines(quantity_micro=[0, 1, 1]), check(BETWEEN, ABOVE_ZERO)))
    copy = pickle.loads(pickle.dumps(stopped.value))
    assert str(copy) == str(stopped.value)
    assert copy.outcome.results == stopped.value.outcome.results


def test_a_warning_is_shown_and_lets_the_stage_pass():
    outcome = outcome_of(order_lines(quantity_micro=[1, 0, 1]), check(BETWEEN, ABOVE_ZERO, "warning"))
    (result,) = outcome.results
    assert (result["success"], result["severity"], result["keys"]) == (False, "warning", ["SO-1/20"])
    refuse_critical(outcome)


def test_rows_that_may_be_set_aside_leave_with_their_reason():
    lines = order_lines(quantity_micro=[2_000_000, -500_000, 1_000_000])
    outcome = outcome_of(lines, check(BETWEEN, ABOVE_ZERO, message="the quantity is above zero", set_aside=True))
    refuse_critical(outcome)
    assert outcome.kept({"lines": lines})["lines"].index.tolist() == [2, 4]
    assert outcome.results[0]["severity"] == "warning"
    assert outcome.refused.to_dict("records") == [
        {
            "table": "lines",
            "row": 3,
            "column": "quantity",
            "value": "-0.5",
            "message": "the quantity is above zero",
            "key": "SO-1/20",
        }
    ]


def test_a_row_that_fails_twice_is_set_aside_once():
    lines = order_lines(quantity_micro=[-1, 1, 1], line=[0, 10, 20])
    outcome = outcome_of(
        lines,
        check(BETWEEN, ABOVE_ZERO, set_aside=True),
        check(BETWEEN, {"column": "line", "min_value": 1}, set_aside=True),
    )
    assert outcome.kept({"lines": lines})["lines"].index.tolist() == [3, 4]
    assert outcome.refused["column"].tolist() == ["quantity", "line"]


@pytest.mark.parametrize(
    ("frames", "expectation", "arguments", "reason"),
    [
        ({}, BETWEEN, ABOVE_ZERO, "there is no frame lines"),
        ({"lines": order_lines()}, BETWEEN, {"column": "weight"}, "lines has no column weight"),
        ({"lines": order_lines()}, "ExpectMiracles", {"column": "item"}, "ExpectMiracles"),
        ({"lines": order_lines()}, BETWEEN, {"column": "item", "min_value": 5}, "could not be checked"),
        ({"lines": order_lines().head(0)}, BETWEEN, {"column": "weight"}, "lines has no column weight"),
    ],
)
def test_what_cannot_be_checked_stops_the_stage_even_as_a_hint(frames, expectation, arguments, reason):
    outcome = check_frames(frames, Suite("order lines", (check(expectation, arguments, "info"),)))
    with pytest.raises(GateFailed, match=reason):
        refuse_critical(outcome)


def test_an_unevaluable_rule_does_not_hide_the_others():
    lines = order_lines(quantity_micro=[0, 1, 1])
    outcome = outcome_of(lines, check(BETWEEN, {"column": "item", "min_value": 5}), check(BETWEEN, ABOVE_ZERO))
    assert [result["keys"] for result in outcome.results] == [[], ["SO-1/10"]]


def test_an_empty_frame_has_no_bad_row_but_may_be_too_empty():
    lines = order_lines().head(0)
    outcome = outcome_of(
        lines, check(BETWEEN, ABOVE_ZERO), check("ExpectTableRowCountToBeBetween", {"min_value": 1}, key=())
    )
    assert [result["success"] for result in outcome.results] == [True, False]
    assert outcome.results[1]["keys"] == ["found 0"]


def test_codes_of_another_frame_are_looked_up_however_many_there_are():
    items = pd.DataFrame({"item": [f"ITEM-{number}" for number in range(20_000)]})

    def known_items(frames):
        values = frames["items"]["item"]
        return (check("ExpectColumnValuesToBeInSet", {"column": "item", "value_set": values}),)

    lines = order_lines(item=["ITEM-0", "ITEM-19999", "ITEM-20000"])
    outcome = check_frames({"lines": lines, "items": items}, Suite("known items", known_items))
    assert outcome.results[0]["keys"] == ["SO-2/10"]


def test_forbidden_codes_are_found_in_a_large_set():
    values = {"column": "item", "value_set": {"BOLT", *(f"OLD-{number}" for number in range(100))}}
    assert outcome_of(order_lines(), check("ExpectColumnValuesToNotBeInSet", values)).results[0]["keys"] == ["SO-1/20"]


def test_dates_are_compared_with_dates_and_blank_ones_pass():
    due = pd.to_datetime(["2026-01-04", None, "2026-01-07"]).astype("datetime64[s]")
    bounds = {"column": "due_date", "min_value": date(2026, 1, 5), "max_value": date(2026, 1, 7)}
    assert outcome_of(order_lines(due_date=due), check(BETWEEN, bounds)).results[0]["keys"] == ["SO-1/10"]


def test_blank_numbers_pass_bounds_and_fail_not_null():
    lines = order_lines(quantity_micro=pd.array([1, None, -1], dtype="Int64"))
    outcome = outcome_of(
        lines, check(BETWEEN, ABOVE_ZERO), check("ExpectColumnValuesToNotBeNull", {"column": "quantity_micro"})
    )
    assert [result["keys"] for result in outcome.results] == [["SO-2/10"], ["SO-1/20"]]


def test_columns_are_compared_and_keys_are_unique():
    lines = order_lines(line=[10, 10, 10], shipped_micro=[1_000_000, 1_000_000, 1_000_000])
    at_most = {"column_A": "quantity_micro", "column_B": "shipped_micro", "or_equal": True}
    outcome = outcome_of(
        lines,
        check("ExpectColumnPairValuesAToBeGreaterThanB", at_most),
        check("ExpectCompoundColumnsToBeUnique", {"column_list": ["order", "line"]}),
    )
    assert [result["keys"] for result in outcome.results] == [["SO-1/10"], ["SO-1/10", "SO-1/10"]]


def test_a_rule_may_hold_for_some_rows_only():
    lines = order_lines(quantity_micro=[0, 0, 1])
    arguments = {**ABOVE_ZERO, "row_condition": 'item == "BOLT"'}
    assert outcome_of(lines, check(BETWEEN, arguments)).results[0]["keys"] == ["SO-1/20"]


def test_the_first_hundred_keys_are_kept_and_all_failures_counted():
    lines = pd.DataFrame({"order": [f"SO-{number}" for number in range(300)], "quantity_micro": 0})
    outcome = outcome_of(lines, check(BETWEEN, ABOVE_ZERO, key=("order",)))
    assert outcome.results[0]["failing"] == 300
    assert len(outcome.results[0]["keys"]) == 100
    with pytest.raises(GateFailed, match="SO-9 and 290 more"):
        refuse_critical(outcome)


def test_rows_without_a_key_are_named_by_their_number():
    outcome = outcome_of(order_lines(quantity_micro=[1, 0, 1]), check(BETWEEN, ABOVE_ZERO, key=()))
    assert outcome.results[0]["keys"] == ["row 3"]


def test_gates_in_several_threads_do_not_mix_their_results():
    def failing(number: int) -> int:
        lines = pd.DataFrame({"order": "SO-1", "line": range(40), "quantity_micro": [0] * number + [1] * (40 - number)})
        return outcome_of(lines, check(BETWEEN, ABOVE_ZERO)).results[0]["failing"]

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(failing, range(1, 33))) == list(range(1, 33))


def test_gates_do_not_pile_up_the_frames_they_looked_at(monkeypatch):
    seen = []
    needed = evaluation._needed

    def watched(frame, checks):
        seen.append(weakref.ref(chosen := needed(frame, checks)))
        return chosen

    monkeypatch.setattr(evaluation, "_needed", watched)
    for _ in range(5):
        outcome_of(order_lines(quantity_micro=[0, 1, 1]), check(BETWEEN, ABOVE_ZERO))
    gc.collect()
    assert (len(seen), sum(frame() is not None for frame in seen)) == (5, 1)


def test_a_gate_is_silent(capfd, caplog):
    with warnings.catch_warnings(), caplog.at_level("INFO"):
        warnings.simplefilter("error")
        outcome_of(order_lines(quantity_micro=[0, 1, 1]), check(BETWEEN, ABOVE_ZERO))
    assert capfd.readouterr() == ("", "")
    assert caplog.messages == []


def test_importing_the_gate_does_not_load_great_expectations():
    import subprocess
    import sys

    code = "import sys, validations.gate; sys.exit('great_expectations' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def imported(**tables):
    from support import world_of
    from validations.data_import import IMPORTED_TABLES

    world = world_of(
        {
            "items": [
                {"item": "DESK", "name": "Desk", "unit": "EA", "sourcing": "make"},
                {"item": "BOLT", "name": "Bolt", "unit": "EA", "sourcing": "buy", "standard_cost": "0.10"},
            ],
            "boms": [{"bom": "DESK", "item": "DESK"}],
            "bom_lines": [{"bom": "DESK", "line": 10, "component": "BOLT", "quantity": 8}],
            "suppliers": [{"supplier": "ACME", "name": "Acme"}],
            "supplier_items": [{"supplier": "ACME", "item": "BOLT", "price": "0.12"}],
        }
    )
    world |= {name: world[name].assign(**columns) for name, columns in tables.items()}
    return world, check_frames(world, IMPORTED_TABLES)


def not_met(outcome):
    return [
        (result["frame"], result["severity"], result["keys"]) for result in outcome.results if not result["success"]
    ]


def test_a_sound_import_meets_every_expectation():
    assert not_met(imported()[1]) == []


def test_a_price_a_hundred_times_the_standard_cost_is_a_warning():
    assert not_met(imported(supplier_items={"price_micro": 12_000_000})[1]) == [
        ("supplier_items", "warning", ["ACME/BOLT"])
    ]


def test_items_nobody_makes_or_sells_are_warned_of():
    world, outcome = imported(boms={"item": "BOLT"}, supplier_items={"item": "DESK"})
    assert not_met(outcome) == [("items", "warning", ["DESK"]), ("items", "warning", ["BOLT"])]
