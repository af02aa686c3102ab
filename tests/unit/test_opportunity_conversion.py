"""Won opportunities become sales orders: once, whole, priced and with a promised date."""

from datetime import date

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from calculations.opportunity_conversion import convert_opportunities
from support import examples, frame_rows, world_of

AS_OF = date(2026, 1, 5)
SOON = "2026-01-12"


def world(opportunities, lines, **tables):
    return world_of(
        {
            "customers": [
                {"customer": "BIKES", "name": "Bikes", "currency": "EUR", "priority": 2},
                {"customer": "CARS", "name": "Cars"},
            ],
            "items": [
                {"item": "LAMP", "name": "Lamp", "unit": "EA", "sourcing": "buy", "lead_time_days": 10,
                 "list_price": "12.5"},
                {"item": "BELL", "name": "Bell", "unit": "EA", "sourcing": "buy", "lead_time_days": 10},
            ],
            "stock": [{"item": "LAMP", "quantity": 5}],
            "opportunities": [{"customer": "BIKES", "stage": "won", **row} for row in opportunities],
            "opportunity_lines": [
                {"line": 10, "item": "LAMP", "quantity": 1, "requested_date": SOON, **row} for row in lines
            ],
            **tables,
        }
    )  # fmt: skip


def converted(built, **policies):
    return {name: frame_rows(frame) for name, frame in convert_opportunities(built, AS_OF, policies).items()}


def test_a_won_opportunity_becomes_an_order_with_its_lines_and_their_origin():
    frames = converted(
        world(
            [{"opportunity": "O1", "close_date": "2026-01-02"}, {"opportunity": "O2", "stage": "open"}],
            [{"opportunity": "O1", "unit_price": "11"}, {"opportunity": "O2"}],
        )
    )
    assert frames["sales_orders"] == [
        {"order": "O1", "customer": "BIKES", "order_date": "2026-01-02", "priority": None, "currency": "EUR",
         "opportunity": "O1", "origin": "opportunities:O1"}
    ]  # fmt: skip
    assert frames["sales_order_lines"] == [
        {"order": "O1", "line": 10, "item": "LAMP", "quantity": "1", "due_date": SOON, "unit_price": "11",
         "shipped_quantity": "0", "origin": "opportunity_lines:O1/10", "promised_date": SOON,
         "promise_decision": "accept", "promise_bottleneck": ""}
    ]  # fmt: skip
    assert frames["refused"] == []


def test_an_opportunity_that_has_an_order_is_not_converted_again():
    built = world([{"opportunity": "O1"}], [{"opportunity": "O1"}])
    orders = built["sales_orders"]
    built["sales_orders"] = pd.concat([orders, pd.DataFrame({"order": ["SO-1"], "customer": ["BIKES"]})]).astype(
        orders.dtypes.to_dict()
    )
    built["sales_orders"]["opportunity"] = "O1"
    assert converted(built)["sales_orders"] == []


def test_an_order_is_dated_today_when_the_opportunity_closes_later_or_without_a_date():
    rows = [{"opportunity": "O1", "close_date": "2026-02-02"}, {"opportunity": "O2"}]
    frames = converted(world(rows, [{"opportunity": "O1"}, {"opportunity": "O2"}]))
    assert [row["order_date"] for row in frames["sales_orders"]] == ["2026-01-05", "2026-01-05"]


def test_a_blank_price_is_the_list_price_and_stays_blank_without_one():
    lines = [{"opportunity": "O1", "line": 1}, {"opportunity": "O1", "line": 2, "item": "BELL"}]
    frames = converted(world([{"opportunity": "O1"}], lines))
    assert [row["unit_price"] for row in frames["sales_order_lines"]] == ["12.5", None]


def test_orders_that_stand_already_keep_their_claim_on_stock():
    ordered = {
        "sales_orders": [{"order": "SO-1", "customer": "CARS", "order_date": "2026-01-02"}],
        "sales_order_lines": [
            {"order": "SO-1", "line": 1, "item": "LAMP", "quantity": 3, "due_date": "2026-06-01"},
        ],
    }
    frames = converted(world([{"opportunity": "O1"}], [{"opportunity": "O1", "quantity": 4}], **ordered))
    assert [(row["quantity"], row["promised_date"]) for row in frames["promises"]] == [
        ("2", SOON), ("2", "2026-01-19"),
    ]  # fmt: skip
    (line,) = frames["sales_order_lines"]
    assert (line["promised_date"], line["promise_decision"], line["promise_bottleneck"]) == (
        "2026-01-19", "partial", "LAMP",
    )  # fmt: skip


def test_new_lines_are_served_by_due_date_then_the_customers_priority():
    rows = [{"opportunity": "O1", "customer": "CARS"}, {"opportunity": "O2"}, {"opportunity": "O3"}]
    lines = [
        {"opportunity": "O1", "quantity": 3},
        {"opportunity": "O2", "quantity": 3},
        {"opportunity": "O3", "quantity": 1, "requested_date": "2026-01-09"},
    ]
    frames = converted(world(rows, lines))
    assert [(row["order"], row["decision"], row["quantity"]) for row in frames["promises"]] == [
        ("O3", "accept", "1"), ("O2", "accept", "3"), ("O1", "partial", "1"), ("O1", "partial", "2"),
    ]  # fmt: skip


def test_a_line_at_fault_holds_its_whole_opportunity_and_no_other():
    built = world(
        [{"opportunity": "O1"}, {"opportunity": "O2"}, {"opportunity": "O3"}, {"opportunity": "O4"}],
        [
            {"opportunity": "O1", "line": 1},
            {"opportunity": "O1", "line": 2},
            {"opportunity": "O2"},
            {"opportunity": "O3"},
        ],
    )
    built["opportunity_lines"].loc[2, "item"] = "LAMPE"
    built["opportunity_lines"].loc[4, "quantity_micro"] = 0
    frames = converted(built)
    assert [row["order"] for row in frames["sales_orders"]] == ["O2"]
    assert [(row["table"], row["row"], row["column"], row["value"]) for row in frames["refused"]] == [
        ("opportunities", 4, "opportunity", "O4"),
        ("opportunity_lines", 2, "item", "LAMPE"),
        ("opportunity_lines", 4, "quantity", "0"),
    ]
    assert "add it there or correct line 2 of opportunity O1" in frames["refused"][1]["message"]


def test_an_unknown_customer_is_refused():
    built = world([{"opportunity": "O1"}], [{"opportunity": "O1"}])
    built["opportunities"]["customer"] = "BIKE"
    frames = converted(built)
    assert frames["sales_orders"] == []
    assert [(row["column"], row["value"]) for row in frames["refused"]] == [("customer", "BIKE")]


def test_a_foreign_currency_needs_a_rate():
    rows = [{"opportunity": "O1", "currency": "USD"}, {"opportunity": "O2", "currency": "USD", "customer": "CARS"}]
    lines = [{"opportunity": "O1"}, {"opportunity": "O2"}]
    frames = converted(world(rows, lines))
    assert [row["order"] for row in frames["sales_orders"]] == ["O2"]
    assert frames["refused"][0]["column"] == "currency"
    later = {"exchange_rates": [{"currency": "USD", "date": "2026-01-06", "rate": "0.9"}]}
    assert len(converted(world(rows, lines, **later))["refused"]) == 1
    rated = {"exchange_rates": [{"currency": "USD", "date": "2026-01-01", "rate": "0.9"}]}
    assert [row["currency"] for row in converted(world(rows, lines, **rated))["sales_orders"]] == ["USD", "USD"]


def test_nothing_to_convert_gives_typed_empty_frames():
    frames = convert_opportunities(world([], []), AS_OF, {})
    assert all(frame.empty for frame in frames.values())
    assert frames["sales_orders"]["order_date"].dtype == "datetime64[s]"
    assert frames["sales_order_lines"]["unit_price_micro"].dtype == "Int64"


@examples(100)
@given(st.lists(st.tuples(st.integers(1, 9), st.booleans(), st.booleans()), min_size=1, max_size=5))
def test_what_is_promised_is_what_was_sold_to_the_last_piece(drawn):
    opportunities = [
        {"opportunity": f"O{place}", "stage": "won" if won else "lost"} for place, (_, won, _) in enumerate(drawn)
    ]
    lines = [
        {"opportunity": f"O{place}", "quantity": quantity, "item": "LAMP" if lamp else "BELL"}
        for place, (quantity, _, lamp) in enumerate(drawn)
    ]
    frames = converted(world(opportunities, lines))
    sold = sum(quantity for quantity, won, _ in drawn if won)
    assert sum(int(row["quantity"]) for row in frames["sales_order_lines"]) == sold
    assert sum(int(row["quantity"]) for row in frames["promises"]) == sold
    assert len(frames["sales_orders"]) == sum(won for _, won, _ in drawn)
