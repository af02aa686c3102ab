"""The acted-out factory: what it writes down could have happened, and happens again the same way."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from calculations.exact import MICRO
from calculations.fact_posting import FACTS, post_facts
from calculations.policies import resolve
from calculations.row_parsing import empty_frame, parse_table
from demo.factory import Factory, order_change
from demo.sample_company import FIRST_MONDAY, master_data
from models.import_tables import import_tables
from support import world_of

WEEKS = 5


def documents() -> dict[str, list[dict]]:
    """Six bikes to build from parts in stock, four welded frames to make, eight frames to paint, two orders to fill."""
    masters = master_data()
    lines = masters["bom_lines"]
    quantities = {
        bom: rows.set_index("component")["quantity"].astype(float).to_dict() for bom, rows in lines.groupby("bom")
    }

    def needs(order: str, item: str, quantity: int) -> list[dict]:
        return [
            {"order": order, "item": component, "quantity": f"{per_unit * quantity:.3f}"}
            for component, per_unit in quantities[f"BOM-{item}"].items()
        ]

    work = [
        {"order": "WO-1", "item": "E-TREK-M", "quantity": 6, "start_date": "2026-03-04", "due_date": "2026-03-09"},
        {"order": "WO-2", "item": "WELDED-CITY", "quantity": 4, "start_date": "2026-03-02", "due_date": "2026-03-04"},
        {"order": "WO-3", "item": "E-CARGO", "quantity": 2, "start_date": "2026-03-02", "due_date": "2026-03-06"},
    ]
    return {
        "sales_orders": [{"order": f"SO-{n}", "customer": "RADHAUS", "order_date": "2026-03-02"} for n in (1, 2)],
        "sales_order_lines": [
            {"order": "SO-1", "line": 10, "item": "E-TREK-M", "quantity": 14, "due_date": "2026-03-20"},
            {"order": "SO-2", "line": 10, "item": "E-CITY", "quantity": 5, "due_date": "2026-04-20"},
        ],
        "work_orders": work,
        "work_order_components": [
            row for order in work for row in needs(order["order"], order["item"], order["quantity"])
        ],
        "subcontract_orders": [
            {"order": "SC-1", "supplier": "LACKWERK", "item": "PAINTED-CITY", "quantity": 8, "due_date": "2026-03-12"}
        ],
        "subcontract_order_components": needs("SC-1", "PAINTED-CITY", 8),
    }


def opening() -> dict[str, pd.DataFrame]:
    masters = {name: table.to_dict("records") for name, table in master_data().items()}
    return world_of({**masters, **documents()})


def parsed(tables: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    frames = {name: empty_frame(import_tables()[name]) for name in (*FACTS, "readings")}
    for name, table in tables.items():
        frames[name], refused = parse_table(table, import_tables()[name])
        assert refused.empty, refused.to_string()
    return frames


def act_out_weeks(seed: int = 7):
    """Five weeks, facts posted each Friday: every week's tables, its posting, and the world in the end."""
    world = opening()
    factory = Factory.opened(world, FIRST_MONDAY, np.random.default_rng(seed))
    weeks = []
    for week in range(WEEKS):
        monday = FIRST_MONDAY + timedelta(weeks=week)
        tables = factory.act_out(world, monday, monday + timedelta(days=6))
        posting = post_facts({**world, **parsed(tables)}, resolve({}, monday), monday + timedelta(days=6))
        weeks.append((tables, posting))
        world = posting.world
    return weeks, world


@pytest.fixture(scope="module")
def story():
    return act_out_weeks()


def facts(story, table: str) -> pd.DataFrame:
    weeks, _ = story
    return pd.concat([tables[table] for tables, _ in weeks if table in tables], ignore_index=True)


def test_every_fact_it_writes_can_be_posted(story):
    for _, posting in story[0]:
        assert posting.refused.empty, posting.refused.to_string()
        assert posting.exceptions.empty


def test_balances_stay_the_sum_of_their_moves_and_never_go_below_zero(story):
    _, world = story
    assert (world["stock"]["quantity_micro"] >= 0).all()


def test_a_customer_who_takes_complete_orders_gets_all_lines_on_one_day():
    masters = {name: table.to_dict("records") for name, table in master_data().items()}
    lines = [{"order": "SO-9", "line": line, "item": item, "quantity": quantity, "due_date": "2026-03-11"}
             for line, item, quantity in ((10, "E-CARGO", 2), (20, "E-TREK-M", 12))]  # fmt: skip
    orders = [{"order": "SO-9", "customer": "STADTWERKE", "order_date": "2026-03-02"}]
    world = world_of({**masters, **documents(), "sales_orders": orders, "sales_order_lines": lines})
    factory = Factory.opened(world, FIRST_MONDAY, np.random.default_rng(7))
    shipped = factory.act_out(world, FIRST_MONDAY, FIRST_MONDAY + timedelta(days=13))["shipments"]
    # cargo bikes lie in stock and could go on the 5th; of the trekking bikes three must be built first
    assert shipped[["line", "quantity"]].to_dict("records") == [
        {"line": "10", "quantity": "2"}, {"line": "20", "quantity": "12"},
    ]  # fmt: skip
    assert shipped["date"].nunique() == 1
    assert shipped["date"].iloc[0] > "2026-03-05"


def test_bikes_are_built_inspected_and_shipped_to_whoever_waits(story):
    _, world = story
    orders = world["work_orders"].set_index("order")
    assert orders.loc["WO-1", "completed_quantity_micro"] == 6 * MICRO
    shipped = world["sales_order_lines"].set_index("order")["shipped_quantity_micro"]
    # nine lay in stock; of the six new ones one goes to rework and five complete the line
    assert shipped["SO-1"] == 14 * MICRO
    # due in four weeks: nobody ships that early
    assert shipped["SO-2"] == 0


def test_a_short_tyre_is_replaced_by_its_substitute():
    masters = {name: table.to_dict("records") for name, table in master_data().items()}
    masters["stock"] = [row for row in masters["stock"] if row["item"] not in ("TYRE-28", "TYRE-28-ALLROAD")] + [
        {"item": "TYRE-28", "quantity": 3},
        {"item": "TYRE-28-ALLROAD", "quantity": 9},
    ]
    masters |= {
        "work_orders": [
            {
                "order": "WO-9",
                "item": "WHEELSET-28",
                "quantity": 4,
                "start_date": "2026-03-02",
                "due_date": "2026-03-03",
            }
        ],
        "work_order_components": [{"order": "WO-9", "item": "TYRE-28", "quantity": 8}],
        "purchase_orders": [],
        "purchase_order_lines": [],
    }
    world = world_of(masters)
    factory = Factory.opened(world, FIRST_MONDAY, np.random.default_rng(7))
    tables = factory.act_out(world, FIRST_MONDAY, FIRST_MONDAY)
    # four wheel sets need eight tyres: the three there are, and five of the substitute
    assert tables["issues"][["item", "quantity"]].to_numpy().tolist() == [["TYRE-28", "3"], ["TYRE-28-ALLROAD", "5"]]


def test_the_painter_brings_every_frame_he_was_sent(story):
    _, world = story
    assert world["subcontract_orders"].set_index("order").loc["SC-1", "received_quantity_micro"] == 8 * MICRO
    sent = world["subcontract_order_components"].set_index("item")["sent_quantity_micro"]
    assert sent["WELDED-CITY"] == 8 * MICRO


def test_inspected_goods_are_shelved_only_after_a_decision_on_a_later_day(story):
    batteries = facts(story, "receipts").query("lot != ''").set_index("lot")["date"]
    decided = facts(story, "inspections").query("lot != ''").set_index("lot")["date"]
    assert len(batteries) >= 2
    for lot, day in decided.items():
        first = batteries[lot] if isinstance(batteries[lot], str) else batteries[lot].min()
        assert day > first


def test_a_rejected_delivery_goes_back_and_is_sent_again(story):
    inspections = facts(story, "inspections")
    returned = inspections[inspections["disposition"] == "return"].iloc[0]
    later = facts(story, "receipts").query("order == @returned.order and line == @returned.line")
    assert (later["date"] > returned["date"]).any()


def test_the_month_ends_with_its_overhead(story):
    expenses = facts(story, "expenses")
    assert set(expenses["period"]) == {"2026-03"}
    assert list(expenses["pool"]) == ["RENT", "ENERGY", "SUPERVISION", "SHIELDING-GAS"]


def test_the_same_seed_acts_out_the_same_weeks(story):
    again, _ = act_out_weeks()
    for (tables, _), (repeated, _) in zip(story[0], again, strict=True):
        assert tables.keys() == repeated.keys()
        for name in tables:
            assert tables[name].to_csv() == repeated[name].to_csv()


def test_another_seed_acts_out_other_weeks(story):
    other, _ = act_out_weeks(seed=8)
    assert any(
        tables["time_entries"].to_csv() != changed["time_entries"].to_csv()
        for (tables, _), (changed, _) in zip(story[0], other, strict=True)
        if "time_entries" in tables and "time_entries" in changed
    )


def test_a_customer_raises_a_line_that_is_not_yet_due_by_two_and_takes_it_a_week_later():
    change = order_change(opening(), date(2026, 3, 23), np.random.default_rng(7))["sales_order_lines"]
    # SO-1 is due within two weeks, so only SO-2 can still be changed
    assert change.to_dict("records") == [
        {"order": "SO-2", "line": "10", "item": "E-CITY", "quantity": "7", "due_date": "2026-04-27", "unit_price": ""}
    ]


def test_nothing_is_changed_when_every_line_is_due_soon():
    assert order_change(opening(), date(2026, 4, 15), np.random.default_rng(7)) == {}
