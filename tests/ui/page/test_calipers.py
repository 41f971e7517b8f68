"""Calipers measure what is there, to the sample, and are kept with the record."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest

from cessl_gui.bridge.session import Session
from cessl_gui.core.errors import ProjectError
from cessl_gui.core.types import Caliper, Record
from cessl_gui.ecg.display.filters import DisplayFilter
from cessl_gui.store.project import Project
from cessl_gui.ui.page.layout.sheet import Sheet
from cessl_gui.ui.page.tools.calipers import point_at, readings
from cessl_gui.ui.shell.window import MainWindow
from tests.records import make_record
from tests.ui.pages import drag, pixel, shown
from tests.ui.windows import CTRL, SHIFT, gone, press


def record(name: str = "r") -> Record:
    """Lead II: spikes of 1 mV each 0.8 s; all else silent."""
    signal = np.zeros((12, 5000), np.float32)
    signal[1, ::400] = 1
    return make_record(signal, id=name, name=name)


@pytest.fixture
def page(qtbot):
    return shown(qtbot, "12x1", record())


def test_readings_in_all_units():
    said = readings(Caliper("a", "II", 0.8, 1.6, 0.0, -0.25), Sheet())
    assert said == "800 ms  75/min  20.0 mm   ·   -0.25 mV  2.5 mm"
    assert "/min" not in readings(Caliper("a", "II", 0.8, 0.9, 0, 0), Sheet())


def test_mm_are_those_of_the_page_also_where_chest_leads_are_at_half_gain():
    sheet = Sheet(half_chest=True)
    assert readings(Caliper("a", "V2", 0.8, 1.6, 0.0, 2.0), sheet).endswith("+2.00 mV  10.0 mm")
    assert readings(Caliper("a", "II", 0.8, 1.6, 0.0, 2.0), sheet).endswith("+2.00 mV  20.0 mm")


def test_dragging_measures_from_spike_to_spike(page):
    drag(page, pixel(page, "II", 0.8, 0.0), pixel(page, "II", 1.6, 0.0))
    (caliper,) = page.sheet.calipers
    assert caliper.lead == "II"
    assert caliper.end_s - caliper.start_s == pytest.approx(0.8, abs=0.02)
    assert caliper.start_s * 500 == pytest.approx(round(caliper.start_s * 500))
    assert page.sheet.t0_s == 0


def test_arrow_keys_move_one_sample_and_take_the_height_of_the_trace(page):
    drag(page, pixel(page, "II", 0.5, 0.0), pixel(page, "II", 1.0, 0.0))
    before = page.sheet.calipers[0].end_s
    QTest.keyClick(page.canvas, Qt.Key.Key_Right)
    assert page.sheet.calipers[0].end_s == pytest.approx(before + 0.002)
    QTest.keyClick(page.canvas, Qt.Key.Key_Left, SHIFT)
    assert page.sheet.calipers[0].end_s == pytest.approx(before - 0.018)
    while page.sheet.calipers[0].end_s < 1.2 - 0.001:
        QTest.keyClick(page.canvas, Qt.Key.Key_Right)
    samples_to_spike = round((1.6 - page.sheet.calipers[0].end_s) * 500)
    for _ in range(samples_to_spike):
        QTest.keyClick(page.canvas, Qt.Key.Key_Right)
    assert page.sheet.calipers[0].end_mv == 1.0
    QTest.keyClick(page.canvas, Qt.Key.Key_Up)
    assert page.sheet.calipers[0].end_mv == pytest.approx(1.01)


def test_ends_can_be_grasped_again_and_several_stand_at_once(page):
    drag(page, pixel(page, "II", 0.5, 0.0), pixel(page, "II", 1.0, 0.0))
    drag(page, pixel(page, "V1", 3.0, 0.0), pixel(page, "V1", 4.0, 0.0))
    assert [c.lead for c in page.sheet.calipers] == ["II", "V1"]
    drag(page, pixel(page, "II", 0.5, 0.0), pixel(page, "II", 0.2, 0.0), Qt.KeyboardModifier.NoModifier)
    assert page.sheet.calipers[0].start_s == pytest.approx(0.2, abs=0.02)
    assert len(page.sheet.calipers) == 2


def test_escape_removes_the_selected_one(page):
    drag(page, pixel(page, "II", 0.5, 0.0), pixel(page, "II", 1.0, 0.0))
    drag(page, pixel(page, "V1", 3.0, 0.0), pixel(page, "V1", 4.0, 0.0))
    QTest.keyClick(page.canvas, Qt.Key.Key_Escape)
    assert [c.lead for c in page.sheet.calipers] == ["II"]


def test_marching_out_repeats_the_interval(page):
    drag(page, pixel(page, "II", 0.8, 0.0), pixel(page, "II", 1.6, 0.0))
    without = page.canvas.grab().toImage()
    QTest.keyClick(page.canvas, Qt.Key.Key_O)
    assert page.sheet.calipers[0].marched
    marched = page.canvas.grab().toImage()
    step = page.sheet.calipers[0].end_s - page.sheet.calipers[0].start_s
    at = pixel(page, "II", page.sheet.calipers[0].end_s + 3 * step, -0.1)
    near = [(at.x() + dx, at.y()) for dx in (-1, 0, 1)]
    assert any(marched.pixelColor(*p) != without.pixelColor(*p) for p in near)


def test_no_line_runs_through_the_words_at_the_foot_of_the_row(page):
    (ink, where), cell = page.canvas.laid, next(cell for cell in page.sheet.cells if cell.lead == "II")
    bare = page.canvas.grab().toImage()
    drag(page, pixel(page, "II", 0.8, 0.0), pixel(page, "II", 9.5, 0.0))  # its words end long before that
    drawn, end = page.canvas.grab().toImage(), pixel(page, "II", page.sheet.calipers[0].end_s, 0.0)
    foot = round(where.cell(cell, page.sheet).bottom() * ink.dots_per_mm)
    differs = [drawn.pixelColor(end.x(), y) != bare.pixelColor(end.x(), y) for y in range(end.y() - 8, foot)]
    assert differs[0]
    assert not any(differs[-round(where.text * ink.dots_per_mm) :])


def test_beyond_the_column_no_height_is_taken_over_the_baseline_of_the_rhythm_strip(qtbot):
    page = shown(qtbot, "3x4+1", record())
    start = pixel(page, "II", 1.0, 0.0)
    drag(page, start, pixel(page, "aVL", 3.0, 0.0))
    assert [caliper.end_mv for caliper in page.sheet.calipers] == []  # as of a lead without a strip
    drag(page, start, pixel(page, "II", 2.0, 0.0))
    assert [round(caliper.end_s, 1) for caliper in page.sheet.calipers] == [2.0]


def test_measuring_mode_and_a_mere_click(page):
    QTest.keyClick(page.canvas, Qt.Key.Key_M)
    assert page.toolbar.calipers.isChecked()
    drag(page, pixel(page, "II", 2, 0), pixel(page, "II", 3, 0), Qt.KeyboardModifier.NoModifier)
    assert len(page.sheet.calipers) == 1
    QTest.mouseClick(page.canvas, Qt.MouseButton.LeftButton, pos=pixel(page, "II", 5, 0))
    assert len(page.sheet.calipers) == 1
    QTest.keyClick(page.canvas, Qt.Key.Key_Escape)
    assert not page.toolbar.calipers.isChecked()
    assert len(page.sheet.calipers) == 1


def test_calipers_are_handed_on_once_they_have_come_to_rest(page):
    came = []
    page.caliper_set.connect(lambda *what: came.append(what))
    start, end = pixel(page, "II", 0.8, 0.0), pixel(page, "II", 1.6, 0.0)
    QTest.mousePress(page.canvas, Qt.MouseButton.LeftButton, SHIFT, start)
    QTest.mouseMove(page.canvas, (start + end) / 2)
    QTest.mouseMove(page.canvas, end)
    QTest.keyRelease(page.canvas, Qt.Key.Key_Shift)
    assert came == []
    QTest.mouseRelease(page.canvas, Qt.MouseButton.LeftButton, pos=end)
    (caliper,) = page.sheet.calipers
    assert came == [("r", caliper.id, caliper)]
    for _ in range(3):
        QTest.keyPress(page.canvas, Qt.Key.Key_Right)
    assert len(came) == 1
    QTest.keyRelease(page.canvas, Qt.Key.Key_Right)
    assert came[1:] == [("r", caliper.id, replace(caliper, end_s=pytest.approx(caliper.end_s + 0.006), end_mv=0))]
    QTest.keyPress(page.canvas, Qt.Key.Key_O)
    assert came[2][2].marched
    QTest.keyPress(page.canvas, Qt.Key.Key_Escape)
    assert came[3] == ("r", caliper.id, None)
    QTest.mouseClick(page.canvas, Qt.MouseButton.LeftButton, SHIFT, pixel(page, "II", 5, 0))
    assert len(came) == 4, "a mere click is none"


def test_what_was_not_let_go_is_handed_on_before_the_next_record(page):
    came = []
    drag(page, pixel(page, "II", 0.8, 0.0), pixel(page, "II", 1.6, 0.0))
    page.caliper_set.connect(lambda *what: came.append(what))
    QTest.keyPress(page.canvas, Qt.Key.Key_Right)
    (moved,) = page.sheet.calipers
    kept = Caliper("k", "V1", 1.0, 2.0, 0.0, 0.0)
    page.set_record(record("other"), {}, (kept,))
    assert came == [("r", moved.id, moved)]
    assert page.sheet.calipers == (kept,)
    page.set_record(None)
    assert page.sheet.calipers == ()
    assert len(came) == 1


def test_the_selected_one_stays_so_when_calipers_are_shown_again(page):
    drag(page, pixel(page, "II", 0.8, 0.0), pixel(page, "II", 1.6, 0.0))
    (first,) = page.sheet.calipers
    other = Caliper("k", "V1", 1.0, 2.0, 0.0, 0.0)
    page.show_calipers((other, first))
    QTest.keyClick(page.canvas, Qt.Key.Key_Right)
    assert page.sheet.calipers[0] == other
    assert page.sheet.calipers[1].end_s > first.end_s
    page.show_calipers((other,))
    QTest.keyClick(page.canvas, Qt.Key.Key_Escape)
    assert page.sheet.calipers == (other,)


def test_points_snap_to_samples_and_to_the_trace(page):
    _, where = page.canvas.laid
    cell = next(c for c in page.sheet.cells if c.source == "II")
    box = where.cell(cell, page.sheet)
    on_spike = QPointF(box.left() + 0.8 * 25 + 0.01, where.baselines[cell.row] - 9)
    found = point_at(page.sheet, where, on_spike)
    assert (found.lead, found.at_s, found.mv) == ("II", 0.8, 1.0)
    assert point_at(page.sheet, where, QPointF(1, 50)) is None
    empty = Sheet(make_record(np.empty((12, 0), np.float32), id="e"))
    assert point_at(empty, where, on_spike) is None


def test_they_measure_what_is_drawn(page):
    page.set_filters(DisplayFilter(low_pass_hz=40))
    drag(page, pixel(page, "II", 0.5, 0.0), pixel(page, "II", 0.78, 0.0))
    for _ in range(10):
        QTest.keyClick(page.canvas, Qt.Key.Key_Right)
    (caliper,) = page.sheet.calipers
    index = round(caliper.end_s * 500)
    assert caliper.end_mv == page.sheet.drawn.record.signal_mv[1, index] != record().signal_mv[1, index]


def test_in_a_gap_the_caliper_keeps_its_height(page):
    signal = np.full((12, 5000), np.nan, np.float32)
    page.set_record(make_record(signal, id="gap"))
    drag(page, pixel(page, "II", 1, 0.2), pixel(page, "II", 2, 0.2))
    QTest.keyClick(page.canvas, Qt.Key.Key_Right)
    assert page.sheet.calipers[0].end_mv == pytest.approx(0.2, abs=0.05)


def set_caliper(window, start_s: float, end_s: float) -> None:
    """Draw a caliper in lead I with Shift and the mouse."""
    drag(window.page, pixel(window.page, "I", start_s, 0), pixel(window.page, "I", end_s, 0))


def test_calipers_are_stored_and_shown_again_in_a_later_run(window, session, project, qtbot):
    set_caliper(window, 0.5, 1.5)
    (caliper,) = window.page.sheet.calipers
    assert project.calipers.current("r0", "dr test") == (caliper,)
    assert window.status.saved.text().startswith("Saved ")
    press(qtbot, window, Qt.Key.Key_J)
    assert window.page.sheet.calipers == ()
    press(qtbot, window, Qt.Key.Key_K)
    assert window.page.sheet.calipers == (caliper,)
    window.page.canvas.setFocus()
    canvas = window.page.canvas
    canvas.calipers.selected = caliper.id
    QTest.keyPress(canvas, Qt.Key.Key_Right)
    (moved,) = window.page.sheet.calipers
    assert moved.end_s > caliper.end_s
    window.close()
    with Project.open(project.folder) as later:
        assert later.calipers.current("r0", "dr test") == (moved,)
        again = Session(later, reader="dr test")
        second = MainWindow(again)
        assert second.page.sheet.record.id == "r0"
        assert second.page.sheet.calipers == (moved,)
        second.close()
        gone(second)


def test_calipers_are_undone_and_redone(window, session, qtbot):
    set_caliper(window, 0.5, 1.5)
    kept = window.page.sheet.calipers
    window.page.canvas.setFocus()
    press(qtbot, window, Qt.Key.Key_Escape)
    assert window.page.sheet.calipers == () == session.calipers("r0")
    qtbot.waitUntil(lambda: window.menus.actions["undo"].text() == "&Undo: caliper in I removed")
    press(qtbot, window, Qt.Key.Key_Z, CTRL)
    assert window.page.sheet.calipers == kept == session.calipers("r0")
    press(qtbot, window, Qt.Key.Key_Z, CTRL)
    assert window.page.sheet.calipers == ()
    press(qtbot, window, Qt.Key.Key_Z, CTRL | SHIFT)
    assert window.page.sheet.calipers == kept
    assert [e["kind"] for e in session.project.calipers.history("r0")] == ["set", "set", "undo", "undo", "redo"]


def test_a_caliper_that_could_not_be_stored_is_not_shown(window, session, monkeypatch):
    def full(*_):
        raise ProjectError("The disk is full.", "Free some space.")

    monkeypatch.setattr(session.project.calipers, "set", full)
    set_caliper(window, 0.5, 1.5)
    assert window.page.sheet.calipers == ()
    assert "disk is full" in window.toasts.text.text()
