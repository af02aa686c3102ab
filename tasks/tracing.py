"""From any row back to what caused it, in the end the customer's opportunity."""

from calculations.errors import KitlineError
from models.database import engine_of, reading
from models.migrating import ready_engine
from models.tracing import causes, find, last_runs, refused_in, waiting_counts
from settings import settings

# A row with more causes than this is shown with the first ones.
MOST = 500


class UnknownNumber(KitlineError):
    """A number that no row has."""

    kind = "unknown_number"


def trace(number: str) -> list[dict]:
    """The rows that led to a row: table, number, level (0 is the row itself), depth first, each once.

    Args:
        number: "table:number", or a number alone: an order, order/line, a planned order, an event.
    Raises:
        UnknownNumber: no row has it.
    """
    with reading(ready_engine(settings().database_url)) as connection:
        waiting = [(node, 0) for node in reversed(find(connection, number))]
        if not waiting:
            raise UnknownNumber(f"nothing has the number {number}; give an order, order/line, event or table:number")
        found: dict[tuple[str, str], int] = {}
        while waiting and len(found) < MOST:
            node, level = waiting.pop()
            if node in found:
                continue
            found[node] = level
            waiting += [(cause, level + 1) for cause in reversed(causes(connection, *node))]
    return [{"table": table, "number": name, "level": level} for (table, name), level in found.items()]


def status() -> dict:
    """Where things stand: the database, the last run of every stage and what waits for somebody."""
    url = settings().database_url
    with reading(ready_engine(url)) as connection:
        return {
            "database": engine_of(url).url.render_as_string(hide_password=True),
            "runs": last_runs(connection),
            "waiting": waiting_counts(connection),
        }


def refusals(runs: list[str]) -> list[dict]:
    """What these runs put into quarantine: table, key, column, value, message; by table and key."""
    with reading(ready_engine(settings().database_url)) as connection:
        return refused_in(connection, runs)
