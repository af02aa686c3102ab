"""Where a row came from, and where things stand: queries for a person who asks."""

from sqlalchemy import Connection, func, select

from models import metadata
from models.batch_work_orders import lines_of_work_order
from models.database import table_of
from models.releasing import releases_of

# What a peg's demand is called as a table; those with lines are named order/line.
DEMANDS = {
    "sales_order": "sales_order_lines",
    "forecast": "forecasts",
    "work_order": "work_orders",
    "subcontract_order": "subcontract_orders",
    "planned_order": "planned_orders",
}
DOCUMENTS = ("sales_orders", "purchase_orders", "work_orders", "subcontract_orders")
# Looked at first: what people ask for by number.
FIRST = (*DOCUMENTS, "sales_order_lines", "purchase_order_lines", "planned_orders", "opportunities")

Node = tuple[str, str]


def find(connection: Connection, number: str) -> list[Node]:
    """Rows with this number, as (table, number): "table:number", or the number alone, looked for in every table."""
    table, _, rest = number.partition(":")
    if rest and _row(connection, table, rest) is not None:
        return [(table, rest)]
    others = [name for name in sorted(metadata.tables) if name not in FIRST]
    found = [(name, number) for name in (*FIRST, *others) if _row(connection, name, number) is not None]
    return [node for node in found if node[0] not in ("document_series", "quarantine", "alerts")]


def causes(connection: Connection, table: str, number: str) -> list[Node]:
    """The rows that directly caused a row, nearest first."""
    row = _row(connection, table, number)
    if row is None:
        # planning reads reservations among the order lines
        reserved = table == "sales_order_lines" and _row(connection, "promise_reservations", number)
        return [("promise_reservations", number)] if reserved else []
    found: list[Node] = []
    if table in ("purchase_order_lines", "purchase_orders", "work_orders", "subcontract_orders"):
        planned = releases_of(connection, row["order"], row.get("line"))
        found += [("planned_orders", number) for number in planned]
    if table == "work_orders":
        lines = lines_of_work_order(connection, row["order"])
        found += [("sales_order_lines", f"{order}/{line}") for order, line in lines]
    if table == "planned_orders":
        found += _pegged(connection, row["number"])
    if row.get("origin") and ":" in row["origin"]:
        name, _, rest = row["origin"].partition(":")
        found.append((name, rest))
    if row.get("opportunity") and table == "sales_orders":
        found.append(("opportunities", row["opportunity"]))
    # a line released from the plan is explained by its own planned orders, not by those of the whole document
    if row.get("order") and table not in DOCUMENTS and not (found and table == "purchase_order_lines"):
        found += [(name, row["order"]) for name in DOCUMENTS if _row(connection, name, row["order"]) is not None]
    if table in ("opportunity_lines", "promise_reservations") and row["opportunity"]:
        found.append(("opportunities", row["opportunity"]))
    return [node for node in dict.fromkeys(found) if node != (table, number)]


def _pegged(connection: Connection, number: str) -> list[Node]:
    pegs = table_of("pegs")
    mine = (pegs.c.supply_kind == "planned_order") & (pegs.c.supply == number)
    last = connection.scalar(select(func.max(pegs.c.run)).where(mine))
    query = (
        select(pegs.c.demand_kind, pegs.c.demand, pegs.c.line).where(mine, pegs.c.run == last).order_by(pegs.c.position)
    )
    nodes = []
    for kind, demand, line in connection.execute(query):
        table = DEMANDS.get(kind)
        if table:
            nodes.append((table, f"{demand}/{line}" if table == "sales_order_lines" and line is not None else demand))
    return nodes


def _row(connection: Connection, table: str, number: str) -> dict | None:
    """A row by its number, its key columns joined by "/"; None when there is none."""
    if table not in metadata.tables:
        return None
    target = table_of(table)
    key = list(target.primary_key.columns)
    parts = number.split("/", len(key) - 1) if len(key) > 1 else [number]
    if len(parts) != len(key):
        return None
    conditions = []
    for column, part in zip(key, parts, strict=True):
        kind = column.info.get("kind")
        if kind == "whole" and not part.lstrip("-").isdigit():
            return None
        if kind not in ("whole", "code", "text", "choice", "period"):
            return None
        conditions.append(column == (int(part) if kind == "whole" else part))
    row = connection.execute(select(target).where(*conditions)).mappings().first()
    return dict(row) if row is not None else None


def last_runs(connection: Connection) -> list[dict]:
    """The last run of every stage: number, stage, as_of, state, ended_at, counts, error; newest first."""
    runs = table_of("runs")
    newest = select(runs.c.stage, func.max(runs.c.started_at).label("started_at")).group_by(runs.c.stage).subquery()
    query = (
        select(runs.c.number, runs.c.stage, runs.c.as_of, runs.c.state, runs.c.ended_at, runs.c.counts, runs.c.error)
        .join(newest, (newest.c.stage == runs.c.stage) & (newest.c.started_at == runs.c.started_at))
        .order_by(runs.c.started_at.desc(), runs.c.stage)
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def waiting_counts(connection: Connection) -> dict[str, int]:
    """What waits for somebody: refused rows, mails to be sent, facts to be posted, orders to be released."""
    counts = {
        "refused rows to correct": _count(connection, "quarantine", "waiting"),
        "mails to send": _count(connection, "alerts", "pending"),
        "facts to post": sum(
            _count(connection, name, "pending")
            for name, table in metadata.tables.items()
            if "event" in table.c and "state" in table.c
        ),
        "planned orders suggested": _count(connection, "planned_orders", "suggested"),
    }
    for name in ("sales_orders", "purchase_orders", "work_orders", "subcontract_orders"):
        table = table_of(name)
        query = select(func.count()).where(table.c.state.not_in(("done", "closed", "cancelled", "rejected")))
        counts[f"open {name.replace('_', ' ')}"] = connection.scalar(query)
    return counts


def _count(connection: Connection, name: str, state: str) -> int:
    table = table_of(name)
    return connection.scalar(select(func.count()).select_from(table).where(table.c.state == state))


def refused_in(connection: Connection, runs: list[str]) -> list[dict]:
    """Rows in quarantine that these runs refused last: table, key, column, value, message; by table and key."""
    kept = table_of("quarantine")
    columns = [kept.c[name] for name in ("table", "key", "column", "value", "message")]
    query = select(*columns).where(kept.c.run.in_(runs)).order_by(kept.c.table, kept.c.key, kept.c.column)
    return [dict(row) for row in connection.execute(query).mappings()]
