"""A report of one ECG as PDF: its page to scale, then what is said of it."""

from __future__ import annotations

import re
from pathlib import Path

from PySide6.QtCore import QBuffer, QIODevice, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPageLayout, QPainter, QPdfWriter

from cessl_gui import __version__
from cessl_gui.bridge.reader.report import Part, Report
from cessl_gui.core.files import atomic_write
from cessl_gui.ui.page.drawing.printing import A4_MM, PDF_DPI, a4, for_paper, paint_paper_page
from cessl_gui.ui.page.layout.sheet import Sheet
from cessl_gui.ui.parts.dates import moment_words
from cessl_gui.ui.parts.tokens import FONT_FAMILIES, LIGHT

MARGIN_MM, LINE_MM, TITLE_MM, HEADING_MM, TEXT_MM = 18.0, 5.2, 6.0, 4.2, 3.2
LONGEST_WORD = 16  # characters, which a column takes
COLUMNS_MM = (0.0, 76.0, 108.0)  # where what, value and remark begin


def file_name(report: Report) -> str:
    """The record's name as a name of a file."""
    return f"{re.sub(r'[^A-Za-z0-9_. -]+', '_', report.title).strip(' .') or 'ECG'}.pdf"


def breakable(text: str) -> str:
    """The text with places, that nobody sees, where a very long word may go on in the next line."""
    return re.sub(rf"\S{{{LONGEST_WORD}}}(?=\S)", lambda part: f"{part[0]}\u200b", text)


def write_report(sheet: Sheet, report: Report, path: Path) -> None:
    """Write the page, A4 landscape and to scale, and what is said of it on pages of A4 upright.

    An earlier file of that name stays until the new one is whole. raises : NotWritten
    """
    content = QBuffer()
    content.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(content)
    writer.setResolution(PDF_DPI)
    writer.setCreator("cessl-gui")
    writer.setTitle(report.title)
    writer.setPageLayout(a4(QPageLayout.Orientation.Landscape))
    with QPainter(writer) as painter:
        paint_paper_page(painter, for_paper(sheet), PDF_DPI / 25.4)
        writer.setPageLayout(a4(QPageLayout.Orientation.Portrait))
        writer.newPage()
        _Writing(painter, writer.newPage, PDF_DPI / 25.4, report.footer).write(report)
    with atomic_write(path) as unfinished:
        unfinished.write_bytes(content.data().data())


class _Writing:
    """Lines from top to bottom, on as many pages as they need."""

    def __init__(self, painter: QPainter, new_page, dots_per_mm: float, footer: str) -> None:
        self._painter, self._new_page, self._dots, self._footer = painter, new_page, dots_per_mm, footer
        self._wide, self._high = A4_MM[1] - 2 * MARGIN_MM, A4_MM[0] - 2 * MARGIN_MM
        self._at = 0.0
        self._foot()

    def write(self, report: Report) -> None:
        self._line(((0.0, report.title),), TITLE_MM, bold=True)
        self._line(((0.0, " · ".join(f"{name} {moment_words(value)}" for name, value in report.facts)),), TEXT_MM)
        for part in report.parts:
            self._part(part)

    def _part(self, part: Part) -> None:
        self._at += LINE_MM
        self._line(((0.0, part.heading),), HEADING_MM, bold=True)
        for row in part.rows:
            self._line(tuple(zip(COLUMNS_MM, row, strict=True)), TEXT_MM)
        for paragraph in part.paragraphs:
            self._line(((0.0, paragraph),), TEXT_MM)
        if part.note:
            self._line(((0.0, part.note),), TEXT_MM, color=LIGHT.muted)

    def _line(self, cells: tuple[tuple[float, str], ...], size_mm: float, bold: bool = False, color: str = "") -> None:
        """A row of cells, each as high as its words need."""
        self._use(size_mm, bold, color or LIGHT.text)
        cells = tuple((left, breakable(words)) for left, words in cells)
        ends = [*(left for left, _ in cells[1:]), self._wide]
        areas = [QRectF(left, 0, end - left - 2, 200) for (left, _), end in zip(cells, ends, strict=True)]
        flags = int(Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextWordWrap)
        needed = [
            self._painter.boundingRect(self._px(area), flags, words).height() / self._dots
            for area, (_, words) in zip(areas, cells, strict=True)
        ]
        high = max(max(needed), size_mm) + 0.35 * size_mm
        if self._at + high > self._high - 2 * LINE_MM:
            self._new_page()
            self._foot()
            self._at = 0.0
            self._use(size_mm, bold, color or LIGHT.text)
        for area, (_, words) in zip(areas, cells, strict=True):
            self._painter.drawText(self._px(area.translated(0, self._at)), flags, words)
        self._at += high

    def _foot(self) -> None:
        self._use(2.6, False, LIGHT.muted)
        area = QRectF(0, self._high - LINE_MM, self._wide, 2 * LINE_MM)
        flags = int(Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextWordWrap)
        self._painter.drawText(self._px(area), flags, f"{self._footer} cessl-gui {__version__}")

    def _px(self, area: QRectF) -> QRectF:
        moved = area.translated(MARGIN_MM, MARGIN_MM)
        return QRectF(*(side * self._dots for side in (moved.x(), moved.y(), moved.width(), moved.height())))

    def _use(self, size_mm: float, bold: bool, color: str) -> None:
        letters = QFont()
        letters.setFamilies(FONT_FAMILIES)
        letters.setPixelSize(round(size_mm * self._dots))
        letters.setBold(bold)
        self._painter.setFont(letters)
        self._painter.setPen(QColor(color))
