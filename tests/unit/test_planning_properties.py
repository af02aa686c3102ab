"""What holds of every plan, on generated factories."""

from collections import defaultdict
from datetime import date, timedelta

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from calculations.material_planning import plan_materials
from small_factory import factory
from support import examples

AS_OF = date(2026, 1, 5)
CODES = ("TOP-1", "TOP-2", "SUB-1", "SUB-2", "PART-1", "PART-2", "PART-3")
MADE = CODES[:4]


def day(offset: int) -> str:
    return (AS_OF + timedelta(days=offset)).isoformat()


@st.composite
def factories(draw, lot_for_lot: bool = False):
    """A factory of seven items on up to four levels: rules, stock, orders, open purchases, forecasts, phantoms."""
    bills, items, headers = {}, {}, {}
    for position, code in enumerate(MADE):
        parts = draw(st.lists(st.sampled_from(CODES[position + 1 :]), min_size=1, max_size=3, unique=True))
        bills[code] = {
            part: {"quantity": draw(st.sampled_from(["1", "2", "0.5", "1.25"])), "loss_rate": draw(RATES),
                   "fixed_loss": draw(st.integers(0, 1))}
            for part in parts
        }  # fmt: skip
        headers[code] = {"output_quantity": draw(st.sampled_from([1, 3])), "phantom": "no"}
    if draw(st.booleans()) and not lot_for_lot:
        headers["SUB-1"]["phantom"] = "yes"
    for code in CODES:
        items[code] = {"lead_time_days": draw(st.integers(0, 6)), "safety_stock": draw(st.sampled_from([0, 0, 7])),
                       "decimals": draw(st.sampled_from([0, 0, 2]))}  # fmt: skip
        if not lot_for_lot:
            items[code] |= draw(LOTS)
    count = st.integers(0, 30)
    stock = {code: draw(count) for code in CODES}
    orders = [(draw(st.sampled_from(CODES[:5])), draw(st.integers(1, 40)), day(draw(st.integers(-5, 60))))
              for _ in range(draw(st.integers(0, 6)))]  # fmt: skip
    lines = [{"order": "PO-1", "line": number, "item": draw(st.sampled_from(CODES[4:])), "quantity": draw(count) + 1,
              "due_date": day(draw(st.integers(-5, 60)))} for number in range(1, draw(st.integers(1, 4)))]  # fmt: skip
    forecasts = [{"item": "TOP-1", "date": day(offset), "quantity": draw(count)} for offset in (10, 30)]
    purchase = {"suppliers": [{"supplier": "S", "name": "S"}], "purchase_order_lines": lines, "forecasts": forecasts,
                "purchase_orders": [{"order": "PO-1", "supplier": "S", "order_date": "2025-12-01"}]}  # fmt: skip
    return bills, stock, orders, items, headers, purchase


RATES = st.sampled_from(["0", "0", "0.1"])
LOTS = st.fixed_dictionaries(
    {
        "lot_sizing": st.sampled_from(
            ["lot_for_lot", "fixed_order_quantity", "period_order_quantity", "least_total_cost"]
        ),
        "fixed_order_quantity": st.sampled_from([7, 20]),
        "period_days": st.integers(1, 10),
        "ordering_cost": st.just(50),
        "carrying_rate": st.just(1),
        "standard_cost": st.sampled_from([10, 365]),
        "minimum_order_quantity": st.sampled_from([0, 0, 12]),
        "order_multiple": st.sampled_from(["", "", 5]),
        "maximum_order_quantity": st.sampled_from(["", "", 25]),
        "yield_rate": st.sampled_from(["1", "1", "0.8"]),
    }
)


def planned(parts, **changes) -> dict[str, pd.DataFrame]:
    bills, stock, orders, items, headers, purchase = parts
    stock = changes.get("stock", stock)
    return plan_materials(factory(bills, stock, orders, items, headers, **purchase), AS_OF, {})


def sums(frame: pd.DataFrame, column: str) -> dict[str, int]:
    return defaultdict(int, frame.groupby("item")[column].sum().to_dict())


@examples(30)
@given(factories())
def test_on_hand_receipts_and_planned_are_requirements_and_closing_of_each_item(parts):
    frames = planned(parts)
    rows = frames["requirements"]
    received = sums(frames["planned_orders"], "receipt_quantity_micro")
    for item, terms in rows.groupby("item"):
        supplied = parts[1][item] * 10**6 + terms["scheduled_receipts_micro"].sum() + received[item]
        assert supplied == terms["gross_micro"].sum() + terms["projected_available_micro"].iloc[-1]
        assert terms["planned_receipts_micro"].sum() == received[item]


@examples(30)
@given(factories())
def test_every_requirement_is_pegged_and_no_supply_serves_more_than_it_is(parts):
    frames = planned(parts)
    pegs = frames["pegs"]
    assert (pegs["quantity_micro"] > 0).all()
    assert sums(pegs, "quantity_micro") == {
        item: quantity for item, quantity in sums(frames["requirements"], "gross_micro").items() if quantity
    }
    used = pegs[pegs["supply_kind"] == "planned_order"].groupby("supply")["quantity_micro"].sum()
    brought = frames["planned_orders"].set_index("number")["receipt_quantity_micro"]
    assert (used <= brought.reindex(used.index)).all()


@examples(30)
@given(factories())
def test_nothing_falls_below_safety_stock_and_nothing_is_planned_without_a_need(parts):
    frames = planned(parts)
    rows = frames["requirements"]
    phantom = {code for code, header in parts[4].items() if header["phantom"] == "yes"}
    safety = [0 if item in phantom else parts[3][item]["safety_stock"] * 10**6 for item in rows["item"]]
    assert (rows["projected_available_micro"] >= safety).all()
    assert ((rows["planned_receipts_micro"] > 0) == (rows["net_micro"] > 0)).all()
    orders = frames["planned_orders"]
    assert not set(orders["item"]) & phantom
    assert (orders["quantity_micro"] >= orders["receipt_quantity_micro"]).all()
    assert (orders["release_date"] <= orders["due_date"]).all()
    assert (orders["due_date"] <= orders["need_date"]).all()


@examples(20)
@given(factories(), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter(parts, random):
    bills, stock, orders, items, headers, purchase = parts
    world = factory(bills, stock, orders, items, headers, **purchase)
    mixed = {}
    for name, frame in world.items():
        rows = list(range(len(frame)))
        random.shuffle(rows)
        mixed[name] = frame.iloc[rows]
    first, second = plan_materials(world, AS_OF, {}), plan_materials(mixed, AS_OF, {})
    for name, frame in first.items():
        pd.testing.assert_frame_equal(frame, second[name])


@examples(20)
@given(factories(lot_for_lot=True), st.sampled_from(CODES), st.integers(1, 20))
def test_with_lot_for_lot_more_stock_never_means_more_planned(parts, item, more):
    before = sums(planned(parts)["planned_orders"], "quantity_micro")
    after = planned(parts, stock={**parts[1], item: parts[1][item] + more})["planned_orders"]
    assert sums(after, "quantity_micro")[item] <= before[item]
