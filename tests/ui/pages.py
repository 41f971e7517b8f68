"""What tests of the ECG page share."""

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest

from cessl_gui.core.types import Record
from cessl_gui.ui.page.page import EcgPage

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
