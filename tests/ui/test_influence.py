"""Influence is hidden as long as the prediction is, and follows the statement turned to."""

import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QEnterEvent
from PySide6.QtWidgets import QApplication

from tests.ui.conftest import AF, SB
from tests.ui.windows import press


def test_influence_is_hidden_like_the_prediction_and_comes_after_it(window, session, qtbot):
    assert window.influence.currentWidget() is window.influence.note
    assert "hidden" in window.influence.note.text()
    window.labels.pick(AF)
    press(qtbot, window, Qt.Key.Key_P)
    qtbot.waitUntil(lambda: window.influence.currentWidget() is window.influence.strip)
    assert "Atrial fibrillation" in window.influence.strip.accessibleDescription()
    press(qtbot, window, Qt.Key.Key_J)
    assert window.influence.currentWidget() is window.influence.note


def test_influence_within_the_leads_is_on_the_page_until_its_key_is_pressed(window, session, qtbot):
    assert window.page.choices.influence.isChecked()
    window.labels.pick(AF)
    qtbot.wait(400)
    assert window.page.sheet.tint is None, "hidden as the prediction is"
    press(qtbot, window, Qt.Key.Key_P)
    qtbot.waitUntil(lambda: window.influence.per_window is not None)
    tint = window.page.sheet.tint
    assert (tint.name, tint.strongest) == ("Atrial fibrillation", pytest.approx(0.3))
    row = window.labels.row(SB)
    QApplication.sendEvent(row, QEnterEvent(QPointF(), QPointF(), QPointF()))
    assert window.page.sheet.tint.name == "Sinus bradycardia"
    assert "Sinus bradycardia" in window.influence.strip.accessibleDescription()
    QApplication.sendEvent(row, QEvent(QEvent.Type.Leave))
    assert window.page.sheet.tint.name == "Atrial fibrillation"
    press(qtbot, window, Qt.Key.Key_S)
    assert window.page.sheet.tint is None
    assert not window.page.choices.influence.isChecked()
    press(qtbot, window, Qt.Key.Key_J)
    session.reveal("r1")
    qtbot.waitUntil(lambda: window.influence.per_lead is not None)
    qtbot.wait(400)
    assert window.influence.per_window is None, "what is off is not computed"
    press(qtbot, window, Qt.Key.Key_S)
    qtbot.waitUntil(lambda: window.page.sheet.tint is not None and window.page.sheet.tint.strongest > 0)
