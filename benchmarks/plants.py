"""Synthetic factories of `make_plant.py` as worlds, and whether a plan has the receipts expected of them."""

import importlib.util
import sys
from datetime import date
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd

from benchmarks.measure import SHARED

MAKE_PLANT = SHARED / "bench" / "make_plant.py"
AS_OF = date(2024, 1, 1)
# The plant whose whole stages are measured.
ITEMS = 10_000


def make_plant() -> ModuleType:
    """The module that draws the factories and knows the planned receipts a correct plan has."""
    return module_at(MAKE_PLANT)


def world_of(plant: dict) -> dict[str, pd.DataFrame]:
    """The complete world of a drawn factory: what `write_tables` writes, typed as an import types it."""
    from calculations.row_parsing import parse_table
    from models.import_tables import import_tables

    tables = {name: pd.DataFrame(columns) for name, columns in _columns(plant).items()}
    world = {}
    for name, table in import_tables().items():
        text = tables.get(name, pd.DataFrame({column.name: pd.Series([], dtype="str") for column in table.columns}))
        world[name], refused = parse_table(text, table)
        if len(refused):
            raise ValueError(f"{name}: {refused.iloc[0].to_dict()}")
    return world


def _columns(p: dict) -> dict[str, dict]:
    """Cells of every table as text, column by column."""
    code = _numbered("I", np.arange(p["n"]), 7)
    make, held = p["make"], np.flatnonzero(p["on_hand"])
    order = np.arange(p["demands"]) // 5
    orders = np.arange(order[-1] + 1)
    purchase = _numbered("PO", np.arange(len(p["po_item"])), 7)
    return {
        "customers": {"customer": _numbered("C", np.arange(100), 3), "name": _numbered("Customer ", np.arange(100), 3)},
        "suppliers": {"supplier": ["S1"], "name": ["Supplier 1"]},
        "items": {
            "item": code, "name": code, "unit": "EA", "sourcing": np.where(make, "make", "buy"),
            "lead_time_days": _text(5 * p["lead_weeks"]), "safety_stock": _text(p["safety"]),
            "minimum_order_quantity": _text(p["minimum"]), "order_multiple": _text(p["multiple"]),
            "standard_cost": "1.00",
        },
        "boms": {"bom": code[make], "item": code[make]},
        "bom_lines": {"bom": code[p["parent"]], "line": _text(_within(p["parent"])),
                      "component": code[p["child"]], "quantity": _text(p["per"])},
        "supplier_items": {"supplier": "S1", "item": code[~make], "price": "1.00"},
        "stock": {"item": code[held], "quantity": _text(p["on_hand"][held]), "unit_cost": "1.00"},
        "sales_orders": {"order": _numbered("SO", orders, 7), "customer": _numbered("C", orders % 100, 3),
                         "order_date": str(AS_OF), "priority": _text(p["d_priority"][5 * orders])},
        "sales_order_lines": {
            "order": _numbered("SO", order, 7), "line": _text(np.arange(p["demands"]) % 5 + 1),
            "item": code[p["d_item"]], "quantity": _text(p["d_quantity"]), "due_date": _days(p["d_week"]),
            "unit_price": "10.00",
        },
        "purchase_orders": {"order": purchase, "supplier": "S1", "order_date": str(AS_OF)},
        "purchase_order_lines": {"order": purchase, "line": "1", "item": code[p["po_item"]],
                                 "quantity": _text(p["po_quantity"]), "due_date": _days(p["po_week"]),
                                 "unit_price": "1.00"},
    }  # fmt: skip


def _within(groups: np.ndarray) -> np.ndarray:
    """The place of each row among those of its group; groups ascend."""
    return np.arange(len(groups)) - np.searchsorted(groups, groups)


def _text(numbers: np.ndarray) -> np.ndarray:
    distinct, place = np.unique(np.asarray(numbers).astype(np.int64), return_inverse=True)
    return distinct.astype(str).astype(object)[place]


def _days(weeks: np.ndarray) -> np.ndarray:
    distinct, place = np.unique(weeks, return_inverse=True)
    days = np.datetime64(AS_OF) + 7 * distinct.astype("timedelta64[D]")
    return days.astype(str).astype(object)[place]


def _numbered(prefix: str, numbers: np.ndarray, digits: int) -> np.ndarray:
    distinct, place = np.unique(numbers, return_inverse=True)
    names = np.array([f"{prefix}{number:0{digits}d}" for number in distinct.tolist()], dtype=object)
    return names[place]


def wrong_receipts(planned: pd.DataFrame, expected: pd.DataFrame) -> int:
    """Item and date pairs whose planned quantity is not the expected one."""
    found = planned.assign(date=planned["due_date"].dt.strftime("%Y-%m-%d"))
    found = found.groupby(["item", "date"])["quantity_micro"].sum()
    wanted = expected.groupby(["item", "date"])["quantity"].sum() * 1_000_000
    return int((found.sub(wanted, fill_value=0) != 0).sum())


def world_of_files(folder: Path) -> dict[str, pd.DataFrame]:
    """The complete world of a folder of import tables, without a database."""
    from calculations.row_parsing import empty_frame, parse_table
    from connectors.files import read_tables
    from models.import_tables import import_tables

    tables = import_tables()
    world = {name: empty_frame(table) for name, table in tables.items()}
    for name, text in read_tables(folder, tables).frames.items():
        world[name], refused = parse_table(text, tables[name])
        if len(refused):
            raise ValueError(f"{name}: {refused.iloc[0].to_dict()}")
    return world


def module_at(path: Path) -> ModuleType:
    """The Python file at `path` as a module."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module
