"""Work in small parts: one in each turn of the event loop."""

from PySide6.QtWidgets import QApplication, QWidget

from cessl_gui.ui.parts.in_turns import InTurns


def test_each_turn_takes_one_step(qtbot):
    owner, taken = QWidget(), []
    qtbot.addWidget(owner)
    turns = InTurns(owner)
    turns.begin(taken.append(step) for step in range(3))
    assert taken == []
    counts = []
    while turns.isActive():
        QApplication.processEvents()
        counts.append(len(taken))
    assert max(later - earlier for earlier, later in zip([0, *counts], counts, strict=False)) == 1
    assert taken == [0, 1, 2]


def test_beginning_anew_leaves_out_what_was_not_done(qtbot):
    owner, taken = QWidget(), []
    qtbot.addWidget(owner)
    turns = InTurns(owner)
    turns.begin(taken.append("old") for _ in range(3))
    turns.begin(taken.append("new") for _ in range(2))
    qtbot.waitUntil(lambda: not turns.isActive())
    assert taken == ["new", "new"]
