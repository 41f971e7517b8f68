"""Messages over the window: one at a time, moved by nothing and moving nothing."""

import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QEnterEvent
from PySide6.QtWidgets import QApplication, QWidget

from cessl_gui.ui.parts.tokens import TOAST
from cessl_gui.ui.shell.notices.toasts import Toasts


@pytest.fixture
def over(qtbot):
    over = QWidget()
    over.resize(1000, 600)
    qtbot.addWidget(over)
    with qtbot.waitExposed(over):
        over.show()
    return over


@pytest.fixture
def toasts(over):
    toasts = Toasts(over)
    toasts.place(0, 1000, 556)
    yield toasts
    over.close()


def test_a_message_stands_where_it_was_placed(toasts):
    toasts.say("240 ECGs imported; 2 files could not be read.", "See why")
    assert toasts.geometry().bottom() + 1 == 556
    assert abs(toasts.geometry().center().x() - 500) <= 1


def test_a_short_message_has_one_line(toasts):
    toasts.say("Saved.")
    assert toasts.height() == TOAST


def test_a_long_message_is_whole(toasts):
    toasts.say("A sentence that is as long as this one. " * 12)
    assert toasts.text.height() >= toasts.text.heightForWidth(toasts.text.width())


def test_a_message_stays_in_the_window_when_that_becomes_small(toasts, over):
    toasts.say("240 ECGs imported; 2 files could not be read.", "See why")
    over.resize(400, 600)
    QApplication.processEvents()
    assert over.rect().contains(toasts.geometry())


def test_a_message_goes_by_itself(toasts, qtbot):
    toasts.say("Saved.", seconds=1)
    qtbot.waitUntil(toasts.isHidden, timeout=3000)


def test_a_message_stays_while_the_pointer_is_on_it(toasts):
    toasts.say("Saved.", seconds=1)
    QApplication.sendEvent(toasts, QEnterEvent(QPointF(), QPointF(), QPointF()))
    assert not toasts._going.isActive()
    QApplication.sendEvent(toasts, QEvent(QEvent.Type.Leave))
    assert toasts._going.isActive()


def test_the_button_acts_and_takes_the_message_away(toasts, qtbot):
    did = []
    toasts.say("Excluded.", "Undo", lambda: did.append("undo"))
    qtbot.mouseClick(toasts.action, Qt.MouseButton.LeftButton)
    assert did == ["undo"]
    assert toasts.isHidden()


def test_what_waits_for_an_answer_comes_back_after_news(toasts):
    toasts.say("The project is gone.", "Save a copy…", seconds=0)
    toasts.say("News.")
    assert toasts.text.text() == "News."
    toasts.close_button.click()
    assert toasts.text.text() == "The project is gone."


def test_the_same_message_is_not_kept_twice(toasts):
    for _ in range(3):
        toasts.say("The disk is full.", seconds=0)
    toasts.close_button.click()
    assert toasts.isHidden()


def test_a_message_that_no_longer_holds_is_taken_back(toasts):
    toasts.say("The disk is full.", seconds=0)
    toasts.say("News.", seconds=0)
    toasts.dismiss("The disk is full.")
    toasts.close_button.click()
    assert toasts.isHidden()
