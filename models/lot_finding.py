"""What a number asked for may be: an order, a line, a fact that moved goods, a lot."""

from sqlalchemy import Connection, and_, func, or_, select

from calculations.lot_tracing import LOT, PRODUCTION, RECEIPT, SALE, Node
from models.database import table_of

ORDERS = {"work_orders": "work order", "subcontract_orders": "subcontract order"}
LINES = {"sales_order_lines": (SALE, "sales order"), "purchase_order_lines": (RECEIPT, "purchase order")}
FACTS = {"shipments": "shipment", "receipts": "receipt", "completions": "completion",
         "customer_returns": "customer return"}  # fmt: skip
# Names looked through for those nearest to one that is not there.
MOST_NAMES = 2_000


def documents_named(connection: Connection, number: str) -> dict[str, list[Node]]:
    """Orders and lines of this number ("order" or "order/line"), as nodes by what they are called."""
    found: dict[str, list[Node]] = {}
    for name, words in ORDERS.items():
        orders = table_of(name)
        if connection.scalar(select(orders.c.order).where(orders.c.order == number)) is not None:
            found[words] = [Node(PRODUCTION, number)]
    order, _, line = number.rpartition("/")
    for name, (kind, words) in LINES.items():
        lines = table_of(name)
        one = [and_(lines.c.order == order, lines.c.line == int(line))] if order and line.isdecimal() else []
        query = select(lines.c.order, lines.c.line).where(or_(lines.c.order == number, *one)).order_by(lines.c.line)
        nodes = [Node(kind, found_order, str(found_line)) for found_order, found_line in connection.execute(query)]
        if nodes:
            found[words if nodes[0].name == number else f"line of {words}"] = nodes
    return found


def facts_named(connection: Connection, event: str) -> dict[str, str]:
    """The tables of facts that have this event, with its state."""
    found = {}
    for name in FACTS:
        facts = table_of(name)
        state = connection.scalar(select(facts.c.state).where(facts.c.event == event))
        if state is not None:
            found[name] = state
    return found


def lots_named(connection: Connection, number: str, item: str = "") -> list[Node]:
    """The lots of this number, of one item where it is given: "LOT" or "ITEM/LOT"; those of "LOT" first."""
    moves = table_of("stock_moves")
    splits = [] if item else [place for place, letter in enumerate(number) if letter == "/"]
    pairs = [and_(moves.c.item == number[:place], moves.c.lot == number[place + 1 :]) for place in splits]
    whole = and_(moves.c.lot == number, moves.c.item == item) if item else and_(moves.c.lot == number, number != "")
    query = select(moves.c.item, moves.c.lot).where(or_(whole, *pairs)).distinct().order_by(moves.c.item, moves.c.lot)
    lots = [Node(LOT, *row) for row in connection.execute(query)]
    return [node for node in lots if node.part == number] or lots


def known_lots(connection: Connection, number: str, item: str = "") -> list[Node]:
    """Lots whose number begins as the one asked for, those of its item first, to find what was meant."""
    moves = table_of("stock_moves")
    asked_item, _, lot = number.partition("/")
    item, lot = item or asked_item, lot or number
    begins = func.lower(moves.c.lot).like(lot[:1].lower().replace("%", r"\%").replace("_", r"\_") + "%", escape="\\")
    query = (
        select(moves.c.item, moves.c.lot)
        .where(moves.c.lot != "", or_(begins, moves.c.item == item))
        .group_by(moves.c.item, moves.c.lot)
        .order_by(moves.c.item != item, moves.c.lot, moves.c.item)
        .limit(MOST_NAMES)
    )
    return [Node(LOT, *row) for row in connection.execute(query)]


def known_orders(connection: Connection, number: str) -> list[str]:
    """Orders whose number begins as the one asked for."""
    found: list[str] = []
    for name in ("sales_orders", "purchase_orders", *ORDERS):
        orders = table_of(name)
        query = select(orders.c.order).where(orders.c.order.startswith(number[:2], autoescape=True))
        found += connection.scalars(query.order_by(orders.c.order).limit(MOST_NAMES))
    return found
