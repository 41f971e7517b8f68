"""Closing the window while a training runs (a stand-in trains)."""

import time

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMessageBox, QProgressDialog, QPushButton

from cessl_gui.tasks.models import training
from cessl_gui.ui.shell.notices.closing import may_close
from tests.ui.training_stand_in import StandIn, label_enough


@pytest.fixture
def stand_in(monkeypatch):
    stand_in = StandIn()
    monkeypatch.setattr(training, "train", stand_in)
    return stand_in


@pytest.fixture
def training_window(window, session, qtbot, stand_in):
    label_enough(session)
    session.train()
    qtbot.waitUntil(lambda: stand_in.started == 1)
    yield window
    stand_in.go.set()
    qtbot.waitUntil(lambda: "train" not in session.busy)


def answer(button):
    """Press a button of the box that comes next."""

    def press():
        box = QApplication.activeModalWidget()
        if not isinstance(box, QMessageBox):
            QTimer.singleShot(20, press)
            return
        next(b for b in box.buttons() if b.text() == button).click()

    QTimer.singleShot(0, press)


def test_the_best_so_far_is_kept_and_waits_after_closing(training_window, session, stand_in):
    answer("Keep the best model and close")
    assert may_close(training_window, session)
    assert stand_in.stopped == ["keep"]
    assert session.candidate().id == "v1"


def test_discarding_closes_and_keeps_nothing(training_window, session, stand_in):
    answer("Discard and close")
    assert may_close(training_window, session)
    assert session.close()
    assert stand_in.stopped == ["cancel"]


def test_going_on_leaves_the_window_and_the_training(training_window, session, stand_in):
    answer("Go on training")
    assert not training_window.close()
    assert training_window.isVisible()
    assert stand_in.stopped == []
    assert "train" in session.busy


def test_waiting_for_the_best_can_be_given_up(training_window, session, stand_in, monkeypatch):
    monkeypatch.setattr(session, "stop_and_keep", lambda: None)  # as a comparison that takes long

    def give_up():
        waits = training_window.findChildren(QProgressDialog)
        if waits and waits[0].isVisible():
            waits[0].findChild(QPushButton).click()
        else:
            QTimer.singleShot(20, give_up)

    answer("Keep the best model and close")
    QTimer.singleShot(0, give_up)
    assert may_close(training_window, session)
    assert stand_in.stopped == ["cancel"]
    assert session.candidate() is None


def test_what_could_not_be_kept_is_said_and_the_window_stays(window, session, qtbot, monkeypatch):
    def fails(project, task, **_):
        while task.stop_requested() is None:
            time.sleep(0.005)
        raise RuntimeError("no room")

    monkeypatch.setattr(training, "train", fails)
    label_enough(session)
    session.train()
    answer("Keep the best model and close")
    assert not window.close()
    assert "no room" in window.toasts.text.text()
    assert window.isVisible()


def test_without_a_training_nothing_is_asked(window, session):
    assert may_close(window, session)
