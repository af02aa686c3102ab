"""What an import meets in the database: which rows are new, changed or the same, and which may not be touched."""

from datetime import date

import numpy as np
import pandas as pd

from calculations.frozen_fence import FENCED, changes_inside, fence_end, how_to_ask
from calculations.import_rules import Refusals, shown_cells
from calculations.row_parsing import ImportTable, key_texts, no_refusals
from models import importing
from models.database import Connection, insert_frame, read_table
from models.states import ENDED, NOT_YET
from models.worlds import CLOSED, read_world

# The document whose state decides whether a row may change.
DOCUMENTS = {
    "sales_orders": "sales_orders",
    "sales_order_lines": "sales_orders",
    "purchase_orders": "purchase_orders",
    "purchase_order_lines": "purchase_orders",
    "work_orders": "work_orders",
    "work_order_components": "work_orders",
    "subcontract_orders": "subcontract_orders",
    "subcontract_order_components": "subcontract_orders",
}
# Master data whose columns have rules between them: a file with some of the columns is held against the stored others.
COMPLETED = ("items", "boms", "bom_lines", "supplier_items", "substitutes", "inspection_plans")
STOCK_KEY = ("item", "warehouse", "lot", "status", "layer")


class ImportState:
    """Parsed frames beside the rows the database holds under the same keys.

    `frames` holds the rows still good, by table; rows leave it when they are refused. `present` names the columns each
    file has: a column it lacks keeps its stored value when a row changes.
    """

    def __init__(self, connection: Connection, frames: dict, specs: dict[str, ImportTable], present: dict, as_of: date,
                 policies: dict):  # fmt: skip
        self.connection = connection
        self.policies = policies
        self.frames = frames
        self.specs = specs
        self.as_of = as_of
        self.refused = no_refusals()
        self._present = present
        self._before: dict[str, pd.DataFrame] = {}
        self._differs: dict[str, dict[str, pd.Series]] = {}
        self._known: dict[str, pd.DataFrame] = {}
        self._given_dates: pd.Series | None = None

    def key(self, name: str) -> tuple[str, ...]:
        """The key columns by which rows of a table are matched."""
        return STOCK_KEY if name == "stock" else self.specs[name].key

    def known(self, name: str) -> pd.DataFrame:
        """The keys the database holds of a table, read once."""
        if name not in self._known:
            self._known[name] = importing.keys_of(self.connection, name, self.specs[name].key)
        return self._known[name]

    def completed(self, name: str) -> pd.DataFrame:
        """A table's rows, of master data with the stored values of the columns that the file lacks."""
        frame, key = self.frames[name], list(self.key(name))
        lacking = [column.field for column in self.specs[name].columns if column.name not in self._present[name]]
        if name not in COMPLETED or not lacking:
            return frame
        stored = importing.rows_with_keys_of(self.connection, name, frame, self.key(name))
        places = _index(stored, key).get_indexer(_index(frame, key)) if len(stored) else np.full(len(frame), -1)
        known = places >= 0
        frame = frame.copy()
        for field in (field for field in lacking if field not in key and known.any()):
            frame.loc[known, field] = stored[field].iloc[places[known]].to_numpy()
        return frame

    def compare(self) -> None:
        """Find each row's stored version and the columns that differ."""
        if "stock" in self.frames:
            self.frames["stock"] = _with_layers(self.frames["stock"])
        for name, frame in self.frames.items():
            if frame.empty:
                continue
            stored = importing.rows_with_keys_of(self.connection, name, frame, self.key(name))
            if stored.empty:
                continue
            key = list(self.key(name))
            places = _index(stored, key).get_indexer(_index(frame, key))
            known = places >= 0
            before = stored.iloc[places[known]].set_axis(frame.index[known])
            self._before[name] = before
            columns = [column for column in self.specs[name].columns if column.name in self._present[name]]
            self._differs[name] = {
                column.field: _differing(frame[column.field][known], before[column.field])
                for column in columns
                if column.field not in key
            }

    def new(self, name: str) -> pd.DataFrame:
        """Rows the database does not hold yet."""
        frame = self.frames[name]
        return frame[~frame.index.isin(self._before[name].index)] if name in self._before else frame

    def changed(self, name: str) -> pd.DataFrame:
        """Rows the database holds with other content: key and the columns of the file."""
        frame = self.frames[name]
        rows = self._changed_rows(name)
        columns = [*self.key(name), *(field for field in self._differs.get(name, {}))]
        return frame.loc[frame.index[frame.index.isin(rows)], columns]

    def values_of_changed(self, name: str) -> dict:
        """What else is set on changed rows: a refused fact that was corrected waits for posting again."""
        return {"state": "pending"} if self.specs[name].is_fact and name != "readings" else {}

    def changes(self, name: str) -> pd.DataFrame:
        """Before and after of every changed cell."""
        changed = self.changed(name)
        parts = [pd.DataFrame(columns=["table", "key", "column", "before", "after"])]
        keys = pd.Series(key_texts(changed, self.key(name)), index=changed.index, dtype="str")
        for field, differs in self._differs.get(name, {}).items():
            rows = changed.index[differs.reindex(changed.index).to_numpy()]
            if len(rows):
                column = field.removesuffix("_micro")
                before, after = self._before[name].loc[rows], changed.loc[rows]
                parts.append(
                    pd.DataFrame(
                        {
                            "table": name,
                            "key": keys[rows].to_numpy(),
                            "column": column,
                            "before": shown_cells(before, column),
                            "after": shown_cells(after, column),
                        }
                    )
                )
        return pd.concat(parts, ignore_index=True)

    def refuse_what_is_settled(self) -> pd.DataFrame:
        """Take rows out that would change what may not change any more, and say which."""
        refusals = Refusals(self.frames)
        self._refuse_other_facts(refusals)
        self._refuse_ended_documents(refusals)
        self._refuse_converted_opportunities(refusals)
        self._refuse_locked_periods(refusals)
        self._refuse_below_shipments(refusals)
        self._refuse_other_items(refusals)
        self._refuse_moved_stock(refusals)
        self._refuse_inside_the_fence(refusals)
        return refusals.refused

    def write_opening_moves(self) -> None:
        """The moves of new stock rows, and corrected moves of changed ones that nothing has moved since."""
        if "stock" not in self.frames:
            return
        stock = self.frames["stock"]
        columns = stock.columns
        new, changed = self.new("stock"), stock.loc[self.changed("stock").index]
        if len(changed):
            # columns the file lacks keep what is stored
            differing = self._differs["stock"]
            changed = (
                self._before["stock"]
                .loc[changed.index, columns]
                .assign(**{field: changed[field] for field in differing})
            )
            importing.delete_opening_moves(self.connection, self._opening_moves(changed)["number"].tolist())
        moves = self._opening_moves(pd.concat([new, changed]) if len(changed) else new)
        insert_frame(self.connection, "stock_moves", moves[moves["quantity_micro"] != 0])

    def _opening_moves(self, stock: pd.DataFrame) -> pd.DataFrame:
        numbers = key_texts(stock, STOCK_KEY)
        return pd.DataFrame(
            {
                "number": [f"stock:{number}/1" for number in numbers],
                "date": stock["received_date"].fillna(pd.Timestamp(self.as_of)).to_numpy(),
                **{name: stock[name].to_numpy() for name in ("item", "warehouse", "lot", "status", "quantity_micro")},
                "kind": "opening",
                "unit_cost_micro": stock["unit_cost_micro"].array,
                "origin": [f"stock:{number}" for number in numbers],
            }
        )

    def _changed_rows(self, name: str) -> pd.Index:
        """Rows with other content; a refused fact that comes again counts, as what it lacked may be there by now."""
        differs = self._differs.get(name)
        if not differs:
            return pd.Index([], dtype="int64")
        changed = pd.concat(differs.values(), axis=1).any(axis=1)
        before = self._before[name]
        if self.specs[name].is_fact and "state" in before:
            changed |= (before["state"] == "refused").reindex(changed.index)
        return changed.index[changed.to_numpy()]

    def _is_new(self, name: str) -> np.ndarray:
        frame = self.frames[name]
        return ~frame.index.isin(self._before[name].index) if name in self._before else np.ones(len(frame), dtype=bool)

    def _is_changed(self, name: str) -> np.ndarray:
        return self.frames[name].index.isin(self._changed_rows(name))

    def _refuse_other_facts(self, refusals: Refusals) -> None:
        for name in list(self.frames):
            if not self.specs[name].is_fact or name not in self._before:
                continue
            frame = self.frames[name]
            bad = self._is_changed(name)
            if "state" in self._before[name]:
                waits = self._before[name]["state"] == "refused"
                bad &= ~frame.index.isin(waits.index[waits])
            numbers = key_texts(frame[bad], self.specs[name].key)
            message = [
                f"{number} came before with other content; a fact is not changed: reverse it with an event of its own"
                for number in numbers
            ]
            refusals.refuse(name, bad, self.specs[name].key[0], message, numbers)

    def _refuse_ended_documents(self, refusals: Refusals) -> None:
        for name, document in DOCUMENTS.items():
            if name in self.frames:
                touched = self._is_new(name) | self._is_changed(name)
                self._refuse_orders(
                    refusals, name, touched, importing.ended_documents(self.connection, document, ENDED)
                )
        facts = [name for name in self.frames if self.specs[name].is_fact and "order" in self.frames[name]]
        if facts:
            ended = {}
            for document in sorted(set(DOCUMENTS.values())):
                ended |= importing.ended_documents(self.connection, document, CLOSED)
            for name in facts:
                self._refuse_orders(refusals, name, self._is_new(name), ended)

    def _refuse_orders(self, refusals: Refusals, name: str, touched: np.ndarray, ended: dict[str, str]) -> None:
        frame = self.frames[name]
        if not ended or frame.empty:
            return
        bad = touched & frame["order"].isin(list(ended)).to_numpy()
        message = [f"order {order} is {ended[order]}; nothing is added to it" for order in frame["order"][bad]]
        refusals.refuse(name, bad, "order", message)

    def _refuse_converted_opportunities(self, refusals: Refusals) -> None:
        """What became an order is changed there; who looks after an opportunity may still change."""
        tables = [name for name in ("opportunities", "opportunity_lines") if name in self.frames]
        converted = importing.orders_of_opportunities(self.connection) if tables else {}
        for name in tables if converted else ():
            frame = self.frames[name]
            touched = self._is_new(name) | self._is_changed(name)
            if name == "opportunities":
                differs = self._differs.get(name, {})
                columns = [differs[column] for column in ("customer", "stage", "currency") if column in differs]
                other = pd.concat(columns, axis=1).any(axis=1) if columns else pd.Series(dtype=bool)
                touched = frame.index.isin(other.index[other.to_numpy(dtype=bool)])
            bad = touched & frame["opportunity"].isin(list(converted)).to_numpy()
            message = [
                f"opportunity {code} became order {converted[code]}; change the order instead"
                for code in frame["opportunity"][bad]
            ]
            refusals.refuse(name, bad, "opportunity", message)

    def _refuse_locked_periods(self, refusals: Refusals) -> None:
        locked = importing.locked_periods(self.connection)
        if not locked:
            return
        for name, column in self._dated_tables():
            frame = self.frames[name]
            if column == "period":
                months = frame["period"]
            else:
                months = frame[column].fillna(pd.Timestamp(self.as_of)).dt.strftime("%Y-%m")
            bad = (self._is_new(name) | self._is_changed(name)) & months.isin(locked).to_numpy()
            message = [f"period {month} is locked; date it in an open period" for month in months[bad]]
            refusals.refuse(name, bad, column, message)

    def _dated_tables(self) -> list[tuple[str, str]]:
        """Tables whose rows belong to a period, with the column that says which."""
        dated = []
        for name, frame in self.frames.items():
            if self.specs[name].is_fact or name == "stock":
                column = next((field for field in ("date", "period", "received_date") if field in frame), "")
                if column:
                    dated.append((name, column))
        return dated

    def _refuse_below_shipments(self, refusals: Refusals) -> None:
        if "sales_order_lines" not in self.frames or not self._is_changed("sales_order_lines").any():
            return
        frame = self.frames["sales_order_lines"]
        before = self._before["sales_order_lines"]
        now = read_world(self.connection, ["sales_order_lines"], ended="all")["sales_order_lines"]
        shipped = now.set_index(["order", "line"])["shipped_quantity_micro"]
        changed = frame[self._is_changed("sales_order_lines")]
        total = shipped.reindex(_index(changed, ["order", "line"])).to_numpy()
        in_kitline = total - before.loc[changed.index, "shipped_quantity_micro"].to_numpy()
        counted = "shipped_quantity_micro" in self._differs["sales_order_lines"]
        imported = (changed if counted else before.loc[changed.index])["shipped_quantity_micro"].to_numpy()
        low = changed["quantity_micro"].to_numpy() < imported + in_kitline
        bad = frame.index.isin(changed.index[low])
        message = "quantity is below what was shipped; a line cannot go below its shipments"
        refusals.refuse("sales_order_lines", bad, "quantity", message)

    def _refuse_other_items(self, refusals: Refusals) -> None:
        for name in DOCUMENTS:
            differs = self._differs.get(name, {}).get("item")
            if differs is None or name not in self.frames or not differs.any():
                continue
            frame = self.frames[name]
            other = frame.index.isin(differs.index[differs])
            moved = importing.moved_orders(self.connection, frame["order"][other].unique().tolist())
            bad = other & frame["order"].isin(moved).to_numpy()
            refusals.refuse(name, bad, "item", "goods have moved for this order; its item cannot change, add a line")

    def _refuse_inside_the_fence(self, refusals: Refusals) -> None:
        """Lines of planned orders that would be others inside the frozen fence: there a person approves a change."""
        name, days = "sales_order_lines", self.policies["frozen_fence_days"]
        changed = self._changed_rows(name).intersection(self.frames[name].index) if name in self.frames else ()
        if not days or not len(changed):
            return
        end = fence_end({"calendar": self._calendar()}, self.as_of, days)
        waiting = importing.ended_documents(self.connection, "sales_orders", NOT_YET)
        after = self.frames[name].loc[changed].loc[lambda frame: ~frame["order"].isin(list(waiting))]
        before = self._before[name].loc[after.index]
        inside = after.index[changes_inside(before, after, end)]
        pairs = zip(before.loc[inside].to_dict("records"), after.loc[inside].to_dict("records"), strict=True)
        said = {
            row: f"line {now['line']} of {now['order']} is due inside the frozen fence of {days} working days, where a "
            f"change waits for approval; ask for it with {how_to_ask(was, now)}"
            for row, (was, now) in zip(inside, pairs, strict=True)
        }
        for field in FENCED:
            # a refused row has left the frame: each is named once, with the first cell that differs
            rows = self.frames[name].index
            bad = rows[rows.isin(inside) & self._differs[name][field].reindex(rows, fill_value=False).to_numpy()]
            message = [said[row] for row in bad]
            refusals.refuse(name, rows.isin(bad), field.removesuffix("_micro"), message)

    def _calendar(self) -> pd.DataFrame:
        """The days that differ from Monday to Friday, as they are after this import."""
        stored, own = read_table(self.connection, "calendar"), self.frames.get("calendar")
        if own is None:
            return stored
        return pd.concat([stored[~stored["date"].isin(own["date"])], own], ignore_index=True)

    def _refuse_moved_stock(self, refusals: Refusals) -> None:
        if "stock" not in self.frames or not (self._is_new("stock") | self._is_changed("stock")).any():
            return
        frame = self.frames["stock"]
        moved = importing.moved_lots(self.connection)
        if not moved:
            return
        lots = zip(frame["item"].tolist(), frame["warehouse"].tolist(), frame["lot"].tolist(), strict=True)
        has_moved = np.array([lot in moved for lot in lots], dtype=bool)
        bad = has_moved & (self._is_new("stock") | self._is_changed("stock"))
        message = [
            f"stock of {item} in {warehouse} has moved since it was opened; leave the opening row and count the stock"
            for item, warehouse in zip(frame["item"][bad], frame["warehouse"][bad], strict=True)
        ]
        refusals.refuse("stock", bad, "quantity", message)


def _index(frame: pd.DataFrame, key: list[str]) -> pd.Index:
    return pd.Index(frame[key[0]]) if len(key) == 1 else pd.MultiIndex.from_frame(frame[key])


def _differing(after: pd.Series, before: pd.Series) -> pd.Series:
    """Whether cells differ; two missing ones do not."""
    gone, was_gone = after.isna(), before.isna()
    same = (after == before).fillna(False).astype(bool)
    return ~(same | (gone & was_gone))


def _with_layers(stock: pd.DataFrame) -> pd.DataFrame:
    """Stock rows of the same place, lot and status are counted: oldest first, whatever their order in the file."""
    place = list(STOCK_KEY[:-1])
    ordered = stock.sort_values(["received_date", "unit_cost_micro", "quantity_micro"], kind="stable")
    return stock.assign(layer=ordered.groupby(place).cumcount().reindex(stock.index) + 1)
