"""The export dialog, and the report of one ECG."""

from pathlib import Path

import pytest
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QFileDialog

from cessl_gui.bridge.reader.report import NO_READING, Report, report_of
from cessl_gui.core.measurements import Measurements
from cessl_gui.core.types import ReadingState, State
from cessl_gui.ecg import writers
from cessl_gui.ecg.gate import NOISE
from cessl_gui.ecg.hints import Hint
from cessl_gui.tasks.export.exporting import FORMATS
from cessl_gui.ui.page.drawing.report import LONGEST_WORD, _Writing, file_name, write_report
from cessl_gui.ui.page.layout.sheet import Sheet
from cessl_gui.ui.worklist import exporting
from cessl_gui.ui.worklist.exporting import KINDS, ExportDialog, Wanted
from tests.ui.conftest import AF, SB


@pytest.fixture
def dialog(qtbot):
    widget = ExportDialog(6, ["r1", "r3"])
    qtbot.addWidget(widget)
    return widget


def ask(dialog, kind, monkeypatch, place="/x/out"):
    got = []
    dialog.wanted.connect(got.append)
    dialog.kinds[kind].setChecked(True)
    dialog._fit()
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (place, ""))
    monkeypatch.setattr(exporting, "ask_folder", lambda *_: Path(place) if place else None)
    dialog.go.click()
    return got


def test_every_format_of_the_commands_is_offered():
    of_labels = {"wfdb-labels", *FORMATS} - {"wfdb"}
    copies = {"csv-signal", *writers.SUFFIXES} - {"csv"}
    assert of_labels | copies | {"measurements", "leads"} == set(KINDS)


def test_the_chosen_ecgs_are_exported_where_some_are_chosen(dialog, monkeypatch):
    assert ask(dialog, "csv", monkeypatch) == [Wanted("csv", Path("/x/out.csv"), ("r1", "r3"))]


def test_all_ecgs_are_exported_on_request(dialog, monkeypatch):
    dialog.all.setChecked(True)
    assert ask(dialog, "json", monkeypatch) == [Wanted("json", Path("/x/out.json"))]


def test_copies_are_de_identified_unless_a_person_says_otherwise(dialog, monkeypatch):
    assert ask(dialog, "dicom", monkeypatch)[0].deidentify
    dialog.deidentify.setChecked(False)
    assert not ask(dialog, "edf", monkeypatch)[0].deidentify


def test_a_blind_reader_is_told_that_an_export_holds_what_is_hidden(qtbot, monkeypatch):
    dialog = ExportDialog(6, ["r1"], is_blind=True)
    qtbot.addWidget(dialog)
    for kind, is_told in (("csv", True), ("leads", True), ("csv-wide", False)):
        ask(dialog, kind, monkeypatch, "")
        assert ("read blind" in dialog.note.text()) == is_told


def test_labels_are_not_said_to_be_de_identified(dialog, monkeypatch):
    assert not dialog.deidentify.isEnabled()
    assert not dialog.deidentify.isChecked()
    assert "Only copies" in dialog.deidentify.toolTip()
    assert "may name patients" in dialog.note.text()
    assert not ask(dialog, "csv", monkeypatch)[0].deidentify


def test_nothing_is_wanted_without_a_place(dialog, monkeypatch):
    assert ask(dialog, "csv", monkeypatch, place="") == []


def test_an_export_of_two_chosen_ecgs_is_written(window, session, qtbot, tmp_path):
    for i in range(3):
        session.set_label(f"r{i}", SB, State.PRESENT)
    window.files.write(Wanted("csv-wide", tmp_path / "wide.csv", ("r0", "r2")))
    qtbot.waitUntil(lambda: "Exported" in window.toasts.text.text(), timeout=20_000)
    assert [line.split(",")[0] for line in (tmp_path / "wide.csv").read_text().splitlines()[1:]] == ["r0", "r2"]


def test_an_export_onto_another_file_is_refused_in_a_sentence(window, qtbot, tmp_path):
    (tmp_path / "letter.csv").write_text("Dear colleague")
    window.files.write(Wanted("csv", tmp_path / "letter.csv"))
    qtbot.waitUntil(lambda: "is no earlier export" in window.toasts.text.text(), timeout=20_000)
    assert (tmp_path / "letter.csv").read_text() == "Dear colleague"


# --- the report


def part(report, heading):
    return next(part for part in report.parts if part.heading.startswith(heading))


def test_a_report_says_who_said_what_and_when(session):
    session.set_label("r1", AF, State.PRESENT)
    session.set_label("r1", SB, State.ABSENT)
    rows = part(report_of(session, "r1"), "Reading").rows
    assert [row[:2] for row in rows] == [("Atrial fibrillation", "present"), ("Sinus bradycardia", "absent")]
    assert rows[0][2].startswith("dr test, 20")


def test_the_report_of_who_reads_apart_has_nobody_elses_labels(session):
    session.set_label("r1", AF, State.PRESENT)
    session.project.labels.set("r1", SB, State.PRESENT, "dr second")
    session.project.labels.set("r1", SB, State.ABSENT, "dr test")
    session.project.read_apart("dr second")
    assert [row[:2] for row in part(report_of(session, "r1"), "Reading").rows] == [("Sinus bradycardia", "present")]


def test_a_report_without_a_reading_says_so(session):
    assert part(report_of(session, "r1"), "Reading").note == NO_READING


def test_the_models_part_is_marked_and_hidden_until_the_reading_is_confirmed(session):
    assert part(report_of(session, "r0"), "Model").rows == ()
    session.set_label("r0", AF, State.PRESENT)
    session.set_reading("r0", ReadingState.CONFIRMED)
    model = part(report_of(session, "r0"), "Model")
    assert model.heading == "Model (Base model), not a reading"
    assert model.rows[0] == ("Atrial fibrillation", "0.95", "likely, cut-off 0.60")


def test_a_doubtful_interval_is_marked_with_the_reason(session):
    measure(session)
    session.reveal("r1")
    rows = part(report_of(session, "r1"), "Measurements").rows
    assert ("QT interval", "400 ms (?)", "flat T") in rows
    assert ("PR interval", "–", "no P wave") in rows
    assert ("Ventricular rate", "190 /min (?)", "Rate: that of equal broad waves.") in rows


@pytest.mark.parametrize("shown", [False, True])
def test_what_is_doubtful_about_a_recording_is_in_its_report(session, monkeypatch, shown):
    said = (Hint(f"no ECG to predict from: {NOISE}", "No model judges it."), Hint("aVF derived", warns=False))
    monkeypatch.setattr(session, "hints", lambda _: said)
    if shown:
        session.reveal("r1")
    (paragraph,) = part(report_of(session, "r1"), "Doubtful").paragraphs
    assert paragraph.startswith("no ECG to predict from: no heartbeats stand out")
    assert ("fibrillation" in paragraph) == shown


def measure(session):
    values, doubtful = {"qt": 400.0, "rate": 190.0}, {"qt": "flat T", "rate": "Rate: that of equal broad waves."}
    session.project.measurements.keep([(Measurements("r1", values, {"pr": "no P wave"}, doubtful=doubtful), 0)])


def test_the_report_of_a_blind_reading_gives_no_reason_that_tells_the_rhythm(session):
    measure(session)
    rows = part(report_of(session, "r1"), "Measurements").rows
    assert [row[2] for row in rows] == ["", "", "flat T"]


def test_a_report_is_a_pdf_of_two_pages_named_after_the_record(session, tmp_path):
    session.set_label("r1", AF, State.PRESENT)
    report = report_of(session, "r1")
    path = tmp_path / file_name(report)
    write_report(Sheet(record=session.record("r1")), report, path)
    content = path.read_bytes()
    assert path.name == "ECG 1.pdf"
    assert content.startswith(b"%PDF")
    assert content.count(b"/Type /Page\n") == 2


def test_a_word_longer_than_the_page_is_broken(session):
    session.notes.write("r1", "w" * 300)
    words = " ".join(drawn_texts(report_of(session, "r1"))).replace("\u200b", " ").split()
    assert max(map(len, words)) <= LONGEST_WORD


def test_the_date_of_a_report_is_written_as_chosen(qapp):
    report = Report("r1", (("Recorded", "2020-02-05 11:39:00"),), ())
    assert "Recorded 5 Feb 2020 11:39" in drawn_texts(report)


def drawn_texts(report) -> list[str]:
    class Painter(QPainter):
        def drawText(self, area, flags, text):
            drawn.append(text)

    drawn: list[str] = []
    image = QImage(840, 1188, QImage.Format.Format_RGB32)
    with Painter(image) as painter:
        _Writing(painter, lambda: None, 4.0, "").write(report)
    return drawn


def test_a_long_report_goes_on_on_another_page(session, tmp_path):
    for number in range(90):
        session.add_statement("r1", f"Own statement number {number}", State.PRESENT)
    write_report(Sheet(record=session.record("r1")), report_of(session, "r1"), tmp_path / "long.pdf")
    assert (tmp_path / "long.pdf").read_bytes().count(b"/Type /Page\n") == 4


@pytest.mark.parametrize(("name", "file"), [("a/b\\c:d", "a_b_c_d.pdf"), ("..", "ECG.pdf"), ("Müller", "M_ller.pdf")])
def test_the_name_of_a_report_is_one_of_a_file(session, name, file):
    from dataclasses import replace

    assert file_name(replace(report_of(session, "r1"), title=name)) == file
