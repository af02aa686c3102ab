"""The report's part on subcontracting: orders, material at subcontractors, and what can be claimed."""

import pandas as pd

from tasks.report_data import ROWS, ReportData
from tasks.report_tables import Column, Section, page_table

SUPPLIER = Column("supplier", "Subcontractor", "code")
DELIVERED = (
    Column("ordered_micro", "Ordered", "quantity"),
    Column("received_micro", "Received", "quantity"),
    Column("accepted_micro", "Accepted", "quantity"),
    Column("concession_micro", "Concession", "quantity"),
    Column("rejected_micro", "Rejected", "quantity"),
    Column("resent_micro", "Came again", "quantity"),
    Column("waiting_micro", "To inspect", "quantity"),
    Column("open_micro", "Open", "quantity"),
)
SENT = (
    Column("needed_micro", "Needed", "quantity"),
    Column("issued_micro", "Sent", "quantity"),
    Column("consumed_micro", "Used up", "quantity"),
    Column("returned_micro", "Returned", "quantity"),
    Column("at_subcontractor_micro", "There", "quantity"),
    Column("allowed_loss_micro", "Loss allowed", "quantity"),
    Column("claimable_micro", "Claimable", "quantity"),
    Column("claimable_amount_micro", "at cost", "money"),
    Column("to_send_micro", "Still to send", "quantity"),
)


def subcontracts(data: ReportData) -> Section:
    """Where subcontract orders stand and what lies at whom; ended orders stay while material is out."""
    empty = pd.DataFrame()
    frames, error = data.subcontracts, data.subcontracts_error
    nothing = f"This cannot be said: {error}" if error else "No subcontract order is open."
    number, item = Column("order", "Order", "code"), Column("item", "Item", "code")
    tables = (
        ("subcontract-orders", "Orders", "orders", nothing,
         (number, SUPPLIER, item, Column("status", "Status", "status"), *DELIVERED, Column("due_date", "Due", "day"),
          Column("days_late", "Days late", "whole"), Column("fee_micro", "Fee", "money"),
          Column("value_micro", "Value", "money"))),
        ("subcontract-materials", "Material by order", "materials", "No material is needed or out.",
         (number, SUPPLIER, Column("item", "Material", "code"), *SENT)),
        ("subcontract-order-suppliers", "Orders by subcontractor", "order_suppliers", nothing,
         (SUPPLIER, item, *DELIVERED, Column("value_micro", "Value", "money"))),
        ("subcontract-material-suppliers", "Material by subcontractor", "material_suppliers", "No material is out.",
         (SUPPLIER, Column("item", "Material", "code"), *SENT)),
    )  # fmt: skip
    intro = (
        "What came of every open subcontract order, and what of our material lies where. Sent − used up − returned = "
        f"there. Money in {data.currency}, material at its average cost."
    )
    shown = (
        page_table(id, title, frames.get(name, empty).head(ROWS), columns, message,
                   total=len(frames.get(name, empty)))
        if name in frames else page_table(id, title, empty.reindex(columns=[c.name for c in columns]), columns, message)
        for id, title, name, message, columns in tables
    )  # fmt: skip
    return Section("subcontracts", "Subcontracting", intro, tuple(shown))
