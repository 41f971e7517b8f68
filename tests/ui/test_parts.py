"""On small or enlarged screens everything that labelling needs stays in the window, by mouse and by keys."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication

from cessl_gui.bridge.session import Session
from cessl_gui.core.types import State
from cessl_gui.store.project import Project
from cessl_gui.ui.shell.window import MainWindow
from tests.ui.conftest import SB
from tests.ui.windows import CTRL, gone, press

SIZES = [(911, 512), (683, 384)]  # 1366 x 768 at 150 % and 200 %


def resize(window, size):
    window.resize(*size)
    QApplication.processEvents()
    assert (window.width(), window.height()) == size


def is_whole(window, part):
    place = part.rect().translated(part.mapTo(window, QPoint()))
    return part.isVisible() and window.rect().contains(place) and part.width() >= part.minimumSizeHint().width()


@pytest.mark.parametrize("size", SIZES)
def test_an_ecg_is_labelled_on_a_small_screen(window, session, qtbot, size):
    resize(window, size)
    labels, training = window.labels, window.training
    press(qtbot, window, Qt.Key.Key_2)
    press(qtbot, window, Qt.Key.Key_N)
    QApplication.processEvents()
    assert labels.hint.text()
    assert is_whole(window, labels.hint)
    assert window.research.isVisible(), "also at the first start"
    for part in (
        *labels.buttons.values(),
        labels.search.typed,
        labels.reveal_button,
        training.start,
        window.statusBar(),
    ):
        assert is_whole(window, part), part.objectName()
    assert labels.row(SB).visibleRegion().boundingRect().height() == labels.row(SB).height()
    assert is_whole(window, window.page.canvas)
    assert window.page.canvas.width() > 250


@pytest.mark.parametrize("size", SIZES)
def test_a_training_is_ended_on_a_small_screen(window, size):
    resize(window, size)
    bar = window.training
    bar.idle.hide()
    for part in (bar.running, bar.graph):
        part.show()
    QApplication.processEvents()
    for part in (bar.keep, bar.cancel, bar.curve_button, *window.labels.buttons.values()):
        assert is_whole(window, part), part.objectName()


def test_the_record_list_comes_in_place_of_the_statements(window, session, qtbot):
    resize(window, SIZES[1])
    assert window.labels.isVisible()
    assert not window.records.isVisible()
    assert is_whole(window, window.other_part)
    qtbot.mouseClick(window.other_part, Qt.MouseButton.LeftButton)
    assert window.records.isVisible()
    assert not window.labels.isVisible()
    QApplication.processEvents()
    assert is_whole(window, window.records)
    assert is_whole(window, window.page.canvas)
    press(qtbot, window, Qt.Key.Key_J)
    press(qtbot, window, Qt.Key.Key_2)
    assert session.labels("r1") == {SB: State.PRESENT}, "what is labelled is the ECG in sight"
    press(qtbot, window, Qt.Key.Key_N)
    assert window.labels.hint.isVisible(), "what is to be said is seen"
    press(qtbot, window, Qt.Key.Key_L)
    assert window.records.isVisible()
    place = window.records.view.visualRect(window.records.table.index(3, 0)).center()
    for act in (qtbot.mouseClick, qtbot.mouseDClick):
        act(window.records.view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert window.labels.record_id == "r3"
    assert window.labels.isVisible()


def test_keys_go_to_the_part_that_they_are_about(window, qtbot):
    resize(window, SIZES[0])
    press(qtbot, window, Qt.Key.Key_F, CTRL)
    assert window.records.search.hasFocus()
    press(qtbot, window, Qt.Key.Key_Escape)
    press(qtbot, window, Qt.Key.Key_Slash)
    assert window.labels.search.typed.hasFocus()
    press(qtbot, window, Qt.Key.Key_Escape)
    for part in (window.records, window.page, window.labels, window.records):
        press(qtbot, window, Qt.Key.Key_F6)
        assert part.isAncestorOf(QApplication.focusWidget())


def test_where_there_is_room_all_parts_are_shown(window, qtbot):
    resize(window, SIZES[1])
    resize(window, (1366, 740))
    parts = (window.records, window.page.canvas, window.labels, window.influence, window.labels.legend)
    assert all(is_whole(window, part) for part in parts)
    assert not window.other_part.isVisible()
    press(qtbot, window, Qt.Key.Key_L)
    assert all(part.isVisible() for part in parts)


def test_an_empty_project_offers_the_import_on_a_small_screen(qapp, qtbot, tmp_path):
    session = Session(Project.open(tmp_path / "empty.cessl"), reader="dr test")
    window = MainWindow(session)
    window.show()
    resize(window, SIZES[1])
    assert is_whole(window, window.records.start)
    window.close()
    gone(window)
