"""The rail of records draws no more than has changed."""

import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt
from PySide6.QtWidgets import QApplication

from cessl_gui.ui.parts import tokens
from cessl_gui.ui.worklist.rail import RecordRail
from cessl_gui.ui.worklist.rail_rows import HEADING, ROW
from cessl_gui.ui.worklist.table import WorklistTable


class Painted(QObject):
    """Notes what of a widget is painted."""

    def __init__(self, widget):
        super().__init__(widget)
        self.area = QRect()
        widget.installEventFilter(self)

    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Paint:
            self.area |= event.region().boundingRect()
        return False


@pytest.fixture
def rail(session, qtbot):
    rail = RecordRail(session, WorklistTable(session))
    qtbot.addWidget(rail)
    rail.resize(200, 600)
    with qtbot.waitExposed(rail):
        rail.show()
    rail.choose("r1")
    QApplication.processEvents()
    return rail


@pytest.mark.parametrize("record_id", ["r2", "r4", "r0"])
def test_the_rows_between_the_open_record_before_and_now_are_drawn_again(rail, record_id):
    painted = Painted(rail.view.viewport())
    rail.choose(record_id)
    QApplication.processEvents()
    first, last = sorted((1, rail.table.row_of(record_id)))
    must = rail.view.row_rect(first) | rail.view.row_rect(last)
    assert painted.area.contains(must.toRect())
    assert painted.area.height() <= (last - first + 1) * ROW + 2 * HEADING


def test_the_open_row_has_the_ring_while_it_has_the_keyboard_alone(rail):
    ring = tokens.LIGHT.focus
    edge = rail.view.row_rect(1).toRect().adjusted(0, 0, -1, -1).topRight()
    for widget, is_ringed in ((rail.view, True), (rail, False)):
        rail.activateWindow()
        rail.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        widget.setFocus()
        QApplication.processEvents()
        assert (rail.view.viewport().grab().toImage().pixelColor(edge).name() == ring) == is_ringed


def test_the_same_record_again_draws_nothing(rail):
    painted = Painted(rail.view.viewport())
    rail.choose("r1")
    QApplication.processEvents()
    assert painted.area.isEmpty()


def test_another_order_draws_all(rail):
    painted = Painted(rail.view.viewport())
    rail.table.renew()
    QApplication.processEvents()
    assert painted.area == rail.view.viewport().rect()


def test_the_list_ends_at_a_whole_row(rail):
    rail.resize(200, rail.head.height() + 3 * ROW + ROW // 2)
    rail.choose("r5")
    rail.view.verticalScrollBar().setValue(0)
    picture = rail.view.viewport().grab().toImage()
    below = {picture.pixel(x, y) for x in range(picture.width()) for y in range(3 * ROW + 1, picture.height())}
    assert len(below) == 1, "half a row tells nothing"


def test_the_mouse_over_a_row_draws_that_row_alone(rail, qtbot):
    qtbot.mouseMove(rail.view.viewport(), rail.view.row_rect(3).center().toPoint())
    QApplication.processEvents()
    painted = Painted(rail.view.viewport())
    qtbot.mouseMove(rail.view.viewport(), rail.view.row_rect(3).center().toPoint() + QPoint(4, 2))
    QApplication.processEvents()
    assert painted.area.isEmpty()


def test_half_a_row_is_not_drawn_at_the_top(rail, monkeypatch):
    rail.resize(200, 160)
    QApplication.processEvents()
    bar, drawn = rail.view.verticalScrollBar(), []
    monkeypatch.setattr(rail.view, "_row", lambda painter, area, place: drawn.append(area.top()))
    bar.setValue(ROW // 2)
    rail.view.viewport().repaint()
    assert bar.value() == ROW // 2
    assert drawn
    assert min(drawn) >= 0
