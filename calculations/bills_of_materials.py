"""Which bill of materials counts on a day, and what its lines need: exact ratios over whole arrays of orders.

`product_structure` answers the same questions for one item at a time.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from calculations.errors import QuantityOverflow
from calculations.exact import MICRO, SAFE_PRODUCT, multiply_divide
from calculations.membership import is_among
from calculations.product_structure import TotalLoss
from calculations.row_ranges import ranges

NO_DAY, EVERY_DAY = -(2**40), 2**40


@dataclass(frozen=True)
class BillsOfMaterials:
    """Bills by item and their lines, as arrays; items are positions, days are days since 1970-01-01.

    Bills are sorted by item, highest version first; `bill_starts[item]` to `bill_starts[item + 1]` are an item's, and
    `of_line` is the bill of each line.
    One unit of the item needs numerator ÷ denominator of a line's component, and an order `fixed` on top.
    """

    code: np.ndarray
    item: np.ndarray
    phantom: np.ndarray
    valid_from: np.ndarray
    valid_to: np.ndarray
    bill_starts: np.ndarray
    line_starts: np.ndarray
    of_line: np.ndarray
    component: np.ndarray
    numerator: np.ndarray
    denominator: np.ndarray
    fixed: np.ndarray
    line_from: np.ndarray
    line_to: np.ndarray
    planned: np.ndarray

    def pick(self, items: np.ndarray, days: np.ndarray) -> np.ndarray:
        """The bill of each item in force on the day with the highest version; -1 where there is none."""
        chosen = np.full(len(items), -1, dtype=np.int64)
        first, count = self.bill_starts[items], np.diff(self.bill_starts)[items]
        pending = np.flatnonzero(count)
        rank = 0
        while len(pending):
            bill = first[pending] + rank
            day = days[pending]
            in_force = (self.valid_from[bill] <= day) & (day <= self.valid_to[bill])
            chosen[pending[in_force]] = bill[in_force]
            rank += 1
            pending = pending[~in_force & (count[pending] > rank)]
        return chosen

    def lines_of(self, bills: np.ndarray, days: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Lines in force that a plan asks for: row of `bills` and line, for each pair. Bill -1 has none."""
        rows = np.flatnonzero(bills >= 0)
        starts, ends = self.line_starts[bills[rows]], self.line_starts[bills[rows] + 1]
        line = ranges(starts, ends)
        row = np.repeat(rows, ends - starts)
        day = days[row]
        kept = self.planned[line] & (self.line_from[line] <= day) & (day <= self.line_to[line])
        return row[kept], line[kept]

    def are_empty(self, bills: np.ndarray, days: np.ndarray) -> np.ndarray:
        """Whether none of a bill's lines, planned or not, is in force on the day; bill -1 is not."""
        empty = np.zeros(len(bills), dtype=bool)
        dated = np.append(0, np.cumsum((self.line_from > NO_DAY) | (self.line_to < EVERY_DAY)))
        rows = np.flatnonzero(bills >= 0)
        rows = rows[dated[self.line_starts[bills[rows] + 1]] > dated[self.line_starts[bills[rows]]]]
        starts, ends = self.line_starts[bills[rows]], self.line_starts[bills[rows] + 1]
        line, of = ranges(starts, ends), np.repeat(np.arange(len(rows)), ends - starts)
        day = days[rows[of]]
        in_force = (self.line_from[line] <= day) & (day <= self.line_to[line])
        empty[rows] = np.bincount(of[in_force], minlength=len(rows)) == 0
        return empty

    def phantoms(self, day: int) -> np.ndarray:
        """Whether each item passes its components through: its bill on the day, or else its highest version."""
        count = len(self.bill_starts) - 1
        every = np.arange(count)
        bill = self.pick(every, np.full(count, day))
        first = np.where(np.diff(self.bill_starts) > 0, self.bill_starts[:-1], -1)
        bill = np.where(bill < 0, first, bill)
        return (bill >= 0) & np.append(self.phantom, False)[bill]

    def edges(self, from_day: int) -> tuple[np.ndarray, np.ndarray]:
        """Parent and component of every line that may still count from the day on."""
        kept = (self.line_to >= from_day) & (self.valid_to >= from_day)[self.of_line]
        return self.item[self.of_line[kept]], self.component[kept]


def bills_of_materials(world: dict, index: pd.Index, policies: dict) -> BillsOfMaterials:
    """The bills of a world. Lines that stand more than once with the same validity are merged.

    Args:
        world: boms, bom_lines. index: item codes by position; bills and lines of other items are left out.
        policies: `loss` multiply (× (1 + rate)) or divide (÷ (1 − rate)).
    Raises:
        TotalLoss: a loss rate of 1 or more where the need is divided.
        QuantityOverflow: a ratio beyond exact 64-bit numbers.
    """
    boms = world["boms"]
    item = index.get_indexer(boms["item"])
    version = boms["version"].to_numpy(dtype=np.int64)
    rank = pd.Index(boms["bom"]).argsort().argsort()
    order = np.lexsort((rank, -version, item))
    lines = world["bom_lines"]
    # a bill without lines says nothing: its item has no bill
    order = order[(item[order] >= 0) & is_among(boms["bom"], lines["bom"])[order]]
    boms, item = boms.iloc[order], item[order]
    bill = pd.Index(boms["bom"]).get_indexer(lines["bom"])
    component = index.get_indexer(lines["component"])
    kept = np.flatnonzero((bill >= 0) & (component >= 0))
    kept = kept[np.lexsort((lines["line"].to_numpy()[kept], bill[kept]))]
    lines, bill, component = lines.iloc[kept], bill[kept], component[kept]
    numerator, denominator = _ratios(lines, boms["output_quantity_micro"].to_numpy()[bill], policies)
    columns = {
        "bill": bill,
        "component": component,
        "line_from": first_days(lines["effective_from"]),
        "line_to": last_days(lines["effective_to"]),
        "planned": ((lines["issue_method"] != "none") & (lines["supplied_by"] != "customer")).to_numpy(),
        "numerator": numerator,
        "denominator": denominator,
        "fixed": lines["fixed_loss_micro"].to_numpy(),
    }
    columns = _merge_repeated(columns)
    bill = columns.pop("bill")
    return BillsOfMaterials(
        code=boms["bom"].to_numpy(dtype=object),
        item=item,
        phantom=boms["phantom"].to_numpy(dtype=bool),
        valid_from=first_days(boms["effective_from"]),
        valid_to=last_days(boms["effective_to"]),
        bill_starts=np.searchsorted(item, np.arange(len(index) + 1)),
        line_starts=np.searchsorted(bill, np.arange(len(boms) + 1)),
        of_line=bill,
        **columns,
    )


def first_days(dates: pd.Series) -> np.ndarray:
    """Days since 1970-01-01 of validity beginnings; blank is since ever."""
    days = dates.to_numpy().astype("datetime64[D]")
    return np.where(np.isnat(days), NO_DAY, days.astype(np.int64))


def last_days(dates: pd.Series) -> np.ndarray:
    """Days since 1970-01-01 of validity ends; blank is for ever."""
    days = dates.to_numpy().astype("datetime64[D]")
    return np.where(np.isnat(days), EVERY_DAY, days.astype(np.int64))


def component_quantities(upper, lower, numerator, denominator) -> tuple[np.ndarray, np.ndarray]:
    """Exact need, as a ratio of micro-units, of lines that ask upper ÷ lower for numerator ÷ denominator of a parent.

    A ratio that would leave int64 is rounded up to one micro-unit: so large a need does not feel it.
    """
    # common factors cancel before the product, so that plain quantities stay whole and small
    over, across = np.gcd(numerator, lower), np.gcd(upper, denominator)
    upper_a, upper_b = numerator // over, upper // across
    lower_a, lower_b = denominator // across, lower // over
    too_large = upper_a.astype(float) * upper_b > SAFE_PRODUCT
    too_large |= lower_a.astype(float) * lower_b > SAFE_PRODUCT / 2**20
    if not too_large.any():
        return upper_a * upper_b, lower_a * lower_b
    whole = multiply_divide(upper_a[too_large], upper_b[too_large], lower_b[too_large], "up")
    whole = multiply_divide(whole, 1, lower_a[too_large], "up")
    safe = ~too_large
    found, divisor = np.ones(len(upper_a), dtype=np.int64), np.ones(len(upper_a), dtype=np.int64)
    found[safe], divisor[safe] = upper_a[safe] * upper_b[safe], lower_a[safe] * lower_b[safe]
    found[too_large] = whole
    return found, divisor


def _ratios(lines: pd.DataFrame, output: np.ndarray, policies: dict) -> tuple[np.ndarray, np.ndarray]:
    quantity, loss = lines["quantity_micro"].to_numpy(), lines["loss_rate_micro"].to_numpy()
    if policies["loss"] == "divide":
        if (loss >= MICRO).any():
            bom = lines["bom"].to_numpy()[np.flatnonzero(loss >= MICRO)[0]]
            raise TotalLoss(f"bill of materials {bom} loses all of a component; give a loss rate below 1")
        return _product_ratio(quantity, output, np.full_like(loss, MICRO), MICRO - loss)
    return _product_ratio(quantity, output, MICRO + loss, np.full_like(loss, MICRO))


def _product_ratio(a, b, c, d) -> tuple[np.ndarray, np.ndarray]:
    """(a ÷ b) × (c ÷ d) in lowest terms."""
    for _ in range(2):
        g, h = np.gcd(a, b), np.gcd(c, d)
        a, b, c, d = a // g, b // g, c // h, d // h
        b, d = d, b
    if (a.astype(float) * c > SAFE_PRODUCT).any() or (b.astype(float) * d > SAFE_PRODUCT).any():
        raise QuantityOverflow("a bill of materials has a ratio too large to calculate exactly; use a larger unit")
    return a * c, b * d


def _merge_repeated(columns: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Lines of the same bill, component and validity become one: their needs are rounded up together."""
    keys = ("bill", "component", "line_from", "line_to", "planned")
    order = np.lexsort([columns[key] for key in reversed(keys)])
    same = np.ones(len(order), dtype=bool)
    for key in keys:
        same[1:] &= columns[key][order][1:] == columns[key][order][:-1]
    same[:1] = False
    if not same.any():
        return columns
    columns = {name: values[order] for name, values in columns.items()}
    heads = np.maximum.accumulate(np.where(same, 0, np.arange(len(order))))
    for row in np.flatnonzero(same).tolist():
        head = heads[row]
        common = np.gcd(columns["denominator"][head], columns["denominator"][row])
        left, right = columns["denominator"][row] // common, columns["denominator"][head] // common
        upper, lower = _product_ratio(
            columns["numerator"][head] * left + columns["numerator"][row] * right,
            columns["denominator"][head],
            np.int64(1),
            left,
        )
        columns["numerator"][head], columns["denominator"][head] = upper, lower
        columns["fixed"][head] += columns["fixed"][row]
    return {name: values[~same] for name, values in columns.items()}
