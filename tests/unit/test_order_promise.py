"""Can I promise this date? One request after all accepted demand: what is free, what decides, and what is held."""

import json
from datetime import date

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_promise import buys, lead

from calculations.errors import KitlineError
from calculations.exact import MICRO, to_micro
from calculations.low_level_codes import CyclicBillOfMaterials
from calculations.order_lines import open_order_lines
from calculations.order_promise import ImpossibleRequest, answer_request, promise_opportunities, single_request
from calculations.promise import Promising
from calculations.promise_reach import narrowed
from small_factory import factory
from support import examples, frame_rows, shared

AS_OF = date(2026, 1, 5)  # a Monday
SOON, LATER = "2026-01-12", "2026-03-02"
SAW = {
    "work_centers": [{"work_center": "SAW", "capacity_hours": 8}],
    "operations": [{"item": "TABLE", "operation": 10, "work_center": "SAW", "run_hours_per_unit": 1}],
}


def asked(world, item, quantity, day, as_of=AS_OF, **policies):
    request = single_request(world, "ASK", item, to_micro(str(quantity)), date.fromisoformat(day))
    return {name: frame_rows(frame) for name, frame in answer_request(world, request, as_of, policies).items()}


def told(world, item, quantity, day, **options):
    """Day, quantity, decision, bottleneck and its kind of each part."""
    names = ("promised_date", "quantity", "decision", "bottleneck", "bottleneck_kind")
    return [tuple(row[name] for name in names) for row in asked(world, item, quantity, day, **options)["promises"]]


def reserved(world, *rows):
    """The world with reservations: (number, item, quantity, day[, opportunity])."""
    table = [
        {"reservation": number, "part": 1, "customer": "", "item": item, "quantity_micro": quantity * MICRO,
         "promised_date": pd.Timestamp(day), "priority": 5, "opportunity": rest[0] if rest else "", "line": 10}
        for number, item, quantity, day, *rest in rows
    ]  # fmt: skip
    return {**world, "promise_reservations": pd.DataFrame(table)}


# what is free beside accepted demand


def test_stock_that_a_receipt_replaces_before_an_order_needs_it_is_free():
    receipt = ("PO-1", "LAMP", 100, "2026-02-02")
    world = factory({}, {"LAMP": 10}, [("LAMP", 10, LATER)], lead(LAMP=40), **buys(receipt))
    assert told(world, "LAMP", 10, SOON) == [(SOON, "10", "accept", "", "")]
    # without the receipt the order of March needs the ten itself
    world = factory({}, {"LAMP": 10}, [("LAMP", 10, LATER)], lead(LAMP=40))
    assert told(world, "LAMP", 10, SOON) == [("2026-03-02", "10", "later", "LAMP", "supplier")]


def test_a_shortage_of_an_order_waits_for_a_receipt_within_the_lead_time():
    # SO-1 is late and takes the ten of PO-1; only what is above them can be promised
    world = factory({}, {}, [("LAMP", 10, "2026-01-06")], lead(LAMP=20), **buys(("PO-1", "LAMP", 14, "2026-01-09")))
    assert told(world, "LAMP", 6, SOON) == [
        (SOON, "4", "partial", "", ""), ("2026-02-02", "2", "partial", "LAMP", "supplier"),
    ]  # fmt: skip


def test_an_order_of_next_month_takes_its_hours_next_month():
    # 40 of the 40 hours of the week before March are taken, none of this week's
    world = factory({"TABLE": {"LEG": 4}}, {"LEG": 900}, [("TABLE", 40, LATER)], **SAW)
    assert told(world, "TABLE", 16, "2026-01-07") == [("2026-01-07", "16", "accept", "", "")]
    assert told(world, "TABLE", 16, "2026-02-25") == [("2026-02-25", "16", "accept", "", "")]


def test_the_first_week_with_room_decides_and_its_work_center_is_the_bottleneck():
    # SO-1 needs 30 hours of this week, which leaves 10
    world = factory({"TABLE": {"LEG": 4}}, {"LEG": 900}, [("TABLE", 30, "2026-01-09")], **SAW)
    assert told(world, "TABLE", 10, "2026-01-07") == [("2026-01-07", "10", "accept", "", "")]
    assert told(world, "TABLE", 16, "2026-01-07") == [("2026-01-14", "16", "later", "SAW", "work_center")]


def test_components_of_late_orders_are_held_now_and_those_of_later_ones_when_they_start():
    bills = {"TABLE": {"LEG": 4}, "STOOL": {"LEG": 3}}
    items = lead(TABLE=5, STOOL=1, LEG=10)
    world = factory(bills, {"LEG": 4}, [("TABLE", 1, "2026-01-06")], items)
    assert told(world, "STOOL", 1, SOON) == [("2026-01-20", "1", "later", "LEG", "supplier")]
    # the table of March starts on 2026-02-23, ten days after legs ordered on 2026-02-09 are there for it
    receipt = ("PO-1", "LEG", 4, "2026-02-20")
    world = factory(bills, {"LEG": 4}, [("TABLE", 1, LATER)], items, **buys(receipt))
    assert told(world, "STOOL", 1, SOON) == [(SOON, "1", "accept", "", "")]


def test_accepted_demand_keeps_its_components_through_levels_losses_and_yield():
    bills = {"BED": {"FRAME": 1}, "FRAME": {"SLAT": {"quantity": 2, "loss_rate": "0.25", "fixed_loss": 3}}}
    items = {**lead(BED=1, FRAME=1, SLAT=30), "FRAME": {"lead_time_days": 1, "yield_rate": "0.5"}}
    # 4 beds ask for 8 frames to be started, of 8 × 2.5 + 3 = 23 slats
    world = factory(bills, {"SLAT": 25}, [("BED", 4, SOON)], items)
    assert [row[:3] for row in told(world, "SLAT", 3, SOON)] == [
        (SOON, "2", "partial"), ("2026-02-16", "1", "partial"),
    ]  # fmt: skip


def test_a_phantom_between_passes_its_need_on_and_uses_its_stock_first():
    bills = {"BIKE": {"KIT": 1}, "KIT": {"NUT": 3}}
    phantom = {"KIT": {"phantom": "yes"}}
    items = lead(BIKE=1, KIT=50, NUT=30)
    world = factory(bills, {"KIT": 1, "NUT": 9}, [("BIKE", 3, SOON)], items, phantom)
    assert told(world, "NUT", 3, SOON)[0][:3] == (SOON, "3", "accept")
    assert told(world, "NUT", 4, SOON)[0][:3] == (SOON, "3", "partial")
    assert told(world, "NUT", 1, SOON, phantom_stock="ignore")[0][:3] == ("2026-02-16", "1", "later")


def test_open_orders_keep_what_they_still_draw_and_not_what_they_hold():
    orders = {"work_orders": [{"order": "WO-1", "item": "TABLE", "quantity": 2, "start_date": "2026-01-05",
                               "due_date": "2026-01-30"}]}  # fmt: skip
    world = factory({"TABLE": {"LEG": 4}}, {"LEG": 9}, [], lead(TABLE=5, LEG=10), **orders)
    assert told(world, "LEG", 2, SOON)[0][:3] == (SOON, "1", "partial")
    world["stock"] = pd.concat(
        [world["stock"], world["stock"].assign(quantity_micro=5 * MICRO, status="in_production")], ignore_index=True
    ).assign(order=["", "WO-1"])
    assert told(world, "LEG", 6, SOON)[0][:3] == (SOON, "6", "accept")


# the way to the answer


def test_the_path_names_at_each_level_what_decides_and_what_it_waits_for():
    bills = {"TABLE": {"TOP": 1, "LEG": 4}, "LEG": {"FOOT": 1}}
    sources = {
        "suppliers": [{"supplier": "TIP", "name": "Tip"}],
        "supplier_items": [{"supplier": "TIP", "item": "FOOT", "price": 1, "lead_time_days": 15}],
    }
    world = factory(bills, {"TOP": 9, "LEG": 2}, [], lead(TABLE=5, LEG=2), **sources)
    answer = asked(world, "TABLE", 2, SOON)
    assert [(row["level"], row["component"], row["quantity"], row["date"], row["waits_for"], row["reference"])
            for row in answer["path"]] == [
        (0, "TABLE", "2", "2026-02-04", "production", ""),
        (1, "LEG", "6", "2026-01-28", "production", ""),
        (2, "FOOT", "6", "2026-01-26", "purchase", "TIP"),
    ]  # fmt: skip
    assert answer["path"][2]["message"] == (
        "buying 6 FOOT at TIP from 2026-01-05 takes 15 working days, until 2026-01-26"
    )
    assert answer["promises"][0]["bottleneck_kind"] == "supplier"


def test_a_receipt_that_decides_is_named():
    world = factory({"TABLE": {"LEG": 4}}, {}, [], lead(TABLE=5, LEG=30), **buys(("PO-7", "LEG", 9, "2026-01-19")))
    answer = asked(world, "TABLE", 2, SOON)
    assert answer["path"][1]["message"] == "8 LEG come with PO-7 on 2026-01-19"
    assert [row["bottleneck_kind"] for row in answer["promises"]] == ["material"]


def test_goods_in_inspection_are_named_as_such():
    waiting = [{"item": "LAMP", "quantity": 4, "status": "inspection"}]
    items = {"LAMP": {"lead_time_days": 20, "inspection_days": 2}}
    answer = asked(factory({}, {}, [], items, more_stock=waiting), "LAMP", 3, "2026-01-06")
    assert answer["path"][0]["message"] == "3 LAMP come with what waits for inspection on 2026-01-07"


def test_a_full_work_center_is_named_with_the_week_it_waits_for():
    world = factory({"TABLE": {"LEG": 4}}, {"LEG": 900}, [("TABLE", 40, "2026-01-09")], **SAW)
    (row,) = asked(world, "TABLE", 8, "2026-01-07")["path"]
    assert (row["reference"], row["message"]) == (
        "SAW", "making 8 TABLE from 2026-01-12 takes 1 working days, until 2026-01-13; SAW has no room before",
    )  # fmt: skip


def test_what_is_ahead_is_listed_so_that_the_second_is_told():
    world = reserved(factory({}, {"LAMP": 10}, [("LAMP", 3, SOON)], lead(LAMP=20)), ("PR-1", "LAMP", 7, LATER))
    answer = asked(world, "LAMP", 5, SOON)
    assert [(row["order"], row["quantity"]) for row in answer["ahead"]] == [("SO-1", "3"), ("PR-1", "7")]
    assert [row["promised_date"] for row in answer["promises"]] == ["2026-02-02"]


# accept, partial, later in the corners


def test_all_or_nothing_is_promised_for_the_day_the_last_part_is_there():
    world = factory({}, {"LAMP": 5}, [], lead(LAMP=10))
    assert told(world, "LAMP", 9, SOON) == [
        (SOON, "5", "partial", "", ""), ("2026-01-19", "4", "partial", "LAMP", "supplier"),
    ]  # fmt: skip
    assert told(world, "LAMP", 9, SOON, delivery="complete") == [("2026-01-19", "9", "later", "LAMP", "supplier")]


def test_all_or_nothing_that_never_comes_takes_nothing_from_others():
    world = factory({"SET": {"LAMP": 1, "GEM": 1}}, {"SET": 1, "LAMP": 4}, [], lead(SET=1))
    lines = pd.concat([single_request(world, name, item, 2 * MICRO, date(2026, 1, 12))
                       for name, item in (("A", "SET"), ("B", "LAMP"), ("C", "SET"))], ignore_index=True)  # fmt: skip
    rows = frame_rows(answer_request(world, lines, AS_OF, {"delivery": "complete"})["promises"])
    assert [(row["order"], row["promised_date"], row["quantity"]) for row in rows] == [
        ("A", None, "2"), ("B", SOON, "2"), ("C", None, "2"),
    ]  # fmt: skip


def order_of(*lines):
    """Lines (item, quantity, day) of one request."""
    asked = [single_request(WORLD, "ASK", item, quantity * MICRO, date.fromisoformat(day))
             for item, quantity, day in lines]  # fmt: skip
    return pd.concat(asked, ignore_index=True).assign(line=range(10, 10 * len(lines) + 10, 10))


# five lamps in stock, more in ten working days; bells in five; of the gem nobody has a second one
WORLD = factory({}, {"LAMP": 5, "GEM": 1}, [], {"LAMP": {"lead_time_days": 10}, "BELL": {"lead_time_days": 5}})


def whole_promise(lines, complete=True):
    answer = answer_request(WORLD, lines.assign(complete=complete), AS_OF, {})
    rows = frame_rows(answer["promises"])
    return [(row["line"], row["promised_date"], row["decision"], row["bottleneck"]) for row in rows], answer["path"]


def test_a_complete_order_is_promised_for_the_day_its_last_line_is_there():
    lines = order_of(("LAMP", 2, SOON), ("LAMP", 9, SOON), ("BELL", 1, "2026-01-19"))
    told_, path = whole_promise(lines)
    assert told_ == [(10, "2026-01-19", "later", "LAMP"), (20, "2026-01-19", "later", "LAMP"),
                     (30, "2026-01-19", "accept", "")]  # fmt: skip
    assert [row["message"] for row in frame_rows(path)][0].startswith("buying 6 LAMP from 2026-01-05")
    told_, _ = whole_promise(lines, complete=False)
    assert [row[:2] for row in told_] == [(10, SOON), (20, SOON), (20, "2026-01-19"), (30, "2026-01-19")]


def test_the_path_of_a_line_that_waits_for_another_one_says_so():
    told_, path = whole_promise(order_of(("BELL", 1, SOON), ("LAMP", 9, SOON)))
    assert told_ == [(10, "2026-01-19", "later", "LAMP"), (20, "2026-01-19", "later", "LAMP")]
    messages = [row["message"] for row in frame_rows(path)]
    assert messages[0] == f"all lines are delivered together: {messages[1]}"


def test_an_order_that_will_never_be_complete_has_no_date_and_leaves_all_to_others():
    never = order_of(("LAMP", 5, SOON), ("GEM", 2, SOON))
    other = single_request(WORLD, "OTHER", "LAMP", 5 * MICRO, date.fromisoformat(SOON))
    told_, _ = whole_promise(pd.concat([never, other], ignore_index=True), complete=[True, True, False])
    assert told_ == [(10, None, "later", "GEM"), (20, None, "later", "GEM"), (1, SOON, "accept", "")]


def test_a_customer_who_takes_complete_orders_is_asked_for_no_policy():
    opportunity = [{"opportunity": f"O-{who}", "customer": who, "stage": "open"} for who in ("ALL", "ANY")]
    lines = [{"opportunity": f"O-{who}", "line": line, "item": item, "quantity": 1, "requested_date": SOON}
             for who in ("ALL", "ANY") for line, item in ((10, "BELL"), (20, "LAMP"))]  # fmt: skip
    customers = [{"customer": "ALL", "name": "A", "delivery": "complete"}, {"customer": "ANY", "name": "B"}]
    world = factory({}, {}, [], lead(LAMP=10, BELL=5), customers=customers, opportunities=opportunity,
                    opportunity_lines=lines)  # fmt: skip
    rows = frame_rows(promise_opportunities(world, AS_OF, {})["promises"])
    assert [(row["order"], row["line"], row["promised_date"]) for row in rows] == [
        ("O-ALL", 10, "2026-01-19"), ("O-ALL", 20, "2026-01-19"), ("O-ANY", 10, SOON), ("O-ANY", 20, "2026-01-19"),
    ]  # fmt: skip


def test_more_than_any_supply_has_a_part_without_a_date_and_says_what_to_give():
    answer = asked(factory({}, {"GEM": 3}, []), "GEM", 1000, SOON)
    assert [(row["promised_date"], row["quantity"]) for row in answer["promises"]] == [(SOON, "3"), (None, "997")]
    assert "nothing brings 997 GEM" in answer["path"][0]["message"]
    assert "give GEM a lead time, or a supplier with one" in answer["path"][0]["message"]


def test_a_made_item_without_a_bill_has_its_lead_time_or_nothing():
    made = {"BOX": {"sourcing": "make"}, "CRATE": {"sourcing": "make", "lead_time_days": 3}}
    world = factory({}, {}, [], made)
    assert told(world, "BOX", 1, SOON) == [(None, "1", "later", "BOX", "material")]
    assert told(world, "CRATE", 1, "2026-01-05") == [("2026-01-08", "1", "later", "CRATE", "production")]


def test_a_component_that_never_comes_is_named_below_what_it_stops():
    world = factory({"TABLE": {"GEM": 1}}, {}, [], lead(TABLE=5))
    answer = asked(world, "TABLE", 1, SOON)
    assert [row["message"].split(":")[0] for row in answer["path"]] == [
        "1 TABLE cannot be made without their components", "nothing brings 1 GEM",
    ]  # fmt: skip
    assert answer["promises"][0]["bottleneck"] == "GEM"


def test_blocked_expired_and_excluded_stock_is_not_promised():
    more = [
        {"item": "MILK", "quantity": 5, "status": "blocked"},
        {"item": "MILK", "quantity": 5, "received_date": "2025-12-01"},
        {"item": "MILK", "quantity": 5, "warehouse": "RETURNS", "received_date": "2026-01-02"},
    ]
    items = {"MILK": {"lead_time_days": 5, "shelf_life_days": 10}}
    world = factory({}, {}, [], items, more_stock=more)
    assert told(world, "MILK", 9, "2026-01-06", excluded_warehouses=["RETURNS"])[0][:2] == ("2026-01-12", "9")
    assert told(world, "MILK", 9, "2026-01-06")[0][:2] == ("2026-01-06", "5")


def test_a_date_in_the_past_is_answered_for_today_and_a_day_off_for_that_day():
    world = factory({}, {"LAMP": 5}, [], lead(LAMP=1))
    assert told(world, "LAMP", 5, "2025-12-01") == [("2026-01-05", "5", "later", "", "")]
    assert told(world, "LAMP", 5, "2026-01-10") == [("2026-01-10", "5", "accept", "", "")]
    assert told(world, "LAMP", 6, "2026-01-10") == [("2026-01-10", "6", "accept", "", "")]


def test_a_subcontracted_item_waits_for_its_components_and_its_subcontractor():
    sources = {
        "suppliers": [{"supplier": "DYER", "name": "Dyer", "kind": "subcontractor"}],
        "supplier_items": [{"supplier": "DYER", "item": "CLOTH", "price": 1, "lead_time_days": 4}],
    }
    items = {"CLOTH": {"sourcing": "subcontract"}, **lead(YARN=5)}
    world = factory({"CLOTH": {"YARN": 2}}, {"YARN": 2}, [], items, **sources)
    assert told(world, "CLOTH", 1, "2026-01-06") == [("2026-01-09", "1", "later", "CLOTH", "supplier")]
    answer = asked(world, "CLOTH", 2, "2026-01-06")
    assert [row["message"] for row in answer["path"]] == [
        "having 2 CLOTH made at DYER from 2026-01-12 takes 4 working days, until 2026-01-16",
        "buying 2 YARN from 2026-01-05 takes 5 working days, until 2026-01-12",
    ]


def test_what_the_customer_brings_is_not_waited_for():
    parts = {"LOGO": {"quantity": 1, "supplied_by": "customer"}, "CUP": 1}
    world = factory({"MUG": parts}, {"CUP": 9}, [], lead(MUG=1))
    assert told(world, "MUG", 2, SOON) == [(SOON, "2", "accept", "", "")]


def test_substitutes_in_stock_are_told_and_not_counted_on():
    tables = {"substitutes": [{"component": "OAK", "substitute": "ASH", "ratio": 1}]}
    world = factory({"DOOR": {"OAK": 2}}, {"ASH": 30}, [("ASH", 5, SOON)], lead(DOOR=1, OAK=20), **tables)
    answer = asked(world, "DOOR", 3, SOON)
    assert answer["promises"][0]["promised_date"] == "2026-02-03"
    assert answer["path"][1]["message"].endswith("; free in stock as a substitute: 25 ASH")


@pytest.mark.parametrize(
    ("item", "quantity", "said"),
    [
        ("LAMB", 1, "there is no item LAMB"),
        ("LAMP", 0, "0 EA of LAMP is nothing to promise; ask for more than 0"),
        ("LAMP", -3, "-3 EA of LAMP is nothing to promise"),
        ("LAMP", "1.5", "LAMP is delivered in steps of 1 EA, and 1.5 is none; ask for 2 or 1"),
        ("LAMP", "0.4", "ask for 1"),
        ("LAMP", 2 * 10**9, "more than a thousand million"),
    ],
)
def test_a_question_without_an_answer_says_what_to_ask_instead(item, quantity, said):
    with pytest.raises(ImpossibleRequest, match=said):
        asked(factory({}, {"LAMP": 1}, []), item, quantity, SOON)


def test_a_cycle_anywhere_among_the_parts_is_named():
    world = factory({"A": {"B": 1}, "B": {"A": 1}}, {}, [], lead(A=1, B=1))
    with pytest.raises(CyclicBillOfMaterials, match="A → B → A"):
        asked(world, "A", 1, SOON)


def test_demand_too_large_to_count_is_refused():
    orders = [("LAMP", 10**9, SOON)] * 6
    with pytest.raises(KitlineError, match="use a larger unit"):
        asked(factory({"SUN": {"LAMP": 10**9}}, {}, [("SUN", 10**9, SOON), *orders], lead(SUN=1)), "LAMP", 1, SOON)


# reservations and opportunities


def test_a_reservation_is_demand_until_it_lapses():
    world = factory({}, {"LAMP": 10}, [], lead(LAMP=10))
    assert told(reserved(world, ("PR-1", "LAMP", 8, SOON)), "LAMP", 3, SOON)[0][:3] == (SOON, "2", "partial")
    assert told(world, "LAMP", 3, SOON)[0][:3] == (SOON, "3", "accept")


def test_a_reservation_holds_hours_of_work_centers_too():
    world = reserved(factory({"TABLE": {"LEG": 4}}, {"LEG": 900}, [], **SAW), ("PR-1", "TABLE", 36, "2026-01-09"))
    assert told(world, "TABLE", 8, "2026-01-07") == [("2026-01-13", "8", "later", "SAW", "work_center")]


def test_lines_of_opportunities_are_served_in_order_after_what_is_accepted():
    tables = {
        "opportunities": [{"opportunity": "O1", "customer": "C", "stage": "open"},
                          {"opportunity": "O2", "customer": "C", "stage": "lost"}],
        "opportunity_lines": [
            {"opportunity": "O1", "line": 10, "item": "LAMP", "quantity": 4, "requested_date": LATER},
            {"opportunity": "O1", "line": 20, "item": "LAMP", "quantity": 4, "requested_date": SOON},
            {"opportunity": "O2", "line": 10, "item": "LAMP", "quantity": 4, "requested_date": SOON},
        ],
    }  # fmt: skip
    world = factory({}, {"LAMP": 9}, [("LAMP", 3, SOON)], lead(LAMP=90), **tables)
    rows = frame_rows(promise_opportunities(world, AS_OF, {})["promises"])
    assert [(row["order"], row["line"], row["promised_date"], row["quantity"]) for row in rows] == [
        ("O1", 20, SOON, "4"), ("O1", 10, LATER, "2"), ("O1", 10, "2026-05-11", "2"),
    ]  # fmt: skip


# published cases


def test_case_available_to_promise_of_a_master_schedule():
    """The textbook's discrete figures 11, 56, 68, 70, 70, as what is free in each week once all orders are booked."""
    found = json.loads(shared("cases", "textbook.json").read_text())
    case = next(case for case in found if case["id"] == "atp-01-pumps")
    weeks = [f"{day:%Y-%m-%d}" for day in pd.date_range("2026-01-05", periods=8, freq="7D")]
    orders = [("PUMP", quantity, weeks[place]) for place, quantity in enumerate(case["given"]["orders"]) if quantity]
    lots = [(f"MPS-{place}", "PUMP", lot, weeks[place]) for place, lot in enumerate(case["expected"]["mps"]) if lot]
    world = factory({}, {"PUMP": case["given"]["on_hand"]}, orders, **buys(*lots))
    free = 0
    for week, quantity in case["expected"]["atp"].items():
        free += quantity
        day = weeks[int(week) - 1]
        assert told(world, "PUMP", free, day)[0][:3] == (day, str(free), "accept")
        assert told(world, "PUMP", free + 1, day)[0][1] == str(free)


def case(name: str) -> dict:
    found = json.loads(shared("cases", "planning.json").read_text())
    return next(case for case in found if case["id"] == name)


def test_case_ship_what_is_there_or_all_at_once():
    """Theirs refuses what is late (policy B: 10 now, 10 short; D: all short); ours says when the rest comes."""
    found = case("fp_ship_policy_B")
    given_, (day, now) = found["given"], found["promise"]["deliveries"][0]
    ((due, coming),) = given_["on_order"]
    world = factory({}, {"ITEM": given_["on_hand"]}, [], **buys(("PO-1", "ITEM", coming, due)))
    quantity, today = given_["demand"][0]["qty"], date.fromisoformat(found["today"])
    assert [row[:2] for row in told(world, "ITEM", quantity, day, as_of=today)] == [
        (day, str(now)), (due, str(found["promise"]["short"])),
    ]  # fmt: skip
    assert case("fp_ship_policy_D")["promise"]["deliveries"] == []
    assert told(world, "ITEM", quantity, day, as_of=today, delivery="complete")[0][:3] == (due, str(quantity), "later")


def test_case_lead_times_of_two_levels():
    """Theirs counts calendar days and a day of delivery: 7 days of making are 5 of ours, and there is no delivery day.

    Its second order is due when the first is done; served after it, it takes 12 hours a unit for 6 more subs.
    """
    found = case("fp_leadtime_constrained")
    items = {row["item"]: row for row in found["given"]["items"]}
    orders = found["given"]["demand"]
    stock = {name: row["on_hand"] for name, row in items.items()}
    bills = {"end": {"sub": 1}, "sub": {"raw": 1}}
    world = factory(bills, stock, [("end", orders[0]["qty"], orders[0]["due"])], lead(end=5, sub=4))
    first, today = orders[0], date.fromisoformat(found["today"])
    alone = factory(bills, stock, [], lead(end=5, sub=4))
    assert told(alone, "end", first["qty"], first["due"], as_of=today)[0][0] == "2009-01-08"
    # 8 of 15 subs are left, 6 are made in 4 days: 2009-01-07, then 5 days of making
    assert told(world, "end", orders[1]["qty"], orders[1]["due"], as_of=today)[0][0] == "2009-01-14"


# laws

ITEMS = ("BED", "FRAME", "SLAT", "NAIL", "STOOL")
days = st.integers(6, 60).map(lambda day: f"{pd.Timestamp('2026-01-01') + pd.Timedelta(days=day):%Y-%m-%d}")
wanted = st.tuples(st.sampled_from(("BED", "STOOL", "FRAME", "NAIL")), st.integers(1, 9), days)
plants = st.fixed_dictionaries({
    "orders": st.lists(wanted, max_size=5),
    "stock": st.fixed_dictionaries({item: st.integers(0, 12) for item in ITEMS}),
    "coming": st.lists(st.tuples(st.sampled_from(ITEMS), st.integers(1, 9), days), max_size=4),
    "work": st.lists(st.tuples(st.sampled_from(("BED", "FRAME")), st.integers(1, 6), days), max_size=2),
    "lead": st.fixed_dictionaries({item: st.sampled_from((0, 2, 15, "")) for item in ITEMS}),
    "yield": st.sampled_from(("1", "0.8")),
    "saw": st.booleans(),
    "phantom": st.booleans(),
})  # fmt: skip


def plant(drawn, extra_stock=None):
    """BEDs of frames, slats and nails, STOOLs of nails, on a saw with 4 hours a day."""
    bills = {"BED": {"FRAME": 1, "NAIL": 2}, "FRAME": {"SLAT": 3, "NAIL": 1}, "STOOL": {"NAIL": 4}}
    items = {item: {"lead_time_days": drawn["lead"][item]} for item in ITEMS}
    items["FRAME"]["yield_rate"] = drawn["yield"]
    items["LAMP"] = {"lead_time_days": 3}
    stock = {item: drawn["stock"][item] + (extra_stock or {}).get(item, 0) for item in ITEMS}
    receipts = [(f"PO-{place}", *row) for place, row in enumerate(drawn["coming"])]
    work = [{"order": f"WO-{place}", "item": item, "quantity": quantity, "start_date": "2026-01-05", "due_date": day}
            for place, (item, quantity, day) in enumerate(drawn["work"])]  # fmt: skip
    operations = [{"item": item, "operation": 10, "work_center": "SAW", "run_hours_per_unit": 2}
                  for item in ("BED", "STOOL")]  # fmt: skip
    tables = {"work_centers": [{"work_center": "SAW", "capacity_hours": 4}],
              "operations": operations if drawn["saw"] else []}  # fmt: skip
    headers = {"FRAME": {"phantom": "yes"}} if drawn["phantom"] else {}
    return factory(bills, stock, [*drawn["orders"], ("LAMP", 5, SOON)], items, headers,
                   work_orders=work, **tables, **buys(*receipts))  # fmt: skip


def last_day(parts) -> str:
    """The day of the last part; one that never comes is later than any."""
    return max(row["promised_date"] or "9999" for row in parts)


@examples(25)
@given(plants, wanted)
def test_looking_at_reachable_items_only_gives_the_answer_of_the_whole_plant(drawn, request):
    world = plant(drawn)
    item, quantity, day = request
    line = single_request(world, "ASK", item, quantity * MICRO, date.fromisoformat(day))
    accepted, _ = open_order_lines(world)
    whole = Promising(world, AS_OF, {}, accepted)
    pd.testing.assert_frame_equal(answer_request(world, line, AS_OF, {})["promises"], whole.serve(line))


@examples(25)
@given(plants, wanted)
def test_the_same_request_never_gets_an_earlier_date_after_another_than_before_it(drawn, request):
    world = plant(drawn)
    item, quantity, day = request
    line = single_request(world, "A", item, quantity * MICRO, date.fromisoformat(day))
    both = pd.concat([line, line.assign(order="B")], ignore_index=True)
    rows = frame_rows(answer_request(world, both, AS_OF, {})["promises"])
    assert last_day(row for row in rows if row["order"] == "A") <= last_day(row for row in rows if row["order"] == "B")


@examples(25)
@given(plants, wanted, st.sampled_from(ITEMS), st.integers(1, 9))
def test_more_stock_never_makes_a_promise_later(drawn, request, item, more):
    before = asked(plant(drawn), *request)["promises"]
    after = asked(plant(drawn, {item: more}), *request)["promises"]
    assert last_day(after) <= last_day(before)


@examples(20)
@given(
    st.lists(st.tuples(st.integers(1, 9), days), max_size=5),
    st.integers(0, 20),
    st.lists(st.tuples(st.integers(1, 9), days), max_size=4),
    st.lists(st.tuples(st.integers(1, 9), days), min_size=1, max_size=5),
)
def test_accepted_and_promised_together_never_exceed_what_is_there_on_any_day(orders, stock, coming, requests):
    receipts = [(f"PO-{place}", "GEM", quantity, day) for place, (quantity, day) in enumerate(coming)]
    world = factory({}, {"GEM": stock}, [("GEM", *row) for row in orders], **buys(*receipts))
    taken = [(day, quantity) for quantity, day in orders]
    held = []
    for place, (quantity, day) in enumerate(requests):
        answer = asked(reserved(world, *held) if held else world, "GEM", quantity, day)["promises"]
        dated = [(row["promised_date"], int(row["quantity"])) for row in answer if row["promised_date"]]
        held += [(f"PR-{place}-{part}", "GEM", part_quantity, part_day)
                 for part, (part_day, part_quantity) in enumerate(dated)]  # fmt: skip
    promised = [(day, quantity) for _, _, quantity, day in held]
    for until in sorted({day for day, _ in promised}):
        there = stock + sum(quantity for quantity, day in coming if day <= until)
        asked_for = sum(quantity for day, quantity in taken if day <= until)
        given_out = sum(quantity for day, quantity in promised if day <= until)
        assert given_out <= max(there - asked_for, 0)


def test_narrowing_keeps_all_components_of_an_order_that_uses_one_item():
    orders = {
        "work_orders": [{"order": "WO-1", "item": "TABLE", "quantity": 1, "start_date": SOON, "due_date": LATER}],
        "work_order_components": [{"order": "WO-1", "item": "GLUE", "quantity": 1},
                                  {"order": "WO-1", "item": "LEG", "quantity": 4}],
    }  # fmt: skip
    world = narrowed(factory({"TABLE": {"LEG": 4}}, {"GLUE": 1}, [], **orders), {"GLUE"})
    assert world["work_order_components"]["item"].tolist() == ["GLUE", "LEG"]
    assert world["items"]["item"].tolist() == ["GLUE"]
