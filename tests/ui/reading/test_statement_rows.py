"""The rows of the panel: states without colour, bars, names in full, groups, and nothing that moves."""

import pytest
from PySide6.QtCore import QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QFontMetrics, QImage, QPainter

from cessl_gui.core.types import State
from cessl_gui.ui.parts.theme import dress, font
from cessl_gui.ui.parts.tokens import BODY, LIGHT, STRONG
from cessl_gui.ui.reading.figure import Figure, draw_bar
from cessl_gui.ui.reading.panel import NOT_IN_PANEL
from cessl_gui.ui.reading.statement_row import lines_of
from tests.ui.conftest import AF, PANEL, SB
from tests.ui.panels import WPW, titles
from tests.ui.panels import panel as panel

SCROLL_BAR_PX = 8


def test_each_state_looks_different_without_colour(panel, session, qtbot):
    pictures = []
    for state in State:
        panel.say(SB, state)
        image = panel.row(SB).grab().toImage().convertToFormat(panel.grab().toImage().Format.Format_Grayscale8)
        pictures.append(bytes(image.constBits()))
    assert len(set(pictures)) == 3


def test_a_bar_is_full_where_likely_and_outlined_where_only_above_its_cut_off(qapp):
    pictures, words = [], []
    for shown in (Figure(0.3, 0.4), Figure(0.3, 0.2), Figure(0.6, 0.2)):
        image = QImage(100, 20, QImage.Format.Format_RGB32)
        image.fill(Qt.GlobalColor.white)
        with QPainter(image) as painter:
            draw_bar(painter, QRectF(0, 8, 100, 4), shown, LIGHT)
        pictures.append(image.pixelColor(10, 10))
        words.append(shown.text)
    assert pictures == [LIGHT.color("unset"), LIGHT.color("surface"), LIGHT.color("accent")]
    assert words == [
        "Model: probability 0.30, below its cut-off 0.40",
        "Model: probability 0.30, above its cut-off 0.20 but not likely: below 0.5",
        "Model: probability 0.60, likely: above its cut-off 0.20",
    ]


def test_one_hundredth_above_a_lower_cut_off_is_no_likely_finding():
    text = Figure(0.012, 0.004).text
    assert text == "Model: probability 0.01, above its cut-off 0.004 but not likely: below 0.5"


def test_a_statement_is_chosen_by_a_click_on_its_line(panel, qtbot):
    with qtbot.waitSignal(panel.statement_chosen) as chosen:
        qtbot.mouseClick(panel.row(AF), Qt.MouseButton.LeftButton, pos=QPoint(40, 10))
    assert chosen.args == [AF]


@pytest.mark.parametrize("width", [280, 349, 403])
def test_names_stand_in_full_left_of_the_answers(panel, session, width):
    panel.resize(width, 720)
    for row in panel.list.rows():
        for is_bold in (False, True):
            lines = lines_of(row.statement.name, is_bold, row._name_px(width - SCROLL_BAR_PX))
            assert "".join("".join(lines).split()) == "".join(row.statement.name.split())
            wide = QFontMetrics(font(STRONG if is_bold else BODY)).horizontalAdvance
            assert max(map(wide, lines)) <= row._name_px(width - SCROLL_BAR_PX)
            assert len(lines) <= 2


def test_only_whole_rows_are_in_sight(panel):
    shown = [row for row in panel.list.rows() if not row.isHidden()]
    assert 5 < len(shown) < len(PANEL)
    assert all(panel.list.area.viewport().rect().contains(row.geometry()) for row in shown)


def test_the_groups_below_are_named_at_the_end_and_a_click_goes_there(panel, qtbot):
    first = panel.list.end.groups[0]
    qtbot.mouseClick(panel.list.end, Qt.MouseButton.LeftButton)
    assert first in [h.title for h in panel.list.area._headings if h.isVisible()]
    while panel.list.end.groups:
        panel.list.show_next_group()
    assert not panel.list.rows()[-1].isHidden()


def test_a_list_that_is_whole_in_sight_has_no_handle_to_scroll_by(panel):
    dress(LIGHT.name)
    bar = panel.list.area.verticalScrollBar()
    assert bar.isEnabled()
    panel.resize(panel.width(), 2000)
    shown = bar.grab().toImage()
    assert not bar.isEnabled()
    assert len({shown.pixelColor(shown.width() // 2, y).name() for y in range(0, shown.height(), 9)}) == 1


def test_the_statements_stand_in_groups(panel, session):
    assert titles(panel)[:2] == ["Rhythm", "Conduction"]
    session.set_label("r0", WPW, State.PRESENT)
    assert titles(panel)[-1] == NOT_IN_PANEL


def test_an_answer_moves_no_row(panel, session):
    before = [(row.code, row.geometry()) for row in panel.list.rows() if not row.isHidden()]
    for code, _ in before:
        session.set_label("r0", code, State.PRESENT)
    assert [(row.code, row.geometry()) for row in panel.list.rows() if not row.isHidden()] == before


def test_a_hint_moves_nothing(panel):
    before = panel.list.geometry(), panel.footer.geometry()
    panel.show_hint("Nothing is assessed yet: answer for a statement, or press N if this ECG is normal.")
    assert (panel.list.geometry(), panel.footer.geometry()) == before
    assert panel.hint.geometry().bottom() < panel.footer.geometry().top()


def test_matches_lie_over_the_list_and_move_nothing(panel, qtbot):
    before = panel.list.geometry()
    qtbot.keyClicks(panel.search.typed, "block")
    assert panel.search.matches.isVisible()
    assert panel.list.geometry() == before


def test_present_stands_out_in_bold(panel, session):
    pictures = []
    for state in (State.PRESENT, State.ABSENT):
        panel.say(SB, state)
        pictures.append(panel.row(SB).grab(QRect(30, 0, 150, 26)).toImage())
    assert pictures[0] != pictures[1]
