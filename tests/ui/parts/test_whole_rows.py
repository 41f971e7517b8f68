"""Tables that end at whole rows."""

import pytest
from PySide6.QtWidgets import QTableWidget

from cessl_gui.ui.parts.whole_rows import WholeRows


@pytest.mark.parametrize("height", [400, 411, 423, 437])
def test_the_last_row_in_sight_is_whole(qtbot, height):
    table = QTableWidget(100, 3)
    table.verticalHeader().setDefaultSectionSize(32)
    held = WholeRows(table)
    qtbot.addWidget(held)
    held.resize(600, height)
    held.show()
    qtbot.waitUntil(lambda: table.viewport().height() > 0 and table.viewport().height() % 32 == 0)
    assert height - table.height() < 32
