"""The columns of the worklist in a wide window."""

import pytest
from PySide6.QtCore import QEvent, QItemSelectionModel, QObject

from cessl_gui.bridge.worklist import Column
from cessl_gui.ui.parts import tokens
from cessl_gui.ui.parts.theme import width_of
from cessl_gui.ui.parts.tokens import TABLE_ROW
from cessl_gui.ui.worklist.cells import PADDING
from cessl_gui.ui.worklist.columns import heading, section_of, years_words
from cessl_gui.ui.worklist.grid import MOST_WIDENED, WIDTHS
from cessl_gui.ui.worklist.view import WorklistView


@pytest.fixture
def view(session, qtbot):
    widget = WorklistView(session)
    qtbot.addWidget(widget)
    widget.resize(1302, 716)
    widget.show()
    return widget


def widths(view):
    return {column: view.grid.columnWidth(section_of(column)) for column in WIDTHS}


def test_a_wide_window_gives_every_column_more_room(view):
    before = widths(view)
    view.resize(1856, 900)
    assert all(widths(view)[column] > before[column] for column in (Column.RECORD, Column.FINDING, Column.MODEL))


def test_columns_are_never_wider_than_the_window(view):
    over = []
    for width in range(1290, 1330):
        view.resize(width, 716)
        over.append(view.grid.horizontalHeader().length() - view.grid.viewport().width())
    assert max(over) <= 0


def test_a_row_of_a_very_wide_window_can_still_be_followed(view):
    view.resize(3000, 900)
    assert widths(view)[Column.MODEL] == int(WIDTHS[Column.MODEL] * MOST_WIDENED)


@pytest.mark.parametrize("is_descending", [False, True])
@pytest.mark.parametrize("column", WIDTHS)
def test_the_arrow_of_the_sorted_column_has_room_beside_its_heading(column, is_descending):
    words = heading(column, (column, is_descending))
    assert words.endswith("↑↓"[is_descending])
    assert width_of(words, tokens.BODY) + 2 * PADDING <= WIDTHS[column]


class Painted(QObject):
    """Notes what of a widget is painted."""

    def __init__(self, widget):
        super().__init__(widget)
        self.rows: set[int] = set()
        widget.installEventFilter(self)

    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Paint:
            for part in event.region():
                self.rows |= set(range(part.top() // TABLE_ROW, part.bottom() // TABLE_ROW + 1))
        return False


def test_a_step_draws_the_row_before_and_the_row_now_alone(view, qapp):
    view.grid.setFocus()
    view.grid.setCurrentIndex(view.table.index(1, 1))
    qapp.processEvents()
    painted = Painted(view.grid.viewport())
    view.grid.selectionModel().setCurrentIndex(view.table.index(2, 1), QItemSelectionModel.SelectionFlag.NoUpdate)
    qapp.processEvents()
    assert painted.rows == {1, 2}


@pytest.mark.parametrize("years", [35 / 12, 1.5, 30 / 365.25, 89.5])
def test_an_age_with_its_unit_is_never_cut(view, years):
    room = WIDTHS[Column.AGE] - 2 * PADDING
    assert width_of(years_words(years), tokens.BODY) <= room, "cut off, 18 mo would be read as years"
