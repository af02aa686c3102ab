"""The compiled solver gives the plan of the general one, to the last byte."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_planning_properties import factories

from calculations import level_planning, material_planning
from calculations.material_planning import plan_inputs
from calculations.planning_inputs import planning_inputs
from calculations.policies import resolve
from calculations.substitution import Substitutions, planning_groups
from small_factory import factory
from support import examples

pytest.importorskip("numba", reason="the compiled solver needs numba")
from calculations import compiled_planning, compiled_plant  # noqa: E402

AS_OF = date(2026, 1, 5)


def plans(world: dict, engines=("numpy", "numba")) -> list:
    """The world's plan by either engine."""
    inputs = planning_inputs(world, AS_OF, resolve({}, AS_OF))
    groups = planning_groups(world, inputs.index)
    return [plan_inputs(inputs, groups, Substitutions(world, inputs, groups), engine) for engine in engines]


def assert_same(world: dict) -> None:
    general, compiled = plans(world)
    assert_equal_plans(general, compiled)
    with pytest.MonkeyPatch.context() as patch:
        # every item for itself
        patch.setattr(level_planning, "AT_ONCE", 1)
        assert_equal_plans(general, plans(world, ["numpy"])[0])
        # every level in three parts at the same time
        patch.setattr(compiled_planning, "LARGE_LEVEL", 0)
        patch.setattr(compiled_planning, "_processors", lambda: 3)
        assert_equal_plans(general, plans(world, ["numba"])[0])


def assert_equal_plans(general, compiled) -> None:
    columns = ("raw_orders", "raw_moves", "raw_asked", "raw_served")
    kinds = [(getattr(general, name), getattr(compiled, name)) for name in columns]
    for one, other in [*kinds, (general.network.uses, compiled.network.uses)]:
        for column, expected, found in zip(one._fields, one, other, strict=True):
            np.testing.assert_array_equal(expected, found, err_msg=f"{type(one).__name__}.{column}")
    np.testing.assert_array_equal(general.move_count, compiled.move_count)
    np.testing.assert_array_equal(general.asked_count, compiled.asked_count)
    assert general.substitutions == compiled.substitutions


@st.composite
def dated(draw):
    """Tables whose rows hold for a time: supplier offers with limits, safety stocks, a second version of a bill."""
    day = st.sampled_from(["", "2026-01-12", "2026-02-02", "2026-03-02"])
    offers = [{"supplier": "S", "item": "PART-1", "price": 1, "priority": number, "effective_from": draw(day),
               "lead_time_days": draw(st.sampled_from(["", 0, 4])), "minimum_order_quantity": draw(st.integers(0, 9)),
               "order_multiple": draw(st.sampled_from(["", 4])),
               "effective_to": draw(st.sampled_from(["", "2026-02-13"]))} for number in (1, 2, 3)]  # fmt: skip
    stocks = [{"item": item, "effective_from": start, "quantity": draw(st.integers(0, 30))}
              for item in ("PART-1", "SUB-2") for start in ("2025-12-01", "2026-01-19", "2026-02-20")]  # fmt: skip
    hours = st.sampled_from(["0.1", "1.7"])
    operations = [{"item": item, "operation": 10, "work_center": "SAW", "setup_hours": "0.3",
                   "run_hours_per_unit": draw(hours)} for item in ("TOP-2", "SUB-2")]  # fmt: skip
    return {"supplier_items": offers, "safety_stocks": stocks, "operations": operations,
            "work_centers": [{"work_center": "SAW", "capacity_hours": "6.5"}],
            "calendar": [{"date": "2026-01-14", "working": "no"},
                         {"date": "2026-01-24", "working": "yes"}]}  # fmt: skip


@examples(30)
@given(factories(), dated())
def test_both_engines_give_the_same_plan(parts, tables):
    bills, stock, orders, items, headers, purchase = parts
    for item in ("TOP-2", "SUB-2", "PART-1"):
        items[item]["lead_time_days"] = ""
    assert_same(factory(bills, stock, orders, items, headers, **purchase, **tables))


def test_negative_stock_is_a_debt_that_receipts_pay_first():
    lines = [{"order": "PO-1", "line": 1, "item": "BOLT", "quantity": 30, "due_date": "2026-01-12"}]
    headers = [{"order": "PO-1", "supplier": "S", "order_date": "2025-12-01"}]
    world = factory({"DESK": {"BOLT": 4}}, {"BOLT": -10}, [("DESK", 6, "2026-02-02")],
                    purchase_orders=headers, purchase_order_lines=lines,
                    suppliers=[{"supplier": "S", "name": "S"}])  # fmt: skip
    assert_same(world)


def test_numbers_beyond_64_bits_go_to_the_general_solver():
    # 1,000,000 desks of 3,000,000.5 grams each: the product of micro-units leaves 64 bits, the need itself does not
    world = factory({"DESK": {"GLUE": "3000000.5"}}, {}, [("DESK", 1_000_000, "2026-02-02")],
                    {"GLUE": {"decimals": 1}})  # fmt: skip
    assert_same(world)
    general, compiled = plans(world)
    assert compiled.raw_orders.quantity.tolist() == general.raw_orders.quantity.tolist()


def test_the_compiled_solver_is_taken_for_large_plants_where_it_is_installed(monkeypatch):
    assert material_planning._best_engine(material_planning.LARGE_PLANT - 1) == "numpy"
    assert material_planning._best_engine(material_planning.LARGE_PLANT) == "numba"
    monkeypatch.setattr(material_planning, "find_spec", lambda name: None)
    assert material_planning._best_engine(10**6) == "numpy"


@pytest.mark.parametrize("engine", ["numpy", "numba"])
@pytest.mark.parametrize(("stock", "ordered"), [("9.999999", []), ("9.999998", [1_000_000]), ("10", [])])
def test_a_millionth_of_a_unit_that_rounding_left_out_orders_nothing(engine, stock, ordered):
    # ten whole bolts are wanted: the last millionth is a rounding rest, two of them are missing stock
    plan, *_ = plans(factory({}, {"BOLT": stock}, [("BOLT", 10, "2026-02-02")]), [engine])
    assert plan.raw_orders.quantity.tolist() == ordered


@pytest.mark.parametrize("engine", ["numpy", "numba"])
def test_what_is_counted_in_millionths_is_ordered_to_the_last_one(engine):
    world = factory({}, {"GLUE": "9.999999"}, [("GLUE", 10, "2026-02-02")], {"GLUE": {"decimals": 6}})
    plan, *_ = plans(world, [engine])
    assert plan.raw_orders.quantity.tolist() == [1]


def test_compiled_code_is_stored_under_a_digest_of_all_its_sources():
    names = {path.name for path in compiled_plant.FILES}
    assert {"compiled_needs.py", "compiled_orders.py", "compiled_parts.py", "compiled_planning.py"} <= names
    assert len(compiled_planning._plan_ranks.signatures) <= 1, "arrays that lie otherwise are compiled for anew"
    assert compiled_planning._plan_ranks.py_func.__qualname__.endswith(compiled_plant.SOURCES[:16])
