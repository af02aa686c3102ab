"""What an order earned, from revenue that meets its total to a cent to what came back."""

import json
from datetime import date
from decimal import Decimal

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from calculations.cost_closing import close_period
from calculations.exact import MICRO, to_micro
from calculations.fact_posting import post_facts
from calculations.order_margin import posted_revenue
from calculations.policies import resolve
from support import frame_rows, shared, world_of

CENT = 10_000 * MICRO
AS_OF = date(2026, 1, 31)


def shop(lines: list[tuple], **changed) -> dict:
    """Goods in stock at a cost, sold in one order of lines (quantity, price, cost), all shipped."""
    numbered = list(enumerate(lines, start=1))
    tables = {
        "customers": [{"customer": "ALMA", "name": "Alma"}],
        "items": [{"item": f"I-{n}", "name": "I", "unit": "EA", "sourcing": "buy"} for n, _ in numbered],
        "stock": [{"item": f"I-{n}", "quantity": line[0], "unit_cost": line[2]} for n, line in numbered],
        "sales_orders": [{"order": "SO-1", "customer": "ALMA", "order_date": "2026-01-02"}],
        "sales_order_lines": [
            {"order": "SO-1", "line": n, "item": f"I-{n}", "quantity": line[0], "due_date": "2026-01-30",
             "unit_price": line[1]}
            for n, line in numbered
        ],
        "shipments": [
            {"event": f"S-{n}", "date": "2026-01-20", "order": "SO-1", "line": n, "quantity": line[0]}
            for n, line in numbered
        ],
    }  # fmt: skip
    return {**tables, **changed}


def margins(tables: dict) -> list[dict]:
    return frame_rows(close_period(world_of(tables), AS_OF)["order_margins"])


def test_the_first_adventureworks_order_earns_what_its_lines_earn():
    case = next(
        c for c in json.loads(shared("cases", "textbook.json").read_text()) if c["id"] == "cost-19-order-margin"
    )
    found = margins(shop(case["given"]["lines"]))

    # its cost is 19,258.0402 unrounded; each line's is posted to the cent, so the sum may differ by half a cent a line
    totals = {name: sum(Decimal(row[name]) for row in found) for name in ("revenue", "cost", "margin")}
    assert totals["revenue"] == Decimal("20565.62")
    assert abs(totals["cost"] - Decimal("19258.04")) <= Decimal("0.06")
    assert totals["margin"] == totals["revenue"] - totals["cost"]


def test_a_price_in_foreign_currency_counts_at_the_rate_of_the_orders_date():
    orders = [{"order": "SO-1", "customer": "ALMA", "order_date": "2026-01-02", "currency": "USD"}]
    rates = [
        {"currency": "USD", "date": "2025-12-01", "rate": "0.90"},
        {"currency": "USD", "date": "2026-01-15", "rate": "0.95"},
    ]
    (line,) = margins(shop([(2, "100.01", 60)], sales_orders=orders, exchange_rates=rates))
    # 2 × 100.01 USD × 0.90 = 180.018, less 2 × 60
    assert (line["revenue"], line["cost"], line["margin"]) == ("180.02", "120", "60.02")


def test_a_currency_without_a_rate_is_the_plants_own():
    orders = [{"order": "SO-1", "customer": "ALMA", "order_date": "2026-01-02", "currency": "EUR"}]
    rates = [{"currency": "USD", "date": "2025-12-01", "rate": "0.90"}]
    (line,) = margins(shop([(2, 100, 60)], sales_orders=orders, exchange_rates=rates))
    assert line["revenue"] == "200"


def test_freight_and_what_came_back_lower_the_margin():
    tables = shop([(10, 100, 60)])
    tables["shipments"][0]["freight"] = 15
    tables["customer_returns"] = [
        {"event": "B-1", "date": "2026-01-25", "order": "SO-1", "line": 1, "quantity": 2, "freight": 5}
    ]
    (row,) = margins(tables)

    # 1,000 − 600 − 20 freight − (200 given back − 120 back in stock)
    assert (row["revenue"], row["cost"], row["freight"], row["returns"], row["margin"]) == (
        "1000",
        "600",
        "20",
        "80",
        "300",
    )


def test_an_expense_booked_to_the_order_is_a_cost_of_selling_it():
    expense = {
        "event": "E-1",
        "period": "2026-01",
        "pool": "crane",
        "amount": 30,
        "scope": "order:SO-1",
        "basis": "direct",
    }
    frames = close_period(world_of(shop([(1, 100, 60), (1, 200, 90)], expenses=[expense])), AS_OF)

    assert [row["freight"] for row in frame_rows(frames["order_margins"])] == ["10", "20"]
    terms = {row["term"]: row["amount"] for row in frame_rows(frames["identity"])}
    assert (terms["conversion"], terms["cost_of_sales"], terms["difference"]) == ("30", "180", "0")


def test_repairing_what_a_customer_sent_back_is_a_cost_of_his_order():
    tables = shop([(10, 100, 60)])
    tables["work_centers"] = [{"work_center": "BENCH", "labor_rate": 25}]
    tables["customer_returns"] = [{"event": "B-1", "date": "2026-01-22", "order": "SO-1", "line": 1, "quantity": 2}]
    tables["inspections"] = [
        {"event": "Q-1", "date": "2026-01-23", "stage": "finished", "order": "SO-1", "line": 1,
         "inspected_quantity": 2, "accepted_quantity": 0, "rejected_quantity": 2, "disposition": "rework"}
    ]  # fmt: skip
    posted = post_facts(world_of(tables), resolve({}, AS_OF))
    order = {"order": "R-1", "item": "I-1", "quantity": 2}
    repair = world_of({
        **tables,
        "work_orders": [{**order, "start_date": "2026-01-23", "due_date": "2026-01-27"}],
        "work_order_components": [{**order, "issued_quantity": 2}],
        "completions": [{"event": "C-1", "date": "2026-01-27", "order": "R-1", "quantity": 2}],
        "time_entries": [
            {"event": "T-1", "date": "2026-01-26", "order": "R-1", "work_center": "BENCH", "labor_hours": 2}
        ],
    })  # fmt: skip
    repair["work_orders"] = repair["work_orders"].assign(origin="inspections:Q-1")
    done = post_facts(repair, resolve({}, AS_OF), tables=("completions", "time_entries"))
    moves = [posted.world["stock_moves"], done.moves]
    frames = close_period({**repair, "stock_moves": pd.concat(moves, ignore_index=True)}, AS_OF)
    (row,) = frame_rows(frames["order_margins"])

    # two hours at 25 on top: the chairs come back into stock at the 60 they were worth
    assert (row["rework"], row["returns"], row["margin"]) == ("50", "80", "270")
    assert frame_rows(frames["receipt_costs"])[0]["unit_cost"] == "60"
    assert frame_rows(frames["identity"])[-1] == {"term": "difference", "amount": "0"}


_lines = st.lists(
    st.tuples(st.integers(0, 20), st.integers(0, 20), st.decimals(0, 999, places=6)), min_size=1, max_size=8
)


@given(_lines)
def test_an_orders_posted_revenue_is_its_rounded_total_however_it_was_shipped(lines):
    prices = {("SO", n): to_micro(price) for n, (_, _, price) in enumerate(lines)}
    first, second = ({("SO", n): line[part] * MICRO for n, line in enumerate(lines)} for part in (0, 1))
    january = posted_revenue(first, {}, prices, CENT)
    february = posted_revenue(second, first, prices, CENT)

    total = sum((line[0] + line[1]) * to_micro(line[2]) for line in lines)
    assert sum(january.values()) + sum(february.values()) == (2 * total + 10_000) // 20_000
