"""The drawer of measurements in the window: where it lies, and whose the keys are while it is open."""

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import QScrollArea, QWidget

from cessl_gui.core.types import State
from tests.ui.conftest import SR
from tests.ui.windows import press


@pytest.fixture
def opened(window, qtbot):
    press(qtbot, window, Qt.Key.Key_I)
    qtbot.waitUntil(window.measurements.isVisible)
    return window


def place(widget: QWidget, window: QWidget) -> QRect:
    return QRect(widget.mapTo(window, QPoint(0, 0)), widget.size())


def test_it_leaves_header_and_records_free(opened):
    drawer = place(opened.measurements, opened)
    for part in (opened.page.header, opened.read.records, opened.page.footer):
        assert not drawer.intersects(place(part, opened)), part.objectName()


def test_it_leaves_the_rhythm_strip_free(opened):
    canvas = place(opened.page.canvas, opened)
    strip = canvas.adjusted(0, opened.page.rhythm_top(), 0, 0)
    assert not place(opened.measurements, opened).intersects(strip)


def test_in_a_high_window_all_that_is_said_of_the_figures_is_in_sight(opened, qtbot):
    opened.resize(1920, 1052)
    figures = opened.measurements.findChild(QScrollArea, "measurement_figures")
    qtbot.waitUntil(lambda: opened.measurements.table.item(0, 0) is not None)
    qtbot.waitUntil(lambda: figures.verticalScrollBar().maximum() == 0)


def test_it_leaves_the_rhythm_strip_free_when_the_window_was_resized_from_another_room(window, qtbot):
    window.resize(1920, 1052)
    window.show_room("worklist")
    window.resize(1366, 740)
    window.show_room("read")
    press(qtbot, window, Qt.Key.Key_I)
    qtbot.wait(1)  # what is still to be laid out
    assert _is_free_down_to_the_rhythm_strip(window)


def test_another_layout_of_the_page_leaves_its_rhythm_strip_free_too(opened):
    was = opened.measurements.height()
    opened.page.toolbar.menus.layout_chosen.emit("3x4")
    assert opened.measurements.height() > was
    opened.page.toolbar.menus.layout_chosen.emit("3x4+3")
    assert _is_free_down_to_the_rhythm_strip(opened)


def _is_free_down_to_the_rhythm_strip(window) -> bool:
    drawer, canvas = place(window.measurements, window), place(window.page.canvas, window)
    return abs(drawer.bottom() + 1 - (canvas.top() + window.page.rhythm_top())) <= 1


def test_the_page_stays_as_it_is(opened, qtbot):
    canvas, laid = opened.page.canvas.geometry(), opened.page.canvas.laid[1].baselines
    press(qtbot, opened, Qt.Key.Key_I)
    assert not opened.measurements.isVisible()
    assert opened.page.canvas.geometry() == canvas
    assert opened.page.canvas.laid[1].baselines == laid


def test_the_reading_keys_go_on_and_it_follows_the_record(opened, session, qtbot):
    press(qtbot, opened, Qt.Key.Key_PageDown)
    assert opened.measurements._record_id == "r1"
    opened._press_digit(1, State.PRESENT)
    assert session.labels("r1") == {SR: State.PRESENT}


def test_escape_closes_it(opened, qtbot):
    press(qtbot, opened, Qt.Key.Key_Escape)
    assert not opened.measurements.isVisible()
    assert not opened.page.toolbar.measurements.isChecked()


def test_figures_in_the_header_are_stored_as_seen_with_a_label(window, session, qtbot):
    window.page.header.seen.emit("r0")
    window._press_digit(1, State.PRESENT)
    assert session.project.labels.history("r0")[-1]["measurements_visible"] == 1
