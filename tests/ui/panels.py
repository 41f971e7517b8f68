"""A panel of the reading on the first record, and what tests do with it."""

import pytest
from PySide6.QtCore import Qt

from cessl_gui.ui.reading.panel import ReadingPanel

WPW = "74390002"  # not in the panel of a new project


@pytest.fixture
def panel(session, qtbot):
    widget = ReadingPanel(session)
    qtbot.addWidget(widget)
    widget.resize(280, 720)
    widget.show_record("r0")
    widget.show()
    return widget


def click(qtbot, panel, code, state):
    qtbot.mouseClick(panel.row(code).buttons[state], Qt.MouseButton.LeftButton)


def titles(panel):
    """The groups of the list, in their order."""
    return list(dict.fromkeys(panel.list.area._titles))
