"""The story on the terminal: a progress bar, a line for each week, and the summary at the end."""

from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from calculations.exact import MICRO
from demo.ending import Ending, month_name
from demo.fact_sheet import Tables

STEPS = {
    "opportunities": "the CRM's opportunities are imported",
    "plan": "orders are promised, planned and released",
    "facts": "the factory works",
}
WORDS = {
    "opportunities": "opportunities",
    "receipts": "receipts",
    "completions": "completions",
    "inspections": "inspections",
    "shipments": "shipments",
    "stock_counts": "shelves counted",
    "stock_reservations": "reservations",
    "reversals": "fact undone",
    "picks": "parts picked",
    "transfers": "part blocked or freed",
}


CHANGES = {"sales_order_lines", "order_changes"}


class Teller:
    """Shows where the story is; a context manager around the playing."""

    def __init__(self, steps: int, console: Console | None = None):
        self.console = console or Console(highlight=False)
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=self.console,
        )
        self._bar = self._progress.add_task("starting a Prefect server for the demo", total=steps)
        self._week = 0
        self._seen: dict[str, int] = {}

    def __enter__(self) -> "Teller":
        self.console.print(
            "[bold]Lindenrad[/], an e-bike maker: from won opportunities to a closed month", soft_wrap=True
        )
        self._progress.start()
        return self

    def __exit__(self, *error) -> None:
        self._progress.stop()

    def tell(self, week: int, step: str, tables: Tables) -> None:
        """One step is done."""
        if week != self._week:
            self._end_week()
            self._week = week
        for name, table in tables.items():
            self._seen[name] = self._seen.get(name, 0) + len(table)
        where = f"week {week}" if week else "start"
        self._progress.update(self._bar, advance=1, description=f"{where}: {STEPS.get(step, step)}")

    def _end_week(self) -> None:
        if self._week:
            said = [f"{self._seen[name]} {word}" for name, word in WORDS.items() if self._seen.get(name)]
            changed = " · a customer changed an order" if CHANGES & set(self._seen) else ""
            self._progress.console.print(f"  Week {self._week}  {' · '.join(said)}{changed}", soft_wrap=True)
        self._seen = {}

    def end(self, ending: Ending, folder: Path, page: Path | None, seconds: float) -> None:
        """The summary, and where to look."""
        self._end_week()
        self.console.print()
        self.console.print(_figures(ending))
        self.console.print(_identity(ending))
        self.console.print(_customers(ending))
        for line in _places(folder, page):
            self.console.print(line, soft_wrap=True)
        self.console.print(f"Done in {seconds:.0f} s.")


def _figures(ending: Ending) -> Table:
    rejected = ", ".join(f"{pieces} to {name}" for name, pieces in ending.rejected.items()) or "none"
    alerts = ", ".join(f"{count} {kind.replace('_', ' ')}" for kind, count in ending.alerts.items()) or "none"
    table = Table(title="What came of it", show_header=False, title_justify="left", box=None, padding=(0, 2))
    for name, value in (
        ("Won opportunities", f"{ending.opportunities_won}, as {ending.orders} sales orders"),
        ("Order lines delivered", f"{ending.lines_delivered} of {ending.lines} ({ending.pieces_shipped} pieces)"),
        ("On time as promised", f"{ending.on_time_percent:.0f} % ({ending.lines_late} late)"),
        ("Released", ", ".join(f"{count} {kind}" for kind, count in ending.released.items())),
        ("Rejected pieces", f"{rejected}; {ending.rework_orders} rework order(s)"),
        ("Scrapped in production", f"{ending.scrapped} pieces"),
        ("Alerts", alerts),
        ("Rows refused", str(ending.refused_rows)),
    ):
        table.add_row(name, value)
    return table


def _identity(ending: Ending) -> Table:
    months = ", ".join(map(month_name, ending.periods_closed)) or "no month"
    table = Table(title=f"\nBooks of {months}", show_header=False, title_justify="left", box=None, padding=(0, 2))
    table.add_column()
    table.add_column(justify="right")
    for term, amount in ending.identity:
        table.add_row(term.replace("_", " "), f"{amount / MICRO:,.2f}")
    return table


def _customers(ending: Ending) -> Table:
    title = (
        f"\nMargin {money(ending.margin_micro)} on {money(ending.revenue_micro)} sold ({ending.margin_percent:.1f} %)"
    )
    table = Table(title=title, title_justify="left", box=None, padding=(0, 2))
    table.add_column("Customer")
    table.add_column("Revenue", justify="right")
    table.add_column("Margin", justify="right")
    table.add_column("of price", justify="right")
    for name, revenue, margin in ending.best_customers:
        table.add_row(name, money(revenue), money(margin), f"{100 * margin / revenue:.1f} %" if revenue else "")
    return table


def _places(folder: Path, page: Path | None) -> list[str]:
    """Lines to copy from, so none may be cut or folded."""
    near = _near(folder)
    return [
        "",
        "Where to look",
        f"  Report      {_near(page) if page else 'none'}",
        f"  Mails       {near}/mails",
        f"  Imported    {near}/files",
        f"  Database    {near}/kitline.db",
        "  Every run, in the browser:",
        f"  export PREFECT_HOME={near}/prefect KITLINE_DATA_DIR={near}",
        f"  KITLINE_DATABASE_URL=sqlite:///{near}/kitline.db make up",
    ]


def _near(path: Path) -> Path:
    """The path as seen from here, when it lies below."""
    path = Path(path).resolve()
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def money(micro: int) -> str:
    """An amount for reading.

    >>> money(1_234_500_000)
    '1,235 EUR'
    """
    return f"{(micro + MICRO // 2) // MICRO:,} EUR"
