"""Charts are numbers turned into shapes: sizes in proportion, nothing lost, nothing outside the drawing."""

import pytest

from tasks.report_charts import (
    BOTTOM,
    HEIGHT,
    LABEL_WIDTH,
    LEFT,
    TOP,
    VALUE_WIDTH,
    WIDTH,
    bar_chart,
    column_chart,
    heat_map,
)


def test_columns_are_as_high_as_their_numbers_and_stand_on_each_other():
    chart = column_chart("Due", ["5 Jan", "12 Jan"], {("done", "delivered"): [1, 2], ("bad", "late"): [3, 0]})
    full = HEIGHT - TOP - BOTTOM
    heights = {tip: height for _, _, _, height, _, tip in chart.rectangles}
    assert heights == {
        "5 Jan: 1 delivered": pytest.approx(full / 4),
        "5 Jan: 3 late": pytest.approx(full * 3 / 4),
        "12 Jan: 2 delivered": pytest.approx(full / 2),
    }
    assert min(y for _, y, *_ in chart.rectangles) == pytest.approx(TOP)
    assert [text for _, text in chart.lines] == ["0", "2", "4"]


def test_columns_stay_between_the_edges():
    chart = column_chart("Due", [str(week) for week in range(13)], {("done", "delivered"): [7] * 13}, now=5)
    assert all(x >= LEFT and x + width <= WIDTH for x, _, width, *_ in chart.rectangles)
    assert LEFT < chart.now < WIDTH


def test_the_chart_is_told_in_words_too():
    chart = column_chart("Due", ["5 Jan", "12 Jan"], {("done", "delivered"): [0, 2], ("bad", "late"): [0, 1]})
    assert chart.description == "12 Jan 2 delivered, 1 late"


def test_bars_are_as_long_as_their_numbers_and_losses_point_left():
    chart = bar_chart("Margin", [("Alpina", 300, "300"), ("Nord", -100, "-100")])
    (_, _, gain_x, gain, _, gain_tone), (_, _, loss_x, loss, _, loss_tone) = chart.rows
    assert gain == pytest.approx(3 * loss)
    assert gain_x == pytest.approx(chart.zero) == pytest.approx(loss_x + loss)
    assert (gain_tone, loss_tone) == ("plain", "bad")
    assert loss_x >= LABEL_WIDTH
    assert gain_x + gain <= WIDTH - VALUE_WIDTH + 1e-9


def test_long_names_are_cut_on_the_drawing_and_whole_in_words():
    chart = bar_chart("Margin", [("Stadtwerke Freiburg, Fuhrpark", 1, "1")])
    assert chart.rows[0][1] == "Stadtwerke Freiburg…"
    assert chart.description == "Stadtwerke Freiburg, Fuhrpark 1"


def test_nothing_to_show_is_no_chart():
    assert column_chart("Due", ["5 Jan"], {("done", "delivered"): [0]}) is None
    assert bar_chart("Margin", []) is None
    assert bar_chart("Margin", [("Alpina", 0, "0")]).rows[0][3] == 1.5


def test_a_heat_map_has_a_cell_for_each_row_and_week_inside_the_drawing():
    rows = [
        ("SAW", [("130", 130, "SAW 52 of 40"), ("", None, "SAW closed")]),
        ("BENCH", [("", 0, "BENCH 0"), ("25", 25, "BENCH 10")]),
    ]
    chart = heat_map("Load", ["5 Jan", "12 Jan"], rows)
    assert [(tone, text) for *_, tone, text, _ in chart.cells] == [
        ("bad", "130"),
        ("shut", ""),
        ("free", ""),
        ("low", "25"),
    ]
    assert all(x >= 0 and x + width <= WIDTH and y + height <= chart.height for x, y, width, height, *_ in chart.cells)
    assert [name for _, name in chart.names] == ["SAW", "BENCH"]
    assert chart.description == "SAW 52 of 40"
    assert heat_map("Load", ["5 Jan"], []) is None
