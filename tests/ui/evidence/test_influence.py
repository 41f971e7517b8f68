"""Influence is hidden as long as the prediction is, and follows the statement turned to."""

from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QEnterEvent
from PySide6.QtWidgets import QApplication

from cessl_gui.core.types import LeadCheck
from cessl_gui.tasks.evaluation import lead_checks
from cessl_gui.ui.evidence.influence import check_words
from tests.ui.conftest import AF, SB
from tests.ui.windows import press


def test_influence_is_hidden_like_the_prediction_and_comes_after_it(window, session, qtbot):
    assert window.influence.currentWidget() is window.influence.note
    assert "hidden" in window.influence.note.text()
    window.labels.pick(AF)
    press(qtbot, window, Qt.Key.Key_P)
    qtbot.waitUntil(lambda: window.influence.currentWidget() is window.influence.drawer)
    assert "Atrial fibrillation" in window.influence.strip.accessibleDescription()
    press(qtbot, window, Qt.Key.Key_J)
    assert window.influence.currentWidget() is window.influence.note


def test_influence_within_the_leads_is_on_the_page_until_its_key_is_pressed(window, session, qtbot):
    assert window.influence.on_page
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
    assert not window.influence.on_page
    press(qtbot, window, Qt.Key.Key_J)
    session.reveal("r1")
    qtbot.waitUntil(lambda: window.influence.per_lead is not None)
    qtbot.wait(400)
    assert window.influence.per_window is None, "what is off is not computed"
    press(qtbot, window, Qt.Key.Key_S)
    qtbot.waitUntil(lambda: window.page.sheet.tint is not None and window.page.sheet.tint.strongest > 0)


@pytest.fixture
def seen(window, session, qtbot):
    """A record whose prediction is seen, with two doubtful leads."""
    window.labels.pick(AF)
    session.reveal("r0")
    qtbot.waitUntil(lambda: window.influence.per_lead is not None)
    window.influence.came({"V3": ("noisy",), "V1": ("flat",)})
    return window.influence


def test_doubtful_leads_are_left_out_by_one_click_and_come_back_by_another(seen, session, qtbot):
    assert seen.leave_out.text() == "Without V1, V3"
    before = float(seen.per_lead.full[2])
    kept = session.prediction("r0").probabilities
    seen.leave_out.click()
    qtbot.waitUntil(lambda: seen.per_lead.left_out == ("V1", "V3"))
    assert float(seen.per_lead.full[2]) == pytest.approx(before - 0.2)
    assert f"With all leads: {before:.2f}" in seen.leave_out.toolTip()
    assert session.prediction("r0").probabilities == kept, "nothing is stored"
    seen.leave_out.click()
    qtbot.waitUntil(lambda: seen.per_lead.left_out == ())


def test_without_doubtful_leads_that_it_rests_on_there_is_nothing_to_leave_out(seen, session, monkeypatch):
    kept = session.prediction("r0")
    monkeypatch.setattr(session, "prediction", lambda _: replace(kept, leads=("I", "II", "V3")))
    seen.came({"V3": ("noisy",), "V1": ("flat",)})
    assert seen.leave_out.text() == "Without V3"
    seen.came({"V1": ("flat",)})
    assert seen.leave_out.isHidden()
    seen.came({})
    assert seen.leave_out.isHidden()


def test_the_check_against_random_weights_says_how_far_they_agree(seen, session, qtbot, monkeypatch):
    monkeypatch.setattr(lead_checks, "check_leads", lambda _, record_id, __: LeadCheck(record_id, "m1", {AF: 0.12}))
    seen.check.click()
    qtbot.waitUntil(lambda: seen.check.text() == "Random weights agree 0.1")


def test_a_picture_that_random_weights_give_too_is_called_so():
    assert check_words(LeadCheck("r", "m", {AF: 0.93}), AF) == "Not learned? 0.9"


def test_all_statements_by_all_leads_open_beside(seen, qtbot):
    seen.all.click()
    assert seen._table.isVisible()
    assert "Atrial fibrillation" in seen._table.table.accessibleDescription()
