"""Issue variance: what orders used against what their output needs."""

from hypothesis import given
from hypothesis import strategies as st

from calculations.fact_posting import Engine
from calculations.material_usage import material_usage
from calculations.policies import resolve
from small_plant import MONTH_END, on, plant, posted
from support import examples, frame_rows


def told(world, costs=None, **policies):
    posting = posted(world, **policies)
    engine = Engine(posting.world, resolve(policies, MONTH_END))
    moves = posting.world["stock_moves"]
    back = moves[(moves["kind"] == "return_issue") & (moves["status"] == "available")]
    returned = back.groupby(["order", "item"])["quantity_micro"].sum().to_dict()
    return material_usage(engine, returned, costs or {}, 2)


def test_what_was_handed_out_beyond_the_need_is_the_variance():
    world = plant(
        stock=[{"item": "LEG", "quantity": 60}, {"item": "TOP", "quantity": 20}],
        work_orders=[("WO-1", "DESK", 10)],
        components=[("WO-1", "LEG", 40), ("WO-1", "TOP", 10)],
        issues=[
            on(5, "I-1", "WO-1", item="LEG", quantity=44),
            on(5, "I-2", "WO-1", item="TOP", quantity=9),
            on(9, "I-3", "WO-1", item="LEG", quantity=-1),
        ],
        completions=[on(8, "C-1", "WO-1", quantity=9, scrapped_quantity=1)],
    )
    leg, top = frame_rows(told(world, {"LEG": 2_500_000}, over_issue_percent="10"))
    assert (leg["planned"], leg["needed"], leg["issued"], leg["returned"]) == ("40", "40", "44", "1")
    # 40 used, 3 left: 3 × 2.50
    assert (leg["consumed"], leg["on_floor"], leg["variance"], leg["variance_amount"]) == ("40", "3", "3", "7.5")
    # ten units were made of nine tops; nobody knows what a top costs
    assert (top["consumed"], top["on_floor"], top["variance"]) == ("9", "0", "-1")
    assert top["variance_amount"] in (None, "")


def test_backflushed_material_counts_as_issued_and_used():
    world = plant(
        boms=[{"bom": "B", "item": "DESK"}],
        bom_lines=[{"bom": "B", "line": 10, "component": "SCREW", "quantity": 8, "issue_method": "backflush"}],
        stock=[{"item": "SCREW", "quantity": 80}],
        work_orders=[("WO-1", "DESK", 10)],
        components=[("WO-1", "SCREW", 80)],
        completions=[on(8, "C-1", "WO-1", quantity=4)],
    )
    (screw,) = frame_rows(told(world))
    assert (screw["method"], screw["needed"], screw["issued"], screw["consumed"], screw["variance"]) == (
        "backflush", "32", "32", "32", "0",
    )  # fmt: skip


@examples(60)
@given(st.lists(st.tuples(st.sampled_from(["LEG", "TOP"]), st.integers(-6, 12)), max_size=8), st.integers(0, 8))
def test_issued_less_returned_and_used_is_on_the_floor(issues, made):
    facts = [on(5 + n, f"I-{n}", "WO-1", item=code, quantity=count) for n, (code, count) in enumerate(issues) if count]
    world = plant(
        stock=[{"item": "LEG", "quantity": 60}, {"item": "TOP", "quantity": 20}],
        work_orders=[("WO-1", "DESK", 8)],
        components=[("WO-1", "LEG", 32), ("WO-1", "TOP", 8)],
        issues=facts,
        completions=[on(20, "C-1", "WO-1", quantity=made)] if made else [],
    )
    for row in told(world).to_dict("records"):
        left = row["issued_micro"] - row["returned_micro"] - row["consumed_micro"]
        assert left == row["on_floor_micro"] >= 0
        assert row["variance_micro"] == row["consumed_micro"] + row["on_floor_micro"] - row["needed_micro"]
