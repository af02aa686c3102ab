"""The release stage on real databases: once, whoever else tries or dies, and all of it or nothing."""

import os
import signal
from datetime import date

import pandas as pd
import pytest

from models.database import insert_frame, read_table, reading, table_of, writing
from other_process import exit_codes, start
from tasks import order_release
from tasks.importing import load_tables
from tasks.order_release import release_orders

AS_OF = date(2026, 1, 5)
MASTERS = {
    "suppliers": "supplier,name\nBOLTCO,Bolt Company\nPAINTER,Painter\n",
    "items": "item,name,unit,sourcing\nDESK,Desk,EA,make\nTOP,Top,EA,subcontract\nRAW,Raw,EA,buy\nBOLT,Bolt,EA,buy\n",
    "boms": "bom,item\nDESK,DESK\nTOP,TOP\n",
    "bom_lines": "bom,line,component,quantity,issue_method\n"
    "DESK,10,TOP,1,issue\nDESK,20,BOLT,4,backflush\nTOP,10,RAW,1,issue\n",
    "supplier_items": "supplier,item,price\nBOLTCO,BOLT,0.5\nPAINTER,TOP,12\n",
}  # fmt: skip
KIND = {"DESK": "production", "TOP": "subcontract", "BOLT": "purchase"}
SUPPLIER = {"TOP": "PAINTER", "BOLT": "BOLTCO"}


@pytest.fixture
def plan(database, tmp_path):
    """Loads the masters; writes planned orders given as (item, quantity) into the database."""
    folder = tmp_path / "masters"
    folder.mkdir()
    for name, lines in MASTERS.items():
        (folder / f"{name}.csv").write_text(lines, encoding="utf-8")
    assert load_tables(folder, AS_OF)["counts"]["refused"] == 0

    def write(*orders: tuple, due="2026-01-12") -> None:
        items = [item for item, _ in orders]
        frame = pd.DataFrame(
            {
                "number": [f"PL-{position:05d}" for position in range(1, len(orders) + 1)],
                "run": "plan",
                "item": items,
                "kind": [KIND[item] for item in items],
                "quantity_micro": [quantity * 1_000_000 for _, quantity in orders],
                "receipt_quantity_micro": [quantity * 1_000_000 for _, quantity in orders],
                "release_date": pd.Timestamp(AS_OF),
                "due_date": pd.to_datetime(pd.Series([due] * len(orders))),
                "need_date": pd.Timestamp(due),
                "supplier": [SUPPLIER.get(item, "") for item in items],
                "firm": False,
            }
        )
        with writing(database) as connection:
            insert_frame(connection, "planned_orders", frame)

    return write


def rows(engine, table: str) -> pd.DataFrame:
    with reading(engine) as connection:
        return read_table(connection, table)


def release() -> None:
    release_orders.fn(AS_OF)


def release_and_be_killed() -> None:
    order_release._tell = lambda *given: os.kill(os.getpid(), signal.SIGKILL)
    release()


def test_planned_orders_become_numbered_documents_with_components(plan, database):
    plan(("BOLT", 100), ("BOLT", 50), ("DESK", 2), ("TOP", 3))

    summary = release_orders.fn(AS_OF)

    assert summary["counts"]["released"] == 4
    assert rows(database, "purchase_orders")["order"].tolist() == ["PO-2026-00001"]
    line = rows(database, "purchase_order_lines").iloc[0]
    assert (line["line"], line["quantity_micro"], line["unit_price_micro"]) == (10, 150_000_000, 500_000)
    assert line["origin"] == "planned_orders:PL-00001"
    parts = rows(database, "work_order_components")
    assert list(zip(parts["item"], parts["quantity_micro"], parts["issue_method"], strict=True)) == [
        ("BOLT", 8_000_000, "backflush"),
        ("TOP", 2_000_000, "issue"),
    ]
    sent = rows(database, "subcontract_order_components").iloc[0]
    assert (sent["order"], sent["item"], sent["quantity_micro"]) == ("SC-2026-00001", "RAW", 3_000_000)
    assert set(rows(database, "planned_orders")["state"]) == {"released"}
    releases = rows(database, "releases")
    assert releases["planned_order"].tolist() == ["PL-00001", "PL-00002", "PL-00003", "PL-00004"]
    assert releases["line"].isna().tolist() == [False, False, True, True]


def test_released_orders_are_not_released_again(plan, database):
    plan(("BOLT", 100))
    release_orders.fn(AS_OF)

    assert release_orders.fn(AS_OF)["counts"] == {"released": 0}
    assert len(rows(database, "purchase_orders")) == 1


def test_a_suggestion_above_the_limit_waits_and_the_buyer_is_told_once(plan, database):
    plan(("BOLT", 1000), ("BOLT", 10))

    summary = release_orders.fn(AS_OF, {"approval_limit": 100})
    release_orders.fn(AS_OF, {"approval_limit": 100})

    assert (summary["counts"]["released"], summary["counts"]["waiting_for_approval"]) == (1, 1)
    assert rows(database, "planned_orders")["state"].tolist() == ["suggested", "released"]
    assert rows(database, "alerts")["kind"].tolist() == ["approval_needed"]

    with writing(database) as connection:
        target = table_of("planned_orders")
        connection.execute(target.update().where(target.c.number == "PL-00001").values(state="approved"))
    assert release_orders.fn(AS_OF, {"approval_limit": 100})["counts"]["released"] == 1


def test_what_cannot_be_released_is_kept_with_the_remedy(plan, database):
    plan(("BOLT", 10), ("BOLT", 20))
    with writing(database) as connection:
        target = table_of("planned_orders")
        connection.execute(target.update().where(target.c.number == "PL-00002").values(supplier=None))

    release_orders.fn(AS_OF)

    kept = rows(database, "quarantine").iloc[0]
    assert (kept["table"], kept["key"], kept["column"]) == ("planned_orders", "PL-00002", "supplier")
    assert rows(database, "planned_orders")["state"].tolist() == ["released", "suggested"]


def test_supply_for_a_customer_stays_apart_from_supply_for_stock_through_all_levels(plan, database):
    plan(("BOLT", 10), ("BOLT", 20), ("TOP", 5), ("DESK", 5))
    # PL-00001 is for the top of a desk that a customer waits for, PL-00002 for nobody
    pegs = pd.DataFrame(
        {
            "run": "plan",
            "supply": ["PL-00001", "PL-00003", "PL-00004", "PL-00002"],
            "position": [1, 2, 3, 4],
            "supply_kind": "planned_order",
            "demand_kind": ["planned_order", "planned_order", "sales_order", "forecast"],
            "demand": ["PL-00003", "PL-00004", "SO-1", "BOLT"],
            "item": ["BOLT", "TOP", "DESK", "BOLT"],
            "date": pd.Timestamp(AS_OF),
            "quantity_micro": 1_000_000,
        }
    )
    with writing(database) as connection:
        insert_frame(connection, "pegs", pegs)

    release_orders.fn(AS_OF)

    assert rows(database, "purchase_order_lines")["quantity_micro"].tolist() == [20_000_000, 10_000_000]


def test_a_phantom_gives_its_stock_and_passes_on_the_rest(plan, database, tmp_path):
    tables = {
        "items": "item,name,unit,sourcing\nSET,Set of fittings,EA,make\nNUT,Nut,EA,buy\n",
        "boms": "bom,item,phantom\nSET,SET,yes\n",
        "bom_lines": "bom,line,component,quantity\nSET,10,NUT,3\nDESK,30,SET,2\n",
        "stock": "item,quantity\nSET,1\n",
    }
    folder = tmp_path / "phantom"
    folder.mkdir()
    for name, lines in tables.items():
        (folder / f"{name}.csv").write_text(lines, encoding="utf-8")
    assert load_tables(folder, AS_OF)["counts"]["refused"] == 0
    plan(("DESK", 5))

    release_orders.fn(AS_OF)

    parts = rows(database, "work_order_components").set_index("item")["quantity_micro"]
    # ten sets are needed, one is there, nine of three nuts each are left
    assert (parts["SET"], parts["NUT"]) == (1_000_000, 27_000_000)


def test_two_processes_release_each_order_once(plan, database):
    plan(*[("BOLT", 1)] * 60, *[("DESK", 1)] * 60)

    assert exit_codes(start(release), start(release)) == [0, 0]

    assert len(rows(database, "releases")) == 120
    assert rows(database, "purchase_order_lines")["quantity_micro"].sum() == 60_000_000
    assert rows(database, "work_orders")["quantity_micro"].sum() == 60_000_000
    assert rows(database, "purchase_orders")["order"].tolist() == ["PO-2026-00001"]


def test_a_kill_inside_the_transaction_loses_nothing_and_leaves_no_gap(plan, database):
    plan(("BOLT", 100), ("DESK", 2))

    assert exit_codes(start(release_and_be_killed)) == [-signal.SIGKILL]

    assert rows(database, "purchase_orders").empty
    assert set(rows(database, "planned_orders")["state"]) == {"suggested"}
    release_orders.fn(AS_OF)
    assert rows(database, "purchase_orders")["order"].tolist() == ["PO-2026-00001"]
    assert rows(database, "work_orders")["order"].tolist() == ["WO-2026-00001"]


def test_a_thousand_planned_orders_are_released_at_once(plan, database):
    plan(*[("BOLT", 1), ("DESK", 1)] * 500)

    assert release_orders.fn(AS_OF)["counts"]["released"] == 1000
