"""What a cost closing reads: items, orders and their needs, moves by what they mean for cost, hours and expenses.

Quantities and prices are micro-units, amounts minor units of the currency; items and orders are positions.
"""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from calculations.exact import MICRO, multiply_divide, step_of
from calculations.item_prices import prices_by_supplier
from calculations.product_structure import ProductStructure
from calculations.reversals import settled_in_their_month, with_mirrored_facts

ELEMENTS = ("material", "labor", "machine", "subcontract", "overhead")
MATERIAL, LABOR, MACHINE, SUBCONTRACT, OVERHEAD = range(len(ELEMENTS))
# Material in an order's hands was charged to the order when it left the store.
OUTSIDE = ("in_production", "at_subcontractor")
ROLES = {
    "receipt": "purchase",
    "supplier_return": "purchase",
    "issue": "charge",
    "return_issue": "charge",
    "send": "charge",
    "return_send": "charge",
    "consumption": "charge",
    "rework": "charge",
    "completion": "production",
    "subcontract_receipt": "production",
    "shipment": "shipment",
    "customer_return": "shipment",
    "scrap": "scrap",
    "adjustment": "adjustment",
}
REFUSED = ["table", "row", "column", "value", "message"]


@dataclass(frozen=True)
class CostBooks:
    """The world as a cost accountant reads it; see `cost_books` for the frames' columns."""

    world: dict[str, pd.DataFrame]
    policies: dict
    cent: int
    items: pd.Index
    standard: np.ndarray
    yield_rate: np.ndarray
    step: np.ndarray
    orders: pd.DataFrame
    order_index: pd.Index
    needs: pd.DataFrame
    openings: pd.DataFrame
    moves: pd.DataFrame
    completions: pd.DataFrame
    refused: list[tuple] = field(default_factory=list)

    def worth(self, quantity, price) -> np.ndarray:
        """quantity × price in minor units, half up."""
        return multiply_divide(quantity, price, MICRO * self.cent)


def cost_books(world: dict[str, pd.DataFrame], moves: pd.DataFrame, policies: dict) -> CostBooks:
    """Everything a closing needs, in positions.

    Args:
        world: documents with the quantities of before the first move; only posted facts. A fact and its reversal in
            the same month count as if neither had been; one of an earlier month is undone in the reversal's.
        moves: all stock moves since.
    Returns:
        `orders`: order, item, in_house, planned, done, supplier, fee, rework_of (sales order whose return is reworked);
        `needs`: order, item, per_order (what the whole order needs), issued;
        `openings`: item, lot, date, origin, quantity, amount;
        `moves`: moves that change stock value, with role, item and order positions, sorted by date and number;
        `completions`: order, date, scrapped, late (units of an earlier month that are undone).
        Facts of `world` have mirrored rows for reversals (see `reversals.with_mirrored_facts`).
    """
    moves = settled_in_their_month(moves, world.get("reversals"))
    world = with_mirrored_facts(world)
    items = _item_codes(world, moves)
    masters = world["items"].set_index("item").reindex(items)
    cent = int(step_of(policies["currency_decimals"]))
    refused: list[tuple] = []
    orders = _orders(world, items)
    order_index = pd.Index(orders["order"])
    standard = masters["standard_cost_micro"].astype("Int64").fillna(0).to_numpy(dtype=np.int64)
    return CostBooks(
        world=world,
        policies=policies,
        cent=cent,
        items=items,
        standard=standard,
        yield_rate=masters["yield_rate_micro"].astype("Int64").fillna(MICRO).to_numpy(dtype=np.int64),
        step=step_of(masters["decimals"].astype("Int64").fillna(0).to_numpy(dtype=np.int64)),
        orders=orders,
        order_index=order_index,
        needs=_needs(world, items, order_index, policies),
        openings=_openings(world, moves, items, standard, cent, refused),
        moves=_cost_moves(moves, items, orders, order_index),
        completions=_completions(world, order_index),
        refused=refused,
    )


def _item_codes(world: dict, moves: pd.DataFrame) -> pd.Index:
    """All items that cost may fall on; a small world may leave their masters out."""
    named = [world[name]["item"] for name in ("stock", "work_orders", "subcontract_orders", "work_order_components",
                                              "subcontract_order_components")]  # fmt: skip
    others = pd.unique(pd.concat([moves["item"], *named]).astype("str"))
    known = world["items"]["item"]
    return pd.Index([*known, *sorted(set(others) - set(known))], dtype="str")


def text_or_blank(values: pd.Series) -> pd.Series:
    """Texts with "" where there is none, whatever dtype a lookup left."""
    return values.astype(object).where(values.notna(), "").astype("str")


def _orders(world: dict, items: pd.Index) -> pd.DataFrame:
    made, sent = world["work_orders"], world["subcontract_orders"]
    fees = subcontract_fees(world, sent)
    inspected = world["inspections"].set_index(world["inspections"]["event"])["order"]
    inspected = inspected[inspected.isin(world["sales_orders"]["order"])]
    origin = made["origin"] if "origin" in made else pd.Series("", index=made.index, dtype="str")
    caused = text_or_blank(origin.str.removeprefix("inspections:").map(inspected[~inspected.index.duplicated()]))
    work = pd.DataFrame(
        {
            "order": made["order"].array,
            "item": items.get_indexer(made["item"]),
            "in_house": True,
            "planned": made["quantity_micro"].array,
            "done": (made["completed_quantity_micro"] + made["scrapped_quantity_micro"]).array,
            "supplier": "",
            "fee": 0,
            "origin": origin.array,
            "rework_of": caused.array,
        }
    )
    subcontract = pd.DataFrame(
        {
            "order": sent["order"].array,
            "item": items.get_indexer(sent["item"]),
            "in_house": False,
            "planned": sent["quantity_micro"].array,
            "done": sent["received_quantity_micro"].array,
            "supplier": sent["supplier"].array,
            "fee": fees,
            "origin": "",
            "rework_of": "",
        }
    )
    orders = pd.concat([work, subcontract], ignore_index=True)
    return orders.astype(
        {
            "order": "str",
            "in_house": "bool",
            "planned": "int64",
            "done": "int64",
            "fee": "int64",
            "item": "int64",
            "origin": "str",
            "rework_of": "str",
        }
    )


def subcontract_fees(world: dict, sent: pd.DataFrame) -> list[int]:
    """The fee of each subcontract order, else its supplier's price on the day it is due, else 0."""
    agreed: dict = {}
    fees = []
    for fee, supplier, item, day in zip(
        sent["fee_micro"].astype(object), sent["supplier"], sent["item"], sent["due_date"], strict=True
    ):
        if pd.isna(fee):
            if day not in agreed:
                agreed[day] = prices_by_supplier(world, day.date())
            fee = agreed[day].get((supplier, item), 0)
        fees.append(int(fee))
    return fees


def _needs(world: dict, items: pd.Index, order_index: pd.Index, policies: dict) -> pd.DataFrame:
    """What each order needs in all: its component rows, else its item's bill of materials on the day it starts."""
    made = world["work_order_components"].rename(columns={"issued_quantity_micro": "issued"})
    sent = world["subcontract_order_components"].rename(columns={"sent_quantity_micro": "issued"})
    columns = ["order", "item", "quantity_micro", "issued"]
    rows = pd.concat([made[columns], sent[columns]], ignore_index=True)
    listed = pd.DataFrame(
        {
            "order": order_index.get_indexer(rows["order"]),
            "item": items.get_indexer(rows["item"]),
            "per_order": rows["quantity_micro"].to_numpy(dtype=np.int64),
            "issued": rows["issued"].to_numpy(dtype=np.int64),
        }
    )
    listed = pd.concat([listed, _needs_by_bill(world, set(rows["order"]), order_index, policies)], ignore_index=True)
    known = (listed["order"] >= 0) & (listed["item"] >= 0) & (listed["per_order"] > 0)
    return listed[known].drop_duplicates(["order", "item"]).reset_index(drop=True)


def _needs_by_bill(world: dict, listed: set[str], order_index: pd.Index, policies: dict) -> pd.DataFrame:
    made = world["work_orders"]
    made = made[~made["order"].isin(listed) & made["start_date"].notna()]
    rows = []
    if len(world["boms"]):
        for day, orders in made.groupby("start_date"):
            structure = ProductStructure(world, day.date(), policies)
            places = structure.positions_of(orders["item"]).tolist()
            for order, place, quantity in zip(orders["order"], places, orders["quantity_micro"].tolist(), strict=True):
                bill = structure.bill(place) if place >= 0 else None
                needs = structure.needs(bill, quantity, lambda _: 0, lambda *_: None) if bill else ()
                position = order_index.get_loc(order)
                rows += [(position, component, need, 0) for component, need in needs]
    return pd.DataFrame(rows, columns=["order", "item", "per_order", "issued"]).astype("int64")


def _openings(world, moves, items, standard, cent, refused) -> pd.DataFrame:
    """Opening stock: its moves where posting made some, else the table `stock`."""
    # what an order held before is part of its opening work in process
    opening = moves[(moves["kind"] == "opening") & (moves["order"] == "")]
    if len(opening):
        rows = opening[["item", "lot", "date", "origin", "quantity_micro", "unit_cost_micro"]]
    else:
        stock = world["stock"]
        rows = stock[["item", "lot", "received_date", "quantity_micro", "unit_cost_micro"]]
        rows = rows.rename(columns={"received_date": "date"}).assign(origin=[f"stock:{row}" for row in stock.index])
    rows = rows[rows["quantity_micro"] != 0]
    position = items.get_indexer(rows["item"])
    price = rows["unit_cost_micro"].astype("Int64").to_numpy(dtype=np.int64, na_value=-1)
    refused += [
        ("stock", row, "unit_cost", "", f"{item} has no opening cost; its standard cost is used, or 0 without one")
        for row, item, cost, place in zip(rows.index, rows["item"], price.tolist(), position.tolist(), strict=True)
        if cost < 0 and standard[place] == 0
    ]
    price = np.where(price >= 0, price, standard[position])
    quantity = rows["quantity_micro"].to_numpy(dtype=np.int64)
    return pd.DataFrame(
        {
            "item": position,
            "lot": rows["lot"].array,
            "date": rows["date"].array,
            "origin": rows["origin"].array,
            "quantity": quantity,
            "amount": multiply_divide(quantity, price, MICRO * cent),
        }
    )


def _cost_moves(moves: pd.DataFrame, items: pd.Index, orders: pd.DataFrame, order_index: pd.Index) -> pd.DataFrame:
    moves = moves[~moves["status"].isin(OUTSIDE) & moves["kind"].isin(ROLES)]
    role = moves["kind"].map(ROLES)
    order = moves["order"].astype("str")
    rework = orders[orders["origin"] != ""].drop_duplicates("origin").set_index("origin")["order"]
    reworked = (moves["kind"] == "rework").to_numpy()
    # the reject's document is the order it came from; its cost goes to the rework order that the decision opened
    opened = text_or_blank(moves["origin"].map(rework))
    order = order.mask(reworked & (opened != "").to_numpy(), opened)
    position = order_index.get_indexer(order)
    # goods sent back to a subcontractor go into his order again, as material
    again = (moves["kind"] == "supplier_return").to_numpy() & (position >= 0)
    # units whose completion in an earlier month is undone go back into their order at what the last close made of them
    unmade = moves["late"].to_numpy() & (role == "production").to_numpy() & (position >= 0)
    frame = pd.DataFrame(
        {
            "role": np.where(again | unmade, "charge", role),
            "kind": moves["kind"].array,
            "item": items.get_indexer(moves["item"]),
            "order": position,
            "document": order.array,
            "line": moves["line"].array,
            "lot": moves["lot"].array,
            "date": moves["date"].array,
            "quantity": moves["quantity_micro"].array,
            "unit_cost": moves["unit_cost_micro"].astype("Int64").mask(unmade, pd.NA).array,
            "origin": moves["origin"].array,
            "number": moves["number"].array,
        }
    )
    return frame.sort_values(["date", "number"], kind="stable", ignore_index=True)


def _completions(world: dict, orders: pd.Index) -> pd.DataFrame:
    rows = world["completions"]
    return pd.DataFrame(
        {
            "order": orders.get_indexer(rows["order"]),
            "date": rows["date"].array,
            "scrapped": rows["scrapped_quantity_micro"].array,
            "late": rows["late"].array,
        }
    ).query("order >= 0")
