"""What tests of the ECG page share."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest

from cessl_gui.core.types import LEADS_12, Record
from cessl_gui.ui.page.page import EcgPage
from tests.records import make_record

SHIFT = Qt.KeyboardModifier.ShiftModifier


def shown(qtbot, layout: str, record: Record, size: tuple[int, int] = (1100, 700)) -> EcgPage:
    """A page on the screen with a recording on it."""
    page = EcgPage()
    qtbot.addWidget(page)
    page.resize(*size)
    page.show()
    page.set_layout(layout)
    page.set_record(record)
    return page


def pixel(page: EcgPage, lead: str, at_s: float, mv: float) -> QPoint:
    """Where on the canvas a place on a lead lies."""
    ink, where = page.canvas.laid
    cell = next(c for c in page.sheet.cells if c.source == lead)
    x = where.cell(cell, page.sheet).left() + (at_s - page.sheet.t0_s - cell.t0_s) * page.sheet.speed_mm_per_s
    y = where.y(cell, page.sheet, mv)
    return (QPointF(x, y) * ink.dots_per_mm).toPoint()


def drag(page: EcgPage, start: QPoint, end: QPoint, modifier=SHIFT) -> None:
    """With the left button; Shift makes it a caliper."""
    QTest.mousePress(page.canvas, Qt.MouseButton.LeftButton, modifier, start)
    QTest.mouseMove(page.canvas, end)
    QTest.mouseRelease(page.canvas, Qt.MouseButton.LeftButton, modifier, end)


def record(seconds: float = 60, leads=LEADS_12, fs_hz: float = 100.0, name: str = "ECG 1", **more) -> Record:
    t = np.arange(int(seconds * fs_hz)) / fs_hz
    signal = np.stack([np.sin(2 * np.pi * t + i) for i in range(len(leads))]).astype(np.float32)
    return make_record(signal, id=name, name=name, fs_hz=fs_hz, leads=leads, **more)


@pytest.fixture
def page(qtbot):
    return shown(qtbot, "3x4+1", record(), (900, 640))


def choose(menu, value) -> None:
    next(a for a in menu.actions() if a.data() == value).trigger()
