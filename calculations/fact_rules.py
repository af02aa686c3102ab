"""What each kind of fact does to stock and documents; a rule changes documents only after everything else held."""

from collections import defaultdict
from dataclasses import replace
from datetime import date

import pandas as pd

from calculations.backflush import needed, use_up
from calculations.exact import MICRO, micro_text
from calculations.posting_documents import Component, ProductionOrder, PurchaseOrder, SalesLine, limit
from calculations.product_structure import ProductStructure
from calculations.stock_ledger import MAIN, NO_LINE, Cause, Refused
from calculations.stocking_units import down, up
from calculations.subcontracting import use_up_at_subcontractor


def post_receipt(engine, fact: dict, cause: Cause) -> None:
    """Goods come in for a purchase line or a subcontract order; a subcontractor's delivery uses up what he has."""
    order = cause.order
    _need_positive(fact, "quantity_micro", "a return to the supplier is an inspection with disposition return")
    if order in engine.documents.purchases:
        _take_orders(engine, "purchase_orders", order)
        purchase = engine.documents.purchases[order]
        line = _line_of(purchase, order, fact["line"])
        quantity = _in_stocking_unit(engine, fact, purchase.lines[line].item, down)
        _check_limit(purchase.lines[line].ordered, purchase.lines[line].received, quantity, purchase.over_receipt,
                     f"line {line} of {order}", "received", "supplier's over_receipt_percent")  # fmt: skip
        item = purchase.lines[line].item
        target = fact.get("deliver_to") or ""
        component = _component_delivered_to(engine, target, item, quantity) if target else None
        _into_stock(engine, replace(cause, kind="receipt", line=line), item, quantity, fact,
                    purchase.lines[line].price, fact["event"])  # fmt: skip
        if component is not None:
            _hand_on(engine, cause, target, item, quantity, fact)
            component.issued += quantity
        purchase.lines[line].received += quantity
        _touch(engine, "purchase_orders", order)
    elif order in engine.documents.subcontracts:
        _take_orders(engine, "subcontract_orders", order)
        if fact.get("deliver_to"):
            raise Refused("deliver_to", fact["deliver_to"], f"{order} is a subcontract order, whose goods come here "
                          "first; leave deliver_to out and issue them")  # fmt: skip
        subcontract = engine.documents.subcontracts[order]
        quantity = _in_stocking_unit(engine, fact, subcontract.item, down)
        _check_limit(subcontract.quantity, subcontract.good, quantity, subcontract.over_receipt, order, "received",
                     "supplier's over_receipt_percent")  # fmt: skip
        consumption = cause.of_kind("consumption")
        used, short = use_up_at_subcontractor(engine, consumption, subcontract, quantity)
        _record_use(engine, fact, order, used, short)
        _into_stock(engine, cause.of_kind("subcontract_receipt"), subcontract.item, quantity, fact,
                    engine.standard_cost.get(subcontract.item), fact["event"])  # fmt: skip
        subcontract.good += quantity
        _touch(engine, "subcontract_orders", order)
    else:
        raise _no_order(order, "purchase or subcontract order")


def post_issue(engine, fact: dict, cause: Cause) -> None:
    """Material goes to a work order or a subcontractor; a negative quantity comes back."""
    order = engine.documents.works.get(cause.order) or engine.documents.subcontracts.get(cause.order)
    if order is None:
        raise _no_order(cause.order, "work or subcontract order")
    _take_orders(engine, order.table, cause.order)
    quantity, item = fact["quantity_micro"], fact["item"]
    if quantity == 0:
        raise Refused("quantity", "0", f"issue {fact['event']} moves nothing; give a quantity, negative for a return")
    quantity = _in_stocking_unit(engine, fact, item, up)
    kinds = _issue_kinds(order)
    if quantity > 0:
        component = _component_for(engine, order, item, quantity)
        issue = cause.of_kind(kinds[0])
        for warehouse, lot, part in engine.ledger.take(issue, item, quantity, fact["warehouse"], fact["lot"]):
            engine.ledger.move(issue, item, warehouse, lot, order.status, part)
    else:
        component = order.components.get(item) or Component(0, 0)
        _come_back(engine, cause.of_kind(kinds[1]), order, item, -quantity, fact)
    component.issued += quantity
    _touch(engine, order.table, cause.order)


def post_completion(engine, fact: dict, cause: Cause) -> None:
    """Good and scrapped units of a work order; what they need is used up in the same breath, or nothing happens."""
    order = engine.documents.works.get(cause.order)
    if order is None:
        raise _no_order(cause.order, "work order")
    _take_orders(engine, "work_orders", cause.order)
    good, scrapped = fact["quantity_micro"], fact["scrapped_quantity_micro"]
    if good < 0 or scrapped < 0 or good + scrapped == 0:
        raise Refused("quantity", micro_text(good), f"completion {fact['event']} needs good or scrapped units above 0")
    _check_limit(order.quantity, order.processed, good + scrapped, engine.over_completion, cause.order,
                 "completed or scrapped", "policy over_completion_percent")  # fmt: skip
    operation = fact.get("operation") or ""
    if operation:
        engine.operations.check(order, operation, 0, scrapped, limit(order.quantity, engine.over_completion))
    consumption = cause.of_kind("consumption")
    used, backflushed, short = use_up(engine, consumption, order, good + scrapped)
    _record_use(engine, fact, cause.order, used, short)
    if good:
        cost = engine.standard_cost.get(order.item)
        _into_stock(engine, cause.of_kind("completion"), order.item, good, fact, cost, cause.order)
    for item, quantity in backflushed:
        order.components[item].issued += quantity
    order.good += good
    order.scrapped += scrapped
    if operation:
        engine.operations.add(cause.order, operation, 0, scrapped)
    _touch(engine, "work_orders", cause.order)


def post_time_entry(engine, fact: dict, cause: Cause) -> None:
    """Hours, and units that passed an operation, move no stock; their order and work center must be there."""
    if cause.order not in engine.documents.works:
        raise _no_order(cause.order, "work order")
    _take_orders(engine, "work_orders", cause.order)
    # a scenario that carries no work centers is not asked for them; its hours have no rate
    if engine.work_centers and fact["work_center"] not in engine.work_centers:
        raise Refused("work_center", fact["work_center"], f"there is no work center {fact['work_center']}; add it or "
                      "correct the code")  # fmt: skip
    for name in ("labor_hours_micro", "machine_hours_micro"):
        if fact[name] < 0:
            raise Refused(name.removesuffix("_micro"), micro_text(fact[name]), "hours cannot be negative; correct them")
    passed, operation = fact.get("quantity_micro") or 0, fact.get("operation") or ""
    if passed:
        order = engine.documents.works[cause.order]
        engine.operations.check(order, operation, passed, 0, limit(order.quantity, engine.over_completion))
        engine.operations.add(cause.order, operation, passed, 0)
    engine.documents.time_entries[cause.order] += 1
    _touch(engine, "work_orders", cause.order)


def post_shipment(engine, fact: dict, cause: Cause) -> None:
    """Goods leave for a customer, never more than ordered; of an order that is delivered complete all or none."""
    engine.complete_shipments.refuse_incomplete(engine, fact, _take_shipment)
    line, quantity = _take_shipment(engine, fact, cause)
    line.shipped += quantity
    _touch(engine, "sales_orders", line.order)


def post_customer_return(engine, fact: dict, cause: Cause) -> None:
    """Goods that come back wait for inspection; no more can come back than was shipped."""
    line = _sales_line(engine, cause)
    quantity = fact["quantity_micro"]
    _need_positive(fact, "quantity_micro", "goods that leave are a shipment")
    if line.returned + quantity > line.shipped:
        raise Refused(
            "quantity", micro_text(quantity),
            f"{micro_text(line.shipped)} of line {line.line} of {line.order} were shipped and "
            f"{micro_text(line.returned)} came back before, so {micro_text(quantity)} more cannot; "
            "correct the quantity",
            may_wait=True,
        )  # fmt: skip
    lot = fact["lot"] or (fact["event"] if line.item in engine.tracked else "")
    engine.ledger.receive(cause.of_kind("customer_return"), line.item, MAIN, lot, "inspection", quantity)
    line.returned += quantity


def check_expense(engine, fact: dict, cause: Cause) -> None:
    """Expenses move no stock; the order or work center they are for must be there."""
    kind, _, code = fact["scope"].partition(":")
    documents = engine.documents
    known = {
        "work_center": engine.work_centers,
        "order": {*documents.works, *documents.subcontracts, *documents.purchases, *documents.sales_by_order},
    }
    if kind == "all" and not code:
        return
    if kind not in known:
        raise Refused("scope", fact["scope"], f"scope {fact['scope']!r} must be all, work_center:CODE or order:CODE")
    # a scenario that carries no orders or work centers is not asked for them
    if not known[kind]:
        return
    if code not in known[kind]:
        raise Refused("scope", fact["scope"], f"there is no {kind.replace('_', ' ')} {code}, or it is closed; "
                      "correct the scope")  # fmt: skip


# what the rules share


def _in_stocking_unit(engine, fact: dict, item: str, rounding) -> int:
    """The fact's quantity in the item's stocking unit, in micro-units; here, once, and nowhere else."""
    return engine.units.quantity(item, fact.get("unit") or "", fact["quantity_micro"], rounding)


def _into_stock(engine, cause: Cause, item, quantity, fact, unit_cost, own_lot) -> None:
    status = "inspection" if item in engine.inspected else "available"
    lot = fact["lot"] or (own_lot if item in engine.tracked else "")
    engine.ledger.receive(cause, item, fact.get("warehouse") or MAIN, lot, status, quantity, unit_cost)


def _component_delivered_to(engine, target: str, item: str, quantity: int) -> Component:
    """The component of an order that a supplier's delivery straight to it counts on."""
    order = engine.documents.works.get(target) or engine.documents.subcontracts.get(target)
    if order is None:
        raise Refused("deliver_to", target, f"there is no open work or subcontract order {target}; correct the number")
    _take_orders(engine, order.table, target)
    if item in engine.inspected:
        raise Refused("deliver_to", target, f"{item} is inspected before it is used; receive it here and issue it when "
                      "it was accepted")  # fmt: skip
    return _component_for(engine, order, item, quantity)


def _hand_on(engine, cause: Cause, target: str, item: str, quantity: int, fact: dict) -> None:
    """The goods just received go on to the order they were sent to, whatever else waits for such goods here."""
    order = engine.documents.works.get(target) or engine.documents.subcontracts[target]
    sent = replace(cause, kind=_issue_kinds(order)[0], order=target, line=NO_LINE)
    warehouse, lot = fact.get("warehouse") or MAIN, fact["lot"] or (fact["event"] if item in engine.tracked else "")
    engine.ledger.move(sent, item, warehouse, lot, "available", -quantity)
    engine.ledger.move(sent, item, warehouse, lot, order.status, quantity)
    _touch(engine, order.table, target)


def _issue_kinds(order: ProductionOrder) -> tuple[str, str]:
    return ("send", "return_send") if order.table == "subcontract_orders" else ("issue", "return_issue")


def _come_back(engine, cause: Cause, order: ProductionOrder, item, quantity, fact) -> None:
    held = sum(engine.ledger.held_places(order.status, order.number, item, fact["lot"]).values())
    if held < quantity:
        raise Refused(
            "quantity", micro_text(-quantity),
            f"{order.number} has {micro_text(held)} of {item} left, {micro_text(quantity - held)} less than came back; "
            "correct the quantity or record the issue that is missing",
            may_wait=True,
        )  # fmt: skip
    for warehouse, lot, _, part in engine.ledger.release(cause, order.status, item, quantity, fact["lot"]):
        engine.ledger.move(cause, item, fact["warehouse"] or warehouse, lot, "available", part)


def _component_for(engine, order: ProductionOrder, item, quantity) -> Component:
    """The component an issue counts on, within what may be issued; rework takes whatever the repair needs."""
    if order.kind == "rework":
        return order.components.setdefault(item, Component(0, 0, "issue"))
    component = order.components.get(item)
    if component is not None and component.planned:
        _check_limit(component.planned, component.issued, quantity, engine.over_issue, f"{item} of {order.number}",
                     "issued", "policy over_issue_percent")  # fmt: skip
        return component
    for main, planned in order.components.items():
        ratio = dict(engine.substitutes.get(main, ())).get(item)
        if ratio is None:
            continue
        open_ = limit(planned.planned, engine.over_issue) - planned.issued
        held = engine.ledger.held_quantity(order.status, order.number, item)
        _check_limit(max(open_, 0) * ratio // MICRO, held, quantity, 0, f"{item} instead of {main} of {order.number}",
                     "issued", "policy over_issue_percent")  # fmt: skip
        return order.components.setdefault(item, Component(0, 0, "issue"))
    raise Refused("item", item, f"{item} is no component of {order.number}; add it to the order or correct the item")


def _check_limit(planned, before, more, percent, what, verb, allowance) -> None:
    most = limit(planned, percent)
    if before + more > most:
        over = f" ({micro_text(most)} with the {allowance})" if percent else ""
        raise Refused(
            "quantity", micro_text(more),
            f"{what}: {micro_text(planned)} planned{over}, {micro_text(before)} {verb} before, so {micro_text(more)} "
            f"is {micro_text(before + more - most)} too many; correct the quantity"
            + (f", change the order or raise the {allowance}" if allowance else " or change the order"),
        )  # fmt: skip


def _line_of(purchase: PurchaseOrder, order: str, line: int | None) -> int:
    if line is None and len(purchase.lines) == 1:
        return next(iter(purchase.lines))
    if line not in purchase.lines:
        known = ", ".join(str(number) for number in sorted(purchase.lines))
        raise Refused("line", "" if line is None else line, f"{order} has no line {'' if line is None else line}; "
                      f"give one of {known}")  # fmt: skip
    return line


def _take_shipment(engine, fact: dict, cause: Cause) -> tuple[SalesLine, int]:
    """Take a shipment's goods out of stock: its line and the quantity in the stocking unit, not yet counted there."""
    line = _sales_line(engine, cause)
    _need_positive(fact, "quantity_micro", "goods that come back are a customer return")
    quantity = _in_stocking_unit(engine, fact, line.item, up)
    _check_limit(line.ordered, line.shipped, quantity, 0, f"line {line.line} of {line.order}", "shipped", "")
    engine.ledger.take(replace(cause, kind="shipment"), line.item, quantity, "", fact["lot"])
    return line, quantity


def _sales_line(engine, cause: Cause) -> SalesLine:
    line = engine.documents.sales.get((cause.order, cause.line))
    if line is None:
        if cause.order in engine.documents.sales_by_order:
            raise Refused("line", cause.line, f"{cause.order} has no line {cause.line}; correct the line")
        raise _no_order(cause.order, "sales order")
    _take_orders(engine, "sales_orders", cause.order)
    return line


def _take_orders(engine, table: str, order: str) -> None:
    state = engine.documents.refuses(table, order)
    if state:
        raise Refused("order", order, f"{order} is {state} and takes no facts; correct the order or open it again")


def _no_order(order: str, kind: str) -> Refused:
    return Refused("order", order, f"there is no open {kind} {order}; correct the number, or open the order if it is "
                   "closed")  # fmt: skip


def _need_positive(fact: dict, name: str, hint: str) -> None:
    if fact[name] <= 0:
        column = name.removesuffix("_micro")
        raise Refused(column, micro_text(fact[name]), f"{column} must be more than 0; {hint}")


def _record_use(engine, fact: dict, order: str, used: list[tuple], short: list[tuple]) -> None:
    event, day = fact["event"], fact["date"]
    engine.consumptions += [(event, order, item, quantity, day) for item, quantity in used]
    engine.exceptions += [
        ("backflush_shortage", event, order, item, quantity, day,
         f"{event} was posted although {micro_text(quantity)} of {item} were missing for {order}; "
         "record what was used before closing the period")
        for item, quantity in short
    ]  # fmt: skip


def _touch(engine, table: str, order: str) -> None:
    engine.documents.touched[table, order] = None


# what a world says about its orders


def issue_methods(world):
    """A function (item made, component) → issue method of the bill's line, "" where no line says."""
    boms, lines = world["boms"], world["bom_lines"]
    by_bom: dict[str, dict[str, str]] = defaultdict(dict)
    for bom, component, method in zip(lines["bom"], lines["component"], lines["issue_method"], strict=True):
        by_bom[bom].setdefault(component, method)
    newest = boms.sort_values(["version", "bom"], ascending=[True, False], kind="stable")
    bill = dict(zip(newest["item"], newest["bom"], strict=True))
    phantoms = set(boms.loc[boms["phantom"], "bom"])
    found: dict[str, dict[str, str]] = {}

    def methods(item: str, path: tuple[str, ...] = ()) -> dict[str, str]:
        if item not in found and item not in path:
            own = dict(by_bom.get(bill.get(item, ""), {}))
            for component in list(own):
                if bill.get(component) in phantoms:
                    own = {**methods(component, (*path, item)), **own}
            found[item] = own
        return found.get(item, {})

    return lambda item, component: methods(item).get(component, "")


def explode_missing_components(engine, world, policies: dict) -> None:
    """Give production orders without component rows the needs of their item's bill on the day they start (a
    subcontract order: are due). A phantom's own stock is used first, once, by the orders in order of number.

    What such an order was issued before follows from what it holds and what its finished units used.
    """
    if world["boms"].empty:
        return
    documents, structures = engine.documents, {}
    free = _phantom_stock(engine, world, policies)
    for frame, column, orders in (
        (world["work_orders"], "start_date", documents.works),
        (world["subcontract_orders"], "due_date", documents.subcontracts),
    ):
        days = dict(zip(frame["order"], frame[column], strict=True))
        for number, order in sorted(orders.items()):
            if order.components or order.kind == "rework" or pd.isna(days[number]):
                continue
            day = days[number].date()
            structure = structures.setdefault(day, ProductStructure(world, day, policies))
            for code, planned in _needs_of(structure, order, free):
                method = documents.default_method(order.item, code) if order.table == "work_orders" else ""
                held = engine.ledger.held_quantity(order.status, number, code)
                used = needed(planned, order.processed, order.quantity, engine.steps.get(code, 1))
                told = world.get("order_stock") is not None
                order.components[code] = Component(planned, held + used if told else 0, method)
            documents.exploded.add((order.table, number))


def _needs_of(structure: ProductStructure, order: ProductionOrder, free: dict[str, int]) -> list[tuple[str, int]]:
    """(item, micro-units) that the whole order needs by its bill; stock taken of phantoms leaves `free`."""
    position = structure.index.get_indexer([order.item])[0]
    bill = structure.bill(int(position)) if position >= 0 else None
    if bill is None:
        return []
    taken: dict[str, int] = {}

    def take(place: int, quantity) -> None:
        code = structure.codes[place]
        free[code] -= int(quantity)
        taken[code] = taken.get(code, 0) + int(quantity)

    needs = structure.needs(bill, order.quantity, lambda place: free.get(structure.codes[place], 0), take)
    return [*taken.items(), *((structure.codes[place], planned) for place, planned in needs)]


def _phantom_stock(engine, world, policies: dict) -> dict[str, int]:
    """Available stock of phantom items, in micro-units; none where the policy ignores it."""
    if policies["phantom_stock"] == "ignore":
        return {}
    phantoms = set(world["boms"].loc[world["boms"]["phantom"], "item"])
    return {item: engine.ledger.usable(item, date.min) for item in phantoms}


def substitutes_by_component(world) -> dict[str, list[tuple[str, int]]]:
    """The substitutes of each component by priority: (item, units of it for one of the component, in micro-units)."""
    frame = world["substitutes"].sort_values(["component", "priority", "substitute"], kind="stable")
    found: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for component, substitute, ratio in zip(frame["component"], frame["substitute"], frame["ratio_micro"].tolist(),
                                            strict=True):  # fmt: skip
        found[component].append((substitute, ratio))
    return found
