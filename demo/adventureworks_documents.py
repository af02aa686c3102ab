"""Stock, open documents and facts of AdventureWorks as Kitline import tables, for any range of days.

Days are ISO dates and ranges include both ends. Decisions behind the mapping: `docs/decisions/0010-adventureworks.md`.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from demo.adventureworks_masters import (
    Tables,
    bom_in_force,
    day_before,
    decimal_text,
    item_codes,
    micro,
    supplier_items,
)

# What is there on the first day


def opening(export: Tables, first: str) -> Tables:
    """The stock snapshot, and the purchase, work and sales orders open on `first` (ISO date)."""
    before = {"ordered": ("", day_before(first)), "finished": (first, "9999")}
    return {
        "stock": stock(export, first),
        **purchase_orders(export, **before),
        **work_orders(export, **before),
        **sales_orders(export, **before),
    }


def stock(export: Tables, first: str) -> pd.DataFrame:
    """The snapshot summed over shelves and locations (no fact names one), valued by `opening_costs`."""
    quantity = export["ProductInventory"].groupby("ProductID").Quantity.sum()
    quantity = quantity[quantity > 0]
    return pd.DataFrame(
        {
            "item": quantity.index.map(item_codes(export)),
            "quantity": quantity.to_numpy(),
            "unit_cost": decimal_text(micro(quantity.index.map(opening_costs(export, first)))),
        }
    )


def opening_costs(export: Tables, first: str) -> pd.Series:
    """Cost of one unit by ProductID: last price paid before `first`, else the vendor's price; made items rolled up.

    A made item costs its components in force plus its routing's cost over its average order quantity. StandardCost is
    no roll-up of anything and is not used.
    """
    bought = export["PurchaseOrderDetail"].query("DueDate < @first").sort_values(["DueDate", "PurchaseOrderDetailID"])
    offered = supplier_items(export).query("priority == 1").set_index("item").price
    price = bought.groupby("ProductID").UnitPrice.last()
    price = price.combine_first(item_codes(export).map(offered).dropna())
    done = export["WorkOrder"].query("EndDate < @first")
    hours = export["WorkOrderRouting"].query("WorkOrderID in @done.WorkOrderID")
    conversion = hours.groupby("ProductID").ActualCost.sum() / done.groupby("ProductID").StockedQty.sum()
    return roll_up(price, conversion, bom_in_force(export), export["Product"].ProductID)


def roll_up(price: pd.Series, conversion: pd.Series, lines: pd.DataFrame, products: pd.Series) -> pd.Series:
    """Bought items at their price, made ones at components + conversion, level by level until nothing changes."""
    cost = price.reindex(products, fill_value=0.0)
    own = conversion.reindex(products, fill_value=0.0).fillna(0.0)
    made = cost.index.isin(lines.ProductAssemblyID)
    for _ in range(len(lines)):
        material = (lines.ComponentID.map(cost) * lines.PerAssemblyQty).groupby(lines.ProductAssemblyID).sum()
        rolled = cost.mask(made, material.reindex(products, fill_value=0.0) + own)
        if (rolled == cost).all():
            break
        cost = rolled
    return cost


# Documents. `ordered` and `finished` are inclusive ranges of ISO dates.


def documents(export: Tables, first: str, last: str) -> Tables:
    """What is opened in these days: won opportunities on their order dates, purchase and work orders."""
    days = {"ordered": (first, last), "finished": ("", "9999")}
    return {**opportunities(export, first, last), **purchase_orders(export, **days), **work_orders(export, **days)}


def opportunities(export: Tables, first: str, last: str) -> Tables:
    """Each sales order as an opportunity that was won on its order date; its number is the order's."""
    sale = export["SalesOrderHeader"].query("@first <= OrderDate <= @last")
    line = sales_lines(export, sale)
    return {
        "opportunities": pd.DataFrame(
            {
                "opportunity": sale.SalesOrderNumber,
                "customer": sale.CustomerID.astype(str),
                "stage": "won",
                "close_date": sale.OrderDate,
                "owner": sale.SalesPersonID.astype("Int64").astype("str").where(sale.SalesPersonID.notna(), ""),
            }
        ),
        "opportunity_lines": line.rename(columns={"order": "opportunity", "due_date": "requested_date"}),
    }


def sales_orders(export: Tables, ordered: tuple[str, str], finished: tuple[str, str]) -> Tables:
    """Sales orders of these order and ship dates; nothing is shipped in parts, so nothing is shipped yet."""
    sale = export["SalesOrderHeader"]
    sale = sale[sale.OrderDate.between(*ordered) & sale.ShipDate.between(*finished)]
    header = {"order": sale.SalesOrderNumber, "customer": sale.CustomerID.astype(str), "order_date": sale.OrderDate}
    return {"sales_orders": pd.DataFrame(header), "sales_order_lines": sales_lines(export, sale)}


def sales_lines(export: Tables, sale: pd.DataFrame) -> pd.DataFrame:
    """Lines with the price after discount, exact: 4 decimals of price times 2 of discount are 6 decimals."""
    line = export["SalesOrderDetail"].merge(sale, on="SalesOrderID")
    price = np.rint(line.UnitPrice * 10_000).astype(np.int64)
    paid_percent = 100 - np.rint(line.UnitPriceDiscount * 100).astype(np.int64)
    return pd.DataFrame(
        {
            "order": line.SalesOrderNumber,
            "line": line.LineNumber,
            "item": line.ProductID.map(item_codes(export)),
            "quantity": line.OrderQty,
            "due_date": line.DueDate,
            "unit_price": decimal_text(price * paid_percent),
        }
    )


def purchase_orders(export: Tables, ordered: tuple[str, str], finished: tuple[str, str]) -> Tables:
    """Purchase lines ordered and received in these dates; the line keeps its id. See `receipts` for the date."""
    line = purchase_lines(export)
    line = line[line.OrderDate.between(*ordered) & line.DueDate.between(*finished)]
    order = line.drop_duplicates("PurchaseOrderID")
    return {
        "purchase_orders": pd.DataFrame(
            {"order": order.order, "supplier": order.AccountNumber, "order_date": order.OrderDate}
        ),
        "purchase_order_lines": pd.DataFrame(
            {
                "order": line.order,
                "line": line.PurchaseOrderDetailID,
                "item": line.ProductID.map(item_codes(export)),
                "quantity": line.OrderQty,
                "due_date": line.DueDate,
                "unit_price": decimal_text(micro(line.UnitPrice)),
            }
        ),
    }


def purchase_lines(export: Tables) -> pd.DataFrame:
    """PurchaseOrderDetail with its header and vendor, and `order`, our number."""
    vendor = export["Vendor"][["BusinessEntityID", "AccountNumber"]].rename(columns={"BusinessEntityID": "VendorID"})
    line = export["PurchaseOrderDetail"].merge(export["PurchaseOrderHeader"], on="PurchaseOrderID").merge(vendor)
    return line.assign(order="PO-" + line.PurchaseOrderID.astype(str))


def work_orders(export: Tables, ordered: tuple[str, str], finished: tuple[str, str]) -> Tables:
    """Work orders started and ended in these dates, with the components in force."""
    work = export["WorkOrder"]
    work = work[work.StartDate.between(*ordered) & work.EndDate.between(*finished)]
    work, code = work.assign(order="WO-" + work.WorkOrderID.astype(str)), item_codes(export)
    needs = work.merge(bom_in_force(export), left_on="ProductID", right_on="ProductAssemblyID")
    return {
        "work_orders": pd.DataFrame(
            {
                "order": work.order,
                "item": work.ProductID.map(code),
                "quantity": work.OrderQty,
                "start_date": work.StartDate,
                "due_date": work.DueDate,
            }
        ),
        "work_order_components": pd.DataFrame(
            {
                "order": needs.order,
                "item": needs.ComponentID.map(code),
                "quantity": needs.OrderQty * needs.PerAssemblyQty.astype(np.int64),
            }
        ),
    }


# Facts


def facts(export: Tables, first: str, last: str, order_numbers: Mapping[str, str] | None = None) -> Tables:
    """What happened in these days; `order_numbers` gives our sales order of an opportunity, else its own number."""
    return {
        **receipts(export, first, last),
        **completions(export, first, last),
        "shipments": shipments(export, first, last, order_numbers or {}),
    }


def receipts(export: Tables, first: str, last: str) -> Tables:
    """What came in on the due date of its line, and its inspection on the same day; rejected goods go back.

    DueDate is the only date a line has (ShipDate is the header's estimate for the vendor's dock). Every line in the
    export has been received, also those whose header still says pending or approved; a header that says rejected has
    all of its goods rejected.
    """
    line = purchase_lines(export).query("@first <= DueDate <= @last and ReceivedQty > 0")
    came = {"date": line.DueDate, "order": line.order, "line": line.PurchaseOrderDetailID}
    event, rejected = line.PurchaseOrderDetailID.astype(str), line.RejectedQty.astype(np.int64)
    return {
        "receipts": pd.DataFrame({"event": "R-" + event, **came, "quantity": line.ReceivedQty.astype(np.int64)}),
        "inspections": pd.DataFrame(
            {
                "event": "I-" + event,
                **came,
                "stage": "incoming",
                "inspected_quantity": line.ReceivedQty.astype(np.int64),
                "accepted_quantity": line.StockedQty.astype(np.int64),
                "rejected_quantity": rejected,
                "disposition": np.where(rejected > 0, "return", ""),
            }
        ),
    }


def completions(export: Tables, first: str, last: str) -> Tables:
    """Work orders that ended, with scrap and its reason, and the hours of their routing.

    A routing row that ended after its order (2,812 orders have one) is booked on the order's last day: its hours
    belong to goods that are in stock by then.
    """
    work = export["WorkOrder"].query("@first <= EndDate <= @last")
    hours = export["WorkOrderRouting"].merge(work[["WorkOrderID", "EndDate"]], on="WorkOrderID")
    number, hours_number = work.WorkOrderID.astype(str), hours.WorkOrderID.astype(str)
    reason = work.ScrapReasonID.map(export["ScrapReason"].set_index("ScrapReasonID").Name)
    return {
        "completions": pd.DataFrame(
            {
                "event": "C-" + number,
                "date": work.EndDate,
                "order": "WO-" + number,
                "quantity": work.StockedQty,
                "scrapped_quantity": work.ScrappedQty,
                "scrap_reason": reason.fillna(""),
            }
        ),
        "time_entries": pd.DataFrame(
            {
                "event": "T-" + hours_number + "-" + hours.OperationSequence.astype(str),
                "date": hours.ActualEndDate.where(hours.ActualEndDate < hours.EndDate, hours.EndDate),
                "order": "WO-" + hours_number,
                "work_center": hours.LocationID.astype(str),
                "labor_hours": hours.ActualResourceHrs,
                "operation": hours.OperationSequence,
            }
        ),
    }


def shipments(export: Tables, first: str, last: str, order_numbers: Mapping[str, str]) -> pd.DataFrame:
    """Every line of the orders shipped in these days; freight is charged to the customer and so no cost of ours."""
    sale = export["SalesOrderHeader"].query("@first <= ShipDate <= @last")
    line = export["SalesOrderDetail"].merge(sale, on="SalesOrderID")
    number = line.SalesOrderNumber.map(lambda published: order_numbers.get(published, published))
    return pd.DataFrame(
        {
            "event": "S-" + line.SalesOrderNumber + "-" + line.LineNumber.astype(str),
            "date": line.ShipDate,
            "order": number,
            "line": line.LineNumber,
            "quantity": line.OrderQty,
        }
    )
