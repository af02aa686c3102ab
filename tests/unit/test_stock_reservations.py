"""Stock set aside for orders, in numbers a storekeeper can check on his fingers."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calculations.fact_posting import Engine, balances_of
from calculations.kitting import check_kitting
from calculations.material_planning import plan_materials
from calculations.order_progress import order_progress, plant_progress
from calculations.order_promise import answer_request, single_request
from calculations.pick_proposals import pick_proposals
from calculations.policies import resolve
from calculations.reserved_stock import net_of_reserved, reserved_quantities
from calculations.stock_reservations import ImpossibleReservation, give_backs, holders, proposals
from small_plant import item, on, plant, posted, refusals, stock_of, why
from support import examples, frame_rows

DAY = date(2026, 1, 12)
GLUE = item("GLUE", lot_tracked="yes", shelf_life_days=10)


def reserve(day: int, event: str, order: str, quantity, **columns) -> dict:
    return on(day, event, order, quantity=quantity, **columns)


def shop(*, stock=10, sales=(("SO-1", 10, "LEG", 6), ("SO-2", 10, "LEG", 8)), **tables):
    """Ten legs, two customers who want six and eight, and a desk that needs four."""
    return plant(
        stock=tables.pop("in_stock", [{"item": "LEG", "quantity": stock, "unit_cost": 2}]),
        sales=sales,
        work_orders=tables.pop("work_orders", [("WO-1", "DESK", 1)]),
        components=tables.pop("components", [("WO-1", "LEG", 4)]),
        **tables,
    )


def test_nothing_else_takes_what_is_set_aside():
    posting = posted(shop(
        stock_reservations=[reserve(5, "R-1", "SO-1", 6)],
        shipments=[on(6, "S-1", "SO-2", line=10, quantity=8)],
    ))  # fmt: skip
    assert stock_of(posting) == {("LEG", "available"): "4", ("LEG", "reserved"): "6"}
    assert why(posting) == (
        "LEG in any warehouse: 8 needed, 4 usable, 4 short; reserved are 6 for SO-1/10: "
        "give back what may be used, or correct the quantity"
    )


def test_an_order_uses_its_own_units_first_and_then_free_ones():
    posting = posted(shop(
        stock_reservations=[reserve(5, "R-1", "SO-2", 5)],
        shipments=[on(6, "S-1", "SO-2", line=10, quantity=3), on(7, "S-2", "SO-2", line=10, quantity=4)],
    ))  # fmt: skip
    assert posting.refused.empty
    assert stock_of(posting) == {("LEG", "available"): "3"}
    shipped = posting.world["sales_order_lines"].set_index("order")["shipped_quantity_micro"]
    assert shipped["SO-2"] == 7_000_000
    # what leaves goes out of usable stock, as it does without a reservation
    out = posting.moves[posting.moves["kind"] == "shipment"]
    assert set(out["status"]) == {"available"}


@pytest.mark.parametrize(
    ("fact", "column", "message"),
    [
        (reserve(5, "R-1", "SO-1", 7), "quantity",
         "SO-1/10 still needs 6 of LEG, of which 0 are reserved, so 7 more are 1 too many; correct the quantity"),
        (reserve(5, "R-1", "SO-9", 1), "order",
         "there is no open sales, work or subcontract order SO-9; correct the number"),
        (reserve(5, "R-1", "SO-1", 1, line=20), "line", "SO-1 has no line 20; it has 10"),
        (reserve(5, "R-1", "WO-1", 1, item="TOP"), "item", "WO-1 has no TOP; it has LEG"),
        (reserve(5, "R-1", "SO-1", -1), "quantity",
         "0 of LEG are reserved for SO-1/10, so 1 cannot be given back; correct the quantity"),
        (reserve(5, "R-1", "SO-1", 0), "quantity",
         "reservation R-1 sets nothing aside; give a quantity, negative to give back"),
        (reserve(5, "R-1", "SO-1", "0.5"), "quantity",
         "0.5 is no quantity of LEG, which is counted in larger steps; correct it"),
    ],
)  # fmt: skip
def test_what_cannot_be_set_aside_is_refused_with_the_remedy(fact, column, message):
    posting = posted(shop(stock_reservations=[fact]))
    assert refusals(posting) == [("stock_reservations", 1, column)]
    assert why(posting) == message
    assert stock_of(posting) == {("LEG", "available"): "10"}


def test_no_unit_is_set_aside_twice():
    posting = posted(shop(stock_reservations=[reserve(5, "R-1", "SO-1", 6), reserve(5, "R-2", "SO-2", 8)]))
    assert why(posting).startswith("LEG in any warehouse: 8 needed, 4 usable, 4 short; reserved are 6 for SO-1/10")
    assert stock_of(posting) == {("LEG", "available"): "4", ("LEG", "reserved"): "6"}


def test_a_warehouse_that_may_go_below_zero_does_not_give_away_what_is_set_aside():
    facts = {"shipments": [on(6, "S-1", "SO-2", line=10, quantity=8)]}
    world = shop(stock_reservations=[reserve(5, "R-1", "SO-1", 6)], **facts)
    refused = posted(world, negative_stock_warehouses=["MAIN"])
    assert refusals(refused) == [("shipments", 1, "quantity")]
    # without a reservation the missing two are owed
    assert posted(shop(stock=6, **facts), negative_stock_warehouses=["MAIN"]).refused.empty


def test_a_completion_leaves_what_is_set_aside_and_posts_the_shortage_where_the_policy_says_so():
    bom = {
        "boms": [{"bom": "B", "item": "DESK"}],
        "bom_lines": [{"bom": "B", "line": 1, "component": "LEG", "quantity": 4, "issue_method": "backflush"}],
    }
    world = shop(stock=6, stock_reservations=[reserve(5, "R-1", "SO-1", 6)],
                 completions=[on(6, "C-1", "WO-1", quantity=1)], **bom)  # fmt: skip
    assert "reserved are 6 for SO-1/10" in why(posted(world))
    posting = posted(world, backflush_shortage="post")
    assert stock_of(posting)["LEG", "reserved"] == "6"
    assert [row["quantity"] for row in frame_rows(posting.exceptions)] == ["4"]


def test_first_expired_goes_first_and_expired_or_blocked_stock_is_never_set_aside():
    lots = [("OLD", 5, "2025-12-29", "available"), ("A", 3, "2026-01-05", "available"),
            ("B", 4, "2026-01-02", "available"), ("BAD", 9, "2026-01-05", "blocked")]  # fmt: skip
    world = plant(
        items=[GLUE],
        stock=[{"item": "GLUE", "quantity": quantity, "lot": lot, "received_date": day, "status": status}
               for lot, quantity, day, status in lots],
        sales=[("SO-1", 10, "GLUE", 20)],
        stock_reservations=[reserve(13, "R-1", "SO-1", 5), reserve(13, "R-2", "SO-1", 9)],
    )  # fmt: skip
    posting = posted(world)
    held = {key[2]: quantity for key, quantity in stock_of(posting).items() if key[1] == "reserved"}
    assert held == {"B": "4", "A": "1"}
    assert why(posting).startswith("GLUE in any warehouse: 9 needed, 2 usable, 7 short (5 expired); reserved") is False
    assert why(posting).startswith("GLUE in any warehouse: 9 needed, 2 usable, 7 short (5 expired)")


def test_what_is_given_back_is_free_again():
    posting = posted(shop(
        stock_reservations=[reserve(5, "R-1", "SO-1", 6), reserve(6, "R-2", "SO-1", -4)],
        shipments=[on(6, "S-1", "SO-2", line=10, quantity=4)],
    ))  # fmt: skip
    assert stock_of(posting) == {("LEG", "available"): "4", ("LEG", "reserved"): "2"}


def test_what_a_document_needs_no_more_goes_back_by_itself():
    world = plant(
        items=[item("LEG", lot_tracked="yes")],
        stock=[{"item": "LEG", "quantity": 6, "lot": "A"}, {"item": "LEG", "quantity": 6, "lot": "B"}],
        sales=[("SO-1", 10, "LEG", 6)],
        stock_reservations=[reserve(5, "R-1", "SO-1", 6, lot="A")],
        shipments=[on(6, "S-1", "SO-1", line=10, quantity=4, lot="B")],
    )
    posting = posted(world)
    # two are still to be shipped, so two stay
    assert stock_of(posting) == {("LEG", "reserved", "A"): "2", ("LEG", "available", "A"): "4",
                                 ("LEG", "available", "B"): "2"}  # fmt: skip
    given = frame_rows(posting.given_back)
    assert [(row["event"], row["quantity"], row["reason"]) for row in given] == [
        ("free-SO-1-10-LEG-1", "-4", "2 are still needed")
    ]
    assert set(posting.moves["origin"]) >= {"stock_reservations:free-SO-1-10-LEG-1"}


def test_a_completion_uses_up_the_order_s_own_units():
    posting = posted(shop(stock=4, sales=[], stock_reservations=[reserve(5, "R-1", "WO-1", 4, item="LEG")],
                          completions=[on(6, "C-1", "WO-1", quantity=1)]))  # fmt: skip
    assert (stock_of(posting), len(posting.refused)) == ({("DESK", "available"): "1"}, 0)


def test_a_finished_order_keeps_nothing():
    bom = {
        "boms": [{"bom": "B", "item": "DESK"}],
        "bom_lines": [{"bom": "B", "line": 1, "component": "LEG", "quantity": 4, "issue_method": "issue"}],
    }
    world = shop(
        stock_reservations=[reserve(5, "R-1", "WO-1", 4, item="LEG")],
        completions=[on(6, "C-1", "WO-1", quantity=1)],
        **bom,
    )
    posting = posted(world)
    assert stock_of(posting)["LEG", "available"] == "10"
    assert [row["reason"] for row in frame_rows(posting.given_back)] == ["nothing more is needed"]


def test_a_reversal_sets_aside_again_what_the_fact_had_used():
    posting = posted(shop(
        stock_reservations=[reserve(5, "R-1", "SO-1", 6)],
        shipments=[on(6, "S-1", "SO-1", line=10, quantity=4)],
        reversals=[{"event": "X-1", "date": "2026-01-07", "table": "shipments", "reversed_event": "S-1",
                    "reason": "typed twice"}],
    ))  # fmt: skip
    assert posting.refused.empty
    assert stock_of(posting) == {("LEG", "available"): "4", ("LEG", "reserved"): "6"}


def count(quantity, day: int = 6) -> dict:
    return {"event": "N-1", "date": f"2026-01-{day:02d}", "item": "LEG", "counted_quantity": quantity}


def test_who_counts_a_shelf_counts_what_is_set_aside_too():
    right = posted(shop(stock_reservations=[reserve(5, "R-1", "SO-1", 6)], stock_counts=[count(10)]))
    assert stock_of(right) == {("LEG", "available"): "4", ("LEG", "reserved"): "6"}
    # five are gone: four of the free ones, and one that nobody can have any more
    short = posted(shop(stock_reservations=[reserve(5, "R-1", "SO-1", 6)], stock_counts=[count(5)]))
    assert stock_of(short) == {("LEG", "reserved"): "5"}
    late = posted(shop(stock_reservations=[reserve(8, "R-1", "SO-1", 6)], stock_counts=[count(9, day=6)]))
    assert stock_of(late) == {("LEG", "available"): "3", ("LEG", "reserved"): "6"}


def test_a_count_that_arrives_after_a_later_reservation_sees_the_books_of_its_day():
    reserved = posted(shop(stock_reservations=[reserve(8, "R-1", "SO-1", 6)]))
    counting = {**reserved.world, "stock_counts": shop(stock_counts=[count(9, day=6)])["stock_counts"]}
    after = posted({**counting, "stock_reservations": counting["stock_reservations"].iloc[:0]}, tables=["stock_counts"])
    assert stock_of(after) == {("LEG", "available"): "3", ("LEG", "reserved"): "6"}


def test_a_transfer_leaves_what_is_set_aside():
    moved = {"event": "T-1", "date": "2026-01-06", "item": "LEG", "quantity": 5, "to_warehouse": "NORTH"}
    posting = posted(shop(stock_reservations=[reserve(5, "R-1", "SO-1", 6)], transfers=[moved]))
    assert "(6 are reserved; give them back to move them)" in why(posting)


def test_the_average_cost_counts_what_is_set_aside():
    world = shop(
        purchases=[("PO-1", 10, "LEG", 10, 4)],
        stock_reservations=[reserve(5, "R-1", "SO-1", 6)],
        receipts=[on(6, "B-1", "PO-1", quantity=10)],
    )
    stock = posted(world).world["stock"]
    # ten at 2 and ten at 4
    assert set(stock.loc[stock["item"] == "LEG", "unit_cost_micro"]) == {3_000_000}


def test_a_pick_offers_an_order_its_own_units_and_no_other_order_s():
    world = shop(stock=6, work_orders=[("WO-1", "DESK", 1), ("WO-2", "DESK", 1)],
                 components=[("WO-1", "LEG", 4), ("WO-2", "LEG", 4)],
                 stock_reservations=[reserve(5, "R-1", "WO-2", 4, item="LEG")])  # fmt: skip
    after = posted(world).world
    lines = pick_proposals(Engine(after, resolve({}, DAY)), ["WO-1", "WO-2"], "rest", None, DAY)["lines"]
    assert [(row["order"], row["quantity"], row["missing"]) for row in frame_rows(lines)] == [
        ("WO-1", "2", "2"), ("WO-2", "4", "0"),
    ]  # fmt: skip


# proposals


def engine_of(world):
    return Engine(posted(world).world, resolve({}, DAY))


def test_orders_are_proposed_one_after_the_other_from_the_same_stock():
    engine = engine_of(shop())
    wanted = [*holders(engine, "SO-1"), *holders(engine, "SO-2"), *holders(engine, "WO-1")]
    rows = frame_rows(proposals(engine, wanted, DAY, None))
    assert [(row["order"], row["needed"], row["usable"], row["quantity"], row["missing"]) for row in rows] == [
        ("SO-1", "6", "10", "6", "0"), ("SO-2", "8", "4", "4", "4"), ("WO-1", "4", "0", "0", "4"),
    ]  # fmt: skip


def test_only_what_is_not_reserved_yet_is_proposed_and_all_of_it_is_given_back():
    engine = engine_of(shop(stock_reservations=[reserve(5, "R-1", "SO-1", 2)]))
    wanted = holders(engine, "SO-1", 10)
    assert [row["quantity"] for row in frame_rows(proposals(engine, wanted, DAY, None))] == ["4"]
    assert [row["quantity"] for row in frame_rows(give_backs(engine, wanted, None))] == ["-2"]
    with pytest.raises(ImpossibleReservation, match="SO-1 has no line 20; it has 10"):
        holders(engine, "SO-1", 20)


# what planning, kitting and promising see


def reserved_world(**tables):
    return posted(shop(stock_reservations=[reserve(5, "R-1", "SO-2", 8)], **tables)).world


def test_a_reservation_serves_its_order_and_leaves_the_rest_to_others():
    world = reserved_world()
    assert frame_rows(reserved_quantities(world, DAY)) == [
        {"order": "SO-2", "line": 10, "item": "LEG", "quantity": "8"}
    ]
    plan = plan_materials(world, DAY)
    planned = [(row["item"], row["quantity"]) for row in frame_rows(plan["planned_orders"]) if row["item"] == "LEG"]
    # 6 and 4 are wanted by others, 2 are free
    assert sum(int(quantity) for _, quantity in planned) == 8
    pegs = [(row["demand"], row["quantity"]) for row in frame_rows(plan["pegs"]) if row["supply_kind"] == "stock"]
    assert "SO-2" not in dict(pegs)
    kits = check_kitting(world, DAY, {})["kits"]
    assert set(kits["order"]) == {"SO-1"}


def test_a_promise_gives_nothing_away_that_is_set_aside():
    free = answer_request(shop(sales=[]), single_request(shop(), "REQ", "LEG", 6_000_000, DAY), DAY, {})
    assert [(row["decision"], row["quantity"]) for row in frame_rows(free["promises"])] == [("accept", "6")]
    world = posted(shop(work_orders=[], components=[], sales=[("SO-2", 10, "LEG", 8)],
                        stock_reservations=[reserve(5, "R-1", "SO-2", 8)])).world  # fmt: skip
    answer = answer_request(world, single_request(world, "REQ", "LEG", 6_000_000, DAY), DAY, {})
    assert [row["quantity"] for row in frame_rows(answer["promises"])][0] == "2"


def test_expired_units_serve_nobody_and_what_is_not_needed_is_free():
    world = plant(items=[GLUE], sales=[("SO-1", 10, "GLUE", 6)],
                  stock=[{"item": "GLUE", "quantity": 5, "lot": "A", "received_date": "2026-01-02"}],
                  stock_reservations=[reserve(5, "R-1", "SO-1", 5)])  # fmt: skip
    world = posted(world).world
    assert len(reserved_quantities(world, DAY)) == 1
    assert reserved_quantities(world, date(2026, 1, 30)).empty
    lines = world["sales_order_lines"].assign(quantity_micro=2_000_000)
    smaller = net_of_reserved({**world, "sales_order_lines": lines}, DAY)
    stock = smaller["stock"]
    assert frame_rows(stock[stock["status"] == "available"])[0]["quantity"] == "3"
    assert smaller["sales_order_lines"]["shipped_quantity_micro"].tolist() == [2_000_000]


def test_a_world_without_reservations_stays_the_same_object():
    world = posted(shop()).world
    assert net_of_reserved(world, DAY) is world


def test_an_order_without_component_rows_holds_what_is_set_aside_for_it():
    bom = {
        "boms": [{"bom": "B", "item": "DESK"}],
        "bom_lines": [{"bom": "B", "line": 1, "component": "LEG", "quantity": 4}],
    }
    world = shop(sales=[], components=[], stock_reservations=[reserve(5, "R-1", "WO-1", 3, item="LEG")], **bom)
    after = posted(world).world
    plan = plan_materials(after, DAY)
    needs = [row["gross"] for row in frame_rows(plan["requirements"]) if row["item"] == "LEG" and row["gross"] != "0"]
    assert needs == ["1"]
    assert not [row for row in frame_rows(plan["planned_orders"]) if row["item"] == "LEG"]


def test_progress_says_ready_of_what_is_set_aside():
    world = posted(shop(stock=8, sales=[("SO-1", 10, "LEG", 6), ("SO-2", 10, "LEG", 8)], work_orders=[], components=[],
                        stock_reservations=[reserve(5, "R-1", "SO-2", 8)])).world  # fmt: skip
    lines = world["sales_order_lines"].assign(promised_date=None, last_shipped=None, state="approved")
    lines = lines.astype({"promised_date": "datetime64[s]", "last_shipped": "datetime64[s]"})
    rows = frame_rows(order_progress(lines, plant_progress(world, DAY), world, DAY)["lines"])
    told = [(row["order"], row["ready"], row["percent_complete"], row["ready_date"]) for row in rows]
    assert told[1] == ("SO-2", "8", 99, "2026-01-12")
    assert told[0][:3] == ("SO-1", "0", 0)


# laws

QUANTITIES = st.integers(-4, 6)
EVENTS = st.lists(
    st.tuples(st.sampled_from(["reserve", "ship", "issue", "count", "receive"]), st.sampled_from([1, 2]), QUANTITIES),
    min_size=1, max_size=12,
)  # fmt: skip


@examples(120)
@given(EVENTS)
def test_reserved_never_exceeds_need_nor_stock_and_every_balance_is_the_sum_of_its_moves(events):
    facts: dict[str, list] = {name: [] for name in ("stock_reservations", "shipments", "issues", "receipts",
                                                    "stock_counts")}  # fmt: skip
    for place, (what, which, quantity) in enumerate(events):
        day, event = 3 + place, f"E-{place}"
        if what == "reserve":
            order = f"SO-{which}" if place % 3 else "WO-1"
            facts["stock_reservations"].append(reserve(day, event, order, quantity, item="" if place % 3 else "LEG"))
        elif what == "ship":
            facts["shipments"].append(on(day, event, f"SO-{which}", line=10, quantity=max(quantity, 1)))
        elif what == "issue":
            facts["issues"].append(on(day, event, "WO-1", item="LEG", quantity=quantity))
        elif what == "receive":
            facts["receipts"].append(on(day, event, "PO-1", quantity=max(quantity, 1)))
        else:
            facts["stock_counts"].append(count(max(quantity, 0) * 2, day) | {"event": event})
    world = shop(purchases=[("PO-1", 10, "LEG", 30, 2)],
                 **{name: rows for name, rows in facts.items() if rows})  # fmt: skip
    posting = posted(world)
    engine = Engine(posting.world, resolve({}, DAY))
    assert all(quantity >= 0 for places in engine.ledger.available.values() for quantity in places.values())
    sales = posting.world["sales_order_lines"]
    open_ = dict(zip(sales["order"], sales["quantity_micro"] - sales["shipped_quantity_micro"], strict=True))
    for (status, order, _), places in engine.ledger.held.items():
        if status == "reserved":
            assert all(quantity >= 0 for quantity in places.values())
            if order in open_:
                assert sum(places.values()) <= open_[order]
    moved = balances_of(posting.world["stock_moves"])
    stock = posting.world["stock"].groupby(["item", "warehouse", "lot", "status"])["quantity_micro"].sum()
    assert moved.set_index(["item", "warehouse", "lot", "status"])["quantity_micro"].to_dict() == {
        key: quantity for key, quantity in stock.items() if quantity
    }
