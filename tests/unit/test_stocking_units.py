"""Facts entered in boxes, rolls and kilograms move pieces and metres."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calculations.exact import MICRO
from calculations.stock_ledger import Refused
from calculations.stocking_units import StockingUnits, down, up
from calculations.supplier_scores import supplier_scores
from small_plant import item, on, plant, posted, stock_of, why
from support import examples, frame_rows, world_of

BOX = {"item": "SCREW", "from_unit": "BOX", "to_unit": "EA", "factor": 100}


def test_boxes_are_received_and_issued_as_pieces_and_what_was_entered_stays():
    world = plant(
        unit_conversions=[BOX, {"from_unit": "BOX", "to_unit": "EA", "factor": 12}],
        purchases=[("PO-1", 10, "SCREW", 500, "0.05"), ("PO-1", 20, "LEG", 24)],
        work_orders=[("WO-1", "DESK", 10)],
        components=[("WO-1", "SCREW", 80)],
        sales=[("SO-1", 10, "LEG", 24)],
        receipts=[on(5, "R-1", "PO-1", line=10, quantity="2.5", unit="BOX"),
                  on(5, "R-2", "PO-1", line=20, quantity=2, unit="BOX")],
        issues=[on(6, "I-1", "WO-1", item="SCREW", quantity="0.8", unit="BOX"),
                on(7, "I-2", "WO-1", item="SCREW", quantity="-0.1", unit="BOX"),
                on(7, "I-3", "WO-1", item="SCREW", quantity=5, unit="EA")],
        shipments=[on(8, "S-1", "SO-1", line=10, quantity="1.5", unit="BOX")],
    )  # fmt: skip
    posting = posted(world)
    assert posting.refused.empty
    # the item's own box of 100 before the general one of 12
    assert stock_of(posting) == {
        ("SCREW", "available"): "175", ("SCREW", "in_production"): "75", ("LEG", "available"): "6",
    }  # fmt: skip
    assert posting.world["purchase_order_lines"]["received_quantity_micro"].tolist() == [250 * MICRO, 24 * MICRO]
    assert posting.world["sales_order_lines"]["shipped_quantity_micro"].tolist() == [18 * MICRO]
    receipt = frame_rows(posting.world["receipts"])[0]
    assert (receipt["quantity"], receipt["unit"]) == ("2.5", "BOX")
    scores = frame_rows(supplier_scores(posting.world))
    assert [row["received"] for row in scores] == ["274"]


def test_a_unit_without_a_factor_is_refused_with_the_remedy():
    world = plant(purchases=[("PO-1", 10, "LEG", 24)], receipts=[on(5, "R-1", "PO-1", quantity=2, unit="CRATE")])
    assert why(posted(world)) == (
        "unit CRATE of LEG cannot be converted to its stocking unit EA; add the factor to unit_conversions, or enter "
        "the quantity in EA"
    )


def test_a_limit_counts_in_the_stocking_unit():
    world = plant(
        unit_conversions=[BOX],
        purchases=[("PO-1", 10, "SCREW", 200)],
        receipts=[on(5, "R-1", "PO-1", quantity=3, unit="BOX")],
    )
    assert "200 planned, 0 received before, so 300 is 100 too many" in why(posted(world))


def test_a_reversal_takes_back_what_was_moved_not_what_was_entered():
    world = plant(
        unit_conversions=[BOX],
        purchases=[("PO-1", 10, "SCREW", 300)],
        receipts=[on(5, "R-1", "PO-1", quantity=3, unit="BOX")],
        reversals=[{"event": "X", "date": "2026-01-06", "table": "receipts", "reversed_event": "R-1", "reason": "x"}],
    )
    posting = posted(world)
    assert stock_of(posting) == {}
    assert posting.world["purchase_order_lines"]["received_quantity_micro"].tolist() == [0]


@pytest.mark.parametrize(
    ("from_unit", "to_unit", "factor", "decimals", "entered", "comes_in", "goes_out"),
    [
        ("ROLL", "M", "33.33", 0, 3, 99, 100),
        ("ROLL", "M", "33.33", 1, 1, "33.3", "33.4"),
        # a third is known to six decimals: three of them are one
        ("THIRD", "M", "0.333333", 0, 3, 1, 1),
        # a metre is a third of a rod, written the other way round
        ("M", "ROD", "0.333333", 0, 1000, 3000, 3000),
        ("KG", "M", "7", 2, "0.01", "0.07", "0.07"),
    ],
)
def test_what_comes_in_is_rounded_down_and_what_goes_out_up(
    from_unit, to_unit, factor, decimals, entered, comes_in, goes_out
):
    world = world_of({
        "items": [item("CABLE", unit="M", decimals=decimals)],
        "unit_conversions": [{"from_unit": from_unit, "to_unit": to_unit, "factor": factor}],
    })  # fmt: skip
    unit = from_unit if to_unit == "M" else to_unit
    units, quantity = StockingUnits(world), round(float(entered) * MICRO)
    assert units.quantity("CABLE", unit, quantity, down) == round(float(comes_in) * MICRO)
    assert units.quantity("CABLE", unit, quantity, up) == round(float(goes_out) * MICRO)


def test_less_than_the_smallest_quantity_is_refused():
    world = plant(
        unit_conversions=[BOX],
        purchases=[("PO-1", 10, "SCREW", 200)],
        receipts=[on(5, "R-1", "PO-1", quantity="0.001", unit="BOX")],
    )
    assert "0.001 BOX of SCREW are less than the smallest quantity of it in EA" in why(posted(world))


@examples(60)
@given(entered=st.integers(1, 10**9), factor=st.integers(1, 10**9), decimals=st.integers(0, 6), back=st.booleans())
def test_rounding_up_and_down_are_one_step_apart_and_around_the_exact_quantity(entered, factor, decimals, back):
    world = world_of({"items": [item("CABLE", unit="M", decimals=decimals)]})
    ends = ("M", "ROLL") if back else ("ROLL", "M")
    world["unit_conversions"] = pd.DataFrame(
        {"item": [""], "from_unit": [ends[0]], "to_unit": [ends[1]], "factor_micro": [factor]}
    )
    units, step = StockingUnits(world), 10 ** (6 - decimals)
    try:
        low = units.quantity("CABLE", "ROLL", entered, down)
    except Refused:
        with pytest.raises(Refused, match="less than the smallest"):
            units.quantity("CABLE", "ROLL", entered, down)
        return
    high = units.quantity("CABLE", "ROLL", entered, up)
    assert low % step == high % step == 0
    assert 0 <= high - low <= step
    exact = entered * MICRO / factor if back else entered * factor / MICRO
    # off by no more than the sixth decimal of the factor leaves open
    doubt = max(1, exact / factor) if back else max(1, entered / MICRO)
    assert low <= exact + doubt + 1e-9 * exact
    assert high >= exact - doubt - 1e-9 * exact
