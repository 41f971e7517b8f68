"""The Worklist room, and the rail of records beside a page, on a session of six records."""

import pytest

from cessl_gui.ui.worklist.rail import RecordRail
from cessl_gui.ui.worklist.view import WorklistView


@pytest.fixture
def view(session, qtbot):
    widget = WorklistView(session)
    qtbot.addWidget(widget)
    widget.resize(1302, 716)
    widget.show()
    return widget


@pytest.fixture
def rail(view, session, qtbot):
    widget = RecordRail(session, view.table)
    qtbot.addWidget(widget)
    widget.resize(64, 716)
    widget.show()
    return widget
