"""Calipers measure what is there, to the sample."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest

from cessl_gui.core.types import LEADS_12, Record
from cessl_gui.ui.calipers import point_at, readings
from cessl_gui.ui.page import EcgPage
from cessl_gui.ui.sheet import Caliper, Sheet

SHIFT = Qt.KeyboardModifier.ShiftModifier


def record(name: str = "r") -> Record:
    """Lead II: spikes of 1 mV each 0.8 s; all else silent."""
    signal = np.zeros((12, 5000), np.float32)
    signal[1, ::400] = 1
    return Record(name, name, "", "", signal, 500.0, LEADS_12)


@pytest.fixture
def page(qtbot):
    page = EcgPage()
    qtbot.addWidget(page)
    page.resize(1100, 700)
    page.show()
    page.set_layout("12x1")
    page.set_record(record())
    return page


def pixel(page: EcgPage, lead: str, at_s: float, mv: float) -> QPoint:
    ink, where = page.canvas.laid
    cell = next(c for c in page.sheet.cells if c.source == lead)
    x = where.cell(cell, page.sheet).left() + (at_s - page.sheet.t0_s) * page.sheet.speed_mm_per_s
    y = where.baselines[cell.row] - mv * page.sheet.gain_mm_per_mv
    return (QPointF(x, y) * ink.dots_per_mm).toPoint()


def drag(page: EcgPage, start: QPoint, end: QPoint, modifier=SHIFT) -> None:
    QTest.mousePress(page.canvas, Qt.MouseButton.LeftButton, modifier, start)
    QTest.mouseMove(page.canvas, end)
    QTest.mouseRelease(page.canvas, Qt.MouseButton.LeftButton, modifier, end)


def test_readings_in_all_units():
    said = readings(Caliper("II", 0.8, 1.6, 0.0, -0.25), Sheet())
    assert said == "800 ms  75/min  20.0 mm   ·   -0.25 mV  2.5 mm"
    assert "/min" not in readings(Caliper("II", 0.8, 0.9, 0, 0), Sheet())


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
    at = pixel(page, "II", page.sheet.calipers[0].end_s + 3 * step, -0.3)
    near = [(at.x() + dx, at.y()) for dx in (-1, 0, 1)]
    assert any(marched.pixelColor(*p) != without.pixelColor(*p) for p in near)


def test_measuring_mode_and_a_mere_click(page):
    QTest.keyClick(page.canvas, Qt.Key.Key_M)
    assert page.choices.measure.isChecked()
    drag(page, pixel(page, "II", 2, 0), pixel(page, "II", 3, 0), Qt.KeyboardModifier.NoModifier)
    assert len(page.sheet.calipers) == 1
    QTest.mouseClick(page.canvas, Qt.MouseButton.LeftButton, pos=pixel(page, "II", 5, 0))
    assert len(page.sheet.calipers) == 1
    QTest.keyClick(page.canvas, Qt.Key.Key_Escape)
    assert not page.choices.measure.isChecked()
    assert len(page.sheet.calipers) == 1


def test_calipers_stay_with_their_record(page):
    drag(page, pixel(page, "II", 0.8, 0.0), pixel(page, "II", 1.6, 0.0))
    kept = page.sheet.calipers
    page.set_record(record("other"))
    assert page.sheet.calipers == ()
    page.set_record(record())
    assert page.sheet.calipers == kept


def test_points_snap_to_samples_and_to_the_trace(page):
    _, where = page.canvas.laid
    cell = next(c for c in page.sheet.cells if c.source == "II")
    box = where.cell(cell, page.sheet)
    on_spike = QPointF(box.left() + 0.8 * 25 + 0.01, where.baselines[cell.row] - 9)
    found = point_at(page.sheet, where, on_spike)
    assert (found.lead, found.at_s, found.mv) == ("II", 0.8, 1.0)
    assert point_at(page.sheet, where, QPointF(1, 50)) is None
    empty = Sheet(Record("e", "e", "", "", np.empty((12, 0), np.float32), 500.0, LEADS_12))
    assert point_at(empty, where, on_spike) is None


def test_in_a_gap_the_caliper_keeps_its_height(page):
    signal = np.full((12, 5000), np.nan, np.float32)
    page.set_record(Record("gap", "gap", "", "", signal, 500.0, LEADS_12))
    drag(page, pixel(page, "II", 1, 0.2), pixel(page, "II", 2, 0.2))
    QTest.keyClick(page.canvas, Qt.Key.Key_Right)
    assert page.sheet.calipers[0].end_mv == pytest.approx(0.2, abs=0.05)
