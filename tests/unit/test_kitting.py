"""Kitting check: complete sets, shortages, cover, kit date."""

import json
from datetime import date
from fractions import Fraction
from itertools import permutations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calculations.errors import QuantityOverflow
from calculations.kit_progress import lines_under_way, needs_of_started_orders
from calculations.kitting import check_kitting
from calculations.low_level_codes import CyclicBillOfMaterials
from calculations.policies import resolve
from calculations.product_structure import TotalLoss
from small_factory import factory
from support import examples, frame_rows, shared

AS_OF = date(2026, 1, 5)


def kits(world, **policies):
    frames = check_kitting(world, AS_OF, policies)
    return frame_rows(frames["kits"]), frame_rows(frames["shortages"])


def sets(world, **policies) -> dict:
    return {row["order"]: row["complete_sets"] for row in kits(world, **policies)[0]}


DUE = "2026-02-02"
TABLE = {"TABLE": {"TOP": 1, "LEG": 4}}


def test_complete_sets_are_the_smallest_over_the_components():
    world = factory(TABLE, {"TOP": 5, "LEG": 14}, [("TABLE", 4, DUE)])
    (kit,), (short,) = kits(world)
    assert (kit["complete_sets"], kit["status"], kit["bottleneck"], kit["kit_date"]) == ("3", "partial", "LEG", None)
    assert short == {
        "order": "SO-1", "line": 10, "item": "LEG", "required": "16", "available": "14", "short": "2",
        "covered_by": "", "covered_date": None, "demand_kind": "sales_order",
    }  # fmt: skip


def test_a_complete_kit_is_ready_today_and_never_more_than_required():
    (kit,), shortages = kits(factory(TABLE, {"TOP": 50, "LEG": 50}, [("TABLE", 4, DUE)]))
    assert (kit["complete_sets"], kit["status"], kit["kit_date"], kit["bottleneck"]) == ("4", "ready", "2026-01-05", "")
    assert shortages == []


def test_what_is_shipped_is_not_asked_for_again():
    world = factory(TABLE, {"TOP": 1, "LEG": 4}, [("TABLE", 4, DUE)])
    world["sales_order_lines"]["shipped_quantity_micro"] = 3_000_000
    assert kits(world)[0][0]["status"] == "ready"


def test_stock_goes_to_the_earliest_then_most_urgent_then_first_order():
    world = factory(TABLE, {"TOP": 9, "LEG": 20}, [("TABLE", 3, "2026-02-03"), ("TABLE", 3, DUE), ("TABLE", 3, DUE, 1)])
    rows, _ = kits(world)
    assert [(row["order"], row["complete_sets"]) for row in rows] == [("SO-3", "3"), ("SO-2", "2"), ("SO-1", "0")]
    assert set(sets(world, allocation="independent").values()) == {"3"}


def test_an_earlier_order_keeps_its_claim_while_it_waits_for_a_part():
    bills = {"TABLE": {"TOP": 1, "LEG": 4}, "STOOL": {"LEG": 3}}
    world = factory(bills, {"TOP": 0, "LEG": 20}, [("TABLE", 4, DUE), ("STOOL", 4, "2026-03-02")])
    assert sets(world) == {"SO-1": "0", "SO-2": "1"}


def test_ten_divided_by_five_thirds_is_six_sets():
    world = factory({"KIT": {"CORD": 5}}, {"CORD": 10}, [("KIT", 8, DUE)], headers={"KIT": {"output_quantity": 3}})
    assert sets(world) == {"SO-1": "6"}


def test_loss_is_multiplied_or_divided_by_policy():
    line = {"quantity": 1, "loss_rate": "0.2"}
    world = factory({"KIT": {"CORD": line}}, {"CORD": 100}, [("KIT", 100, DUE)])
    assert sets(world) == {"SO-1": "83"}
    assert sets(world, loss="divide") == {"SO-1": "80"}


def test_a_total_loss_cannot_be_divided_out():
    world = factory({"KIT": {"CORD": {"quantity": 1, "loss_rate": 1}}}, {}, [("KIT", 1, DUE)])
    with pytest.raises(TotalLoss, match="KIT"):
        kits(world, loss="divide")


def test_a_fixed_loss_is_needed_once_an_order():
    world = factory({"KIT": {"CORD": {"quantity": 2, "fixed_loss": 3}}}, {"CORD": 10}, [("KIT", 4, DUE)])
    (kit,), (short,) = kits(world)
    assert (kit["complete_sets"], short["required"], short["short"]) == ("3", "11", "1")


def test_requirements_round_up_and_sets_round_down_to_the_decimals_of_the_item():
    items = {"PASTE": {"decimals": 1}, "GLUE": {"decimals": 2}}
    world = factory({"PASTE": {"GLUE": "0.333"}}, {"GLUE": 1}, [("PASTE", "3.5", DUE)], items)
    (kit,), (short,) = kits(world)
    assert (kit["complete_sets"], short["required"]) == ("3", "1.17")


def test_backflush_untracked_and_customer_lines_are_analysed_too():
    parts = {
        "TOP": {"quantity": 1, "issue_method": "backflush"},
        "OIL": {"quantity": 1, "issue_method": "none"},
        "LOGO": {"quantity": 1, "supplied_by": "customer"},
    }
    rows = kits(factory({"TABLE": parts}, {}, [("TABLE", 1, DUE)]))[1]
    assert [row["item"] for row in rows] == ["LOGO", "OIL", "TOP"]


def test_a_bought_item_is_its_own_kit():
    (kit,), (short,) = kits(factory({}, {"LAMP": 2}, [("LAMP", 3, DUE)]))
    assert (kit["complete_sets"], kit["status"], kit["bottleneck"]) == ("2", "partial", "LAMP")
    assert (short["item"], short["short"]) == ("LAMP", "1")


def test_a_made_item_without_a_bill_has_no_kit():
    world = factory({}, {"CHAIR": 5}, [("CHAIR", 1, DUE)], {"CHAIR": {"sourcing": "make"}})
    (kit,), shortages = kits(world)
    assert (kit["status"], kit["complete_sets"], shortages) == ("no_bom", "0", [])


def test_the_bill_in_force_today_with_the_highest_version_counts():
    world = factory(TABLE, {"TOP": 5, "LEG": 5, "FOOT": 9}, [("TABLE", 2, DUE)])
    newer = factory({"TABLE": {"FOOT": 3}}, {}, [])
    for table in ("boms", "bom_lines"):
        rows = newer[table].assign(bom="TABLE-2")
        world[table] = pd.concat([world[table], rows], ignore_index=True)
    world["boms"].loc[1, "version"] = 2
    assert sets(world) == {"SO-1": "2"}
    world["boms"]["effective_from"] = world["boms"]["effective_from"].astype("datetime64[s]")
    world["boms"].loc[1, "effective_from"] = "2026-01-06"
    assert sets(world) == {"SO-1": "1"}


def test_blocked_expired_and_excluded_stock_is_not_there():
    world = factory(
        {}, {}, [("GLUE", 9, DUE)], {"GLUE": {"shelf_life_days": 5}},
        more_stock=[
            {"item": "GLUE", "quantity": 1, "received_date": "2026-01-02"},
            {"item": "GLUE", "quantity": 2, "received_date": "2025-12-01"},
            {"item": "GLUE", "quantity": 3, "status": "blocked"},
            {"item": "GLUE", "quantity": 4, "warehouse": "SHOW"},
        ],
    )  # fmt: skip
    assert sets(world, excluded_warehouses=["SHOW"]) == {"SO-1": "1"}
    assert sets(world) == {"SO-1": "5"}


def test_an_order_line_of_an_unknown_item_is_refused_and_the_rest_is_checked():
    world = factory(TABLE, {"TOP": 5, "LEG": 14}, [("TABLE", 1, DUE), ("TABLE", 1, DUE)])
    world["sales_order_lines"].loc[1, "item"] = "TABEL"
    frames = check_kitting(world, AS_OF, {})
    assert frames["kits"]["order"].tolist() == ["SO-2"]
    assert "TABEL" in frames["refused"]["message"].iloc[0]


# horizon and cover


def receipts(*rows):
    return {
        "suppliers": [{"supplier": "V", "name": "V"}],
        "purchase_orders": [{"order": order, "supplier": "V", "order_date": "2025-12-01"} for order, *_ in rows],
        "purchase_order_lines": [
            {"order": order, "line": 1, "item": item, "quantity": quantity, "due_date": due}
            for order, item, quantity, due in rows
        ],
    }


def test_a_shortage_names_the_supply_that_covers_it_or_none():
    late = receipts(("PO-1", "LEG", 1, "2026-01-12"), ("PO-2", "LEG", 4, "2026-01-19"))
    world = factory(TABLE, {"LEG": 12}, [("TABLE", 4, DUE), ("TABLE", 1, "2026-03-01")], **late)
    rows = [(row["order"], row["item"], row["covered_by"], row["covered_date"]) for row in kits(world)[1]]
    assert rows == [
        ("SO-1", "LEG", "PO-2", "2026-01-19"), ("SO-1", "TOP", "", None),
        ("SO-2", "LEG", "", None), ("SO-2", "TOP", "", None),
    ]  # fmt: skip


def test_receipts_up_to_the_due_date_count_and_give_the_kit_date_and_its_bottleneck():
    coming = receipts(
        ("PO-1", "LEG", 8, "2026-01-19"), ("PO-2", "TOP", 2, "2026-01-12"), ("PO-3", "TOP", 9, "2026-03-02")
    )
    world = factory(TABLE, {}, [("TABLE", 2, DUE), ("TABLE", 1, "2026-02-10")], **coming)
    (first, second), shortages = kits(world, horizon="with_receipts")
    assert (first["status"], first["kit_date"], first["bottleneck"]) == ("ready", "2026-01-19", "LEG")
    assert (second["status"], second["kit_date"], second["bottleneck"]) == ("short", None, "LEG")
    assert [(row["item"], row["covered_by"]) for row in shortages] == [("LEG", ""), ("TOP", "PO-3")]
    assert [row["status"] for row in kits(world)[0]] == ["short", "short"]


def test_an_overdue_receipt_is_a_receipt_of_today():
    world = factory({}, {"LAMP": 1}, [("LAMP", 2, "2025-12-30")], **receipts(("PO-1", "LAMP", 1, "2025-12-20")))
    (kit,), _ = kits(world, horizon="with_receipts")
    assert (kit["status"], kit["kit_date"]) == ("ready", "2026-01-05")
    assert kits(world)[1][0]["covered_date"] == "2026-01-05"


def test_a_kit_that_will_be_complete_after_its_due_date_says_when():
    for level in ("single", "all"):
        coming = receipts(("PO-1", "LEG", 8, "2026-02-09"), ("PO-2", "TOP", 9, "2026-01-12"))
        world = factory({**TABLE, "LEG": {"WOOD": 1}}, {}, [("TABLE", 2, DUE)], **coming)
        (kit,), _ = kits(world, horizon="with_receipts", level=level)
        assert (kit["status"], kit["kit_date"], kit["bottleneck"]) == (
            "short", "2026-02-09", "LEG" if level == "single" else "WOOD",
        )  # fmt: skip


def test_work_orders_count_with_their_yield():
    orders = [{"order": "WO-1", "item": "LAMP", "quantity": 11, "completed_quantity": 1, "scrapped_quantity": 1,
               "start_date": "2026-01-05", "due_date": "2026-01-12"}]  # fmt: skip
    items = {"LAMP": {"yield_rate": "0.9"}}
    world = factory({}, {}, [("LAMP", 8, DUE)], items, work_orders=orders)
    assert kits(world, horizon="with_receipts")[0][0]["status"] == "ready"
    world = factory({}, {}, [("LAMP", 9, DUE)], items, work_orders=orders)
    assert sets(world, horizon="with_receipts") == {"SO-1": "8"}


# levels and phantoms


def test_sub_assemblies_are_made_as_far_as_their_components_allow():
    bills = {"TABLE": {"FRAME": 1, "TOP": 1}, "FRAME": {"LEG": 4}}
    world = factory(bills, {"FRAME": 1, "LEG": 9, "TOP": 9}, [("TABLE", 4, DUE)])
    assert sets(world) == {"SO-1": "1"}
    (kit,), (short,) = kits(world, level="all")
    assert (kit["complete_sets"], kit["bottleneck"]) == ("3", "LEG")
    assert (short["item"], short["required"], short["available"], short["short"]) == ("LEG", "12", "9", "3")


def test_what_an_earlier_order_uses_below_is_gone_for_the_next():
    bills = {"TABLE": {"FRAME": 1}, "FRAME": {"LEG": 4}}
    world = factory(bills, {"FRAME": 1, "LEG": 9}, [("TABLE", 2, DUE), ("TABLE", 2, "2026-02-09")])
    assert sets(world, level="all") == {"SO-1": "2", "SO-2": "1"}
    assert sets(world, level="all", allocation="independent") == {"SO-1": "2", "SO-2": "2"}


def phantom_world(stock, **policies):
    bills = {"BIKE": {"KIT": 2, "BOLT": 2}, "KIT": {"BOLT": 1, "NUT": 3}}
    world = factory(bills, stock, [("BIKE", 5, DUE)], headers={"KIT": {"phantom": "yes"}})
    return kits(world, **policies)


def test_a_phantom_is_blown_through_and_its_own_stock_goes_first():
    (kit,), _ = phantom_world({"BOLT": 20, "NUT": 30})
    assert kit["status"] == "ready"
    (kit,), shortages = phantom_world({"KIT": 4, "BOLT": 15, "NUT": 18})
    assert kit["complete_sets"] == "4"
    assert [(row["item"], row["required"], row["short"]) for row in shortages] == [("BOLT", "16", "1")]


def test_stock_of_a_phantom_is_left_alone_by_policy():
    (kit,), _ = phantom_world({"KIT": 4, "BOLT": 16, "NUT": 18}, phantom_stock="ignore")
    assert kit["complete_sets"] == "3"


def test_an_item_that_contains_itself_is_named_with_its_path():
    bills = {"A": {"B": 1}, "B": {"C": 1}, "C": {"A": 1}}
    with pytest.raises(CyclicBillOfMaterials, match="A → B → C → A"):
        kits(factory(bills, {}, [("A", 1, DUE)]))


# substitutes


def substitute_world(stock, rows, quantity=10, **tables):
    return factory({"KIT": {"MAIN": 1}}, stock, [("KIT", quantity, DUE)], {"SPARE": {}, "OTHER": {}},
                   substitutes=[{"component": "MAIN", **row} for row in rows], **tables)  # fmt: skip


def test_mixed_substitutes_fill_up_by_priority_and_ratio():
    rows = [{"substitute": "OTHER", "priority": 2}, {"substitute": "SPARE", "ratio": 2}]
    world = substitute_world({"MAIN": 4, "SPARE": 7, "OTHER": 1}, rows)
    (kit,), (short,) = kits(world)
    assert (kit["complete_sets"], short["available"], short["short"]) == ("8", "8", "2")


def test_a_whole_substitute_serves_everything_or_nothing():
    rows = [{"substitute": "SPARE", "strategy": "whole"}]
    assert sets(substitute_world({"MAIN": 4, "SPARE": 10}, rows)) == {"SO-1": "10"}
    assert sets(substitute_world({"MAIN": 4, "SPARE": 9}, rows)) == {"SO-1": "9"}
    assert sets(substitute_world({"MAIN": 4, "SPARE": 3}, rows)) == {"SO-1": "4"}


def test_a_substitute_of_another_bill_or_another_time_is_not_counted():
    other = [{"substitute": "SPARE", "bom": "STOOL"}]
    later = [{"substitute": "SPARE", "effective_from": "2026-01-06"}]
    stool = {"boms": [{"bom": "KIT", "item": "KIT"}, {"bom": "STOOL", "item": "OTHER"}]}
    assert sets(substitute_world({"SPARE": 10}, other, **stool)) == {"SO-1": "0"}
    assert sets(substitute_world({"SPARE": 10}, later)) == {"SO-1": "0"}
    assert sets(substitute_world({"SPARE": 10}, [{"substitute": "SPARE", "bom": "KIT"}])) == {"SO-1": "10"}


def test_the_substitutes_own_need_comes_first():
    world = factory({"KIT": {"MAIN": 1, "SPARE": 1}}, {"MAIN": 5, "SPARE": 10}, [("KIT", 10, DUE)],
                    substitutes=[{"component": "MAIN", "substitute": "SPARE"}])  # fmt: skip
    assert sets(world) == {"SO-1": "7"}


# published cases


def case(file: str, name: str) -> dict:
    return next(case for case in json.loads(shared("cases", file).read_text()) if case["id"] == name)


def test_case_single_level():
    found = case("textbook.json", "kit-01-single-level")
    given_, expected = found["given"], found["expected"]
    (kit,), rows = kits(factory({"A": given_["per"]}, given_["available"], [("A", given_["wanted"], DUE)]))
    assert kit["complete_sets"] == str(expected["max_kits"])
    short = {row["item"]: int(row["short"]) for row in rows}
    assert short == {item: count for item, count in expected["shortage"].items() if count}


def test_case_multilevel_buildable():
    found = case("textbook.json", "kit-03-multilevel-buildable")
    given_ = found["given"]
    world = factory(given_["bom"], given_["on_hand"], [(given_["item"], 100, DUE)])
    assert sets(world, level="all") == {"SO-1": str(found["expected"]["buildable"])}


def test_case_nested_shared_component():
    found = case("erp_behaviour.json", "kit_nested_shared_component")
    world = factory(found["given"]["bom"], found["given"]["stock"], [("P1", 100, DUE)])
    assert sets(world, level="all") == {"SO-1": str(found["expected"]["sets"]["P1"])}


def test_case_sets_per_stock_level():
    found = case("erp_behaviour.json", "kit_sets_min")
    stock = dict(zip("AB", found["given"]["stock"], strict=True))
    for per, expected in zip(found["given"]["per_unit_cases"], found["expected"]["max_sets"], strict=True):
        world = factory({"FG": dict(zip("AB", per, strict=True))}, stock, [("FG", 1000, DUE)])
        assert sets(world) == {"SO-1": str(expected)}


def test_case_duplicate_lines_and_two_warehouses():
    found = case("erp_behaviour.json", "kit_duplicate_lines_two_warehouses")
    first, second = found["given"]["lines_same_item"]
    world = factory(
        {"FG": {}}, {}, [("FG", 10, DUE)], {"PART": {}},
        bom_lines=[{"bom": "FG", "line": 1, "component": "PART", "quantity": first},
                   {"bom": "FG", "line": 2, "component": "PART", "quantity": second}],
        more_stock=[{"item": "PART", "quantity": quantity, "warehouse": f"W{quantity}"}
                    for quantity in found["given"]["warehouses"]],
    )  # fmt: skip
    assert sets(world) == {"SO-1": str(found["expected"]["sets"])}


def test_case_no_difference_of_minima():
    """What others take is subtracted from each component before the smallest is found, never from the smallest.

    The published case counts −3 sets where others have overdrawn a component; here nothing is less than nothing, and
    what others lack is their shortage.
    """
    given_ = case("erp_behaviour.json", "kit_no_difference_of_minima")["given"]
    per, first, second = given_["need"], given_["A"], given_["B"]
    bills = {"FG": {"A": per, "B": per}, "X": {"A": 1}, "Y": {"B": 1}}
    orders = [("X", first["out"], "2026-01-20"), ("Y", second["out"], "2026-01-20"), ("FG", 5000, DUE)]
    coming = receipts(("PO-1", "A", first["in"], "2026-01-19"), ("PO-2", "B", second["in"], "2026-01-19"))
    world = factory(bills, {"A": first["qty"], "B": second["qty"]}, orders, **coming)
    assert sets(world)["SO-3"] == "0"
    # (8 + 133 − 14) ÷ 2; the bug gave min(virtual) − min(in)
    assert sets(world, horizon="with_receipts")["SO-3"] == "63"


# laws


counts = st.integers(0, 40)
worlds = st.fixed_dictionaries(
    {
        "per": st.lists(st.integers(1, 5), min_size=4, max_size=4),
        "stock": st.lists(counts, min_size=6, max_size=6),
        "wanted": st.lists(st.tuples(st.sampled_from(["DESK", "CHAIR"]), st.integers(1, 9)), min_size=1, max_size=5),
        "loss": st.sampled_from(["0", "0.1", "0.333333"]),
    }
)


def drawn(world: dict):
    frame, board, screw, top = world["per"]
    bills = {
        "DESK": {"FRAME": frame, "TOP": top, "SCREW": screw},
        "CHAIR": {"FRAME": 1, "SCREW": {"quantity": 2, "loss_rate": world["loss"]}},
        "FRAME": {"BOARD": board, "SCREW": 1},
    }
    stock = dict(zip(["FRAME", "TOP", "SCREW", "BOARD", "DESK", "CHAIR"], world["stock"], strict=True))
    return factory(bills, stock, [(item, quantity, DUE) for item, quantity in world["wanted"]]), bills, stock


@examples(40)
@given(worlds, st.sampled_from(["single", "all"]))
def test_what_is_allocated_never_exceeds_what_is_there(world, level):
    built, bills, stock = drawn(world)
    needs = {item: Fraction(0) for item in stock}

    def ask(item, quantity):
        for part, row in bills[item].items():
            row = row if isinstance(row, dict) else {"quantity": row}
            needs[part] += quantity * row["quantity"] * (1 + Fraction(row.get("loss_rate", "0")))

    for row in kits(built, level=level)[0]:
        assert 0 <= int(row["complete_sets"]) <= int(row["required_sets"])
        ask(row["item"], int(row["complete_sets"]))
    if level == "all":
        ask("FRAME", max(0, needs["FRAME"] - stock["FRAME"]))
        needs["FRAME"] = min(needs["FRAME"], Fraction(stock["FRAME"]))
    assert all(needs[item] <= stock[item] for item in stock)


@examples(25)
@given(worlds)
def test_one_more_set_of_an_order_alone_would_lack_a_component(world):
    built, _, _ = drawn(world)
    for level, allocation in (("single", "independent"), ("all", "independent")):
        for row in kits(built, level=level, allocation=allocation)[0]:
            if row["status"] == "ready":
                continue
            more = str(int(row["complete_sets"]) + 1)
            again, _, _ = drawn({**world, "wanted": [(row["item"], more)]})
            assert kits(again, level=level)[0][0]["complete_sets"] == row["complete_sets"]


def test_the_order_of_the_rows_does_not_matter():
    world = factory(TABLE, {"TOP": 9, "LEG": 20}, [("TABLE", 3, DUE), ("TABLE", 2, DUE), ("TABLE", 1, "2026-01-30")])
    expected = kits(world)
    for places in permutations(range(3)):
        shuffled = {**world, "sales_order_lines": world["sales_order_lines"].iloc[list(places)],
                    "bom_lines": world["bom_lines"].iloc[::-1]}  # fmt: skip
        assert kits(shuffled) == expected


def test_of_components_with_equally_few_sets_the_scarcest_is_the_bottleneck():
    for level in ("single", "all"):
        world = factory({**TABLE, "TOP": {"WOOD": 1}}, {"LEG": 3}, [("TABLE", 1, DUE)])
        assert kits(world, level=level)[0][0]["bottleneck"] == ("TOP" if level == "single" else "WOOD")


def test_a_need_below_the_tolerance_is_no_need():
    world = factory({"TABLE": {"GLUE": "0.000001"}}, {}, [("TABLE", 1, DUE)])
    for horizon in ("on_hand", "with_receipts"):
        assert kits(world, horizon=horizon)[0][0]["status"] == "ready"


# a running plant


def running(world, **policies):
    """Kits of a world in which finished stock and started orders count as complete."""
    choices = resolve(policies, AS_OF)
    under_way = {
        "under_way": lines_under_way(world, AS_OF, choices),
        "drawn_next": needs_of_started_orders(world, choices),
    }
    return kits({**world, **under_way}, **policies)


def work_order(issued: int, quantity: int = 2) -> dict:
    return {
        "work_orders": [{"order": "WO-1", "item": "TABLE", "quantity": quantity, "start_date": "2026-01-02",
                         "due_date": "2026-01-09"}],
        "work_order_components": [
            {"order": "WO-1", "item": "TOP", "quantity": quantity, "issued_quantity": issued},
            {"order": "WO-1", "item": "LEG", "quantity": 4 * quantity, "issued_quantity": 0},
        ],
    }  # fmt: skip


def test_finished_stock_is_complete_only_where_the_stage_says_so():
    world = factory(TABLE, {"TABLE": 3, "TOP": 9, "LEG": 4}, [("TABLE", 2, DUE), ("TABLE", 3, "2026-03-02")])
    assert sets(world) == {"SO-1": "1", "SO-2": "0"}
    first, second = running(world)[0]
    assert (first["status"], first["complete_sets"], first["kit_date"]) == ("ready", "2", "2026-01-05")
    assert (second["status"], second["complete_sets"]) == ("partial", "2")
    assert [(row["order"], row["item"], row["required"]) for row in running(world)[1]] == [("SO-2", "LEG", "8")]


def test_an_order_in_work_covers_its_line_and_keeps_the_stock_it_still_draws():
    orders = [("TABLE", 2, DUE), ("TABLE", 1, "2026-03-02")]
    started = factory(TABLE, {"TOP": 5, "LEG": 11}, orders, **work_order(issued=2))
    assert [row["complete_sets"] for row in running(started)[0]] == ["2", "0"]
    waiting = factory(TABLE, {"TOP": 5, "LEG": 11}, orders, **work_order(issued=0))
    assert [row["complete_sets"] for row in running(waiting)[0]] == ["2", "0"]
    assert running(waiting)[1][0]["available"] == "3"


def test_a_need_beyond_what_can_be_counted_is_refused_and_not_wrong():
    # 900 million TABLEs × 100,000 PEGs are 9 × 10¹³
    with pytest.raises(QuantityOverflow):
        kits(factory({"TABLE": {"PEG": 100_000}}, {}, [("TABLE", 900_000_000, DUE)]))
