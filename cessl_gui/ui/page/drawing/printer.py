"""The page on a printer: A4 or Letter, landscape and to scale; of a longer recording as many pages as are asked for."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QPageLayout, QPainter
from PySide6.QtPrintSupport import QAbstractPrintDialog, QPrintDialog, QPrinter
from PySide6.QtWidgets import QDialog, QLineEdit, QProgressDialog, QWidget

from cessl_gui.ui.page.drawing.printing import a4, for_paper, paint_paper_page
from cessl_gui.ui.page.layout.plan import least_width
from cessl_gui.ui.page.layout.sheet import PLOT_MM, Sheet
from cessl_gui.ui.parts.plain_text import ask, warn

LEAST_MARGIN_MM, LEAST_HEIGHT_MM = 5.0, 195.0
MANY = 30  # pages; more are printed on a second word only

NOT_PRINTED = "Page not printed"
NO_PRINTER = "This computer has no printer.\n\nAdd one, or save the page as PDF (Print > Save as PDF, PNG or SVG)."
NO_ANSWER = (
    "The printer {name} takes no page.\n\n"
    "Look whether it is switched on and connected, or save the page as PDF (Print > Save as PDF, PNG or SVG)."
)
NO_ECG = "No ECG is on the page yet. Open one first."
TOO_SMALL = "The page does not fit on this paper to scale.\n\nChoose A4 or Letter, landscape."


def ask_and_print(sheet: Sheet, parent: QWidget) -> None:
    """Ask for a printer and print the page on it to scale, as it would be saved; what prevents that is said.

    Where the recording goes on beyond the page, the dialog offers all pages of it, or some.
    """
    if sheet.record is None:
        warn(parent, NOT_PRINTED, NO_ECG)
        return
    pages, printer = pages_of(sheet), QPrinter(QPrinter.PrinterMode.HighResolution)
    if not printer.isValid():
        warn(parent, NOT_PRINTED, NO_PRINTER)
        return
    printer.setPageLayout(a4(QPageLayout.Orientation.Landscape))
    printer.setFullPage(True)
    printer.setDocName(f"ECG {sheet.record.id}")
    dialog = QPrintDialog(printer, parent)
    file = dialog.findChild(QLineEdit, "filename")  # of Qt's own dialog, which names a folder alone
    if file is not None and not Path(file.text()).suffix:
        file.setText(str(Path(file.text()) / f"{printer.docName()}.pdf"))
    if len(pages) > 1:
        dialog.setOption(QAbstractPrintDialog.PrintDialogOption.PrintCurrentPage)
        dialog.setMinMax(1, len(pages))
        dialog.setFromTo(1, len(pages))
        dialog.setPrintRange(QAbstractPrintDialog.PrintRange.CurrentPage)
    if dialog.exec() != QDialog.DialogCode.Accepted:
        return
    chosen = _chosen(printer, sheet, pages)
    if not has_room(sheet, printer):
        warn(parent, NOT_PRINTED, TOO_SMALL)
    elif len(chosen) <= MANY or ask(parent, "Print", f"These are {len(chosen)} pages. Print them all?"):
        print_pages(chosen, printer, parent)


def pages_of(sheet: Sheet) -> list[Sheet]:
    """The whole recording in pages that follow each other, from its beginning.

    Where columns follow each other the last page ends with the recording: begun where the page before it ended, its
    last columns would be empty.
    """
    paper = replace(sheet, plot_mm=PLOT_MM)
    if paper.shown_s <= 0 or paper.signal_s <= paper.shown_s:
        return [sheet]
    count = math.ceil(paper.signal_s / paper.shown_s - 1e-6)
    first_s, end_s = paper.extent_s
    last_s = end_s - paper.shown_s if len(paper.fitted.columns) > 1 and not paper.is_together else math.inf
    return [replace(sheet, t0_s=min(first_s + number * paper.shown_s, last_s)) for number in range(count)]


def _chosen(printer: QPrinter, sheet: Sheet, pages: list[Sheet]) -> list[Sheet]:
    if len(pages) == 1 or printer.printRange() == QPrinter.PrintRange.CurrentPage:
        return [sheet]
    if printer.printRange() == QPrinter.PrintRange.PageRange:
        ranges = printer.pageRanges()
        return [page for number, page in enumerate(pages, 1) if ranges.isEmpty() or ranges.contains(number)]
    return pages


def has_room(sheet: Sheet, printer: QPrinter) -> bool:
    """Whether a page fits on the printer's paper to scale."""
    paper = printer.pageLayout().fullRect(QPageLayout.Unit.Millimeter)
    needed = least_width(replace(sheet, plot_mm=PLOT_MM)) + 2 * LEAST_MARGIN_MM
    return paper.width() >= needed and paper.height() >= LEAST_HEIGHT_MM


def print_pages(pages: list[Sheet], printer: QPrinter, parent: QWidget) -> None:
    """Print pages one after the other; of several a dialog says how far it is, and cancels the rest."""
    painter = QPainter()
    if not painter.begin(printer):
        warn(parent, NOT_PRINTED, NO_ANSWER.format(name=printer.printerName()))
        return
    waiting = QProgressDialog("Printing…", "Cancel", 0, len(pages), parent)
    waiting.setWindowTitle("Print")
    waiting.setWindowModality(Qt.WindowModality.WindowModal)
    paper = printer.pageLayout().fullRect(QPageLayout.Unit.Millimeter)
    dots = printer.resolution() / 25.4
    for number, page in enumerate(pages):
        waiting.setValue(number)  # a press of Cancel is taken here
        if waiting.wasCanceled():
            printer.abort()
            break
        if number and not printer.newPage():
            warn(parent, NOT_PRINTED, NO_ANSWER.format(name=printer.printerName()))
            break
        paint_paper_page(painter, for_paper(page), dots, (paper.width(), paper.height()))
    painter.end()
    waiting.close()
    waiting.deleteLater()
