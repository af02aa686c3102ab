"""Gross explosion of demands through all levels."""

import json

import pandas as pd
import pytest

from calculations.explosion import explode
from calculations.low_level_codes import CyclicBillOfMaterials
from small_factory import factory
from support import frame_rows, shared

DAY = "2026-02-02"


def demand(*rows) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["item", "date", "quantity"])
    return pd.DataFrame({"item": frame["item"].astype("str"),
                         "date": pd.to_datetime(frame["date"]).astype("datetime64[s]"),
                         "quantity_micro": frame["quantity"].to_numpy() * 10**6})  # fmt: skip


def exploded(bills: dict, *rows, **options) -> dict:
    found = explode(demand(*rows), factory(bills, {}, [], **options))
    return {(row["item"], row["kind"][0]): row["quantity"] for row in frame_rows(found)}


def test_needs_of_all_parents_are_summed_on_every_level():
    cases = {case["id"]: case for case in json.loads(shared("cases", "textbook.json").read_text())}
    for name in ("mrp-01-explosion-awesome", "mrp-04-bracket-gross-net"):
        case = cases[name]
        ((top, quantity),) = case["given"]["demand"].items()
        found = exploded(case["given"]["bom"], (top, DAY, quantity))
        assert {item: int(number) for (item, _), number in found.items()} == case["expected"]["gross"]


def test_independent_and_dependent_demand_of_an_item_stay_apart():
    found = exploded({"BIKE": {"WHEEL": 2}}, ("BIKE", DAY, 3), ("WHEEL", DAY, 1), ("WHEEL", DAY, 4))
    assert found == {("BIKE", "i"): "3", ("WHEEL", "i"): "5", ("WHEEL", "d"): "6"}


def test_a_phantom_passes_its_components_through():
    found = exploded({"BIKE": {"KIT": 2, "BOLT": 2}, "KIT": {"BOLT": 1, "NUT": 3}}, ("BIKE", DAY, 5),
                     headers={"KIT": {"phantom": "yes"}})  # fmt: skip
    assert found == {("BIKE", "i"): "5", ("BOLT", "d"): "20", ("NUT", "d"): "30"}


def test_components_are_rounded_up_for_each_order_with_the_tolerance():
    bills = {"TEA": {"SUGAR": {"quantity": "0.333334"}}}
    assert exploded(bills, ("TEA", DAY, 3))["SUGAR", "d"] == "2"
    third = {"TEA": {"SUGAR": {"quantity": 1}}}
    assert exploded(third, ("TEA", DAY, 3), headers={"TEA": {"output_quantity": 3}})["SUGAR", "d"] == "1"


def test_days_stay_apart():
    found = explode(demand(("BIKE", DAY, 1), ("BIKE", "2026-02-03", 2)), factory({"BIKE": {"WHEEL": 2}}, {}, []))
    assert [(row["item"], row["date"], row["quantity"]) for row in frame_rows(found)] == [
        ("BIKE", "2026-02-02", "1"), ("BIKE", "2026-02-03", "2"),
        ("WHEEL", "2026-02-02", "2"), ("WHEEL", "2026-02-03", "4"),
    ]  # fmt: skip


def test_a_cycle_is_refused():
    with pytest.raises(CyclicBillOfMaterials):
        exploded({"A": {"B": 1}, "B": {"A": 1}}, ("A", DAY, 1))
