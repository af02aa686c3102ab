"""What if: a branch of a table maker's data, and what its plan has otherwise, by hand."""

from datetime import date

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calculations.change_set import RefusedChanges, branched
from calculations.material_planning import plan_materials
from calculations.what_if import what_if
from support import examples, frame_rows, world_of
from table_maker import AS_OF, TABLES
from tasks.simulation import what_if_tables

SPECS = what_if_tables()


def ask(*changes, as_of: date = AS_OF, policies=None, **tables) -> dict[str, list[dict]]:
    world = world_of({**TABLES, **tables})
    frames = what_if(world, as_of, policies or {}, list(changes), SPECS, {**TABLES, **tables})
    return {name: frame_rows(frame) for name, frame in frames.items()}


def cells(rows: list[dict], *columns: str) -> list[tuple]:
    return [tuple(row[column] for column in columns) for row in rows]


def refused(*changes, **tables) -> list[tuple]:
    world = world_of({**TABLES, **tables})
    with pytest.raises(RefusedChanges) as caught:
        branched(world, AS_OF, {}, list(changes), SPECS, {**TABLES, **tables})
    return cells(frame_rows(caught.value.refused), "row", "table", "column", "message")


def refusal(*changes, **tables) -> str:
    ((*_, message),) = refused(*changes, **tables)
    return message


NEW_ORDER = {"what": "new_order", "item": "TABLE", "quantity": 4, "date": "2026-02-06", "customer": "HOTEL"}


def test_an_order_more_is_a_table_more_to_make_and_its_parts_to_buy():
    found = ask(NEW_ORDER)
    assert cells(
        found["planned_orders"], "change", "item", "kind", "supplier_after", "quantity_after", "due_after"
    ) == [
        ("new", "LEG", "purchase", "WOOD", "16", "2026-02-04"),
        ("new", "TABLE", "production", "", "4", "2026-02-06"),
        ("new", "TOP", "purchase", "WOOD", "4", "2026-02-04"),
    ]
    # 16 legs at 2.50 and 4 tops at 30
    assert cells(found["cash"], "month", "kind", "base", "branch", "difference") == [
        ("2026-02", "purchase", "0", "160", "160")
    ]
    assert cells(found["load"], "work_center", "week", "hours_base", "hours_branch", "change") == [
        ("BENCH", "2026-02-02", "0", "16", "")
    ]
    (line,) = found["order_lines"]
    assert (line["change"], line["order"], line["expected_after"], line["is_late"]) == (
        "new", "WHAT-IF-1", "2026-02-06", False,
    )  # fmt: skip


def test_an_order_that_comes_too_soon_says_the_day_it_can_be_there():
    found = ask({**NEW_ORDER, "date": "2026-01-30"})
    # tops take 20 working days from Monday the 5th: February 2nd, and two more for the table
    (line,) = [row for row in found["order_lines"] if row["change"] == "new"]
    assert (line["expected_after"], line["is_late"]) == ("2026-02-04", True)
    assert cells(found["customers"], "customer", "late_lines_before", "late_lines_after") == [("HOTEL", 0, 1)]
    said = " ".join(row["sentence"] for row in found["sentences"])
    assert "WHAT-IF-1/10 can be there on 2026-02-04, not on 2026-01-30" in said


def test_a_late_supplier_makes_the_customer_late_and_moves_the_money():
    found = ask({"what": "supplier_late", "supplier": "WOOD", "days": 5})
    assert cells(found["order_lines"], "change", "order", "customer", "expected_before", "expected_after") == [
        ("newly_late", "SO-1", "SHOP", "2026-01-28", "2026-02-04")
    ]
    # the plan orders five tops anew for January, the 150 of PO-1 come in February
    assert cells(found["cash"], "month", "base", "branch") == [("2026-02", "0", "150")]
    assert cells(found["changes"], "table", "key", "column", "before", "after") == [
        ("purchase_order_lines", "PO-1/10", "due_date", "2026-01-26", "2026-02-02")
    ]


def test_an_overdue_receipt_of_a_late_supplier_counts_from_today():
    overdue = {**TABLES["purchase_order_lines"][0], "due_date": "2026-01-02"}
    found = ask({"what": "supplier_late", "supplier": "WOOD", "days": 1}, purchase_order_lines=[overdue])
    assert cells(found["changes"], "after") == [("2026-01-06",)]


def test_a_moved_line_moves_its_orders_and_their_money():
    found = ask({"what": "move", "order": "SO-1", "line": 10, "date": "2026-02-11"})
    assert cells(found["planned_orders"], "change", "item", "need_before", "need_after", "quantity_after") == [
        ("later", "LEG", "2026-01-26", "2026-02-09", "12"),
        ("later", "TABLE", "2026-01-28", "2026-02-11", "5"),
    ]
    # 12 legs at 2.50
    assert cells(found["cash"], "month", "difference") == [("2026-01", "-30"), ("2026-02", "30")]
    assert cells(found["order_lines"], "change", "wanted_after", "expected_after") == [
        ("later", "2026-02-11", "2026-02-11")
    ]


def test_more_stock_buys_less_and_an_empty_shelf_more():
    gone = ask({"what": "stock", "item": "LEG", "quantity": 20})
    assert cells(gone["planned_orders"], "change", "item", "quantity_before") == [("gone", "LEG", "12")]
    more = ask({"what": "stock", "item": "LEG", "quantity": 0})
    assert cells(more["planned_orders"], "change", "quantity_before", "quantity_after") == [("more", "12", "20")]


def test_only_usable_stock_is_replaced():
    shelves = [{"item": "LEG", "quantity": 5}, {"item": "LEG", "quantity": 3, "warehouse": "SHED"},
               {"item": "LEG", "quantity": 9, "status": "blocked"}]  # fmt: skip
    world = world_of({**TABLES, "stock": shelves})
    branch = branched(world, AS_OF, {}, [{"what": "stock", "item": "LEG", "quantity": 2}], SPECS, TABLES)
    assert cells(frame_rows(branch.world["stock"]), "quantity", "warehouse", "status") == [
        ("9", "MAIN", "blocked"), ("2", "MAIN", "available"),
    ]  # fmt: skip


def test_another_supplier_is_asked_first_at_his_price():
    found = ask({"what": "supplier", "item": "LEG", "supplier": "IRON"})
    assert cells(found["planned_orders"], "change", "supplier_before", "supplier_after", "release_after") == [
        ("supplier, later", "WOOD", "IRON", "2026-01-19")
    ]
    assert cells(found["cash"], "base", "branch") == [("180", "186")]


def test_a_longer_lead_time_releases_earlier():
    found = ask({"what": "lead_time", "item": "LEG", "days": 12})
    assert cells(found["planned_orders"], "change", "item", "release_before", "release_after") == [
        ("earlier", "LEG", "2026-01-12", "2026-01-08")
    ]


def test_a_closed_week_starts_the_work_before_it():
    found = ask({"what": "closed", "date": "2026-01-26", "until": "2026-01-27"})
    (table,) = [row for row in found["planned_orders"] if row["item"] == "TABLE"]
    assert (table["change"], table["release_before"], table["release_after"]) == ("earlier", "2026-01-26", "2026-01-22")


def test_less_capacity_overloads_a_week_and_says_so():
    found = ask({"what": "capacity", "work_center": "BENCH", "hours": 3})
    assert cells(found["load"], "week", "change", "hours_branch", "overload_branch") == [
        ("2026-01-26", "newly_overloaded", "20", "5")
    ]
    assert "newly overloaded: BENCH in the week of 2026-01-26" in [row["sentence"] for row in found["sentences"]]


def test_an_order_that_is_cancelled_takes_its_planned_orders_along():
    found = ask({"what": "cancel", "order": "SO-1"})
    assert cells(found["planned_orders"], "change", "item") == [("gone", "LEG"), ("gone", "TABLE")]
    assert cells(found["order_lines"], "change", "order") == [("gone", "SO-1")]
    assert ("new", "cancel") in cells(found["exceptions"], "change", "kind")


def test_a_work_order_of_another_quantity_needs_so_much_of_its_parts():
    works = {"work_orders": [{"order": "WO-1", "item": "TABLE", "quantity": 3, "start_date": "2026-01-19",
                              "due_date": "2026-01-21"}],
             "work_order_components": [{"order": "WO-1", "item": "LEG", "quantity": 12}]}  # fmt: skip
    world = world_of({**TABLES, **works})
    changes = [{"what": "quantity", "order": "WO-1", "quantity": 4}, {"what": "move", "order": "WO-1",
                                                                      "date": "2026-01-22"}]  # fmt: skip
    branch = branched(world, AS_OF, {}, changes, SPECS, {**TABLES, **works})
    (order,), (leg,) = (frame_rows(branch.world[name]) for name in works)
    assert (order["quantity"], order["start_date"], order["due_date"]) == ("4", "2026-01-20", "2026-01-22")
    assert leg["quantity"] == "16"


def test_rows_of_any_table_are_added_changed_and_removed_by_name():
    found = ask(
        {"what": "change", "table": "items", "where": {"item": "LEG"}, "set": {"order_multiple": 50}},
        {"what": "add", "table": "forecasts", "row": {"item": "TABLE", "date": "2026-03-02", "quantity": 2}},
        {"what": "remove", "table": "supplier_items", "where": {"supplier": "IRON"}},
    )
    assert ("more", "LEG", "50") in cells(found["planned_orders"], "change", "item", "quantity_after")
    assert ("new", "TABLE", "2") in cells(found["planned_orders"], "change", "item", "quantity_after")
    assert cells(found["changes"], "change", "table", "key", "column", "after") == [
        (1, "items", "LEG", "order_multiple", "50"),
        (2, "forecasts", "TABLE/2026-03-02", "", "added"),
        (3, "supplier_items", "IRON/LEG/2", "", "removed"),
    ]


def test_a_firm_planned_order_can_be_added():
    row = {"number": "FIRM-1", "item": "LEG", "kind": "purchase", "quantity": 40, "release_date": "2026-01-05",
           "due_date": "2026-01-19"}  # fmt: skip
    found = ask({"what": "add", "table": "planned_orders", "row": row})
    # forty legs of the firm order instead of twelve of a suggestion
    assert ("gone", "LEG", "12") in cells(found["planned_orders"], "change", "item", "quantity_before")
    assert ("new", "LEG", "40") in cells(found["planned_orders"], "change", "item", "quantity_after")


def test_a_policy_changes_on_the_branch_only():
    found = ask({"what": "policy", "policy": "excluded_warehouses", "value": ["MAIN"]})
    assert cells(found["planned_orders"], "change", "item", "quantity_after") == [("more", "LEG", "20")]


def test_a_later_change_may_name_what_an_earlier_one_added():
    found = ask({**NEW_ORDER, "order": "SO-9"}, {"what": "move", "order": "SO-9", "line": 10, "date": "2026-02-13"})
    assert cells(found["order_lines"], "order", "wanted_after") == [("SO-9", "2026-02-13")]


def test_money_in_another_currency_counts_at_the_rate_of_its_day():
    offers = [{**row, "currency": "USD"} for row in TABLES["supplier_items"]]
    rates = [{"currency": "USD", "date": "2026-01-01", "rate": "0.9"},
             {"currency": "USD", "date": "2026-02-01", "rate": "0.8"}]  # fmt: skip
    found = ask(NEW_ORDER, supplier_items=offers, exchange_rates=rates)
    # 160 dollars in February
    assert cells(found["cash"], "difference") == [("128",)]


def test_what_has_no_price_is_counted_as_unpriced_and_not_as_nothing():
    offers = [row for row in TABLES["supplier_items"] if row["item"] != "TOP"]
    (row,) = ask(NEW_ORDER, supplier_items=offers)["cash"]
    assert (row["difference"], row["unpriced_branch"]) == ("40", 1)


def test_no_change_makes_no_difference_and_says_so():
    found = ask()
    assert {name for name, rows in found.items() if rows} == {"sentences", "summary"}
    assert {row["difference"] for row in found["summary"]} == {"0"}
    assert cells(found["sentences"], "sentence") == [("the plan stays as it is",)]


def test_the_world_stays_as_it_was():
    world = world_of(TABLES)
    before = {name: frame.copy() for name, frame in world.items()}
    changes = [NEW_ORDER, {"what": "stock", "item": "LEG", "quantity": 0}, {"what": "cancel", "order": "SO-1"},
               {"what": "closed", "date": "2026-01-26"}, {"what": "lead_time", "item": "TOP", "days": 1}]  # fmt: skip
    what_if(world, AS_OF, {}, changes, SPECS, TABLES)
    for name, frame in before.items():
        pd.testing.assert_frame_equal(world[name], frame)


STEPS = {
    "stock": st.fixed_dictionaries({"item": st.sampled_from(["LEG", "TOP", "TABLE"]), "quantity": st.integers(0, 30)}),
    "lead_time": st.fixed_dictionaries({"item": st.sampled_from(["LEG", "TOP"]), "days": st.integers(0, 20)}),
    "new_order": st.fixed_dictionaries(
        {"item": st.just("TABLE"), "quantity": st.integers(1, 9), "date": st.just("2026-02-20")}
    ),
    "move": st.fixed_dictionaries({"order": st.just("SO-1"), "date": st.sampled_from(["2026-01-14", "2026-03-03"])}),
}
CHANGE_SETS = st.lists(
    st.sampled_from(list(STEPS)).flatmap(lambda what: STEPS[what].map(lambda row: {"what": what, **row})), max_size=4
)


@examples(4)
@given(CHANGE_SETS)
def test_a_branch_differs_by_what_planning_it_alone_would_give(changes):
    world = world_of(TABLES)
    found = what_if(world, AS_OF, {}, changes, SPECS, TABLES)
    branch = branched(world, AS_OF, {}, changes, SPECS, TABLES).world
    same = what_if(branch, AS_OF, {}, [], SPECS, TABLES)
    assert all(
        same[name].empty for name in ("planned_orders", "order_lines", "customers", "exceptions", "cash", "load")
    )
    # the summary's sides are the base's plan and the branch's own
    assert found["summary"]["branch_micro"].tolist() == same["summary"]["base_micro"].tolist()
    orders = found["planned_orders"]
    more = orders["quantity_after_micro"].fillna(0).sum() - orders["quantity_before_micro"].fillna(0).sum()
    sums = [what_if_quantity(world), what_if_quantity(branch)]
    assert more == sums[1] - sums[0]


def what_if_quantity(world) -> int:
    return int(plan_materials(world, AS_OF, {})["planned_orders"]["quantity_micro"].sum())


# what an import would refuse


@pytest.mark.parametrize(
    ("change", "column", "said"),
    [
        ({"what": "dream"}, "what", "no change is called 'dream'; choose one of new_order, move"),
        ("stock", "what", "a change is an object"),
        ({"what": "stock", "item": "LEG"}, "quantity", "quantity is missing; it is required"),
        ({"what": "stock", "item": "LEG", "quantity": "-1"}, "quantity", "quantity must be at least 0, not -1"),
        ({"what": "stock", "item": "LEGG", "quantity": 1}, "item", "no row of items has item LEGG; did you mean LEG?"),
        ({"what": "stock", "item": "LEG", "qty": 1}, "qty", "has no field 'qty'; it has item, quantity"),
        ({**NEW_ORDER, "date": "6.2.2026"}, "date", "date '6.2.2026' is no date; write it like 2026-01-31"),
        ({**NEW_ORDER, "item": "DESK"}, "item", "item DESK is not in items; add it there or correct the item"),
        ({**NEW_ORDER, "customer": "INN"}, "customer", "customer INN is not in customers"),
        ({**NEW_ORDER, "order": "SO-1"}, "order", "there is an order SO-1 already; name another"),
        ({"what": "add", "table": "customers", "row": {"customer": "SHOP", "name": "S"}}, "customer",
         "customers has SHOP already; change that row instead"),
        ({"what": "move", "order": "SO-2", "date": "2026-02-02"}, "order", "no open order is called SO-2; did you"),
        ({"what": "move", "order": "SO-1", "line": 20, "date": "2026-02-02"}, "line", "has no line 20; it has 10"),
        ({"what": "move", "order": "PO-1", "date": "2025-12-01"}, "due_date", "before the order_date"),
        ({"what": "supplier_late", "supplier": "IRON", "days": 2}, "supplier", "nothing is on order at supplier IRON"),
        ({"what": "supplier", "item": "TOP", "supplier": "IRON"}, "supplier", "supplier IRON does not offer TOP"),
        ({"what": "closed", "date": "2026-02-02", "until": "2026-02-01"}, "until", "until is before date"),
        ({"what": "policy", "policy": "loss", "value": "add"}, "policy", "loss cannot be 'add'; choose multiply"),
        ({"what": "policy", "policy": "los", "value": "add"}, "policy", "there is no policy 'los'"),
        ({"what": "add", "table": "item", "row": {}}, "table", "planning reads no table 'item'; did you mean items?"),
        ({"what": "add", "table": "receipts", "row": {}}, "table", "planning reads no table 'receipts'"),
        ({"what": "change", "table": "items", "where": {"item": "LEG"}, "set": {"lot": 5}}, "lot", "no column 'lot'"),
        ({"what": "change", "table": "items", "where": {"item": "LEG"}, "set": {"yield_rate": 0}}, "yield_rate",
         "must be more than 0"),
        ({"what": "change", "table": "items", "where": {}, "set": {"decimals": 1}}, "where", "say which rows of items"),
        ({"what": "change", "table": "items", "where": {"item": "LEG"}}, "set", "say what changes in items"),
        ({"what": "remove", "table": "items", "where": {"item": "LEG"}}, "item", "item LEG is still named by"),
        ({"what": "add", "table": "bom_lines", "row": {"bom": "TABLE", "line": 30, "component": "TABLE",
                                                       "quantity": 1}}, "component", "TABLE → TABLE"),
        ({"what": "add", "table": "substitutes", "row": {"component": "LEG", "substitute": "TABLE"}}, "substitute",
         "TABLE"),
    ],
)  # fmt: skip
def test_a_change_that_an_import_would_refuse_is_named_with_its_remedy(change, column, said):
    found = refused(change)
    assert {(number, name) for number, _, name, _ in found} == {(1, column)}
    assert said in found[0][-1]


def test_all_that_is_wrong_is_said_at_once_and_nothing_is_planned():
    found = refused(NEW_ORDER, {"what": "stock", "item": "NAIL", "quantity": 1}, {**NEW_ORDER, "item": "DESK"})
    assert [number for number, *_ in found] == [2, 3]


def test_an_order_with_several_lines_asks_which_one():
    lines = [{**TABLES["sales_order_lines"][0], "line": line} for line in (10, 20)]
    message = refusal({"what": "quantity", "order": "SO-1", "quantity": 3}, sales_order_lines=lines)
    assert message == "order SO-1 has lines 10, 20; name one"
