"""On small or enlarged screens everything that labelling needs stays in the window, by mouse and by keys."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication

from cessl_gui.bridge.session import Session
from cessl_gui.store.project import Project
from cessl_gui.ui.shell.window import MainWindow
from tests.ui.conftest import SB
from tests.ui.windows import gone, press

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
    labels = window.labels
    press(qtbot, window, Qt.Key.Key_2)
    press(qtbot, window, Qt.Key.Key_N)
    QApplication.processEvents()
    assert labels.hint.text()
    assert is_whole(window, labels.hint)
    for part in (
        *(labels.buttons[name] for name in ("confirm_next", "normal_next", "rest_absent", "defer_next")),
        labels.search.typed,
        window.status,
    ):
        assert is_whole(window, part), part.objectName()
    assert labels.row(SB).visibleRegion().boundingRect().height() == labels.row(SB).height()
    assert is_whole(window, window.page.canvas)
    assert window.page.canvas.width() > 200


@pytest.mark.parametrize("size", [*SIZES, (1366, 740)])
def test_records_page_and_statements_are_in_sight_together(window, size):
    resize(window, size)
    for part in (window.read.records, window.page.canvas, window.read.panel):
        assert is_whole(window, part), part.objectName()


def test_there_is_room_for_the_evidence_on_a_usual_screen(window):
    resize(window, (1366, 740))
    window.acts["evidence"].trigger()
    QApplication.processEvents()
    assert is_whole(window, window.influence)


def test_the_evidence_goes_where_the_statements_need_its_room(window):
    window.acts["evidence"].trigger()
    resize(window, SIZES[1])
    assert not window.influence.isVisible()


def test_keys_go_to_the_part_that_they_are_about(window, qtbot):
    resize(window, SIZES[0])
    press(qtbot, window, Qt.Key.Key_Slash)
    assert window.labels.search.typed.hasFocus()
    press(qtbot, window, Qt.Key.Key_Escape)
    for part in (window.read.records, window.page, window.labels, window.read.records):
        press(qtbot, window, Qt.Key.Key_F6)
        assert part.isAncestorOf(QApplication.focusWidget())


def test_an_empty_project_offers_the_import_on_a_small_screen(qapp, qtbot, tmp_path):
    session = Session(Project.open(tmp_path / "empty.cessl"), reader="dr test")
    window = MainWindow(session)
    window.show()
    resize(window, SIZES[1])
    window.show_room("worklist")
    assert is_whole(window, window.worklist.empty.button)
    window.close()
    gone(window)
