"""The columns of the worklist in a wide window."""

import pytest

from cessl_gui.bridge.worklist import Column
from cessl_gui.ui.worklist.columns import section_of
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


def test_a_row_of_a_very_wide_window_can_still_be_followed(view):
    view.resize(3000, 900)
    assert widths(view)[Column.MODEL] == round(WIDTHS[Column.MODEL] * MOST_WIDENED)
