"""Every kind of column goes into both databases and comes back the same, by the short way and by the long one."""

import logging
import shutil
from datetime import date

import pandas as pd
import pytest
from sqlalchemy import func, select
from test_material_planning_stage import PLANT

from models import metadata
from models.database import (
    MANY_ROWS,
    among,
    engine_of,
    insert_frame,
    read_frame,
    read_table,
    reading,
    table_of,
    writing,
)
from stage_database import import_rows
from support import world_of
from tasks.material_planning import planning_world
from tasks.stage_run import StageRun

AS_OF = date(2026, 1, 5)
MASTERS = {
    "items": [{"item": "BOLT", "name": "Bolt", "unit": "EA", "sourcing": "buy"}],
    "suppliers": [{"supplier": "STEEL", "name": "Steel"}],
}
LARGEST = 2**63 - 1
TEXTS = ["", "Schraube ½″ für 螺栓", 'a "quoted", text;', "line\nbreak\ttab", "\\N", "\\.", "NULL", " ", "'", "=1+1"]
FEW, MANY = len(TEXTS), 20 * MANY_ROWS + 7


def orders(count: int) -> pd.DataFrame:
    """Planned orders in which every column takes its odd values in turn."""
    number = range(count)
    return pd.DataFrame(
        {
            "number": pd.Series([f"PLAN-{row:06d}" for row in number], dtype="str"),
            "run": "plan",
            "item": "BOLT",
            "kind": "purchase",
            "quantity_micro": [(LARGEST, -LARGEST - 1, 0, 1)[row % 4] for row in number],
            "receipt_quantity_micro": 1,
            "release_date": pd.to_datetime([("1970-01-01", "2026-02-28", "9999-12-31")[row % 3] for row in number]),
            "due_date": pd.Timestamp("2026-01-05"),
            "need_date": pd.Timestamp("0001-01-01").as_unit("s"),
            "yield_rate_micro": 1_000_000,
            "supplier": pd.Series(["STEEL" if row % 2 else "" for row in number], dtype="str"),
            "unit_price_micro": pd.array([LARGEST if row % 3 else None for row in number], dtype="Int64"),
            "firm": [row % 2 == 0 for row in number],
            "reason": pd.Series([TEXTS[row % len(TEXTS)] for row in number], dtype="str"),
            "lead_time_days": pd.array([None if row % 5 else row % 7 for row in number], dtype="Int64"),
        }
    ).astype({"release_date": "datetime64[s]", "due_date": "datetime64[s]"})


@pytest.fixture
def masters(database):
    with writing(database) as connection:
        for name, frame in world_of(MASTERS).items():
            if name in MASTERS:
                insert_frame(connection, name, frame)


@pytest.mark.parametrize("count", [FEW, MANY])
def test_what_is_written_is_read_back_with_the_same_types(database, masters, count):
    frame = orders(count)
    with writing(database) as connection:
        assert insert_frame(connection, "planned_orders", frame) == count
    with reading(database) as connection:
        back = read_table(connection, "planned_orders")
    pd.testing.assert_frame_equal(back[list(frame.columns)], frame.astype({"run": "str", "item": "str", "kind": "str"}))
    assert back["state"].tolist() == ["suggested"] * count
    assert back["lot_sizing"].tolist() == [""] * count
    assert back["net_micro"].isna().all()


@pytest.mark.parametrize("count", [FEW, MANY])
def test_a_blank_reference_is_null_and_a_blank_text_is_not(database, masters, count):
    orders_table = table_of("planned_orders")
    with writing(database) as connection:
        insert_frame(connection, "planned_orders", orders(count))
        nulls = select(func.count()).where(orders_table.c.supplier.is_(None))
        blanks = select(func.count()).where(orders_table.c.reason == "")
        assert connection.scalar(nulls) == (count + 1) // 2
        assert connection.scalar(blanks) == -(-count // len(TEXTS))


def test_a_query_without_rows_has_the_types_of_one_with_rows(database, masters):
    with writing(database) as connection:
        none = read_table(connection, "planned_orders")
        insert_frame(connection, "planned_orders", orders(FEW))
        some = read_table(connection, "planned_orders")
    assert none.empty
    assert none.dtypes.to_dict() == some.dtypes.to_dict()


def test_sums_of_the_database_are_whole_numbers(database, masters):
    table = table_of("planned_orders")
    with writing(database) as connection:
        insert_frame(connection, "planned_orders", orders(FEW).assign(quantity_micro=2**60))
        total = read_frame(connection, select(func.sum(table.c.quantity_micro / 8).label("quantity_micro")))
        nothing = read_frame(connection, select(func.sum(table.c.net_micro).label("net_micro")))
    assert total["quantity_micro"].tolist() == [FEW * 2**57]
    assert (total["quantity_micro"].dtype, nothing["net_micro"].tolist()) == ("int64", [0])


def test_a_number_that_is_not_whole_is_refused_and_nothing_is_written(database, masters):
    with pytest.raises(ValueError), writing(database) as connection:
        insert_frame(connection, "planned_orders", orders(MANY).assign(quantity_micro=0.5))
    with reading(database) as connection:
        assert read_table(connection, "planned_orders").empty


def test_rows_are_found_by_more_values_than_a_statement_takes(database, masters):
    table = table_of("planned_orders")
    wanted = [f"PLAN-{row:06d}" for row in range(70_000)]
    with writing(database) as connection:
        insert_frame(connection, "planned_orders", orders(MANY))
        assert len(read_frame(connection, select(table).where(among(connection, table.c.number, wanted)))) == MANY
        assert read_frame(connection, select(table).where(among(connection, table.c.number, []))).empty


def test_the_same_data_is_the_same_world_with_the_same_fingerprint_in_every_database(
    database, sqlite_template, tmp_path
):
    import_rows(tmp_path, PLANT, AS_OF)
    other = engine_of(f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'other.db')}")
    with reading(database) as one, writing(other) as two:
        for table in metadata.sorted_tables:
            if table.name in (*PLANT, "stock_moves"):
                # in another order too
                insert_frame(two, table.name, read_table(one, table.name).iloc[::-1])
        worlds = [planning_world(one, AS_OF), planning_world(two, AS_OF)]
    for name, frame in worlds[0].items():
        pd.testing.assert_frame_equal(frame, worlds[1][name])
    shuffled = {name: frame.iloc[::-1] for name, frame in worlds[0].items()}
    assert fingerprint(worlds[0]) == fingerprint(worlds[1]) == fingerprint(shuffled)
    more = worlds[0] | {"stock": worlds[0]["stock"].assign(quantity_micro=7)}
    assert fingerprint(worlds[0]) != fingerprint(more)


def fingerprint(world: dict) -> str:
    """What a run that saw this world keeps of it."""
    run = StageRun("material_planning", AS_OF, {}, None, "1", logging.getLogger("test"), None)
    run.remember_inputs(world)
    return run.fingerprint


def test_lists_of_one_length_come_back_as_cells(database):
    results = pd.DataFrame(
        {"run": "R", "position": [0, 1], "gate": "g", "frame": "f", "expectation": "e", "severity": "info",
         "success": True, "failing": 2, "rows": 2, "keys": [["a", "b"], ["c", "d"]]}
    )  # fmt: skip
    with writing(database) as connection:
        insert_frame(connection, "gate_results", results)
        assert read_table(connection, "gate_results")["keys"].tolist() == [["a", "b"], ["c", "d"]]
