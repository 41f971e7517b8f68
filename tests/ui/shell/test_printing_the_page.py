"""Printing as a reader does it, from the menu of the window, to a printer that makes PDF files."""

import re

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QPageLayout, QPageSize
from PySide6.QtPrintSupport import QPrintDialog, QPrinter
from PySide6.QtWidgets import QDialog, QMessageBox

from cessl_gui.core.types import LEADS_12, ReadingState, Record, State
from cessl_gui.ui.page.drawing import printer as printing
from cessl_gui.ui.page.tools.marks import words_of
from tests.ui.conftest import SR
from tests.ui.page.test_page_marks import OF_FILE
from tests.ui.page.test_printer import page_count
from tests.ui.page.test_printing import POINT_MM, pdf_paths
from tests.ui.windows import CTRL, press

PAPERS = {"A4": (297.0, 210.0), "Letter": (279.4, 215.9)}


@pytest.fixture
def desk(window, session):
    """An ECG of 25 s: a step of 1 mV in each lead, in the middle of each page of 10 s."""
    signal = np.zeros((12, 12500), np.float32)
    signal[:, 2500:5000] = signal[:, 7500:10000] = 1
    record = Record("r0", "MUELLER, EVA", "/somewhere/even/0.hea", "0" * 64, signal, 500.0, LEADS_12)
    window.page.set_record(record)
    window.read._record_shown = "r0"
    return window


@pytest.fixture
def printed(desk, monkeypatch, tmp_path):
    """Choose Print in the menu, paper and pages in the dialog; returns the file and the sheets that were drawn."""

    def choose(paper: str = "A4", pages: tuple[int, int] | None = None):
        out, drawn = tmp_path / "printed.pdf", []
        paint = printing.paint_paper_page

        def accept(dialog) -> int:
            printer = dialog.printer()
            printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
            printer.setOutputFileName(str(out))
            size = QPageSize(getattr(QPageSize.PageSizeId, paper))
            printer.setPageLayout(QPageLayout(size, QPageLayout.Orientation.Landscape, printer.pageLayout().margins()))
            if pages:
                printer.setPrintRange(QPrinter.PrintRange.PageRange)
                printer.setFromTo(*pages)
            return QDialog.DialogCode.Accepted

        def keep(painter, sheet, *where):
            drawn.append(sheet)
            paint(painter, sheet, *where)

        monkeypatch.setattr(QPrintDialog, "exec", accept)
        monkeypatch.setattr(printing, "paint_paper_page", keep)
        desk.page.toolbar.print.menu().actions()[0].trigger()
        return out, drawn

    return choose


@pytest.mark.parametrize("paper", PAPERS)
@pytest.mark.parametrize(("pages", "begin_s"), [(None, [0]), ((2, 3), [10, 15]), ((1, 3), [0, 10, 15])])
def test_pages_come_out_to_scale_on_either_paper(printed, paper, pages, begin_s):
    out, drawn = printed(paper, pages)
    assert page_count(out) == len(begin_s)
    assert [sheet.t0_s for sheet in drawn] == begin_s
    size = re.search(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", out.read_bytes())
    assert tuple(float(side) * POINT_MM for side in size.groups()) == pytest.approx(PAPERS[paper], rel=0.005)
    rhythm = max((path for path in pdf_paths(out) if len(path) > 2000), key=lambda path: path[:, 1].mean())
    assert np.ptp(rhythm[:, 1]) == pytest.approx(10, rel=0.005), "1 mV is 10 mm"
    assert np.ptp(rhythm[:, 0]) == pytest.approx(250, rel=0.005), "a second is 25 mm"  # of a page of 10 s


def test_what_blind_reading_hides_is_not_printed_either(desk, printed, session):
    session.project.annotations.set("r0", {"f1": OF_FILE}, "dr test", "imported")
    desk.read.remarks.show_marks()
    assert printed()[1][0].marks.shown == ()
    session.set_label("r0", SR, State.PRESENT)
    session.set_reading("r0", ReadingState.CONFIRMED)
    assert [words_of(one) for one in printed()[1][0].marks.shown] == ["AF · file"]


def test_nobody_is_named_on_the_paper(printed):
    out, drawn = printed()
    assert drawn[0].record.name == "ECG r0"
    assert b"MUELLER" not in out.read_bytes()


def test_without_a_printer_menu_and_key_answer_with_a_sentence(desk, monkeypatch, qtbot):
    said = []
    monkeypatch.setattr(QPrinter, "isValid", lambda printer: False)
    monkeypatch.setattr(QMessageBox, "exec", lambda box: said.append(box.text()))
    desk.page.toolbar.print.menu().actions()[0].trigger()
    press(qtbot, desk, Qt.Key.Key_P, CTRL)
    desk.acts["print_page"].trigger()
    assert said == 3 * [printing.NO_PRINTER]
