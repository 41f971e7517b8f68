"""Printing as a person meets it: the dialog, pages to scale through QPrinter, and what prevents that."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMarginsF, QTimer
from PySide6.QtGui import QPageLayout, QPageSize
from PySide6.QtPrintSupport import QPrintDialog, QPrinter
from PySide6.QtWidgets import QApplication, QDialog, QLineEdit, QMessageBox, QProgressDialog, QWidget

from cessl_gui.ui.page.drawing import printer as printing
from cessl_gui.ui.page.drawing.printer import ask_and_print, pages_of
from cessl_gui.ui.page.drawing.printing import paper_plan
from cessl_gui.ui.page.layout.layouts import LAYOUTS
from cessl_gui.ui.page.layout.sheet import Sheet
from tests.records import make_record
from tests.ui.page.test_printing import POINT_MM, pdf_paths, sheet


def of_length(seconds: float) -> Sheet:
    return Sheet(make_record(np.zeros((12, int(500 * seconds)), np.float32), id="5f1c"))


@pytest.fixture
def parent(qtbot) -> QWidget:
    widget = QWidget()
    qtbot.addWidget(widget)
    return widget


@pytest.fixture
def said(monkeypatch) -> list[str]:
    """What boxes say, which nobody closes here; they are answered with No."""
    words: list[str] = []
    monkeypatch.setattr(QMessageBox, "exec", lambda box: words.append(box.text()) or QMessageBox.StandardButton.No)
    return words


@pytest.fixture
def accepted(monkeypatch, tmp_path):
    """Let the dialog be accepted after something was chosen in it; the file is what would have come out."""

    def with_choice(choose=lambda printer: None) -> Path:
        out = tmp_path / "printed.pdf"

        def choose_file(dialog) -> int:
            printer = dialog.printer()
            printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
            printer.setOutputFileName(str(out))
            choose(printer)
            return QDialog.DialogCode.Accepted

        monkeypatch.setattr(QPrintDialog, "exec", choose_file)
        return out

    return with_choice


def page_count(path: Path) -> int:
    return len(re.findall(rb"/Type /Page\b(?!s)", path.read_bytes()))


def test_the_printer_draws_to_scale(parent, accepted):
    """Through QPrinter itself, to a file: 25 mm/s is 25 mm, and A4 is A4."""
    out = accepted()
    ask_and_print(sheet(), parent)
    size = re.search(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", out.read_bytes())
    assert float(size[1]) * POINT_MM == pytest.approx(297, rel=0.005)
    assert float(size[2]) * POINT_MM == pytest.approx(210, rel=0.005)
    where = paper_plan(sheet())
    lines = [line for line in pdf_paths(out) if len(line) == 2]
    upright = sorted({round(float(line[0][0]), 2) for line in lines if abs(line[0][0] - line[1][0]) < 0.01})
    near = [min(upright, key=lambda x: abs(x - (where.plot_left + 25 * second))) for second in range(11)]
    assert np.diff(near) == pytest.approx([25.0] * 10, rel=0.005), "a second is five large boxes, 25 mm"
    assert near[0] == pytest.approx(where.plot_left, abs=0.1)


def test_a_print_dialog_that_is_cancelled_prints_nothing(parent, tmp_path, monkeypatch):
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    parent.show()
    seen = []

    def cancel() -> None:
        dialog = QApplication.activeModalWidget()
        seen.append(type(dialog))
        files.extend(line.text() for line in dialog.findChildren(QLineEdit, "filename"))
        dialog.reject()

    files: list[str] = []  # none where the dialog is the system's
    QTimer.singleShot(200, cancel)
    ask_and_print(sheet(), parent)
    assert seen == [QPrintDialog]
    assert [Path(file).name for file in files] in ([], ["ECG 5f1c.pdf"])
    assert list(here.iterdir()) == []


def test_letter_keeps_the_scale(parent, accepted):
    layout = QPageLayout(QPageSize(QPageSize.PageSizeId.Letter), QPageLayout.Orientation.Landscape, QMarginsF())
    out = accepted(lambda printer: printer.setPageLayout(layout))
    ask_and_print(sheet(), parent)
    size = re.search(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", out.read_bytes())
    assert float(size[1]) * POINT_MM == pytest.approx(279.4, rel=0.005)
    rhythm = max((path for path in pdf_paths(out) if len(path) > 4000), key=lambda path: path[:, 1].mean())
    assert np.ptp(rhythm[:, 0]) == pytest.approx(25 * 4999 / 500, rel=0.005)
    assert 5 <= rhythm[0, 0] < rhythm[-1, 0] <= 274


def test_paper_that_is_too_small_is_said_and_nothing_is_printed(parent, accepted, said):
    out = accepted(lambda printer: printer.setPageOrientation(QPageLayout.Orientation.Portrait))
    ask_and_print(sheet(), parent)
    assert said == [printing.TOO_SMALL]
    assert not out.exists()


@pytest.mark.qt_log_ignore("QPainter::begin")
def test_a_printer_that_is_gone_is_said(parent, accepted, said, tmp_path):
    accepted(lambda printer: printer.setOutputFileName(str(tmp_path / "no such folder" / "printed.pdf")))
    ask_and_print(sheet(), parent)
    assert len(said) == 1
    assert "takes no page" in said[0]


def test_without_any_printer_the_dialog_stays_away_and_that_is_said(parent, said, monkeypatch):
    monkeypatch.setattr(QPrinter, "isValid", lambda printer: False)
    monkeypatch.setattr(QPrintDialog, "exec", lambda dialog: said.append("the dialog"))
    ask_and_print(sheet(), parent)
    assert said == [printing.NO_PRINTER]


def test_a_longer_recording_is_printed_as_its_pages_where_all_are_asked_for(parent, accepted):
    out = accepted(lambda printer: printer.setPrintRange(QPrinter.PrintRange.AllPages))
    ask_and_print(of_length(25), parent)
    assert page_count(out) == 3


def test_of_a_longer_recording_the_page_in_sight_is_printed_unless_more_is_asked_for(parent, accepted):
    out = accepted()
    ask_and_print(of_length(25), parent)
    assert page_count(out) == 1


def test_some_pages_are_printed(parent, accepted):
    def second_to_third(printer: QPrinter) -> None:
        printer.setPrintRange(QPrinter.PrintRange.PageRange)
        printer.setFromTo(2, 3)

    out = accepted(second_to_third)
    ask_and_print(of_length(45), parent)
    assert page_count(out) == 2


def test_pages_follow_each_other_to_the_end_of_the_recording():
    one_column = replace(of_length(25), layout=LAYOUTS["12x1"])
    assert [page.t0_s for page in pages_of(one_column)] == [0, 10, 20]
    assert [page.t0_s for page in pages_of(of_length(20))] == [0, 10]
    assert len(pages_of(of_length(2))) == 1


def test_the_last_page_has_signal_in_all_of_its_columns():
    assert [page.t0_s for page in pages_of(of_length(25))] == [0, 10, 15]


def test_very_many_pages_are_printed_on_a_second_word_only(parent, accepted, said, monkeypatch):
    monkeypatch.setattr(printing, "MANY", 2)
    out = accepted(lambda printer: printer.setPrintRange(QPrinter.PrintRange.AllPages))
    ask_and_print(of_length(25), parent)
    assert said == ["These are 3 pages. Print them all?"]
    assert not out.exists()


def test_printing_of_many_pages_is_cancelled_between_two(parent, accepted, monkeypatch):
    out = accepted(lambda printer: printer.setPrintRange(QPrinter.PrintRange.AllPages))
    painted = []
    monkeypatch.setattr(printing, "paint_paper_page", lambda *_: painted.append(1))
    monkeypatch.setattr(QProgressDialog, "wasCanceled", lambda dialog: len(painted) == 2)
    ask_and_print(of_length(45), parent)
    assert len(painted) == 2
    assert not out.exists() or page_count(out) <= 2


def test_without_an_ecg_on_the_page_a_sentence_says_so(monkeypatch):
    told = []
    monkeypatch.setattr(printing, "warn", lambda _parent, *words: told.append(words))
    ask_and_print(Sheet(), None)
    assert told == [(printing.NOT_PRINTED, printing.NO_ECG)]
