"""The page on paper: PDF (A4 landscape, true to scale), PNG and SVG from the same drawing as on screen."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QBuffer, QIODevice, QMarginsF, QRectF, QSizeF, Qt
from PySide6.QtGui import QImage, QPageLayout, QPageSize, QPainter, QPdfWriter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QWidget

from cessl_gui import __version__
from cessl_gui.core.errors import CesslError, NotWritten
from cessl_gui.core.files import atomic_write
from cessl_gui.core.types import Record
from cessl_gui.ui.page.drawing.lettering import Ink, draw_line_of_text
from cessl_gui.ui.page.drawing.paper import RESEARCH_USE, paint_page
from cessl_gui.ui.page.layout.filtering import filtered
from cessl_gui.ui.page.layout.plan import Plan, least_width, plan
from cessl_gui.ui.page.layout.sheet import PLOT_MM, Sheet
from cessl_gui.ui.parts.ask_file import ask_new_file
from cessl_gui.ui.parts.plain_text import warn
from cessl_gui.ui.parts.tokens import LIGHT

A4_MM = (297.0, 210.0)
MARGIN_MM = 8.0
TEXT_MM = 2.8
LINE_MM = 0.25
PDF_DPI = 1200
PNG_DPI = 300
SVG_DPI = 254  # ten units per mm


def write_page(sheet: Sheet, path: Path) -> None:
    """Write the page to a .pdf, .png or .svg file, A4 landscape, 250 mm of traces.

    It carries the record's id, and neither the recording's name nor its date. An earlier file of that name stays until
    the new one is whole.
    raises : NotWritten with a sentence, also for another suffix
    """
    writers = {".pdf": _write_pdf, ".png": _write_png, ".svg": _write_svg}
    writer = writers.get(path.suffix.lower())
    if writer is None:
        raise NotWritten(
            f"{path.name} is neither a .pdf, a .png nor a .svg file.", "Choose one of these file extensions."
        )
    # Into memory first: on a full disk Qt's writers leave an empty or a cut file and say nothing.
    content = QBuffer()
    content.open(QIODevice.OpenModeFlag.WriteOnly)
    writer(for_paper(sheet), content)
    with atomic_write(path) as unfinished:
        unfinished.write_bytes(content.data().data())


def ask_and_write(sheet: Sheet, parent: QWidget) -> None:
    """Ask for a file and write the page to it; what prevents that is said. parent : of the dialogs"""
    if sheet.record is None:
        return
    kinds = "PDF, A4 to scale (*.pdf);;Picture, 300 dpi (*.png);;Drawing (*.svg)"
    path = ask_new_file(parent, "Save this page", kinds, f"ECG {sheet.record.id}.pdf")
    if path is None:
        return
    try:
        write_page(sheet, path)
    except CesslError as error:
        warn(parent, "Page not saved", f"{error.what}\n\n{error.todo}")


def a4(orientation: QPageLayout.Orientation) -> QPageLayout:
    size = QPageSize(QSizeF(A4_MM[1], A4_MM[0]), QPageSize.Unit.Millimeter, "A4")
    return QPageLayout(size, orientation, QMarginsF())


def for_paper(sheet: Sheet) -> Sheet:
    """The page as it is put on paper: 250 mm of traces on white, and nobody's name."""
    record, earlier = sheet.record, sheet.earlier
    if record is not None:
        record = _nameless(record)
        if earlier is not None:
            earlier = replace(earlier, record=_nameless(earlier.record))
    # Dark pages are for screens.
    theme = LIGHT if sheet.theme.dark else sheet.theme
    paper = replace(sheet, earlier=earlier, plot_mm=PLOT_MM, theme=theme, headline=True)
    return replace(paper, filtered=filtered(paper), record=record)


def _nameless(record: Record) -> Record:
    return replace(record, name=f"ECG {record.id}", recorded_at="", patient="")


def paper_plan(sheet: Sheet, size_mm: tuple[float, float] = A4_MM) -> Plan:
    """Where things lie on the page, which has its own margins within the paper's."""
    margin = max(0.0, min(MARGIN_MM, (size_mm[0] - least_width(replace(sheet, plot_mm=PLOT_MM))) / 2))
    return plan(replace(sheet, headline=True), *size_mm, text=TEXT_MM, margin=margin)


def paint_paper_page(painter: QPainter, sheet: Sheet, dots_per_mm: float, size_mm: tuple[float, float] = A4_MM) -> None:
    """Paint a page of for_paper() to scale. size_mm : of the paper"""
    ink, where = Ink(dots_per_mm, LINE_MM), paper_plan(sheet, size_mm)
    paint_page(painter, sheet, where, ink, f"cessl-gui {__version__}")
    below = QRectF(where.grid.left(), where.grid.bottom() + 1.7 * TEXT_MM, where.grid.width(), 2.0 * TEXT_MM)
    draw_line_of_text(painter, ink, below, RESEARCH_USE, 0.92 * TEXT_MM, sheet.theme.color("ink"))


def _write_pdf(sheet: Sheet, out: QIODevice) -> None:
    writer = QPdfWriter(out)
    writer.setResolution(PDF_DPI)
    writer.setCreator("cessl-gui")
    writer.setTitle(sheet.record.name if sheet.record else "ECG")
    writer.setPageLayout(a4(QPageLayout.Orientation.Landscape))
    with QPainter(writer) as painter:
        paint_paper_page(painter, sheet, PDF_DPI / 25.4)


def _write_png(sheet: Sheet, out: QIODevice) -> None:
    dots = PNG_DPI / 25.4
    image = QImage(round(A4_MM[0] * dots), round(A4_MM[1] * dots), QImage.Format.Format_RGB32)
    image.setDotsPerMeterX(round(1000 * dots))
    image.setDotsPerMeterY(round(1000 * dots))
    image.fill(Qt.GlobalColor.white)
    with QPainter(image) as painter:
        paint_paper_page(painter, sheet, dots)
    image.save(out, "PNG")


def _write_svg(sheet: Sheet, out: QIODevice) -> None:
    dots = SVG_DPI / 25.4
    generator = QSvgGenerator(QSvgGenerator.SvgVersion.SvgTiny12)
    generator.setOutputDevice(out)
    generator.setResolution(SVG_DPI)
    generator.setSize((QSizeF(*A4_MM) * dots).toSize())
    generator.setViewBox(QRectF(0, 0, A4_MM[0] * dots, A4_MM[1] * dots))
    generator.setTitle("ECG")
    with QPainter(generator) as painter:
        paint_paper_page(painter, sheet, dots)
