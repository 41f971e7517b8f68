"""Icons before words."""

from PySide6.QtWidgets import QPushButton

from cessl_gui.ui.parts import icons
from cessl_gui.ui.parts.tokens import ICON


def test_an_icon_stands_apart_from_the_words(qtbot):
    button = QPushButton("Import")
    qtbot.addWidget(button)
    icons.put_before_words(button, "export", "#000000")
    drawn = button.icon().pixmap(button.iconSize()).toImage()
    ratio = drawn.devicePixelRatio()
    assert drawn.width() == round(ratio * (ICON + 4))
    right = range(round(ratio * ICON), drawn.width())
    assert not any(drawn.pixelColor(x, y).alpha() for x in right for y in range(drawn.height()))
    assert any(drawn.pixelColor(x, y).alpha() for x in range(round(ratio * ICON)) for y in range(drawn.height()))
