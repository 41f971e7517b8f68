"""The magnifier: everything twice or four times as large, and what lies under the mouse stays there."""

import time

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QSizeF, Qt
from PySide6.QtTest import QTest

from cessl_gui.core.types import Record
from cessl_gui.ui.page.layout.doubts import doubts
from cessl_gui.ui.page.tools.calipers import Point
from cessl_gui.ui.page.tools.magnifier import Magnifier
from tests.records import make_record
from tests.ui.pages import drag, pixel, shown

SIZE = QSizeF(900, 600)


def record() -> Record:
    signal = np.zeros((12, 5000), np.float32)
    signal[:, ::500] = 1
    return make_record(signal, id="r")


@pytest.fixture
def page(qtbot):
    return shown(qtbot, "3x4+1", record())


@pytest.mark.parametrize("factor", [2, 4])
@pytest.mark.parametrize("at", [(0, 0), (450, 300), (900, 600), (123, 456)])
def test_what_lies_under_the_mouse_stays_there(factor, at):
    point = QPointF(*at)
    assert (Magnifier().over(point, factor, SIZE).page(point) - point).manhattanLength() < 1


def test_no_empty_room_comes_beside_the_page():
    moved = Magnifier().over(QPointF(450, 300), 2, SIZE).moved(QPointF(-5000, 5000), SIZE)
    assert (moved.origin.x(), moved.origin.y()) == (900, 0)


def test_a_double_click_magnifies_twice_then_four_times_then_not(page):
    factors = []
    for _ in range(3):
        QTest.mouseDClick(page.canvas, Qt.MouseButton.LeftButton, pos=pixel(page, "II", 2, 0))
        factors.append(page.canvas.magnifier.factor)
    assert factors == [2, 4, 1]


def test_the_key_held_magnifies_as_long_as_it_is_down(page):
    QTest.keyPress(page.canvas, Qt.Key.Key_Z)
    assert page.canvas.magnifier.factor == 2
    page.moving._pressed_s = time.monotonic() - 1
    QTest.keyRelease(page.canvas, Qt.Key.Key_Z)
    assert page.canvas.magnifier.factor == 1


def test_the_key_pressed_stays_and_goes_on(page):
    factors = []
    for _ in range(3):
        QTest.keyClick(page.canvas, Qt.Key.Key_Z)
        factors.append(page.canvas.magnifier.factor)
    assert factors == [2, 4, 1]


def test_escape_and_the_next_record_end_it(page):
    page.canvas.magnify(2)
    QTest.keyClick(page.canvas, Qt.Key.Key_Escape)
    assert page.canvas.magnifier.factor == 1
    page.canvas.magnify(4)
    page.set_record(record())
    assert page.canvas.magnifier.factor == 1


def test_the_button_says_that_it_is_on(page):
    page.toolbar.magnify.click()
    assert page.toolbar.magnify.isChecked()
    page.canvas.magnify(1)
    assert not page.toolbar.magnify.isChecked()


def test_calipers_measure_the_same_under_it(page):
    start, end = pixel(page, "II", 2.0, 0), pixel(page, "II", 2.4, 0)
    page.canvas._magnify(Magnifier().over(QPointF(start), 2, QSizeF(page.canvas.size())))
    under = page.canvas.magnifier
    drag(page, *((QPointF(at) * 2 - under.origin).toPoint() for at in (start, end)))
    (caliper,) = page.sheet.calipers
    assert (caliper.start_s, caliper.end_s) == pytest.approx((2.0, 2.4), abs=0.02)


def test_traces_grid_and_names_are_as_much_larger(page):
    plain = page.canvas.grab().toImage()
    page.canvas._magnify(Magnifier().over(QPointF(0, 0), 2, QSizeF(page.canvas.size())))
    larger = page.canvas.grab().toImage()
    theme = page.sheet.theme
    lines = [
        [x for x in range(image.width()) if image.pixelColor(x, 5).name() == theme.grid_coarse]
        for image in (plain, larger)
    ]
    assert np.diff(lines[1]).min() == 2 * np.diff(lines[0]).min()


def test_the_point_under_the_mouse_is_that_of_the_page(page):
    at = pixel(page, "II", 2.0, 0)
    page.canvas._magnify(Magnifier().over(QPointF(at), 4, QSizeF(page.canvas.size())))
    ink, where = page.canvas.laid
    from cessl_gui.ui.page.tools.calipers import point_at

    point = point_at(page.sheet, where, page.canvas.magnifier.page(QPointF(at)) / ink.dots_per_mm)
    assert point == Point("II", pytest.approx(2.0, abs=0.02), pytest.approx(1.0, abs=1.0))


def test_nothing_is_called_beyond_the_page_since_it_is_magnified(page):
    page.canvas._magnify(Magnifier().over(QPointF(300, 300), 4, QSizeF(page.canvas.size())))
    _, where = page.canvas.magnifier.laid(*page.canvas.laid, QSizeF(page.canvas.size()))
    assert {doubts(page.sheet, where, cell) for cell in page.sheet.cells} == {""}
