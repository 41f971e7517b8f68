"""A flow of buttons: one line where there is room, more lines where there is not, nothing ever on top of another."""

import itertools

import pytest
from PySide6.QtWidgets import QPushButton, QWidget

from cessl_gui.ui.parts.flow import FlowLayout


@pytest.mark.parametrize(("width", "lines"), [(800, 1), (320, 2), (120, 5)])
def test_lines_follow_the_width(qtbot, width, lines):
    widget = QWidget()
    qtbot.addWidget(widget)
    flow = FlowLayout(widget)
    buttons = [QPushButton(str(i)) for i in range(5)]
    for button in buttons:
        button.setFixedSize(100, 20)
        flow.addWidget(button)
    widget.resize(width, flow.heightForWidth(width))
    widget.show()
    assert len({button.y() for button in buttons}) == lines
    assert flow.heightForWidth(width) == lines * 20 + (lines - 1) * 5
    for a, b in itertools.combinations(buttons, 2):
        assert not a.geometry().intersects(b.geometry())
    assert all(widget.rect().contains(button.geometry()) for button in buttons)
    buttons[0].hide()
    assert flow.heightForWidth(415) == 20, "a hidden button takes no room"


def test_a_button_can_be_put_before_another(qtbot):
    widget = QWidget()
    qtbot.addWidget(widget)
    flow = FlowLayout(widget)
    first, last = QPushButton("first"), QPushButton("last")
    flow.addWidget(last)
    flow.insert_widget(flow.indexOf(last), first)
    widget.resize(400, 40)
    widget.show()
    assert first.x() < last.x()
