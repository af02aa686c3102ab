from hypothesis import given
from hypothesis import strategies as st

from calculations.delivery_terms import lines_delivered_complete
from small_plant import item, kinds, on, plant, posted, stock_of, why
from support import examples, frame_rows, world_of

SALES = [("SO-1", 10, "DESK", 5), ("SO-1", 20, "LEG", 8)]
STOCK = [{"item": "DESK", "quantity": 5}, {"item": "LEG", "quantity": 8}]
WHOLE = [{"customer": "C", "name": "C", "delivery": "complete"}]


def ship(day: int, event: str, line: int, quantity, order: str = "SO-1", **columns) -> dict:
    return on(day, event, order, line=line, quantity=quantity, **columns)


def order(number: str, **columns) -> dict:
    return {"order": number, "customer": "C", "order_date": "2026-01-02", **columns}


def shipping(*shipments, sales=SALES, stock=STOCK, customers=WHOLE, **tables):
    return plant(sales=sales, stock=stock, customers=customers, shipments=list(shipments), **tables)


def messages(posting) -> list[tuple[int, str]]:
    return [(row["row"], row["message"]) for row in frame_rows(posting.refused)]


def test_all_lines_of_a_complete_order_leave_on_one_day():
    posting = posted(shipping(ship(8, "S-1", 10, 5), ship(8, "S-2", 20, 8)))
    assert posting.refused.empty
    assert stock_of(posting) == {}
    assert frame_rows(posting.state_changes) == [{"table": "sales_orders", "number": "SO-1", "state": "done"}]


def test_a_shipment_that_leaves_lines_behind_is_refused_and_names_them():
    sales = [*SALES, ("SO-1", 30, "SCREW", 100)]
    posting = posted(shipping(ship(8, "S-1", 10, 3), sales=sales))
    assert why(posting) == (
        "SO-1 is delivered complete or not at all, and the shipments of 2026-01-08 leave 2 DESK of line 10, "
        "8 LEG of line 20, 100 SCREW of line 30 behind; ship all of it on one day, or set the order's delivery to "
        "partial"
    )
    assert stock_of(posting) == {("DESK", "available"): "5", ("LEG", "available"): "8"}


def test_all_shipments_of_the_day_are_refused_and_those_of_another_day_do_not_count():
    world = shipping(ship(8, "S-1", 10, 5), ship(8, "S-2", 20, 7), ship(9, "S-3", 20, 1))
    posting = posted(world)
    assert [row for row, _ in messages(posting)] == [1, 2, 3]
    assert "leave 1 LEG of line 20 behind" in messages(posting)[0][1]
    assert "leave 5 DESK of line 10, 7 LEG of line 20 behind" in messages(posting)[2][1]
    assert posting.moves.empty
    assert posting.state_changes.empty


def test_a_line_without_goods_keeps_the_other_lines_here():
    posting = posted(
        shipping(ship(8, "S-1", 10, 5), ship(8, "S-2", 20, 8), stock=[*STOCK[:1], {"item": "LEG", "quantity": 6}])
    )
    said = dict(messages(posting))
    assert said[2].startswith("LEG in any warehouse: 8 needed, 6 usable, 2 short")
    assert said[1].startswith(
        "SO-1 is delivered complete or not at all, and line 20 cannot go: LEG in any warehouse: 8 needed"
    )
    assert posting.moves.empty


def test_what_another_fact_of_the_day_brings_lets_the_whole_order_go():
    work = {"work_orders": [("WO-1", "DESK", 2)], "components": [("WO-1", "TOP", 2)]}
    world = shipping(
        ship(8, "S-1", 10, 5), ship(8, "S-2", 20, 8),
        stock=[{"item": "DESK", "quantity": 3}, {"item": "LEG", "quantity": 8}, {"item": "TOP", "quantity": 2}],
        issues=[on(8, "I-1", "WO-1", item="TOP", quantity=2)], completions=[on(8, "C-1", "WO-1", quantity=2)], **work,
    )  # fmt: skip
    assert posted(world).refused.empty


def test_orders_that_share_an_item_take_it_whole_and_the_next_one_is_refused_whole():
    sales = [*SALES, ("SO-2", 10, "LEG", 4), ("SO-2", 20, "DESK", 1)]
    # by event the shipments of the two orders are mixed; SO-1 has the first one, and LEG is enough for one order only
    world = shipping(
        ship(8, "S-1", 10, 5), ship(8, "S-2", 10, 4, "SO-2"), ship(8, "S-3", 20, 8), ship(8, "S-4", 20, 1, "SO-2"),
        sales=sales, stock=[{"item": "DESK", "quantity": 6}, {"item": "LEG", "quantity": 11}],
    )  # fmt: skip
    posting = posted(world)
    assert stock_of(posting) == {("DESK", "available"): "1", ("LEG", "available"): "3"}
    assert [row for row, _ in messages(posting)] == [2, 4]


def test_goods_in_inspection_hold_all_shipments_of_the_order_back():
    world = shipping(ship(8, "S-1", 10, 5), ship(8, "S-2", 20, 8), stock=STOCK[:1], items=[item("LEG", inspect="yes")])
    posting = posted(world, hold=True)
    assert posting.refused.empty
    assert sorted(posting.held["event"]) == ["S-1", "S-2"]


def test_the_rest_of_an_order_that_began_in_parts_goes_together():
    sales = [{"order": "SO-1", "line": 10, "item": "DESK", "quantity": 5, "due_date": "2026-01-20",
              "shipped_quantity": 3},
             {"order": "SO-1", "line": 20, "item": "LEG", "quantity": 8, "due_date": "2026-01-20"}]  # fmt: skip
    tables = {"sales_orders": [order("SO-1")], "sales_order_lines": sales}
    assert len(posted(shipping(ship(8, "S-1", 20, 8), **tables)).refused) == 1
    assert posted(shipping(ship(8, "S-1", 20, 8), ship(8, "S-2", 10, 2), **tables)).refused.empty


def test_two_shipments_of_a_line_count_together_and_never_beyond_it():
    assert posted(shipping(ship(8, "S-1", 10, 2), ship(8, "S-2", 10, 3), ship(8, "S-3", 20, 8))).refused.empty
    posting = posted(shipping(ship(8, "S-1", 10, 2), ship(8, "S-2", 10, 4), ship(8, "S-3", 20, 8)))
    assert [row for row, _ in messages(posting)] == [1, 2, 3]
    assert "2 shipped before, so 4 is 1 too many" in messages(posting)[1][1]


def test_boxes_count_as_what_is_in_them():
    conversions = [{"item": "LEG", "from_unit": "BOX", "to_unit": "EA", "factor": 4}]
    world = shipping(ship(8, "S-1", 10, 5), ship(8, "S-2", 20, 2, unit="BOX"), unit_conversions=conversions)
    assert posted(world).refused.empty


def test_a_shipment_undone_on_its_day_never_left():
    undone = [{"event": "R-1", "date": "2026-01-08", "table": "shipments", "reversed_event": "S-1", "reason": "slip"}]
    world = shipping(ship(8, "S-1", 10, 4), ship(8, "S-2", 10, 5), ship(8, "S-3", 20, 8), reversals=undone)
    posting = posted(world)
    assert posting.refused.empty
    assert posting.world["sales_order_lines"]["shipped_quantity_micro"].tolist() == [5_000_000, 8_000_000]
    assert [row[0] for row in kinds(posting)] == ["shipment"] * 4


def test_a_refused_shipment_goes_when_it_comes_again_with_the_rest():
    world = shipping(ship(8, "S-1", 10, 5))
    assert len(posted(world).refused) == 1
    again = shipping(ship(8, "S-1", 10, 5), ship(8, "S-2", 20, 8))
    assert len(posted(again).posted) == 2


def test_the_orders_word_goes_before_its_customers_and_that_before_the_policy():
    rows = {
        "customers": [{"customer": "ALL", "name": "A", "delivery": "complete"}, {"customer": "ANY", "name": "B"},
                      {"customer": "PARTS", "name": "P", "delivery": "partial"}],
        "sales_orders": [order("SO-1", customer="ALL"), order("SO-2", customer="ALL", delivery="partial"),
                         order("SO-3", customer="ANY"), order("SO-4", customer="PARTS"),
                         order("SO-5", customer="PARTS", delivery="complete")],
    }  # fmt: skip
    world = world_of(rows)
    asked = world["sales_orders"]["order"]

    def whole(policy: str) -> list[str]:
        complete = lines_delivered_complete(asked, world["sales_orders"], world["customers"], {"delivery": policy})
        return asked[complete].tolist()

    assert whole("partial") == ["SO-1", "SO-5"]
    assert whole("complete") == ["SO-1", "SO-3", "SO-5"]
    assert posted(shipping(ship(8, "S-1", 10, 3), customers=[{"customer": "C", "name": "C"}])).refused.empty
    plain = [{"customer": "C", "name": "C"}]
    assert len(posted(shipping(ship(8, "S-1", 10, 3), customers=plain), delivery="complete").refused) == 1


ORDERS = [("SO-1", 10, "DESK", 2), ("SO-1", 20, "LEG", 3), ("SO-2", 10, "LEG", 2), ("SO-2", 20, "LEG", 1)]
# line of ORDERS, day, quantity; mostly what is ordered, so that whole orders do go
sent = st.tuples(st.sampled_from(ORDERS), st.sampled_from([8, 8, 9]), st.sampled_from([None, None, None, 1]))
PROPERTY = st.lists(sent, max_size=8), st.integers(0, 4), st.integers(0, 8), st.permutations(range(8))


@examples(150)
@given(*PROPERTY)
def test_a_complete_order_never_leaves_in_parts_whatever_is_shipped(shipments, desks, legs, names):
    facts = [
        ship(day, f"S-{names[place]}", line, quantity or ordered, number)
        for place, ((number, line, _, ordered), day, quantity) in enumerate(shipments)
    ]
    stock = [{"item": "DESK", "quantity": desks}, {"item": "LEG", "quantity": legs}]
    posting = posted(shipping(*facts, sales=ORDERS, stock=stock))
    lines = posting.world["sales_order_lines"]
    left = lines["quantity_micro"] - lines["shipped_quantity_micro"]
    for number in ("SO-1", "SO-2"):
        own = (lines["order"] == number).to_numpy()
        shipped = lines.loc[own, "shipped_quantity_micro"]
        assert (shipped == 0).all() or (left[own] == 0).all()
    assert len(posting.posted) + len(posting.refused) == len(facts)
    assert (posting.world["stock"]["quantity_micro"] >= 0).all()
    # one order alone goes as soon as all of it is sent on a day and there is enough
    whole = {key for key in ORDERS[:2] if (key, 8, None) in shipments}
    others = [row for row in shipments if row[0][0] == "SO-1"]
    if len(whole) == len(others) == 2 and desks >= 2 and legs >= 6:
        assert (left[:2] == 0).all()


def test_a_set_of_shipments_can_go_in_either_part_of_a_posting():
    """Posting each day by itself gives the moves of posting at once."""
    facts = [ship(8, "S-1", 10, 5), ship(8, "S-2", 20, 7), ship(9, "S-3", 10, 5), ship(9, "S-4", 20, 8)]
    at_once = posted(shipping(*facts))
    first = posted(shipping(*facts[:2]))
    second = posted({**first.world, "shipments": shipping(*facts[2:])["shipments"]})
    assert kinds(at_once) == [*kinds(first), *kinds(second)] == [
        ("shipment", "DESK", "available", "-5"), ("shipment", "LEG", "available", "-8"),
    ]  # fmt: skip
