"""Substitutes in planning: what stock of other materials covers, and what is still ordered."""

import pytest

from calculations.substitution import CyclicSubstitutes
from plans import gross, plan, quantities
from small_factory import factory

DUE = "2026-02-02"
LATER = "2026-02-16"


def world(substitutes: list[dict], stock: dict, orders=(("DESK", 10, DUE),), **items):
    rows = [{"component": "OAK", **row} for row in substitutes]
    parts = {"DESK": {"OAK": 1}, "BENCH": {"ASH": 1}}
    known = {"OAK": {}, "ASH": {}, "ELM": {}, **items}
    return factory(parts, stock, list(orders), known, substitutes=rows)


def decisions(found) -> list[tuple]:
    return [(row["item"], row["substitute"], row["date"], row["quantity"]) for row in plan(found)["substitutions"]]


def test_mixed_uses_the_main_stock_then_substitutes_by_priority_and_orders_the_rest():
    rows = [{"substitute": "ELM", "priority": 2}, {"substitute": "ASH", "priority": 1}]
    found = world(rows, {"OAK": 2, "ASH": 3, "ELM": 4})
    assert decisions(found) == [("OAK", "ASH", DUE, "3"), ("OAK", "ELM", DUE, "4")]
    assert quantities(found, "OAK") == ["1"]
    assert quantities(found, "ASH") == quantities(found, "ELM") == []
    assert gross(found, "ASH") == [(DUE, "3")]


def test_whole_takes_one_material_for_the_whole_requirement():
    rows = [{"substitute": "ASH", "strategy": "whole"}, {"substitute": "ELM", "strategy": "whole", "priority": 2}]
    found = world(rows, {"OAK": 2, "ASH": 9, "ELM": 10})
    assert decisions(found) == [("OAK", "ELM", DUE, "10")]
    assert (gross(found, "OAK"), quantities(found, "OAK")) == ([], [])
    short = world(rows, {"OAK": 2, "ASH": 9, "ELM": 9})
    assert (decisions(short), quantities(short, "OAK")) == ([], ["8"])


def test_the_ratio_says_how_many_of_the_substitute_replace_one():
    found = world([{"substitute": "ASH", "ratio": "1.5"}], {"ASH": 8})
    # 8 ÷ 1.5 replaces 5 whole ones, which take 7.5, rounded up to 8
    assert (decisions(found), gross(found, "ASH")) == ([("OAK", "ASH", DUE, "5")], [(DUE, "8")])
    assert quantities(found, "OAK") == ["5"]


def test_a_substitute_serves_its_own_demands_first_those_of_later_days_too():
    orders = [("DESK", 10, DUE), ("BENCH", 6, LATER)]
    found = world([{"substitute": "ASH"}], {"ASH": 8}, orders)
    assert decisions(found) == [("OAK", "ASH", DUE, "2")]
    assert (quantities(found, "OAK"), quantities(found, "ASH")) == (["8"], [])


def test_effectivity_and_bill_limit_a_substitute():
    late = world(
        [{"substitute": "ASH", "effective_from": "2026-02-03"}], {"ASH": 99}, [("DESK", 1, DUE), ("DESK", 2, LATER)]
    )
    assert decisions(late) == [("OAK", "ASH", LATER, "2")]
    assert decisions(world([{"substitute": "ASH", "bom": "BENCH"}], {"ASH": 99})) == []
    assert decisions(world([{"substitute": "ASH", "bom": "DESK"}], {"ASH": 99})) == [("OAK", "ASH", DUE, "10")]


def test_what_stays_uncovered_may_be_ordered_as_the_first_substitute():
    found = world([{"substitute": "ASH", "ratio": 2}], {"OAK": 4})
    assert quantities(found, "OAK") == ["6"]
    policy = {"substitute_uncovered": "substitute"}
    assert quantities(found, "OAK", **policy) == []
    assert quantities(found, "ASH", **policy) == ["12"]


def test_what_a_customer_ordered_is_not_replaced():
    found = world([{"substitute": "ASH"}], {"ASH": 9}, [("OAK", 5, DUE)])
    assert (decisions(found), quantities(found, "OAK")) == ([], ["5"])


def test_the_safety_stock_of_both_is_left_alone():
    found = world([{"substitute": "ASH"}], {"OAK": 5, "ASH": 9}, OAK={"safety_stock": 3}, ASH={"safety_stock": 4})
    assert decisions(found) == [("OAK", "ASH", DUE, "5")]
    assert quantities(found, "OAK") == ["3"]


def test_a_substitute_made_from_what_it_replaces_is_refused():
    parts = {"DESK": {"OAK": 1}, "OAK": {"ASH": 1}}
    rows = [{"component": "OAK", "substitute": "ASH"}]
    with pytest.raises(CyclicSubstitutes, match="a substitute is made from what it replaces"):
        plan(factory(parts, {}, [("DESK", 1, DUE)], substitutes=rows))


def test_materials_that_replace_each_other_both_ways_are_planned_together():
    rows = [{"component": "OAK", "substitute": "ASH"}, {"component": "ASH", "substitute": "OAK"}]
    found = factory({"DESK": {"OAK": 1}, "BENCH": {"ASH": 1}}, {"OAK": 3, "ASH": 9},
                    [("DESK", 5, DUE), ("BENCH", 4, DUE)], substitutes=rows)  # fmt: skip
    assert decisions(found) == [("OAK", "ASH", DUE, "2")]
    assert [row["item"] for row in plan(found)["planned_orders"]] == ["BENCH", "DESK"]
