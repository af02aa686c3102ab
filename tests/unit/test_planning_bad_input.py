"""Bad input to planning, kitting and promising: refused by name, or planned and said so; never wrapped or endless."""

from datetime import date, timedelta

import pandas as pd
import pytest

from calculations.bills_of_materials import bills_of_materials
from calculations.errors import KitlineError, QuantityOverflow
from calculations.kitting import check_kitting
from calculations.lead_times import TooLongRouting
from calculations.low_level_codes import CyclicBillOfMaterials
from calculations.material_planning import plan_materials
from calculations.netting import EndlessSplit
from calculations.policies import UnknownPolicy, resolve
from calculations.promise import promise_lines
from calculations.quantity_limits import refuse_uncountable
from calculations.working_days import NoWorkingDay
from plans import AS_OF, exceptions, gross, ordered, plan, quantities
from small_factory import factory
from tasks.simulation import simulate

DUE = "2026-02-02"
LARGEST = 10**9  # what one row may hold


def single(quantity=10, calendar=(), **bolt):
    item = {"BOLT": {"lead_time_days": 1, **bolt}}
    return factory({}, {}, [("BOLT", quantity, DUE)], item, calendar=list(calendar))


def desk(item: dict | None = None, stock=None, **tables):
    """Ten desks of a leg each."""
    return factory({"DESK": {"LEG": 1}}, stock or {}, [("DESK", 10, DUE)], item or {}, **tables)


def closed(first: str, days: int, but=()) -> list[dict]:
    start = date.fromisoformat(first)
    every = [(start + timedelta(days=offset)).isoformat() for offset in range(days)]
    return [{"date": day, "working": "yes" if day in but else "no"} for day in every]


# Substitutes and bills that lead back to themselves


@pytest.mark.parametrize("strategy", ["mixed", "whole"])
@pytest.mark.parametrize("circle", [["LEG", "PEG"], ["LEG", "PEG", "POST"]])
def test_materials_that_replace_each_other_in_a_circle_are_used_once_and_the_rest_is_ordered(circle, strategy):
    rows = [{"component": one, "substitute": other, "strategy": strategy}
            for one, other in zip(circle, [*circle[1:], circle[0]], strict=True)]  # fmt: skip
    stock = {"LEG": 2, "PEG": 3, "POST": 0}
    found = plan(desk(stock=stock, substitutes=rows))
    taken = "3" if strategy == "mixed" else None
    assert [row["quantity"] for row in found["substitutions"]] == ([taken] if taken else [])
    assert quantities(desk(stock=stock, substitutes=rows), "LEG") == ["5" if taken else "8"]


@pytest.mark.parametrize(("maker", "part"), [("PEG", "LEG"), ("LEG", "PEG")])
def test_a_substitute_made_from_what_it_replaces_is_a_circle_that_names_both(maker, part):
    world = factory({"DESK": {"LEG": 1}, maker: {part: 1}}, {}, [("DESK", 10, DUE)],
                    substitutes=[{"component": "LEG", "substitute": "PEG"}])  # fmt: skip
    with pytest.raises(CyclicBillOfMaterials, match=f"{maker} → {part} ↔ {maker}"):
        plan(world)


def test_a_bill_that_leads_through_a_phantom_back_to_its_item_is_a_circle():
    world = factory({"DESK": {"KIT": 1}, "KIT": {"DESK": 1}}, {}, [], headers={"KIT": {"phantom": "yes"}})
    for run in (plan_materials, check_kitting, promise_lines):
        with pytest.raises(CyclicBillOfMaterials, match="DESK → KIT → DESK"):
            run(world, AS_OF, {})


# Bills that say nothing


@pytest.mark.parametrize(
    "line", [None, {"quantity": 2, "effective_from": "2026-06-01"}, {"quantity": 2, "effective_to": "2025-12-31"}]
)
@pytest.mark.parametrize("phantom", ["no", "yes"])
def test_the_need_of_an_item_whose_bill_has_no_line_in_force_is_reported_and_does_not_vanish(line, phantom):
    world = factory({"DESK": {"KIT": 1}, "KIT": {"LEG": line} if line else {}}, {}, [("DESK", 10, DUE)],
                    headers={"KIT": {"phantom": phantom}})  # fmt: skip
    assert ordered(world, "KIT") == [(DUE, "10")]
    assert [row["item"] for row in exceptions(world, "no_bom")] == ["KIT"]


def test_a_gap_between_two_versions_is_reported_as_no_bill():
    boms = [{"bom": "V1", "item": "DESK", "effective_to": "2026-01-10"},
            {"bom": "V2", "item": "DESK", "version": 2, "effective_from": "2026-03-01"}]  # fmt: skip
    lines = [{"bom": bom, "line": 1, "component": "LEG", "quantity": 1} for bom in ("V1", "V2")]
    world = desk(boms=boms, bom_lines=lines)
    assert [row["item"] for row in exceptions(world, "no_bom")] == ["DESK"]
    assert gross(world, "LEG") == []


def test_of_overlapping_bills_of_one_version_the_first_by_code_counts_whatever_the_order_of_the_rows():
    boms = [{"bom": "B", "item": "DESK"}, {"bom": "A", "item": "DESK"}]
    lines = [{"bom": "A", "line": 1, "component": "LEG", "quantity": 1},
             {"bom": "B", "line": 1, "component": "LEG", "quantity": 7}]  # fmt: skip
    for rows in (boms, boms[::-1]):
        assert quantities(desk(boms=rows, bom_lines=lines), "LEG") == ["10"]


def test_bills_without_lines_are_no_bills():
    world = desk(bom_lines=[])
    assert bills_of_materials(world, pd.Index(world["items"]["item"]), {"loss": "multiply"}).code.tolist() == []


# Quantities near the limits of exact numbers


def test_sums_of_one_item_beyond_the_limit_are_refused_with_table_and_item():
    rows = [{"item": "BOLT", "quantity": LARGEST, "lot": str(number)} for number in range(4612)]
    world = factory({}, {}, [("BOLT", 5, DUE)], more_stock=rows)
    with pytest.raises(QuantityOverflow, match="item BOLT in stock"):
        refuse_uncountable(world)
    # an item less, and as many of another: nothing overflows
    rows[-1]["item"] = "NUT"
    refuse_uncountable(factory({}, {}, [("BOLT", 5, DUE)], {"NUT": {}}, more_stock=rows))


@pytest.mark.parametrize("run", ["material_planning", "kitting_check", "promise"])
def test_a_scenario_whose_sums_overflow_answers_with_the_error(run):
    stock = [{"item": "BOLT", "quantity": LARGEST, "lot": str(number)} for number in range(9300)]
    tables = {"items": [{"item": "BOLT", "name": "Bolt", "unit": "EA", "sourcing": "buy"}], "stock": stock}
    answer = simulate({"as_of": "2026-01-05", "run": run, "tables": tables})
    assert answer["error"]["kind"] == "quantity_overflow"


def test_needs_multiplied_through_the_levels_are_refused_not_wrapped():
    # 1,000,000 × 1,000⁴ = 10¹⁸ pieces; of C 10¹⁵ are wanted, of which millionths can no longer be counted
    chain = {"TOP": {"A": 1000}, "A": {"B": 1000}, "B": {"C": 1000}, "C": {"D": 1000}}
    harmless = [(f"OTHER-{number}", 5, DUE) for number in range(5)]
    with pytest.raises(QuantityOverflow, match="item C: a quantity or amount is larger"):
        plan(factory(chain, {}, [("TOP", 10**6, DUE), *harmless]))
    with pytest.raises(QuantityOverflow):
        plan(factory(chain, {}, [("TOP", 10**6, DUE)], headers={code: {"phantom": "yes"} for code in "ABC"}))


@pytest.mark.parametrize(
    "item",
    [
        {"yield_rate": "0.000001", "decimals": 6},
        {"order_multiple": "999999999.999999"},  # with whole pieces the smallest multiple is 10¹⁵
        {"lot_sizing": "fixed_order_quantity", "fixed_order_quantity": "999999999.999999",
         "order_multiple": "999999999.999998"},
    ],
)  # fmt: skip
def test_an_order_that_its_limits_make_too_large_is_refused(item):
    with pytest.raises(QuantityOverflow, match="item BOLT: a quantity or amount is larger"):
        plan(single(quantity=LARGEST, **item))


def test_the_largest_quantity_a_row_holds_is_planned_exactly():
    assert ordered(single(quantity="999999999.999999", decimals=6), "BOLT") == [(DUE, "999999999.999999")]


def test_a_maximum_that_would_split_a_need_endlessly_is_refused_with_the_item():
    with pytest.raises(EndlessSplit, match="item BOLT needs 1000000000 in orders of at most 1"):
        plan(single(quantity=LARGEST, maximum_order_quantity=1))


def test_a_maximum_below_the_minimum_yields_to_it():
    assert quantities(single(minimum_order_quantity=100, maximum_order_quantity=50), "BOLT") == ["100"]


def test_an_order_up_to_level_below_the_safety_stock_fills_up_to_the_safety_stock():
    assert quantities(single(safety_stock=100, order_up_to=50), "BOLT") == ["100", "10"]


# Calendars and lead times


def test_dates_are_not_moved_across_a_year_without_a_working_day():
    world = single(calendar=closed("2026-01-01", 365))
    for run in (plan_materials, promise_lines):
        with pytest.raises(NoWorkingDay, match="from 2026-01-01 to 2026-12-31"):
            run(world, AS_OF, {})


def test_a_closure_nobody_plans_in_disturbs_nothing():
    assert ordered(single(calendar=closed("2030-01-01", 3000)), "BOLT") == [(DUE, "10")]


def test_a_plant_may_work_on_sundays_only():
    sundays = [(date(2025, 12, 7) + timedelta(weeks=week)).isoformat() for week in range(80)]
    world = single(lead_time_days=2, calendar=closed("2025-12-01", 500, but=sundays))
    assert ordered(world, "BOLT", by="release_date") == [("2026-01-18", "10")]
    assert ordered(world, "BOLT") == [("2026-02-01", "10")]


def test_a_lead_time_of_ten_years_is_kept_and_flagged_with_the_day_it_could_be_there():
    world = single(lead_time_days=3660)
    assert ordered(world, "BOLT", by="release_date") == [("2012-01-23", "10")]
    assert [row["date"] for row in exceptions(world, "past_due_release")] == ["2040-01-16"]
    early = factory({}, {}, [("BOLT", 1, "1970-01-05")], {"BOLT": {"lead_time_days": 20}})
    assert ordered(early, "BOLT", as_of=date(1970, 1, 1), by="release_date") == [("1969-12-08", "1")]


def test_a_routing_that_never_ends_is_refused_by_planning_and_promising():
    sawing = [{"item": "DESK", "operation": "1", "work_center": "SAW", "run_hours_per_unit": 1}]
    centers = [{"work_center": "SAW", "capacity_hours": 8}]
    world = factory({"DESK": {}}, {}, [("DESK", LARGEST, DUE)], work_centers=centers, operations=sawing)
    with pytest.raises(TooLongRouting, match="1000000000 takes more than 36600 working days at work center SAW"):
        plan(world)
    with pytest.raises(TooLongRouting, match="to make DESK"):
        promise_lines(world, AS_OF, {})


def test_a_blank_lead_time_is_missing_and_a_lead_time_of_0_is_not():
    assert [row["item"] for row in exceptions(single(lead_time_days=""), "no_lead_time")] == ["BOLT"]
    assert exceptions(single(lead_time_days=0), "no_lead_time") == []


def test_demand_of_ten_years_is_planned_day_by_day():
    orders = [("DESK", 1, (AS_OF + timedelta(days=offset)).isoformat()) for offset in range(3653)]
    found = plan(factory({"DESK": {"LEG": 1}}, {}, orders))
    assert sum(int(row["quantity"]) for row in found["planned_orders"] if row["item"] == "LEG") == 3653


# Policies, texts, emptiness


def test_forecast_windows_may_be_nothing_or_a_century_and_no_more():
    world = factory({}, {}, [("BOLT", 5, DUE)], forecasts=[{"item": "BOLT", "date": "2026-01-20", "quantity": 9}])
    assert quantities(world, "BOLT", forecast_backward_days=0, forecast_forward_days=0) == ["9", "5"]
    assert quantities(world, "BOLT", forecast_backward_days=36600) == ["4", "5"]
    with pytest.raises(UnknownPolicy, match="forecast_backward_days must be a whole number from 0 to 36600"):
        resolve({"forecast_backward_days": 10**30}, AS_OF)


def test_an_empty_plant_has_empty_answers():
    for run in (plan_materials, check_kitting, promise_lines):
        for frame in run(factory({}, {}, []), AS_OF, {}).values():
            assert frame.empty


def test_codes_may_hold_any_sign_and_look_like_numbers_or_nothing():
    codes = ["螺丝 M3", "A/B", "A,B", '2" pipe', "=1+1", "nan", "NULL", "None", "0", "00", "PLAN-0-1", "a", "A"]
    world = factory({"TÖP/1": dict.fromkeys(codes, 1)}, {}, [("TÖP/1", 2, DUE)])
    found = plan(world)
    assert sorted(row["item"] for row in found["planned_orders"]) == sorted([*codes, "TÖP/1"])
    assert len({row["number"] for row in found["planned_orders"]}) == len(codes) + 1
    assert {row["demand"] for row in found["pegs"] if row["item"] in codes} == {"PLAN-TÖP/1-1"}


@pytest.mark.parametrize("text", ["nan", "NULL", "None", "Infinity", "1,000", "1 000", "1_000", "0x10", "-5", "0", "",
                                  "9200000000000", "9223372036854.775808"])  # fmt: skip
def test_a_quantity_that_is_no_countable_number_refuses_its_row_and_the_rest_is_planned(text):
    tables = {
        "items": [{"item": "BOLT", "name": "Bolt", "unit": "EA", "sourcing": "buy", "lead_time_days": 1}],
        "sales_orders": [{"order": "SO-1", "customer": "ACME", "order_date": "2026-01-02"}],
        "sales_order_lines": [{"order": "SO-1", "line": line, "item": "BOLT", "quantity": quantity, "due_date": DUE}
                              for line, quantity in ((1, text), (2, "1e1"))],
    }  # fmt: skip
    answer = simulate({"as_of": "2026-01-05", "run": "material_planning", "tables": tables})
    (refused,) = answer["refused"]
    assert (refused["table"], refused["row"], refused["column"]) == ("sales_order_lines", 1, "quantity")
    assert [row["quantity"] for row in answer["planned_orders"]] == ["10"]


@pytest.mark.parametrize(
    "as_of", ["1969-12-31", "2200-01-01", "0001-01-01", "9999-12-31", None, "2026-02-30", 20260105]
)
def test_a_scenario_of_a_day_outside_the_calendar_is_refused(as_of):
    answer = simulate({"as_of": as_of, "run": "material_planning", "tables": {}})
    assert answer["error"]["kind"] == "bad_scenario"


@pytest.mark.parametrize("cell", [["BOLT"], {"code": "BOLT"}])
def test_a_list_or_an_object_is_no_cell(cell):
    answer = simulate({"as_of": "2026-01-05", "run": "material_planning", "tables": {"items": [{"item": cell}]}})
    assert answer["error"]["kind"] == "bad_scenario"


def test_every_error_of_bad_input_has_a_kind_of_its_own():
    kinds = [error.kind for error in (QuantityOverflow, EndlessSplit, NoWorkingDay, TooLongRouting, UnknownPolicy)]
    assert len(set(kinds)) == len(kinds)
    assert KitlineError.kind not in kinds
