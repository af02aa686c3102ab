"""A branch of a world: rows added, changed and removed, each checked like an imported row; the world stays as it is."""

from collections.abc import Iterable
from difflib import get_close_matches

import numpy as np
import pandas as pd

from calculations import circle_rules, import_rules
from calculations.errors import KitlineError
from calculations.import_rules import shown_cells
from calculations.row_parsing import (
    ImportColumn,
    ImportTable,
    empty_frame,
    key_texts,
    no_refusals,
    parse_column,
    parse_table,
    refuse_unknown_references,
)

CHANGE_COLUMNS = ["change", "table", "key", "column", "before", "after"]
BLANKS = {"int64": 0, "bool": False, "str": ""}


class RefusedChange(KitlineError):
    """One change that cannot be made; `column` and `value` name the cell at fault."""

    kind = "refused_change"

    def __init__(self, column: str, value, message: str, table: str = ""):
        super().__init__(message)
        self.column, self.value, self.table = column, str(value), table


class Branch:
    """A world and what is different in it; frames are copied when they are first touched, column by column.

    Args:
        world: frames by table; they are never written to.
        specs: the tables that may be changed, parents before children.
        carried: tables whose absence of a row means something; a reference to any other table is not checked.
    """

    def __init__(self, world: dict[str, pd.DataFrame], specs: dict[str, ImportTable], carried: Iterable[str]):
        self.base = dict(world)
        self.world = dict(world)
        self.specs = specs
        self.number = 0
        self._carried = set(carried)
        self._touched: dict[str, dict[int, int]] = {}
        self._added: dict[str, dict[int, int]] = {}
        self._removed: dict[str, dict[int, int]] = {}

    def spec(self, table) -> ImportTable:
        """The table's columns. Raises RefusedChange with a likely name where there is no such table."""
        if table in self.specs:
            return self.specs[table]
        raise RefusedChange("table", table, f"planning reads no table {table!r}; {_advice(str(table), self.specs)}")

    def rows(self, table: str, where: dict) -> pd.Index:
        """Labels of the rows whose cells are as given, as text. Raises RefusedChange where there is none."""
        spec = self.spec(table)
        if not where:
            raise RefusedChange("where", "", f"say which rows of {table} are meant, like {_example_key(spec)}", table)
        frame = self.own(table)
        found = np.ones(len(frame), dtype=bool)
        for name, cell in where.items():
            column = self._column(spec, name)
            value = self._parsed(spec, column, cell)
            same = frame[column.field].isna() if value is pd.NA else frame[column.field] == value
            found &= same.fillna(False).to_numpy(dtype=bool)
        if not found.any():
            shown = ", ".join(f"{name} {cell}" for name, cell in where.items())
            column = next(iter(where))
            known = shown_cells(frame, column)[:100_000] if column in frame else []
            advice = likely(str(where[column]), known) if len(where) == 1 else ""
            raise RefusedChange(column, where[column], f"no row of {table} has {shown}{advice}", table)
        return frame.index[found]

    def change(self, table: str, rows: pd.Index, cells: dict) -> None:
        """Set cells, given as text, in all these rows."""
        spec = self.spec(table)
        if not cells:
            raise RefusedChange("set", "", f"say what changes in {table}, like {{column: value}}", table)
        columns = {name: self._column(spec, name) for name in cells}
        self.assign(table, rows, **{columns[name].field: self._parsed(spec, columns[name], cell)
                                    for name, cell in cells.items()})  # fmt: skip

    def assign(self, table: str, rows: pd.Index, **values) -> None:
        """Set typed values by field: one for all rows, or one each."""
        frame = self.own(table)
        for field, value in values.items():
            column = frame[field].copy()
            column.loc[rows] = value
            frame[field] = column.astype(frame[field].dtype)
        self._touched[table].update(dict.fromkeys(rows.tolist(), self.number))

    def add(self, table: str, row: dict) -> None:
        """Append a row given as text by column name, blank columns with their defaults."""
        spec = self.spec(table)
        for name in row:
            self._column(spec, name)
        text = pd.DataFrame({name: pd.Series([cell_text(cell)], dtype="str") for name, cell in row.items()},
                            index=[0])  # fmt: skip
        typed, refused = parse_table(text, spec)
        if len(refused):
            fault = refused.iloc[0]
            raise RefusedChange(fault["column"], fault["value"], fault["message"], table)
        self.append(table, **typed.iloc[0].to_dict())

    def append(self, table: str, **values) -> None:
        """Append a row of typed values by field; what is not given is blank."""
        frame = self.own(table)
        label = int(frame.index.max()) + 1 if len(frame) else 0
        label = max(label, 1 + max(self._removed.get(table, {-1: 0}), default=-1))
        columns = {}
        for field, dtype in frame.dtypes.items():
            value = values.get(field, BLANKS.get(str(dtype), pd.NA if str(dtype) == "Int64" else None))
            columns[field] = pd.Series([value], index=[label]).astype(dtype)
        row = pd.DataFrame(columns)
        self.world[table] = row if frame.empty else pd.concat([frame, row])
        self._touched[table][label] = self.number
        self._added.setdefault(table, {})[label] = self.number

    def remove(self, table: str, rows: pd.Index) -> None:
        """Take rows out."""
        frame = self.own(table)
        self.world[table] = frame.drop(rows)
        self._removed.setdefault(table, {}).update(dict.fromkeys(rows.tolist(), self.number))
        for label in rows.tolist():
            self._touched[table].pop(label, None)

    def refusals(self, policies: dict) -> pd.DataFrame:
        """What an import would refuse of the touched rows; `row` is the number of the change."""
        touched = {
            name: self.world[name].loc[list(self._touched[name])] for name in self.specs if self._touched.get(name)
        }
        found = [self._repeated(touched), import_rules.refuse_broken_rows(touched, policies)]
        found.append(refuse_unknown_references(touched, self.specs.values(), self._known))
        found += [self._unconvertible(touched), self._early(touched)]
        if {"bom_lines", "substitutes"} & set(touched):
            found += self._circles(touched)
        refused = pd.concat([no_refusals(), *(frame for frame in found if len(frame))], ignore_index=True)
        numbers = [self._touched[name][row] for name, row in zip(refused["table"], refused["row"], strict=True)]
        refused["row"] = np.array(numbers, dtype=np.int64)
        orphans = self._orphans()
        return pd.concat([refused, orphans], ignore_index=True) if len(orphans) else refused

    def changes(self) -> pd.DataFrame:
        """Every cell that differs from the base: change, table, key, column, before, after; by change and table."""
        rows = []
        for table in self.specs:
            if table not in self._touched:
                continue
            before, now = _relabelled(self.base[table]), self.world[table]
            removed = self._removed.get(table, {})
            gone = before.loc[[label for label in removed if label in before.index]]
            rows += [(removed[label], table, key, "", "there", "removed")
                     for label, key in zip(gone.index, self._names(table, gone), strict=True)]  # fmt: skip
            new = now.loc[[label for label in self._touched[table] if label not in before.index]]
            rows += [(self._added[table][label], table, key, "", "", "added")
                     for label, key in zip(new.index, self._names(table, new), strict=True)]  # fmt: skip
            kept = [label for label in self._touched[table] if label in before.index]
            rows += self._cells(table, before.loc[kept], now.loc[kept])
        frame = pd.DataFrame(rows, columns=CHANGE_COLUMNS)
        frame = frame.astype({name: "int64" if name == "change" else "str" for name in CHANGE_COLUMNS})
        return frame.sort_values("change", kind="stable", ignore_index=True)

    def _cells(self, table: str, before: pd.DataFrame, now: pd.DataFrame) -> list[tuple]:
        """The cells of rows that stay which are not what they were."""
        rows = []
        keys = pd.Series(self._names(table, before), index=before.index)
        for column in self.specs[table].columns:
            old, new = before[column.field], now[column.field]
            if old.equals(new):
                continue
            same = ((old == new).fillna(False) | (old.isna() & new.isna())).to_numpy(dtype=bool)
            labels = before.index[~same]
            was, is_now = (shown_cells(frame.loc[labels], column.name) for frame in (before, now))
            rows += [(self._touched[table][label], table, keys[label], column.name, one, other)
                     for label, one, other in zip(labels, was, is_now, strict=True)]  # fmt: skip
        return rows

    def own(self, table: str) -> pd.DataFrame:
        """The branch's own frame of a table, its rows numbered from 0 when it is first looked at."""
        if table not in self._touched:
            spec = self.spec(table)
            frame = self.world.get(table)
            self.base[table] = frame = empty_frame(spec) if frame is None else frame
            self.world[table] = _relabelled(frame)
            self._touched[table] = {}
        return self.world[table]

    def _column(self, spec: ImportTable, name: str) -> ImportColumn:
        columns = {column.name: column for column in spec.columns}
        if name in columns:
            return columns[name]
        raise RefusedChange(name, "", f"{spec.name} has no column {name!r}; {_advice(str(name), columns)}", spec.name)

    def _parsed(self, spec: ImportTable, column: ImportColumn, cell):
        return parsed_cell(column, cell, spec.name)

    def _names(self, table: str, rows: pd.DataFrame) -> list[str]:
        key = self.specs[table].key or ("item", "warehouse", "lot", "status")
        # the beginning of a validity says something only where it was given
        key = tuple(field for field in key if field != "effective_from") if len(key) > 2 else key
        return [name.strip("/") for name in key_texts(rows, key)]

    def _known(self, parent: str) -> pd.DataFrame | None:
        if parent not in self._carried:
            return None
        return self.world[parent][list(self.specs[parent].key)] if parent in self.specs else None

    def _repeated(self, touched: dict[str, pd.DataFrame]) -> pd.DataFrame:
        refusals = import_rules.Refusals(touched)
        for name in list(touched):
            key = list(self.specs[name].key)
            if key and len(touched[name]):
                twice = self.world[name].duplicated(key, keep=False).loc[touched[name].index]
                names = self._names(name, touched[name][twice])
                message = [f"{name} has {number} already; change that row instead of adding it" for number in names]
                refusals.refuse(name, twice, key[-1].removesuffix("_micro"), message, names)
        return refusals.refused

    def _unconvertible(self, touched: dict[str, pd.DataFrame]) -> pd.DataFrame:
        items, conversions = self.world["items"], self.world["unit_conversions"]
        units = dict(zip(items["item"], items["unit"], strict=True))
        rows = conversions[["item", "from_unit", "to_unit"]].itertuples(index=False, name=None)
        return import_rules.refuse_unconvertible_units(touched, units, rows)

    def _early(self, touched: dict[str, pd.DataFrame]) -> pd.DataFrame:
        ordered = self.world["purchase_orders"].drop_duplicates("order").set_index("order")["order_date"]
        return import_rules.refuse_early_due_dates(touched, ordered)

    def _circles(self, touched: dict[str, pd.DataFrame]) -> list[pd.DataFrame]:
        """Bill lines that make an item contain itself, and substitutes made from what they replace."""
        boms, lines, pairs = (self.world[name] for name in ("boms", "bom_lines", "substitutes"))
        made = dict(zip(boms["bom"], boms["item"], strict=True))
        lines, pairs = (
            frame.drop(touched[name].index) if name in touched else frame
            for name, frame in (("bom_lines", lines), ("substitutes", pairs))
        )
        present = [(made[bom], part) for bom, part in zip(lines["bom"], lines["component"], strict=True) if bom in made]
        replacing = list(zip(pairs["component"], pairs["substitute"], strict=True))
        refused = [circle_rules.refuse_cycles(touched, made, present)]
        return [*refused, circle_rules.refuse_substitute_circles(touched, made, present, replacing)]

    def _orphans(self) -> pd.DataFrame:
        """Removed rows that others still name."""
        rows = []
        for table, removed in self._removed.items():
            key = self.specs[table].key
            base = _relabelled(self.base[table])
            gone = base.loc[[label for label in removed if label in base.index]]
            gone = gone[~gone[key[0]].isin(self.world[table][key[0]])] if len(key) == 1 else gone.iloc[:0]
            for child, spec in self.specs.items():
                for columns, parent in spec.parents:
                    if parent == table and len(columns) == 1 and len(gone):
                        naming = self.world[child][self.world[child][columns[0]].isin(gone[key[0]])]
                        named = naming.drop_duplicates(columns[0])
                        for value, name in zip(named[columns[0]], self._names(child, named), strict=True):
                            number = removed[gone.index[(gone[key[0]] == value).to_numpy()][0]]
                            message = f"{key[0]} {value} is still named by {child} {name}; remove that row first"
                            rows.append((table, number, key[0], value, message))
        return pd.DataFrame(rows, columns=no_refusals().columns).astype(no_refusals().dtypes.to_dict())


def parsed_cell(column: ImportColumn, cell, table: str):
    """A cell as its typed value. Raises RefusedChange with what an import would say."""
    values, faults = parse_column(pd.Series([cell_text(cell).strip()], dtype="str"), column)
    if faults is not None and pd.notna(faults.iloc[0]):
        raise RefusedChange(column.name, cell_text(cell), str(faults.iloc[0]), table)
    value = values.iloc[0]
    return pd.NA if pd.isna(value) else value


def cell_text(cell) -> str:
    """A cell of a scenario or form as the text a file would hold.

    >>> cell_text(True), cell_text(None), cell_text(2.5)
    ('yes', '', '2.5')
    """
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    return str(cell)


def _relabelled(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.reset_index(drop=True)


def _example_key(spec: ImportTable) -> str:
    return "{" + ", ".join(f"{field.removesuffix('_micro')}: …" for field in spec.key or ("item",)) + "}"


def _advice(name: str, offered: Iterable[str]) -> str:
    offered = list(offered)
    return likely(name, offered).removeprefix("; ") or f"choose one of {', '.join(offered)}"


def likely(name: str, offered: list[str]) -> str:
    """A question for the name that was probably meant, "" where none is near."""
    close = get_close_matches(name, offered, n=1)
    return f"; did you mean {close[0]}?" if close else ""
