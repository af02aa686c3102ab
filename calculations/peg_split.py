"""Pegs and requisitions of a planned order that is divided: each piece keeps its share, and nothing is lost."""

import pandas as pd

from calculations.exact import multiply_divide


def divided_pegs(pegs: pd.DataFrame, pieces: pd.DataFrame, last_position: int) -> pd.DataFrame:
    """The pegs with the pieces in place of the planned orders they are of.

    What a planned order serves is divided in the order of the pegs: the first piece serves whom is served first, with
    what it brings. What serves a planned order is divided in proportion to what each piece starts.

    Args:
        pegs: supply_kind, supply, demand_kind, demand, position, quantity_micro and more, in the order of service; all
            have a piece's source as supply or demand.
        pieces: as `release_choices.released_parts` returns them.
        last_position: the highest position in use; further pegs are counted on from it.
    """
    rows = pegs.to_dict("records")
    groups = {source: group.to_dict("records") for source, group in pieces.groupby("source", sort=False)}
    rows, last_position = _divided(rows, groups, "supply", "receipt_quantity_micro", last_position, False)
    rows, last_position = _divided(rows, groups, "demand", "quantity_micro", last_position, True)
    return pd.DataFrame(rows, columns=pegs.columns).astype(pegs.dtypes.to_dict())


def divided_needs(pegs: pd.DataFrame, pieces: pd.DataFrame, last_position: int) -> pd.DataFrame:
    """The pegs of what serves planned orders, with work orders in place of the parts that they take over.

    Args:
        pieces: source, number, quantity_micro; a number that is not the source is a work order's.
    """
    groups = {source: group.to_dict("records") for source, group in pieces.groupby("source", sort=False)}
    rows, _ = _divided(pegs.to_dict("records"), groups, "demand", "quantity_micro", last_position, True)
    for row in rows:
        if row["demand"] not in groups:
            row["demand_kind"] = "work_order"
    return pd.DataFrame(rows, columns=pegs.columns).astype(pegs.dtypes.to_dict())


def _divided(rows: list[dict], groups: dict, side: str, column: str, last: int, shared: bool) -> tuple[list[dict], int]:
    """The rows with one side's planned orders replaced by their pieces, and the highest position then."""
    mine: dict[tuple, list[dict]] = {}
    done = []
    for row in rows:
        if row[f"{side}_kind"] == "planned_order" and row[side] in groups:
            # the needs of an order are divided item by item
            mine.setdefault((row[side], row["item"] if shared else ""), []).append(row)
        else:
            done.append(row)
    for (source, _), group in mine.items():
        sizes = [piece[column] for piece in groups[source]]
        total = sum(row["quantity_micro"] for row in group)
        if shared:
            sizes = _in_proportion(total, sizes)
        filled = iter(zip([piece["number"] for piece in groups[source]], sizes, strict=True))
        number, room = next(filled)
        for row in group:
            left, position = row["quantity_micro"], row["position"]
            while left > 0:
                while room <= 0:
                    # a peg beyond what the pieces bring stays with the last one
                    number, room = next(filled, (number, left))
                part = min(left, room)
                done.append({**row, side: number, "quantity_micro": part, "position": position})
                left, room = left - part, room - part
                last = last + 1 if left else last
                position = last
    return done, last


def _in_proportion(total: int, sizes: list[int]) -> list[int]:
    """A total divided like the sizes: each cumulative share rounded up, so that the parts sum to it."""
    whole, reached, parts = sum(sizes), 0, []
    for size in sizes:
        upto = int(multiply_divide(total, reached + size, whole, "up"))
        parts.append(upto - sum(parts))
        reached += size
    return parts


def divided_requisitions(made: pd.DataFrame, pieces: pd.DataFrame, turns: dict[tuple[str, str], int]) -> pd.DataFrame:
    """Requisitions with a row for each piece of their planned order; the rest answers a later turn.

    Args:
        made: requisitions whose planned order is divided. turns: the last turn by work order and component.
    """
    rows, turns = [], dict(turns)
    groups = {source: group.to_dict("records") for source, group in pieces.groupby("source", sort=False)}
    for row in made.to_dict("records"):
        short = row["short_micro"]
        for place, piece in enumerate(groups[row["planned_order"]]):
            key = (row["order"], row["item"])
            if place:
                turns[key] += 1
            answered = min(short, piece["receipt_quantity_micro"])
            short -= answered
            rows.append({**row, "turn": turns[key] if place else row["turn"], "planned_order": piece["number"],
                         "quantity_micro": piece["quantity_micro"], "short_micro": answered})  # fmt: skip
    return pd.DataFrame(rows, columns=made.columns).astype(made.dtypes.to_dict())
