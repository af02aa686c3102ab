"""Snapshots: frames in bytes and back, and digests that see every cell and nothing else."""

import pandas as pd

from calculations.material_planning import plan_materials
from calculations.snapshots import digest_of, digests, packed, unpacked
from support import world_of
from table_maker import AS_OF, TABLES


def frame(**columns) -> pd.DataFrame:
    base = {
        "item": pd.Series(["BOLT", "", "NUT"], dtype="str"),
        "line": pd.Series([10, None, 20], dtype="Int64"),
        "date": pd.Series(pd.to_datetime(["2026-01-05", None, "2026-01-07"])).astype("datetime64[s]"),
        "quantity_micro": pd.Series([2**62 + 1, -5, 0]),
        "firm": pd.Series([True, False, True]),
    }
    return pd.DataFrame(base | columns)


def test_frames_come_back_as_they_were():
    world = world_of(TABLES) | {"odd": frame(), "gap": frame().iloc[[0, 2]]}
    back = unpacked(packed(world))
    assert list(back) == list(world)
    for name in world:
        pd.testing.assert_frame_equal(back[name], world[name])


def test_the_same_frames_are_the_same_bytes():
    assert packed({"one": frame()}) == packed({"one": frame()})


def test_a_digest_sees_every_cell():
    def digest(**columns) -> str:
        return digest_of(digests({"one": frame(**columns)}))

    same = digest()
    assert digest() == same
    others = {
        digest(item=pd.Series(["BOL", "T", "NUT"], dtype="str")),
        digest(line=pd.Series([10, 0, 20], dtype="Int64")),
        digest(quantity_micro=pd.Series([2**62, -5, 0])),
        digest(firm=pd.Series([True, False, False])),
        digest(date=frame()["date"].shift(1)),
        digest(more=pd.Series([1, 2, 3])),
        digest_of(digests({"two": frame()})),
        digest_of(digests({"one": frame().iloc[:2]})),
    }
    assert len(others | {same}) == 9


def test_how_a_text_lies_in_memory_does_not_matter():
    whole = frame()
    sliced = pd.concat([whole, whole]).iloc[3:].reset_index(drop=True)
    kept = whole.assign(item=whole["item"].astype(object))
    assert digests({"one": sliced}) == digests({"one": whole}) == digests({"one": kept})


def test_the_order_of_rows_in_the_tables_does_not_matter():
    world = world_of(TABLES)
    turned = {name: rows.iloc[::-1].reset_index(drop=True) for name, rows in world.items()}
    one, other = (digests(plan_materials(each, AS_OF, {})) for each in (world, turned))
    assert one == other
