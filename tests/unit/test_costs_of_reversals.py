"""Months in which facts were undone and stock was adjusted, to the cent."""

from hypothesis import given
from hypothesis import strategies as st
from test_cost_closing import only, terms, two_levels

from calculations.cost_closing import close_period
from cost_worlds import AS_OF, months_of_facts
from support import examples, frame_rows, world_of

RESULTS = ("order_costs", "receipt_costs", "wip", "order_margins", "identity")


def closed(tables: dict, **policies) -> dict[str, list[dict]]:
    frames = close_period(world_of(tables), AS_OF, policies)
    assert frames["refused"].empty, frames["refused"].to_string()
    return {name: frame_rows(frame) for name, frame in frames.items()}


def undo(day: str, table: str, event: str) -> dict:
    return {"event": f"REV-{event}", "date": day, "table": table, "reversed_event": event, "reason": "slip"}


def test_a_fact_undone_in_its_own_month_costs_nothing():
    tables = two_levels()
    before = closed(tables)
    tables["time_entries"] = [*tables["time_entries"], {**tables["time_entries"][0], "event": "T-9"}]
    tables["shipments"] = [{**tables["shipments"][0], "event": "S-0", "quantity": 1, "freight": 9},
                           *tables["shipments"]]  # fmt: skip
    tables["reversals"] = [undo("2026-01-20", "time_entries", "T-9"), undo("2026-01-20", "shipments", "S-0")]
    after = closed(tables)
    assert {name: after[name] for name in RESULTS} == {name: before[name] for name in RESULTS}


def test_a_completion_of_an_earlier_month_goes_back_into_its_order_at_what_it_was_worth():
    # ten desks of 26 were made in January; five were sold, one is unmade in February
    tables = two_levels(reversals=[undo("2026-02-10", "completions", "C-3")])
    tables["completions"][1]["quantity"] = 9
    tables["completions"].append({"event": "C-3", "date": "2026-01-17", "order": "W-DESK", "quantity": 1})
    february = closed(tables, period="2026-02")
    assert only(february["wip"], order="W-DESK")["amount"] == "26"
    assert only(february["item_costs"], item="DESK")["amount"] == "104"
    result = terms(february)
    assert (result["opening_stock"], result["closing_stock"], result["closing_wip"], result["difference"]) == (
        "370", "344", "26", "0",
    )  # fmt: skip


def test_a_shipment_of_an_earlier_month_gives_back_revenue_and_cost_and_is_no_return():
    tables = two_levels(reversals=[undo("2026-02-10", "shipments", "S-1")])
    february = closed(tables, period="2026-02")
    margin = only(february["order_margins"], order="SO-1")
    assert (margin["quantity"], margin["revenue"], margin["cost"], margin["returns"]) == ("-5", "-250", "-130", "0")
    assert terms(february)["cost_of_sales"] == "-130"
    assert terms(february)["difference"] == "0"


def test_hours_of_an_earlier_month_take_back_what_they_cost():
    tables = two_levels(expenses=[], reversals=[undo("2026-02-10", "time_entries", "T-2")])
    february = closed(tables, period="2026-02")
    assert february["order_costs"] == [{"order": "W-DESK", "element": "labor", "pool": "", "amount": "-100"}]
    assert only(february["variances"], kind="after_completion")["amount"] == "-100"
    assert terms(february)["difference"] == "0"


def test_what_is_adjusted_is_a_variance_of_its_own():
    tables = two_levels(
        adjustments=[{"event": "A-1", "date": "2026-01-30", "item": "WOOD", "quantity": -2, "reason": "rotten"}],
        stock_counts=[{"event": "N-1", "date": "2026-01-31", "item": "DESK", "counted_quantity": 6}],
    )
    result = closed(tables)
    # two metres of wood at 3 are lost, a desk at 26 is found
    found = {(row["item"], row["kind"]): row["amount"] for row in result["variances"]}
    assert found == {("WOOD", "inventory_adjustment"): "6", ("DESK", "inventory_adjustment"): "-26"}
    assert terms(result)["variances"] == "-20"
    assert terms(result)["difference"] == "0"


TABLES = ("receipts", "issues", "completions", "time_entries", "shipments", "customer_returns")


@examples(25)
@given(
    tables=months_of_facts(),
    undone=st.lists(st.tuples(st.sampled_from(TABLES), st.integers(0, 5), st.sampled_from(["01-31", "02-27"])),
                    max_size=6),
    adjusted=st.lists(st.tuples(st.sampled_from(["WOOD", "LEG", "DESK"]), st.integers(-5, 5).filter(bool),
                                st.sampled_from(["01-20", "02-20"])), max_size=4),
    valuation=st.sampled_from(["period_average", "first_in_first_out"]),
    wip=st.sampled_from(["equivalent_units", "first_in_first_out", "none"]),
)  # fmt: skip
def test_the_identity_holds_to_the_cent_whatever_is_undone_and_adjusted(tables, undone, adjusted, valuation, wip):
    tables["reversals"] = [
        undo(f"2026-{day}", table, f"{table}-{number}") | {"event": f"REV-{place}"}
        for place, (table, number, day) in enumerate(undone)
    ]
    tables["adjustments"] = [
        {"event": f"A-{place}", "date": f"2026-{day}", "item": item, "quantity": quantity, "reason": "count"}
        for place, (item, quantity, day) in enumerate(adjusted)
    ]
    for period in ("2026-01", "2026-02"):
        frames = close_period(world_of(tables), AS_OF, {"valuation": valuation, "wip": wip, "period": period})
        identity = dict(zip(frames["identity"]["term"], frames["identity"]["amount_micro"], strict=True))
        assert identity["difference"] == 0
