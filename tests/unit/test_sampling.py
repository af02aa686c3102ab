import pytest
from hypothesis import given
from hypothesis import strategies as st

from calculations.exact import to_micro
from calculations.sampling import NoSuchPlan, Switching, after_lot, sample_plan, sample_plans
from calculations.sampling_tables import LETTERS, LEVELS, LIMITS, TABLES, code_letter, master_plan
from small_plant import MONTH_END, item, on, plant
from support import frame_rows


@pytest.mark.parametrize(
    ("lot", "level", "letter"),
    [(2, "II", "A"), (8, "III", "B"), (9, "II", "B"), (150, "II", "F"), (151, "II", "G"), (280, "I", "E"),
     (500, "S-4", "E"), (1_200, "II", "J"), (1_201, "II", "K"), (10_000, "S-3", "F"), (35_000, "II", "M"),
     (150_000, "III", "P"), (500_001, "II", "Q"), (500_001, "III", "R")],
)  # fmt: skip
def test_code_letters_of_table_1(lot, level, letter):
    assert code_letter(lot, level) == letter


# Rows of the printed tables for AQL 0.40, 0.65, 1.0, 1.5, 2.5, 4.0, 6.5 and 10: letter, size and acceptance number
# where the arrows lead.
PRINTED = {
    ("normal", "C"): "G 32 0|F 20 0|E 13 0|D 8 0|C 5 0|B 3 0|D 8 1|C 5 1",
    ("normal", "G"): "G 32 0|F 20 0|H 50 1|G 32 1|G 32 2|G 32 3|G 32 5|G 32 7",
    ("normal", "J"): "K 125 1|J 80 1|J 80 2|J 80 3|J 80 5|J 80 7|J 80 10|J 80 14",
    ("normal", "K"): "K 125 1|K 125 2|K 125 3|K 125 5|K 125 7|K 125 10|K 125 14|K 125 21",
    ("normal", "M"): "M 315 3|M 315 5|M 315 7|M 315 10|M 315 14|M 315 21|L 200 21|K 125 21",
    ("tightened", "C"): "H 50 0|G 32 0|F 20 0|E 13 0|D 8 0|C 5 0|E 13 1|D 8 1",
    ("tightened", "F"): "H 50 0|G 32 0|F 20 0|H 50 1|G 32 1|F 20 1|F 20 2|F 20 3",
    ("tightened", "J"): "L 200 1|K 125 1|J 80 1|J 80 2|J 80 3|J 80 5|J 80 8|J 80 12",
    ("tightened", "M"): "M 315 2|M 315 3|M 315 5|M 315 8|M 315 12|M 315 18|L 200 18|K 125 18",
    ("reduced", "D"): "G 13 0|F 8 0|E 5 0|D 3 0|C 2 0|F 8 1|E 5 1|D 3 1",
    ("reduced", "F"): "G 13 0|F 8 0|E 5 0|H 20 1|G 13 1|F 8 1|F 8 2|F 8 3",
    ("reduced", "K"): "L 80 1|K 50 1|K 50 2|K 50 3|K 50 5|K 50 6|K 50 8|K 50 10",
    ("reduced", "N"): "N 200 3|N 200 5|N 200 6|N 200 8|N 200 10|M 125 10|L 80 10|K 50 10",
}


@pytest.mark.parametrize(("severity", "letter"), PRINTED)
def test_master_tables_as_printed(severity, letter):
    limits = [to_micro(limit) for limit in ("0.40", "0.65", "1.0", "1.5", "2.5", "4.0", "6.5", "10")]
    cells = ["{} {} {}".format(*master_plan(severity, letter, limit)) for limit in limits]
    assert "|".join(cells) == PRINTED[severity, letter]


def test_the_corners_of_the_tables():
    assert master_plan("normal", "A", to_micro("0.010")) == ("Q", 1_250, 0)
    assert master_plan("normal", "R", to_micro("0.015")) == ("P", 800, 0)
    assert master_plan("normal", "A", to_micro(1000)) == ("A", 2, 30)
    assert master_plan("normal", "R", to_micro(1000)) == ("B", 3, 44)
    assert master_plan("tightened", "Q", to_micro("0.025")) == ("S", 3_150, 1)
    assert master_plan("tightened", "R", to_micro("0.010")) == ("R", 2_000, 0)
    assert master_plan("tightened", "R", to_micro(1000)) == ("B", 3, 41)
    assert master_plan("reduced", "R", to_micro("0.025")) == ("N", 200, 0)
    assert master_plan("reduced", "A", to_micro(15)) == ("C", 2, 1)
    assert master_plan("reduced", "R", to_micro(1000)) == ("B", 2, 30)


@given(letter=st.sampled_from(LETTERS[:16]), limit=st.sampled_from(LIMITS))
def test_tightened_is_never_easier_and_reduced_never_dearer_than_normal(letter, limit):
    plans = {severity: master_plan(severity, letter, limit) for severity in TABLES}
    if plans["tightened"][1] == plans["normal"][1]:
        assert plans["tightened"][2] <= plans["normal"][2]
    assert plans["reduced"][1] <= plans["normal"][1]


@given(letter=st.sampled_from(LETTERS[:16]), severity=st.sampled_from(list(TABLES)))
def test_a_laxer_limit_never_allows_fewer_bad_units(letter, severity):
    numbers = [master_plan(severity, letter, limit)[2] for limit in LIMITS]
    assert numbers == sorted(numbers)


def test_a_sample_never_exceeds_the_lot():
    plan = sample_plan("aql", 8, None, to_micro("0.65"), "II")
    assert (plan.sample_size, plan.acceptance_number, plan.rejection_number) == (8, 0, 1)
    assert sample_plan("fixed", 3, 5, None, "").sample_size == 3
    assert sample_plan("all", 40, None, None, "").sample_size == 40


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("aql", 100, None, 1_100_000, "II"), "1.1 is no AQL of ISO 2859-1; choose 0.01, 0.015"),
        (("aql", 100, None, None, "II"), "a blank is no AQL"),
        (("aql", 100, None, 1_000_000, "IV"), "no inspection level 'IV'; choose S-1"),
        (("fixed", 100, None, None, ""), "a fixed sample needs a sample_size"),
    ],
)
def test_a_plan_that_is_none_is_refused_with_the_choice(arguments, said):
    with pytest.raises(NoSuchPlan, match=said):
        sample_plan(*arguments)


@given(level=st.sampled_from(LEVELS), lots=st.lists(st.integers(2, 10**6), min_size=2, max_size=2))
def test_a_larger_lot_never_has_an_earlier_letter(level, lots):
    small, large = sorted(lots)
    assert LETTERS.index(code_letter(small, level)) <= LETTERS.index(code_letter(large, level))


# switching rules


def series(status, *lots, **options):
    for accepted in lots:
        status = after_lot(status, accepted, **options)
    return status


def test_two_of_five_lots_not_accepted_tighten_inspection_and_two_of_six_do_not():
    assert series(Switching(), False, True, True, True, False).severity == "tightened"
    assert series(Switching(), False, True, True, True, True, False).severity == "normal"


def test_five_lots_accepted_in_a_row_bring_normal_inspection_back():
    tightened = series(Switching(), False, False)
    assert series(tightened, True, True, True, True).severity == "tightened"
    assert series(tightened, True, True, False, True, True, True, True).severity == "tightened"
    assert series(tightened, True, True, False, True, True, True, True, True) == Switching()


def test_five_lots_not_accepted_under_tightened_inspection_end_sampling():
    tightened = series(Switching(), False, False)
    assert series(tightened, False, True, False, False, True, False).severity == "tightened"
    ended = series(tightened, False, True, False, False, True, False, False)
    assert ended.severity == "discontinued"
    assert series(ended, True, True, True, True, True) == ended


def test_reduced_inspection_needs_a_score_of_thirty_steady_production_and_approval():
    ready = {"acceptance_number": 2, "steady_and_approved": True}
    assert series(Switching(), *[True] * 9, **ready) == Switching(score=27, recent=(True,) * 5)
    assert series(Switching(), *[True] * 10, **ready).severity == "reduced"
    assert series(Switching(), *[True] * 14, steady_and_approved=True).score == 28
    assert series(Switching(), *[True] * 15, steady_and_approved=True).severity == "reduced"
    assert series(Switching(), *[True] * 40, acceptance_number=2).severity == "normal"
    assert series(Switching(), True, acceptance_number=2, accepted_one_step_tighter=False).score == 0


def test_one_lot_not_accepted_ends_reduced_inspection():
    assert after_lot(Switching("reduced"), True, steady_and_approved=True).severity == "reduced"
    assert after_lot(Switching("reduced"), False, steady_and_approved=True) == Switching()


# the run


def lots(*quantities, inspections=(), **plan):
    return plant(
        items=[item("LEG", inspect="yes")],
        inspection_plans=[{"item": "LEG", "stage": "incoming", "characteristic": "length", **plan}],
        purchases=[("PO-1", 10, "LEG", sum(quantities))],
        receipts=[
            on(day, f"R-{day}", "PO-1", line=10, quantity=quantity) for day, quantity in enumerate(quantities, 5)
        ],
        inspections=list(inspections),
    )


def samples(world):
    frames = sample_plans(world, MONTH_END)
    return [
        (row["event"], row["lot_size"], row["sample_size"], row["acceptance_number"], row["rejection_number"])
        for row in frame_rows(frames["samples"])
    ], frames["refused"]


def test_every_receipt_of_an_item_with_a_plan_gets_its_sample():
    assert samples(lots(1_000, 60, sampling="aql", aql="1.0"))[0] == [("R-5", 1000, 80, 2, 3), ("R-6", 60, 13, 0, 1)]
    assert samples(lots(1_000, sampling="fixed", sample_size=5))[0] == [("R-5", 1000, 5, 0, 1)]
    assert samples(lots(7))[0] == [("R-5", 7, 7, 0, 1)]


def test_after_two_rejected_lots_the_next_one_is_inspected_tightened():
    rejected = [
        on(day, f"Q-{day}", "PO-1", line=10, stage="incoming", inspected_quantity=1_000, accepted_quantity=0,
           rejected_quantity=1_000, disposition="return")
        for day in (5, 6)
    ]  # fmt: skip
    found = samples(lots(1_000, 1_000, 1_000, inspections=rejected, sampling="aql", aql="1.0"))[0]
    assert [row for row in found if row[0].startswith("R")] == [
        ("R-5", 1000, 80, 2, 3), ("R-6", 1000, 80, 2, 3), ("R-7", 1000, 80, 1, 2),
    ]  # fmt: skip


def test_a_plan_outside_the_standard_is_refused_and_the_rest_is_answered():
    found, refused = samples(lots(1_000, sampling="aql", aql="1.1"))
    assert found == []
    assert refused["message"].str.contains("1.1 is no AQL of ISO 2859-1").all()
