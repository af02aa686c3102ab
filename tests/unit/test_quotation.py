"""What to quote, exactly, and for when."""

from datetime import date

import pytest

from calculations.policies import UnknownPolicy
from calculations.quotation import ImpossibleMargin, quote_opportunities
from support import frame_rows, world_of

AS_OF = date(2026, 1, 5)


def chair(cost="720", **changed) -> dict:
    tables = {
        "customers": [{"customer": "ALMA", "name": "Alma"}],
        "suppliers": [{"supplier": "MILL", "name": "Mill"}],
        "items": [
            {
                "item": "CHAIR",
                "name": "Chair",
                "unit": "EA",
                "sourcing": "buy",
                "standard_cost": cost,
                "lead_time_days": 3,
            }
        ],
        "opportunities": [{"opportunity": "OPP-1", "customer": "ALMA", "stage": "open"}],
        "opportunity_lines": [
            {"opportunity": "OPP-1", "line": 1, "item": "CHAIR", "quantity": 3, "requested_date": "2026-01-06"}
        ],
    }
    return {**tables, **changed}


def quotes(tables: dict, **policies) -> list[dict]:
    return frame_rows(quote_opportunities(world_of(tables), AS_OF, policies)["quotes"])


def test_markup_is_on_cost_and_margin_on_price():
    # the case quote-02: 720 × 1.25 = 720 ÷ 0.8 = 900
    for policy in ({"markup": "0.25"}, {"margin": "0.2"}):
        (quote,) = quotes(chair(), **policy)
        assert (quote["unit_cost"], quote["unit_price"], quote["amount"]) == ("720", "900", "2700")


def test_a_price_of_twice_the_cost_is_a_markup_of_one():
    # the case quote-04: cost 11,400, price 200 % of it
    assert quotes(chair("11400"), markup=1)[0]["unit_price"] == "22800"


def test_only_the_amount_is_rounded_to_the_cent():
    (quote,) = quotes(chair("10"), margin="0.3")
    assert (quote["unit_price"], quote["amount"]) == ("14.285714", "42.86")


def test_without_markup_or_margin_the_lines_own_price_counts():
    tables = chair()
    tables["opportunity_lines"][0]["unit_price"] = "850"
    assert quotes(tables)[0]["unit_price"] == "850"
    tables["opportunity_lines"][0]["unit_price"] = ""
    tables["items"][0]["list_price"] = "990"
    assert quotes(tables)[0]["unit_price"] == "990"


def test_a_quotation_comes_with_the_day_it_can_be_kept():
    assert quotes(chair(), markup=0)[0]["promised_date"] == "2026-01-08"
    assert quotes(chair(stock=[{"item": "CHAIR", "quantity": 3}]), markup=0)[0]["promised_date"] == "2026-01-06"


def test_what_is_promised_to_orders_is_not_promised_again():
    tables = chair(
        stock=[{"item": "CHAIR", "quantity": 3}],
        sales_orders=[{"order": "SO-1", "customer": "ALMA", "order_date": "2026-01-02"}],
        sales_order_lines=[{"order": "SO-1", "line": 1, "item": "CHAIR", "quantity": 3, "due_date": "2026-01-05"}],
    )
    assert quotes(tables, markup=0)[0]["promised_date"] == "2026-01-08"


def test_lost_opportunities_are_not_quoted():
    tables = chair()
    tables["opportunities"][0]["stage"] = "lost"
    assert quotes(tables, markup=0) == []


def test_a_margin_of_everything_is_refused():
    with pytest.raises(ImpossibleMargin):
        quotes(chair(), margin=1)
    with pytest.raises(UnknownPolicy):
        quotes(chair(), margin="0.2", markup="0.2")


def test_lines_are_quoted_also_where_a_scenario_leaves_the_opportunities_out():
    (quote,) = quotes(chair(opportunities=[]))
    assert (quote["unit_price"], quote["amount"], quote["promised_date"]) == ("720", "2160", "2026-01-08")
