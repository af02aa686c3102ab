"""Frames go into both databases and come back the same; transactions are whole or nothing."""

import threading
from datetime import date

import pandas as pd
import pytest
from sqlalchemy import exc, select

from models.database import (
    delete_where,
    insert_frame,
    insert_missing,
    read_table,
    reading,
    table_of,
    upsert_frame,
    writing,
)
from models.document_life import Because, ImpossibleTransition, change_state, events_of
from models.documents import next_numbers
from support import world_of

DAY = date(2026, 1, 5)
BECAUSE = Because("RUN-1", DAY, "Ada", "it is time")
BOLT = {"item": "007", "name": "Bolt", "unit": "EA", "sourcing": "buy", "standard_cost": "0.1", "safety_stock": "2.5"}


def items(**columns):
    return world_of({"items": [{**BOLT, **columns}]})["items"]


def test_a_frame_comes_back_with_the_same_types_and_blanks(database):
    frame = items(planner="", lead_time_days="")
    with writing(database) as connection:
        insert_frame(connection, "items", frame)
    with reading(database) as connection:
        back = read_table(connection, "items")
    pd.testing.assert_frame_equal(back[list(frame.columns)], frame.reset_index(drop=True))
    assert back["item"].tolist() == ["007"]


def test_large_micro_units_lose_no_digit(database):
    with writing(database) as connection:
        insert_frame(connection, "items", items(safety_stock="999999999.123457"))
        assert read_table(connection, "items")["safety_stock_micro"].tolist() == [999_999_999_123_457]


def test_a_failed_transaction_leaves_nothing(database):
    with pytest.raises(RuntimeError), writing(database) as connection:
        insert_frame(connection, "items", items())
        raise RuntimeError
    with reading(database) as connection:
        assert read_table(connection, "items").empty


def test_the_database_itself_refuses_unknown_words_and_unknown_references(database):
    with pytest.raises(exc.IntegrityError), writing(database) as connection:
        insert_frame(connection, "items", items().assign(sourcing="steal"))
    forecast = pd.DataFrame({"item": ["NONE"], "date": pd.to_datetime(["2026-01-05"]), "quantity_micro": [1]})
    with pytest.raises(exc.IntegrityError), writing(database) as connection:
        insert_frame(connection, "forecasts", forecast)


def test_rows_are_added_once_or_replaced_by_key(database):
    with writing(database) as connection:
        assert insert_missing(connection, "items", items()) == 1
        assert insert_missing(connection, "items", items(name="Screw")) == 0
        assert read_table(connection, "items")["name"].tolist() == ["Bolt"]
        upsert_frame(connection, "items", items(name="Screw"))
        assert read_table(connection, "items")["name"].tolist() == ["Screw"]
        assert delete_where(connection, "items", item=["007", "008"]) == 1


def test_document_numbers_have_no_gap_after_a_rollback(database):
    with writing(database) as connection:
        assert next_numbers(connection, "SO", DAY, 2) == ["SO-2026-00001", "SO-2026-00002"]
    with pytest.raises(RuntimeError), writing(database) as connection:
        next_numbers(connection, "SO", DAY, 5)
        raise RuntimeError
    with writing(database) as connection:
        assert next_numbers(connection, "SO", DAY, 1) == ["SO-2026-00003"]
        assert next_numbers(connection, "SO", date(2027, 1, 1), 1) == ["SO-2027-00001"]
        assert next_numbers(connection, "PO", DAY, 0) == []


def test_two_writers_at_once_never_get_the_same_number(database):
    taken: list[str] = []

    def take():
        for _ in range(10):
            with writing(database) as connection:
                taken.extend(next_numbers(connection, "PO", DAY, 3))

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == [f"PO-2026-{number:05d}" for number in range(1, 121)]


def test_a_document_only_goes_where_its_life_allows(database):
    with writing(database) as connection:
        world = world_of(
            {
                "suppliers": [{"supplier": "S1", "name": "Steel"}],
                "purchase_orders": [{"order": "P1", "supplier": "S1", "order_date": "2026-01-05"}],
            }
        )
        insert_frame(connection, "suppliers", world["suppliers"])
        insert_frame(connection, "purchase_orders", world["purchase_orders"])
        assert change_state(connection, "purchase_orders", ["P1"], "closed", BECAUSE) == 1
        with pytest.raises(ImpossibleTransition, match="P1 is closed and can become nothing, not released"):
            change_state(connection, "purchase_orders", ["P1"], "released", BECAUSE)
        state = connection.scalar(select(table_of("purchase_orders").c.state))
        assert state == "closed"


def test_every_step_of_a_document_says_who_took_it_when_and_why(database):
    world = world_of(
        {
            "suppliers": [{"supplier": "S1", "name": "Steel"}],
            "purchase_orders": [
                {"order": order, "supplier": "S1", "order_date": "2026-01-05"} for order in ("P1", "P2")
            ],
        }
    )
    with writing(database) as connection:
        insert_frame(connection, "suppliers", world["suppliers"])
        insert_frame(connection, "purchase_orders", world["purchase_orders"])
        change_state(connection, "purchase_orders", ["P1", "P2"], "in_progress", BECAUSE)
        assert change_state(connection, "purchase_orders", ["P1", "P2"], "in_progress", BECAUSE) == 0
        change_state(connection, "purchase_orders", ["P1"], "done", Because("RUN-2", DAY))
        steps = events_of(connection, ("purchase_orders",), "P1")
    assert steps[["position", "before", "after", "by", "reason", "run"]].to_numpy().tolist() == [
        [1, "released", "in_progress", "Ada", "it is time", "RUN-1"],
        [2, "in_progress", "done", "", "", "RUN-2"],
    ]
    assert steps["at"].notna().all()


def test_more_documents_than_a_statement_has_parameters_change_state_together(database):
    orders = world_of(
        {
            "suppliers": [{"supplier": "S1", "name": "Steel"}],
            "purchase_orders": [{"order": "P", "supplier": "S1", "order_date": "2026-01-05"}],
        }
    )
    numbers = [f"P{number}" for number in range(70_000)]
    many = orders["purchase_orders"].loc[[1] * len(numbers)].assign(order=numbers)
    with writing(database) as connection:
        insert_frame(connection, "suppliers", orders["suppliers"])
        insert_frame(connection, "purchase_orders", many)
        assert change_state(connection, "purchase_orders", numbers[-1:], "closed", BECAUSE) == 1
        with pytest.raises(ImpossibleTransition, match="P69999 is closed"):
            change_state(connection, "purchase_orders", numbers, "in_progress", BECAUSE)
        assert change_state(connection, "purchase_orders", numbers[:-1], "in_progress", BECAUSE) == 69_999
        assert change_state(connection, "purchase_orders", [], "closed", BECAUSE) == 0


def test_many_rows_take_the_short_way_and_come_back_the_same(database):
    rows = [{**BOLT, "item": f"I{number:04d}", "lead_time_days": "" if number % 2 else number} for number in range(300)]
    frame = world_of({"items": rows})["items"]
    moves = pd.DataFrame(
        {
            "number": [f"stock:{number}" for number in range(300)],
            "date": pd.Timestamp("2026-01-05"),
            "item": frame["item"].to_numpy(),
            "warehouse": "MAIN",
            "status": "available",
            "quantity_micro": 1_500_000,
            "kind": "opening",
            "unit_cost_micro": pd.array([None, 7] * 150, dtype="Int64"),
        }
    )
    with writing(database) as connection:
        assert insert_frame(connection, "items", frame) == 300
        assert insert_frame(connection, "stock_moves", moves) == 300
    with reading(database) as connection:
        back = read_table(connection, "items")
        moved = read_table(connection, "stock_moves").sort_values("item", ignore_index=True)
    pd.testing.assert_frame_equal(back[list(frame.columns)], frame.reset_index(drop=True))
    assert moved["date"].dt.strftime("%Y-%m-%d").unique().tolist() == ["2026-01-05"]
    assert moved["unit_cost_micro"].isna().sum() == 150
    assert moved["quantity_micro"].sum() == 450_000_000


def test_many_rows_that_fail_leave_nothing(database):
    frame = items().loc[[1] * 300]
    with pytest.raises(Exception, match=r"(?i)unique"), writing(database) as connection:
        insert_frame(connection, "items", frame)
    with reading(database) as connection:
        assert read_table(connection, "items").empty
