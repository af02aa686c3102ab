"""Master data of AdventureWorks as Kitline import tables: the standing part of the mapping.

What the export does not say, and what was decided about it, is in `docs/decisions/0010-adventureworks.md`. Codes are
the numbers people use where the export has one (ProductNumber, AccountNumber, SalesOrderNumber), since a row id means
nothing on a shelf label.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from calculations.exact import MICRO, micro_text

Tables = dict[str, pd.DataFrame]

FILES = {
    "BillOfMaterials": "csv",
    "Customer": "csv.gz",
    "Location": "csv",
    "Product": "csv",
    "ProductInventory": "csv",
    "ProductSubcategory": "csv",
    "ProductVendor": "csv",
    "PurchaseOrderDetail": "csv.gz",
    "PurchaseOrderHeader": "csv.gz",
    "SalesOrderDetail": "csv.gz",
    "SalesOrderHeader": "csv.gz",
    "ScrapReason": "csv",
    "Store": "csv",
    "Vendor": "csv",
    "WorkOrder": "csv.gz",
    "WorkOrderRouting": "csv.gz",
}


def read_export(folder: Path) -> Tables:
    """The export's tables as published: ids and quantities as numbers, dates as ISO text, empty as missing."""
    return {name: pd.read_csv(Path(folder) / f"{name}.{kind}") for name, kind in FILES.items()}


def master_data(export: Tables, month: str) -> Tables:
    """Customers, suppliers, items, bills of materials, work centers, operations, prices and the calendar."""
    return {
        "customers": customers(export),
        "suppliers": export["Vendor"].pipe(
            lambda vendor: pd.DataFrame({"supplier": vendor.AccountNumber, "name": vendor.Name, "kind": "vendor"})
        ),
        "items": items(export),
        **bills_of_materials(export),
        "work_centers": work_centers(export),
        "operations": operations(export),
        "supplier_items": supplier_items(export),
        "calendar": weekends_are_working_days(month),
    }


def customers(export: Tables) -> pd.DataFrame:
    """Every customer; a reseller has its store's name, persons' names are not in the export."""
    customer = export["Customer"]
    store = customer.StoreID.map(export["Store"].set_index("BusinessEntityID").Name)
    code = customer.CustomerID.astype(str)
    return pd.DataFrame(
        {
            "customer": code,
            "name": store.fillna("Customer " + code),
            "segment": np.where(store.notna(), "store", "individual"),
            "priority": np.where(store.notna(), 4, 5),
        }
    )


def items(export: Tables) -> pd.DataFrame:
    """Made or bought by MakeFlag; the unit is the one of the bill of materials; bought items are inspected.

    A StandardCost or ListPrice of 0 means that nobody set one, so it stays blank. The lead time of a bought item is
    its supplier's.
    """
    product, bom = export["Product"], export["BillOfMaterials"]
    bom_unit = bom.drop_duplicates("ComponentID", keep="last").set_index("ComponentID").UnitMeasureCode
    group = export["ProductSubcategory"].set_index("ProductSubcategoryID").Name
    made = product.MakeFlag == 1
    return pd.DataFrame(
        {
            "item": product.ProductNumber,
            "name": product.Name,
            "unit": product.ProductID.map(bom_unit).fillna("EA").str.strip(),
            "sourcing": np.where(made, "make", "buy"),
            "item_group": product.ProductSubcategoryID.map(group),
            "lead_time_days": product.DaysToManufacture.where(made).astype("Int64"),
            "safety_stock": product.SafetyStockLevel,
            "standard_cost": blank_if_zero(product.StandardCost),
            "list_price": blank_if_zero(product.ListPrice),
            "inspect": np.where(made, "no", "yes"),
        }
    )


def bills_of_materials(export: Tables) -> Tables:
    """One bill per made item, its lines with their effectivity, all backflushed: the export knows no issue slips."""
    code, lines = item_codes(export), bom_lines(export).sort_values(["ProductAssemblyID", "StartDate", "ComponentID"])
    parent = lines.ProductAssemblyID.map(code)
    return {
        "boms": pd.DataFrame({"bom": parent.unique(), "item": parent.unique()}),
        "bom_lines": pd.DataFrame(
            {
                "bom": parent,
                "line": 10 * (lines.groupby("ProductAssemblyID").cumcount() + 1),
                "component": lines.ComponentID.map(code),
                "quantity": lines.PerAssemblyQty.astype(np.int64),
                "issue_method": "backflush",
                "effective_from": lines.StartDate,
                "effective_to": lines.EndDate,
            }
        ),
    }


def bom_lines(export: Tables) -> pd.DataFrame:
    """Rows of BillOfMaterials that have a parent; the others only say that a product is sold."""
    lines = export["BillOfMaterials"].dropna(subset="ProductAssemblyID")
    return lines.assign(ProductAssemblyID=lines.ProductAssemblyID.astype(np.int64))


def bom_in_force(export: Tables) -> pd.DataFrame:
    """BOM lines without an end; every end in the export lies before its first order."""
    lines = bom_lines(export)
    return lines[lines.EndDate.isna()]


def work_centers(export: Tables) -> pd.DataFrame:
    """Locations with a rate; the others only store. The rate is per hour of work, so it is the labor rate."""
    location = export["Location"].query("CostRate > 0")
    return pd.DataFrame(
        {
            "work_center": location.LocationID.astype(str),
            "name": location.Name,
            "labor_rate": location.CostRate,
            "capacity_hours": location.Availability,
        }
    )


def operations(export: Tables) -> pd.DataFrame:
    """Routings as they were worked: an operation takes the same hours for 1 unit and for 900, so all is setup."""
    routing = export["WorkOrderRouting"].drop_duplicates(["ProductID", "OperationSequence"], keep="last")
    routing = routing.sort_values(["ProductID", "OperationSequence"])
    return pd.DataFrame(
        {
            "item": routing.ProductID.map(item_codes(export)),
            "operation": routing.OperationSequence,
            "work_center": routing.LocationID.astype(str),
            "setup_hours": routing.ActualResourceHrs,
        }
    )


def supplier_items(export: Tables) -> pd.DataFrame:
    """Who sells what, in the order a buyer would ask: active, preferred, best credit rating, cheapest.

    The units of purchase (cartons, cans, gallons) come without a content, so a price is taken per stocking unit.
    """
    offer = export["ProductVendor"].merge(export["Vendor"], on="BusinessEntityID")
    offer = offer.sort_values(
        ["ProductID", "ActiveFlag", "PreferredVendorStatus", "CreditRating", "StandardPrice", "AccountNumber"],
        ascending=[True, False, False, True, True, True],
    )
    return pd.DataFrame(
        {
            "supplier": offer.AccountNumber,
            "item": offer.ProductID.map(item_codes(export)),
            "price": offer.StandardPrice,
            "lead_time_days": offer.AverageLeadTime,
            "minimum_order_quantity": offer.MinOrderQty,
            "priority": offer.groupby("ProductID").cumcount() + 1,
        }
    )


def weekends_are_working_days(month: str) -> pd.DataFrame:
    """Work orders start and end on all seven days alike: weekends from a year before the month to a year after work."""
    first = pd.Period(month, "M")
    days = pd.date_range((first - 12).start_time, (first + 12).end_time.normalize())
    weekend = days[days.day_of_week >= 5]
    return pd.DataFrame({"date": weekend.strftime("%Y-%m-%d"), "working": "yes"})


# Words both mappings use


def item_codes(export: Tables) -> pd.Series:
    """ProductNumber by ProductID."""
    return export["Product"].set_index("ProductID").ProductNumber


def micro(amounts) -> pd.Series:
    """Decimal numbers of at most 6 decimals as micro-units; floats of this size hold them without loss."""
    return pd.Series(
        np.rint(np.asarray(amounts, dtype=float) * MICRO).astype(np.int64), index=getattr(amounts, "index", None)
    )


def decimal_text(amounts: pd.Series) -> pd.Series:
    """Micro-units as plain decimal text."""
    return amounts.map({amount: micro_text(int(amount)) for amount in amounts.unique()})


def blank_if_zero(amounts: pd.Series) -> pd.Series:
    """Amounts with 0 as missing."""
    return amounts.where(amounts != 0)


def day_before(day: str) -> str:
    """The day before an ISO date."""
    return str(np.datetime64(day) - 1)
