"""The rail of records draws no more than has changed."""

import pytest
from PySide6.QtCore import QEvent, QObject, QRect
from PySide6.QtWidgets import QApplication

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
