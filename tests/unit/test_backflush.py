import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calculations.backflush import backflush, needed
from calculations.exact import MICRO
from small_plant import MONTH_END, item, on, plant, posted, stock_of, used, why
from support import frame_rows, shared

CASES = ("cases", "erp_behaviour.json")


def case(name: str) -> dict:
    return next(row for row in json.loads(shared(*CASES).read_text()) if row["id"] == name)


def desk_plant(method="backflush", legs="40", stock=100, **facts):
    return plant(
        boms=[{"bom": "B", "item": "DESK"}],
        bom_lines=[{"bom": "B", "line": 10, "component": "LEG", "quantity": 4, "issue_method": method}],
        stock=[{"item": "LEG", "quantity": stock}] if stock else [],
        work_orders=[("WO-1", "DESK", 10)],
        components=[("WO-1", "LEG", legs)],
        **facts,
    )


def test_good_and_scrapped_units_use_up_what_they_need():
    world = desk_plant(completions=[on(6, "C-1", "WO-1", quantity=3, scrapped_quantity=1)])
    assert used(posted(world)) == [("C-1", "LEG", "16")]


def test_need_is_rounded_up_on_the_running_total_and_not_each_time():
    # 10 legs for 3 desks: 3⅓ each; after 1, 2, 3 desks 4, 7, 10 are used up
    world = plant(
        stock=[{"item": "LEG", "quantity": 10}],
        work_orders=[("WO-1", "DESK", 3)],
        components=[("WO-1", "LEG", 10)],
        completions=[on(day, f"C-{day}", "WO-1", quantity=1) for day in (6, 7, 8)],
    )
    posting = posted(world)
    assert [quantity for _, _, quantity in used(posting)] == ["4", "3", "3"]
    assert stock_of(posting) == {("DESK", "available"): "3"}


def test_an_item_with_decimals_is_rounded_to_them():
    world = plant(
        items=[item("LEG", decimals=2)],
        stock=[{"item": "LEG", "quantity": 10}],
        work_orders=[("WO-1", "DESK", 3)],
        components=[("WO-1", "LEG", 10)],
        completions=[on(6, "C-1", "WO-1", quantity=1)],
    )
    assert used(posted(world)) == [("C-1", "LEG", "3.34")]


def test_too_little_stock_refuses_the_completion_whole_and_names_what_is_short():
    posting = posted(desk_plant(stock=30, completions=[on(6, "C-1", "WO-1", quantity=10)]))
    assert why(posting).startswith("completing WO-1 uses up LEG in any warehouse: 40 needed, 30 usable, 10 short")
    assert posting.moves.empty
    assert posting.consumptions.empty


def test_the_policy_posts_a_shortage_with_an_open_exception_that_a_late_issue_closes():
    world = desk_plant(stock=30, completions=[on(6, "C-1", "WO-1", quantity=10)])
    posting = posted(world, backflush_shortage="post")
    assert used(posting) == [("C-1", "LEG", "40")]
    assert stock_of(posting) == {("DESK", "available"): "10", ("LEG", "in_production"): "-10"}
    assert [(row["kind"], row["item"], row["quantity"]) for row in frame_rows(posting.exceptions)] == [
        ("backflush_shortage", "LEG", "10")
    ]


def test_material_issued_by_hand_is_used_first_and_never_below_what_is_on_the_floor():
    facts = {
        "issues": [on(5, "I-1", "WO-1", item="LEG", quantity=10)],
        "completions": [on(6, "C-1", "WO-1", quantity=4)],
    }
    by_hand, backflushed = posted(desk_plant("issue", **facts)), posted(desk_plant("backflush", **facts))
    assert used(by_hand) == [("C-1", "LEG", "10")]
    assert stock_of(by_hand)["LEG", "available"] == "90"
    assert used(backflushed) == [("C-1", "LEG", "16")]
    assert stock_of(backflushed)["LEG", "available"] == "84"


def test_a_line_of_method_none_is_not_used_up():
    assert used(posted(desk_plant("none", completions=[on(6, "C-1", "WO-1", quantity=4)]))) == []


def test_case_units_are_converted_through_phantoms_of_phantoms():
    """Soup by the cubic meter, in six-packs of noodle packs whose seasoning is mixed by the five grams.

    A bill's quantity is in its component's own stocking unit, so 150 six-packs stand there as 900 packs and 0.12 kg as
    120 g. Salt comes from the seasoning and from the bill itself; Kitline uses an item up once, so both are one sum.
    """
    given, expected = (case("consumption_uom_phantom")[part] for part in ("given", "expected"))
    soup, pack, mix = given["bom_per_0_25_m3"], given["pack_kit_per_24"], given["seasoning_kit_per_5g"]
    stocks = {"WATER": "M3", "PACK": "EA", "SALT": "G", "NOODLES": "KG", "SEASONING": "G", "MSG": "G", "OIL": "ML"}
    bills = {
        "SOUP": {"WATER": soup["water_m3"], "PACK": soup["six_packs"] * 6, "SALT": soup["salt_kg"] * 1000},
        "PACK": {"NOODLES": pack["noodles_kg"], "SEASONING": f"{pack['seasoning_kg'] * 1000:g}"},
        "SEASONING": {"MSG": mix["msg_g"], "SALT": mix["salt_g"], "OIL": mix["oil_ml"]},
    }
    output = {"SOUP": "0.25", "PACK": 24, "SEASONING": 5}
    world = plant(
        items=[item(code, unit=unit, decimals=3) for code, unit in stocks.items()]
        + [item("SOUP", "make", unit="M3", decimals=2)],
        boms=[{"bom": code, "item": code, "output_quantity": output[code], "phantom": "no" if code == "SOUP" else "yes"}
              for code in bills],
        bom_lines=[
            {"bom": code, "line": line, "component": part, "quantity": quantity, "issue_method": "backflush"}
            for code, parts in bills.items() for line, (part, quantity) in enumerate(parts.items(), start=1)
        ],
        stock=[{"item": code, "quantity": 200_000} for code in stocks if code not in bills],
        work_orders=[("WO-1", "SOUP", given["produce_m3"])],
        completions=[on(6, "C-1", "WO-1", quantity=given["produce_m3"])],
    )  # fmt: skip
    salt = expected["salt_from_kit_g"] + expected["salt_direct_kg"] * 1000
    wanted = {"WATER": expected["water_m3"], "NOODLES": expected["noodles_kg"], "MSG": expected["msg_g"],
              "OIL": expected["oil_ml"], "SALT": salt}  # fmt: skip
    assert {code: quantity for _, code, quantity in used(posted(world))} == {
        code: str(quantity) for code, quantity in wanted.items()
    }


def test_an_order_without_component_rows_needs_what_its_bill_says_through_phantoms():
    world = plant(
        items=[item("FRAME", "make")],
        boms=[{"bom": "B", "item": "DESK", "output_quantity": 2}, {"bom": "F", "item": "FRAME", "phantom": "yes"}],
        bom_lines=[
            {"bom": "B", "line": 10, "component": "FRAME", "quantity": 2, "issue_method": "backflush"},
            {
                "bom": "F",
                "line": 10,
                "component": "LEG",
                "quantity": 4,
                "loss_rate": "0.05",
                "issue_method": "backflush",
            },
        ],
        stock=[{"item": "LEG", "quantity": 100}],
        work_orders=[("WO-1", "DESK", 10)],
        completions=[on(6, "C-1", "WO-1", quantity=10)],
    )
    # 10 desks ÷ 2 × 2 frames × 4 legs × 1.05
    assert used(posted(world)) == [("C-1", "LEG", "42")]


def test_the_run_backflush_answers_with_consumptions():
    frames = backflush(desk_plant(completions=[on(6, "C-1", "WO-1", quantity=1)]), MONTH_END)
    assert frame_rows(frames["consumptions"])[0] == {
        "event": "C-1", "order": "WO-1", "item": "LEG", "quantity": "4", "date": "2026-01-06",
    }  # fmt: skip
    assert frames["refused"].empty


@given(
    planned=st.integers(1, 10**12),
    quantity=st.integers(1, 10**9),
    parts=st.lists(st.integers(1, 10**9), min_size=1, max_size=6),
    decimals=st.integers(0, 6),
)
def test_running_totals_never_fall_and_end_where_one_completion_would(planned, quantity, parts, decimals):
    step, totals, done = 10 ** (6 - decimals), [], 0
    for part in parts:
        done += part
        totals.append(needed(planned, done, quantity, step))
    assert totals == sorted(totals)
    assert totals[-1] == needed(planned, sum(parts), quantity, step)
    assert all(total % step == 0 for total in totals)
    assert abs(totals[-1] * quantity - planned * done) <= step * quantity + quantity


def test_a_whole_order_uses_what_was_planned_exactly():
    assert needed(7 * MICRO, 3 * MICRO, 3 * MICRO, MICRO) == 7 * MICRO


# cases of other systems


def test_case_backflush_overproduction():
    expected = case("backflush_overproduction")["expected"]["second_consume"]
    world = plant(
        stock=[{"item": "TOP", "quantity": 120}, {"item": "LEG", "quantity": 240}],
        work_orders=[("WO-1", "DESK", 100)],
        components=[("WO-1", "TOP", 100), ("WO-1", "LEG", 200)],
        issues=[
            on(day, f"I-{day}-{code}", "WO-1", item=code, quantity=quantity)
            for day in (5, 6)
            for code, quantity in (("TOP", 60), ("LEG", 120))
        ],
        completions=[on(7, "C-1", "WO-1", quantity=60), on(8, "C-2", "WO-1", quantity=50)],
    )
    posting = posted(world, over_completion_percent=30, over_issue_percent=30)
    assert [row for row in used(posting) if row[0] == "C-2"] == [
        ("C-2", "LEG", str(expected["B"])), ("C-2", "TOP", str(expected["A"])),
    ]  # fmt: skip


def test_case_backflush_unconsumed_cap():
    given_, expected = case("backflush_unconsumed_cap")["given"], case("backflush_unconsumed_cap")["expected"]
    world = plant(
        boms=[{"bom": "B", "item": "DESK"}],
        bom_lines=[{"bom": "B", "line": 10, "component": "LEG", "quantity": 1}],
        stock=[{"item": "LEG", "quantity": 55}],
        work_orders=[("WO-1", "DESK", given_["wo"])],
        components=[("WO-1", "LEG", given_["wo"])],
        completions=[
            on(5, "C-1", "WO-1", quantity=given_["first_batch"]),
            on(7, "C-2", "WO-1", quantity=given_["next_batch"]),
        ],
        issues=[on(6, "I-1", "WO-1", item="LEG", quantity=55)],
    )
    # nothing was on the floor for the first batch; the next one uses its own need and does not catch up
    assert used(posted(world)) == [("C-2", "LEG", str(expected["consume"]))]


@pytest.mark.parametrize("position", [0, 1])
def test_case_over_transfer_allowance(position):
    row = case("wo_over_transfer_allowance")
    world = plant(
        stock=[{"item": "LEG", "quantity": 10}],
        work_orders=[("WO-1", "DESK", row["given"]["wo"])],
        components=[("WO-1", "LEG", row["given"]["wo"])],
        issues=[on(5, "I-1", "WO-1", item="LEG", quantity=row["given"]["transfer_for"])],
    )
    posting = posted(world, over_issue_percent=row["given"]["allowance_pct"][position])
    assert ("accepted" if posting.refused.empty else "rejected") == row["expected"]["result"][position]
