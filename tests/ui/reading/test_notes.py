"""A note per record: kept as typed and when it is left, plain, with its history; shown in lists; blind is blind."""

import pytest
from PySide6.QtCore import QMimeData, QRectF, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication

from cessl_gui.bridge.reader.reader_notes import MOST
from cessl_gui.bridge.reader.report import report_of
from cessl_gui.core.annotations import Annotation
from cessl_gui.core.types import ReadingState, State
from cessl_gui.ui.parts.tokens import LIGHT
from cessl_gui.ui.worklist.note_sign import draw_note_sign
from tests.conftest import full_disk
from tests.ui.conftest import AF, SR
from tests.ui.windows import ALT, CTRL, press


def note(session, record_id: str = "r0") -> str:
    return session.project.notes.of_readers(record_id).get("dr test", "")


def write(qtbot, window, text: str) -> None:
    press(qtbot, window, Qt.Key.Key_T)
    qtbot.keyClicks(window.read.remarks.box.typed, text)


def test_t_opens_it_escape_leaves_and_it_is_kept(window, session, qtbot):
    write(qtbot, window, "P waves hidden in T 1")
    assert note(session) == ""
    press(qtbot, window, Qt.Key.Key_Escape)
    assert note(session) == "P waves hidden in T 1"
    assert not window.read.remarks.box.isVisible()
    assert session.labels("r0") == {}, "letters and digits were text"
    assert window.labels.hasFocus()


def test_what_is_typed_is_kept_though_the_reader_stays(window, session, qtbot):
    write(qtbot, window, "first")
    window.read.remarks.box._keeping.timeout.emit()
    assert note(session) == "first"
    qtbot.keyClicks(window.read.remarks.box.typed, " second")
    press(qtbot, window, Qt.Key.Key_PageDown)
    assert window.labels.record_id == "r1"
    assert note(session) == "first second"
    assert note(session, "r1") == ""
    entries = session.project.history.page(kinds=("note",))
    assert [(entry.old, entry.new) for entry in entries] == [("first", "first second"), ("", "first")]


def test_closing_the_window_keeps_it(window, session, qtbot):
    write(qtbot, window, "last words")
    window.read.keep()
    assert note(session) == "last words"


def test_keys_of_the_desk_are_text_in_a_note(window, session, qtbot):
    write(qtbot, window, "naxdc12")
    press(qtbot, window, Qt.Key.Key_1, ALT)
    press(qtbot, window, Qt.Key.Key_Return)
    press(qtbot, window, Qt.Key.Key_Escape)
    assert session.info("r0").reading == ReadingState.NEW
    assert session.labels("r0") == {}
    assert note(session) == "naxdc121", "Alt with a digit is text too"


def test_undo_in_the_box_is_of_the_text_and_outside_of_the_note(window, session, qtbot):
    write(qtbot, window, "one")
    press(qtbot, window, Qt.Key.Key_Z, CTRL)
    press(qtbot, window, Qt.Key.Key_Escape)
    assert note(session) == ""
    write(qtbot, window, "two")
    press(qtbot, window, Qt.Key.Key_Escape)
    assert session.can_undo == "note written"
    session.undo()
    assert note(session) == ""
    press(qtbot, window, Qt.Key.Key_T)
    assert window.read.remarks.box.typed.toPlainText() == ""


def test_a_closed_note_asks_nothing_of_the_project(window, session, qtbot, monkeypatch):
    asked, own = [], session.notes.own
    monkeypatch.setattr(session.notes, "own", lambda record_id: asked.append(record_id) or own(record_id))
    press(qtbot, window, Qt.Key.Key_PageDown)
    press(qtbot, window, Qt.Key.Key_1)
    assert asked == []
    press(qtbot, window, Qt.Key.Key_T)
    assert asked == ["r1"]


def test_undo_of_a_note_holds_though_its_box_is_open(window, session, qtbot):
    write(qtbot, window, "one")
    window.read.remarks.box.keep()
    window.page.canvas.setFocus()
    session.undo()
    press(qtbot, window, Qt.Key.Key_PageDown)
    assert note(session) == ""


def test_a_note_that_the_disk_refuses_stays_in_the_box(window, session, qtbot):
    write(qtbot, window, "kept in mind")
    with full_disk():
        press(qtbot, window, Qt.Key.Key_Escape)
        window.open_record("r1")
    window.open_record("r0")
    press(qtbot, window, Qt.Key.Key_T)
    assert window.read.remarks.box.typed.toPlainText() == "kept in mind"
    press(qtbot, window, Qt.Key.Key_Escape)
    assert note(session) == "kept in mind"


def test_markup_stays_text(window, session, qtbot):
    press(qtbot, window, Qt.Key.Key_T)
    data = QMimeData()
    data.setHtml("<b>bold</b><img src=file:///etc/passwd>")
    data.setText("<b>bold</b>")
    window.read.remarks.box.typed.insertFromMimeData(data)
    press(qtbot, window, Qt.Key.Key_Escape)
    assert note(session) == "<b>bold</b>"


def test_more_than_a_note_holds_is_not_taken_and_said(window, session, qtbot):
    write(qtbot, window, "before")
    data = QMimeData()
    data.setText("x" * (MOST + 1))
    box = window.read.remarks.box
    box.typed.insertFromMimeData(data)
    assert box.typed.toPlainText() == "before"
    assert "was not taken" in box.about.text()


def test_notes_of_others_are_hidden_while_an_ecg_is_read_blind(window, session):
    session.project.notes.set("r0", "looks like AF", "dr other")
    session.project.notes.set("r1", "looks like AF", "dr other")
    session.notes._noted = None
    box = window.read.remarks.box
    box.open()
    assert box.others.toPlainText() == ""
    assert not box.others.isVisible()
    assert not session.notes.has("r0")
    session.set_label("r0", SR, State.PRESENT)
    session.set_reading("r0", ReadingState.CONFIRMED)
    assert box.others.toPlainText() == "dr other: looks like AF"
    assert session.notes.has("r0")
    assert not session.notes.has("r1")


def test_who_reads_apart_sees_the_own_note_alone(session):
    session.project.notes.set("r0", "theirs", "dr other")
    session.notes.write("r0", "mine")
    session.project.read_apart("dr test")
    session.reveal("r0")
    assert session.notes.others("r0") == {}
    assert session.notes.own("r0") == "mine"


def test_what_was_in_sight_is_kept_with_a_note(session):
    session.notes.write("r0", "blind")
    session.reveal("r0")
    session.notes.write("r0", "no longer")
    later, first = session.project.history.page(kinds=("note",))
    assert (first.prediction_visible, later.prediction_visible) == (0, 1)


def test_rail_and_worklist_show_which_records_have_a_note(window, session):
    session.notes.write("r2", "see the P waves")
    rows = window.records.view
    place = window.worklist.table.row_of("r2")
    picture = rows.viewport().grab().toImage()
    ratio = picture.devicePixelRatio()
    corner = rows.row_rect(place).topRight()
    accent = LIGHT.color("accent").rgb() if window.theme_choice == "light" else rows.theme.color("accent").rgb()
    at = round((corner.x() - 3) * ratio), round((corner.y() + 1) * ratio)
    assert picture.pixel(*at) == accent
    other = rows.row_rect(place + 1).topRight()
    assert picture.pixel(round((other.x() - 3) * ratio), round((other.y() + 1) * ratio)) != accent
    index = window.worklist.table.index(place, 1)
    assert "with a note" in index.data(Qt.ItemDataRole.ToolTipRole)


def test_the_sign_is_a_corner_and_no_colour_alone(qapp):
    image = QImage(20, 20, QImage.Format.Format_RGB32)
    image.fill(LIGHT.color("surface"))
    with QPainter(image) as painter:
        draw_note_sign(painter, QRectF(0, 0, 20, 20), LIGHT)
    assert image.pixel(18, 1) != image.pixel(2, 1)
    assert image.pixel(2, 18) == image.pixel(2, 1)


def test_the_report_has_notes_and_marks(session):
    session.notes.write("r0", "one line\nanother")
    session.page_marks.add("r0", Annotation("", "", 1.0, 2.0, "V1"), AF)
    session.project.notes.set("r0", "theirs", "dr other")
    parts = {part.heading: part for part in report_of(session, "r0").parts}
    assert parts["Notes"].paragraphs == ("dr test: one line", "another"), "what is hidden stays so"
    ((name, _, where),) = parts["Marks on the page"].rows
    assert name == "Atrial fibrillation"
    assert where == "1.00 to 2.00 s in V1; dr test"


def test_a_project_for_reading_only_takes_no_note(window, session, monkeypatch):
    monkeypatch.setattr(type(session.project), "reading_only", "a CD")
    window.read.remarks.box.open()
    assert window.read.remarks.box.typed.isReadOnly()
    assert QApplication.focusWidget() is window.read.remarks.box.typed


@pytest.mark.parametrize("width", [1366, 1920])
def test_the_box_cuts_no_text(window, session, qtbot, width):
    window.resize(width, 768)
    session.page_marks.add("r0", Annotation("", "", 1.0, 2.0, "V1"), AF)
    session.notes.write("r0", "a note")
    window.read.remarks.open_note()
    box = window.read.remarks.box
    for label in (box.marks_title, box.title, box.about):
        assert label.fontMetrics().horizontalAdvance(label.text()) <= label.width()
    assert box.geometry().bottom() < window.labels.footer.y()
