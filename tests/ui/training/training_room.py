"""What a test does in the Model room."""

from PySide6.QtCore import Qt

CLICK = Qt.MouseButton.LeftButton


def shown(view, qtbot):
    with qtbot.waitSignal(view._session.shelf.judged):
        view.show_newest()
    view.shelf.fill("v1")
    return view


def start(view, qtbot):
    qtbot.waitUntil(view.shelf.train.isEnabled)
    qtbot.mouseClick(view.shelf.train, CLICK)
    qtbot.waitUntil(lambda: bool(view.training._points))


def ended(view, session, qtbot):
    qtbot.waitUntil(lambda: "train" not in session.busy)
