"""Units that passed and were scrapped at each operation of a work order, as the shop floor reports them.

An operation that reports passed units says that the ones before it passed them too: nobody has to report every
operation. So only what can never be is refused: more units than the order has left after what was scrapped on the way.
"""

from collections import defaultdict

import pandas as pd

from calculations.exact import micro_text
from calculations.posting_documents import ProductionOrder
from calculations.stock_ledger import Refused
from calculations.typed_frames import typed

OPERATION_DTYPES = {"order": "str", "operation": "str", "passed_micro": "int64", "scrapped_micro": "int64"}
Key = tuple[str, str]


class OperationQuantities:
    """What is known of each (order, operation): `passed` and `scrapped`, in micro-units."""

    def __init__(self, world: dict[str, pd.DataFrame]):
        self.passed: dict[Key, int] = defaultdict(int)
        self.scrapped: dict[Key, int] = defaultdict(int)
        self._routing: dict[str, list[str]] = defaultdict(list)
        routing = world["operations"].sort_values(["item", "operation"], kind="stable")
        for item, operation in zip(routing["item"], routing["operation"], strict=True):
            self._routing[item].append(operation)
        before = world.get("operation_quantities")
        if before is not None:
            for order, operation, passed, scrapped in before[list(OPERATION_DTYPES)].itertuples(index=False, name=None):
                self.passed[order, operation] = passed
                self.scrapped[order, operation] = scrapped

    def check(self, order: ProductionOrder, operation: str, passed: int, scrapped: int, most: int) -> None:
        """Refuse an unknown operation, and units that the order cannot have there.

        Args:
            passed, scrapped: reported now, beside what is known. most: units that the order may start at all.
        """
        known = self._routing.get(order.item, [])
        # a scenario that carries no routings is not asked for them
        if self._routing and operation not in known:
            told = f"choose one of {', '.join(known)}" if known else "it has no routing; leave the operation out"
            raise Refused("operation", operation, f"{order.item} has no operation {operation}; {told}")
        mine = {name for number, name in (*self.passed, *self.scrapped) if number == order.number}
        lost = 0
        for name in sorted({*known, *mine, operation}):
            lost += self.scrapped.get((order.number, name), 0) + (scrapped if name == operation else 0)
            here = self.passed.get((order.number, name), 0) + (passed if name == operation else 0)
            if name >= operation and here and here + lost > most:
                raise Refused(
                    "quantity" if passed else "scrapped_quantity",
                    micro_text(passed or scrapped),
                    f"operation {name} of {order.number}: {micro_text(here)} passed and {micro_text(lost)} scrapped up "
                    f"to there are {micro_text(here + lost - most)} more than the order's {micro_text(most)}; correct "
                    "the quantity or undo the report that is wrong",
                    may_wait=True,
                )

    def add(self, order: str, operation: str, passed: int, scrapped: int) -> None:
        """Count a report, or with negative quantities take one back."""
        self.passed[order, operation] += passed
        self.scrapped[order, operation] += scrapped

    def frame(self) -> pd.DataFrame:
        """`operation_quantities` of the world after: order, operation, passed_micro, scrapped_micro."""
        keys = sorted({*self.passed, *self.scrapped})
        return typed([(*key, self.passed.get(key, 0), self.scrapped.get(key, 0)) for key in keys], OPERATION_DTYPES)
