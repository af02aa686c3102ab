"""What the story came to: the figures a manager asks for first, read from the database."""

from dataclasses import dataclass
from datetime import date

import pandas as pd

from calculations.exact import MICRO


@dataclass(frozen=True)
class Ending:
    """The story in figures; money in micro-units of the plant's currency.

    `balance_micro` is what the identity of the closed month lacks, 0 when every cent is accounted for.
    """

    opportunities_won: int
    orders: int
    lines: int
    lines_delivered: int
    lines_late: int
    pieces_shipped: int
    released: dict[str, int]
    rework_orders: int
    rejected: dict[str, int]
    scrapped: int
    periods_closed: list[str]
    identity: list[tuple[str, int]]
    revenue_micro: int
    margin_micro: int
    best_customers: list[tuple[str, int, int]]
    alerts: dict[str, int]
    refused_rows: int

    @property
    def on_time_percent(self) -> float:
        """Share of delivered lines whose last piece left by the day promised, or wished for where that is later."""
        return 100 * (1 - self.lines_late / self.lines_delivered) if self.lines_delivered else 100.0

    @property
    def margin_percent(self) -> float:
        """Margin on price."""
        return 100 * self.margin_micro / self.revenue_micro if self.revenue_micro else 0.0


# In the order of the identity: what came in, what became of it, and what is lacking.
IDENTITY = (
    "opening_stock",
    "opening_wip",
    "purchases",
    "conversion",
    "fees",
    "closing_stock",
    "closing_wip",
    "cost_of_sales",
    "scrap_and_abnormal_loss",
    "variances",
    "difference",
)
SUPPLY = ("purchase_orders", "work_orders", "subcontract_orders")
TABLES = (
    *SUPPLY,
    "opportunities",
    "sales_orders",
    "sales_order_lines",
    "shipments",
    "completions",
    "inspections",
    "periods",
    "cost_identity",
    "order_margins",
    "customers",
    "alerts",
    "quarantine",
)


def read_ending() -> Ending:
    """The figures of the database that the settings name."""
    from models.database import read_table, reading
    from models.migrating import ready_engine
    from settings import settings

    with reading(ready_engine(settings().database_url)) as connection:
        return ending_of({name: read_table(connection, name) for name in TABLES})


def ending_of(tables: dict[str, pd.DataFrame]) -> Ending:
    """The figures of these tables."""
    delivered, late = _delivered(tables["sales_order_lines"], tables["shipments"])
    margins = tables["order_margins"]
    amounts = dict(zip(tables["cost_identity"]["term"], tables["cost_identity"]["amount_micro"].tolist(), strict=True))
    inspections = tables["inspections"]
    rejected = inspections.groupby("disposition")["rejected_quantity_micro"].sum() // MICRO
    return Ending(
        opportunities_won=int((tables["opportunities"]["stage"] == "won").sum()),
        orders=len(tables["sales_orders"]),
        lines=len(tables["sales_order_lines"]),
        lines_delivered=delivered,
        lines_late=late,
        pieces_shipped=int(tables["shipments"]["quantity_micro"].sum()) // MICRO,
        released={name.replace("_", " "): len(tables[name]) for name in SUPPLY},
        rework_orders=int((tables["work_orders"]["kind"] == "rework").sum()),
        rejected={name: int(pieces) for name, pieces in rejected.items() if name},
        scrapped=int(tables["completions"]["scrapped_quantity_micro"].sum()) // MICRO,
        periods_closed=tables["periods"].query("state != 'open'")["period"].tolist(),
        identity=[(term, amounts[term]) for term in IDENTITY if term in amounts],
        revenue_micro=int(margins["revenue_micro"].sum()),
        margin_micro=int(margins["margin_micro"].sum()),
        best_customers=_by_customer(margins, tables["customers"]),
        alerts={kind: int(count) for kind, count in tables["alerts"]["kind"].value_counts().sort_index().items()},
        refused_rows=len(tables["quarantine"]),
    )


def _delivered(lines: pd.DataFrame, shipments: pd.DataFrame) -> tuple[int, int]:
    """Lines shipped in full, and how many of them only after the day promised and wished for."""
    shipped = shipments.groupby(["order", "line"], as_index=False).agg(
        shipped=("quantity_micro", "sum"), last=("date", "max")
    )
    joined = lines.merge(shipped, on=["order", "line"])
    full = joined[joined["shipped"] >= joined["quantity_micro"]]
    # a customer who moved a line later wants it on the new day, whatever was promised for the old one
    expected = full[["promised_date", "due_date"]].max(axis=1)
    return len(full), int((full["last"] > expected).sum())


def _by_customer(margins: pd.DataFrame, customers: pd.DataFrame) -> list[tuple[str, int, int]]:
    """Name, revenue and margin of each customer, the largest margin first."""
    names = dict(zip(customers["customer"], customers["name"], strict=True))
    sums = margins.groupby("customer")[["revenue_micro", "margin_micro"]].sum()
    rows = [(names.get(code, code), int(revenue), int(margin)) for code, revenue, margin in sums.itertuples(name=None)]
    return sorted(rows, key=lambda row: (-row[2], row[0]))


def month_name(period: str) -> str:
    """A month in words.

    >>> month_name("2026-03")
    'March 2026'
    """
    return f"{date.fromisoformat(f'{period}-01'):%B %Y}"
