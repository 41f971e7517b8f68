"""Beats and stretches marked on the page: by mouse, by keys alone, listed, removed, undone; blind is blind."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from cessl_gui.bridge.reader.past import Asked
from cessl_gui.core.annotations import Annotation
from cessl_gui.core.types import LEADS_12, ReadingState, Record, State
from cessl_gui.ui.page.tools.marks import mark_at, placed, words_of
from tests.ui.conftest import AF, SR
from tests.ui.pages import drag, pixel
from tests.ui.windows import press

NO = Qt.KeyboardModifier.NoModifier
PVC = "427172004"
OTHERS = Annotation("o1", PVC, 1.0, None, "V1")
OF_FILE = Annotation("f1", AF, 2.0, 4.0, "")


def beats() -> Record:
    """Lead II and V1: spikes of 1 mV each 0.8 s; all else silent."""
    signal = np.zeros((12, 5000), np.float32)
    signal[[1, 6], 200::400] = 1
    return Record("r0", "ECG 0", "/somewhere/even/0.hea", "0" * 64, signal, 500.0, LEADS_12, statements=(AF,))


@pytest.fixture
def desk(window, session, qtbot):
    """The window with an ECG of known beats on its page."""
    session.project.waveforms.write(beats())
    with session.project.atomic() as db:
        db.execute("UPDATE records SET signal_sha256 = ? WHERE id = 'r0'", (beats().signal_sha256,))
    window.page.set_record(beats())
    window.read._record_shown = "r0"
    assert window.labels.record_id == "r0"
    return window


def marks(session) -> list[tuple]:
    return [(m.code, m.lead, m.end_s is None) for m in session.project.annotations.current("r0", "dr test")]


def click(window, lead: str, at_s: float) -> None:
    at = pixel(window.page, lead, at_s, 0.0)
    QTest.mouseClick(window.page.canvas, Qt.MouseButton.LeftButton, NO, at)


def choose(window, qtbot, words: str) -> None:
    chooser = window.read.remarks.chooser
    assert chooser.isVisible()
    qtbot.keyClicks(chooser.typed, words)
    qtbot.keyClick(chooser.typed, Qt.Key.Key_Return)


def test_a_click_marks_the_beat_next_to_it(desk, session, qtbot):
    press(qtbot, desk, Qt.Key.Key_L)
    click(desk, "V1", 5.23)
    choose(desk, qtbot, "premature ventricular")
    (mark,) = session.project.annotations.current("r0", "dr test")
    assert mark.code == PVC
    assert mark.lead == "V1"
    assert mark.end_s is None
    assert mark.start_s == pytest.approx(5.2), "the peak of the beat, not the hand's place"


def test_a_drag_marks_a_stretch_of_its_lead(desk, session, qtbot):
    desk.page.toolbar.mark.click()
    drag(desk.page, pixel(desk.page, "V4", 9.5, 0.0), pixel(desk.page, "V4", 8.0, 0.0), NO)
    choose(desk, qtbot, "atrial fibrillation")
    (mark,) = session.project.annotations.current("r0", "dr test")
    assert (mark.code, mark.lead) == (AF, "V4")
    assert mark.start_s == pytest.approx(8.0, abs=0.03)
    assert mark.end_s == pytest.approx(9.5, abs=0.03)
    assert desk.page.sheet.t0_s == 0, "the paper stays"


def test_what_is_marked_on_the_rhythm_strip_is_of_all_leads(desk, session, qtbot):
    press(qtbot, desk, Qt.Key.Key_L)
    rhythm = next(cell for cell in desk.page.sheet.cells if cell.row == 3)
    ink, where = desk.page.canvas.laid
    box = where.cell(rhythm, desk.page.sheet)
    y = round(where.baselines[3] * ink.dots_per_mm)
    start, end = ((box.left() + at_s * 25) * ink.dots_per_mm for at_s in (3.0, 6.0))
    from PySide6.QtCore import QPoint

    drag(desk.page, QPoint(round(start), y), QPoint(round(end), y), NO)
    choose(desk, qtbot, "atrial fibrillation")
    assert marks(session) == [(AF, "", False)]


def test_a_mark_of_one_lead_can_be_made_one_of_all(desk, session, qtbot):
    press(qtbot, desk, Qt.Key.Key_L)
    click(desk, "V1", 5.2)
    desk.read.remarks.chooser.everywhere.setChecked(True)
    choose(desk, qtbot, "premature ventricular")
    assert marks(session) == [(PVC, "", True)]


def test_by_keys_alone(desk, session, qtbot):
    desk.read.records.view.setFocus()
    press(qtbot, desk, Qt.Key.Key_L)
    assert desk.page.canvas.hasFocus()
    press(qtbot, desk, Qt.Key.Key_Space)
    for _ in range(4):
        press(qtbot, desk, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    press(qtbot, desk, Qt.Key.Key_Space)
    choose(desk, qtbot, "atrial fibrillation")
    assert marks(session) == [(AF, "I", False)]
    assert desk.page.canvas.hasFocus(), "the next one can follow"
    press(qtbot, desk, Qt.Key.Key_Space)
    press(qtbot, desk, Qt.Key.Key_Space)
    assert desk.read.remarks.chooser.isVisible()
    press(qtbot, desk, Qt.Key.Key_Return)
    assert marks(session)[-1] == (AF, "I", True), "the statement that was marked last is offered first"
    press(qtbot, desk, Qt.Key.Key_Escape)
    assert not desk.page.canvas.marking.is_on
    assert session.info("r0").reading == ReadingState.NEW, "Enter chose, and confirmed nothing"


def test_the_mouse_alone_can_choose_a_statement(desk, session, qtbot):
    desk.page.toolbar.mark.click()
    click(desk, "V1", 5.2)
    chooser = desk.read.remarks.chooser
    assert chooser.found.item(0).text() == session.panel()[0].name
    assert chooser.found.viewport().height() % chooser.found.sizeHintForRow(0) == 0, "it ends at a whole row"
    at = chooser.found.visualItemRect(chooser.found.item(1)).center()
    QTest.mouseClick(chooser.found.viewport(), Qt.MouseButton.LeftButton, NO, at)
    assert marks(session) == [(session.panel()[1].code, "V1", True)]


def test_escape_marks_nothing(desk, session, qtbot):
    press(qtbot, desk, Qt.Key.Key_L)
    click(desk, "V1", 5.2)
    qtbot.keyClick(desk.read.remarks.chooser.typed, Qt.Key.Key_Escape)
    assert marks(session) == []
    assert desk.page.sheet.marks.pending is None
    assert not desk.read.remarks.chooser.isVisible()


def test_undo_and_redo_take_a_mark_back_and_bring_it_again(desk, session, qtbot):
    session.page_marks.add("r0", Annotation("", "", 1.0, 2.0, "V1"), AF)
    assert session.can_undo == "AF marked"
    session.undo()
    assert marks(session) == []
    assert desk.page.sheet.marks.shown == ()
    session.redo()
    assert marks(session) == [(AF, "V1", False)]
    assert len(desk.page.sheet.marks.shown) == 1


def test_a_marked_place_is_no_label(session):
    session.page_marks.add("r0", Annotation("", "", 1.0, 2.0, "V1"), AF)
    assert session.labels("r0") == {}


def test_what_was_in_sight_is_kept_with_a_mark(session):
    session.page_marks.add("r0", Annotation("", "", 1.0, None, "V1"), AF)
    session.reveal("r0")
    session.page_marks.add("r0", Annotation("", "", 2.0, None, "V1"), AF)
    later, first = session.project.history.page(kinds=("annotation",))
    assert (first.prediction_visible, first.file_visible) == (0, 0)
    assert (later.prediction_visible, later.file_visible) == (1, 1)
    assert first.reader == "dr test"


def test_marks_of_others_and_of_files_are_hidden_while_an_ecg_is_read_blind(desk, session):
    session.project.annotations.set("r0", {"o1": OTHERS}, "dr other")
    session.project.annotations.set("r0", {"f1": OF_FILE}, "dr test", "imported")
    desk.read.remarks.show_marks()
    assert desk.page.sheet.marks.shown == ()
    assert "no note, 0 marks" in desk.labels.footer.note.accessibleName()
    session.set_label("r0", SR, State.PRESENT)
    session.set_reading("r0", ReadingState.CONFIRMED)
    assert [words_of(one) for one in desk.page.sheet.marks.shown] == ["PVC · dr other", "AF · file"]
    assert "2 marks" in desk.labels.footer.note.accessibleName()


def test_who_reads_apart_sees_no_marks_of_others_but_those_of_files(session):
    session.project.annotations.set("r0", {"o1": OTHERS}, "dr other")
    session.project.annotations.set("r0", {"f1": OF_FILE}, "dr other", "imported")
    session.project.read_apart("dr test")
    session.reveal("r0")
    assert [one.giver for one in session.page_marks.of("r0")] == ["file"]


def test_a_label_given_beside_marks_from_a_file_was_given_with_the_file_in_sight(session):
    session.reveal("r1")
    session.set_label("r1", SR, State.PRESENT)
    assert session.project.history.page(kinds=("label",), record_id="r1")[0].file_visible == 0
    session.project.annotations.set("r1", {"f1": OF_FILE}, "dr test", "imported")
    session.set_label("r1", AF, State.PRESENT)
    assert session.project.history.page(kinds=("label",), record_id="r1")[0].file_visible == 1


def test_a_confirmed_reading_takes_no_marks_until_it_is_reopened(desk, session, qtbot):
    session.page_marks.add("r0", Annotation("", "", 1.0, None, "V1"), AF)
    session.set_label("r0", SR, State.PRESENT)
    session.set_reading("r0", ReadingState.CONFIRMED)
    press(qtbot, desk, Qt.Key.Key_L)
    click(desk, "V1", 5.2)
    assert not desk.read.remarks.chooser.isVisible()
    assert "Reopen" in desk.labels.hint.text()
    assert not session.page_marks.remove("r0", session.page_marks.of("r0")[0].mark.id)
    session.set_reading("r0", ReadingState.IN_PROGRESS)
    assert session.page_marks.remove("r0", session.page_marks.of("r0")[0].mark.id)


def test_only_who_entered_a_mark_can_remove_it(desk, session):
    session.project.annotations.set("r0", {"o1": OTHERS}, "dr other")
    session.reveal("r0")
    desk.read.remarks.remove("o1")
    assert len(session.page_marks.of("r0")) == 1
    assert "dr other gave this mark" in desk.labels.hint.text()


def test_a_click_on_a_mark_chooses_it_and_delete_removes_it(desk, session, qtbot):
    session.page_marks.add("r0", Annotation("", "", 8.0, 9.0, "V4"), AF)
    ink, where = desk.page.canvas.laid
    one = next(iter(placed(desk.page.sheet, where, ink)))
    from PySide6.QtCore import QPointF

    at = (QPointF((one.left + one.right) / 2, one.y) * ink.dots_per_mm).toPoint()
    QTest.mouseClick(desk.page.canvas, Qt.MouseButton.LeftButton, NO, at)
    assert desk.page.sheet.marks.chosen == one.shown.mark.id
    desk.page.canvas.setFocus()
    press(qtbot, desk, Qt.Key.Key_Delete)
    assert marks(session) == []


def test_the_list_goes_to_a_mark_and_removes_it(desk, session, qtbot):
    session.page_marks.add("r0", Annotation("", "", 8.0, 9.0, "V4"), AF)
    session.page_marks.add("r0", Annotation("", "", 1.0, None, "V1"), PVC)
    press(qtbot, desk, Qt.Key.Key_T)
    rows = desk.read.remarks.box.marks
    assert [rows.item(i).text() for i in range(rows.count())] == [
        "Premature ventricular contraction\nbeat at 1.00 s in V1",
        "Atrial fibrillation\n8.00 to 9.00 s in V4",
    ]
    desk.page.set_speed(50)
    rows.setFocus()
    press(qtbot, desk, Qt.Key.Key_Down)
    press(qtbot, desk, Qt.Key.Key_Return)
    assert desk.page.sheet.t0_s <= 8.0 < desk.page.sheet.t0_s + desk.page.sheet.shown_s
    assert session.info("r0").reading == ReadingState.NEW
    press(qtbot, desk, Qt.Key.Key_Delete)
    assert marks(session) == [(PVC, "V1", True)]
    press(qtbot, desk, Qt.Key.Key_Escape)
    assert not desk.read.remarks.box.isVisible()


def test_names_of_marks_that_overlap_stand_above_each_other(desk, session):
    for start_s in (1.0, 1.1, 1.2):
        session.page_marks.add("r0", Annotation("", "", start_s, None, "V1"), PVC)
    ink, where = desk.page.canvas.laid
    assert len({round(one.y, 3) for one in placed(desk.page.sheet, where, ink)}) == 0  # V1 shows 5 to 7.5 s
    for start_s in (5.2, 5.3, 5.4):
        session.page_marks.add("r0", Annotation("", "", start_s, None, "V1"), PVC)
    assert len({round(one.y, 3) for one in placed(desk.page.sheet, where, ink)}) == 3


def test_the_mouse_over_a_mark_reads_it_in_full(desk, session):
    from PySide6.QtCore import QPointF

    from cessl_gui.ui.page.tools.marks import told

    session.project.annotations.set("r0", {"o1": Annotation("o1", PVC, 5.2, None, "V1")}, "dr other")
    session.reveal("r0")
    ink, where = desk.page.canvas.laid
    one = next(iter(placed(desk.page.sheet, where, ink)))
    found = mark_at(desk.page.sheet, where, ink, QPointF(one.left, one.y))
    assert told(found) == "Premature ventricular contraction, beat at 5.20 s in V1, given by dr other"


def test_another_record_closes_the_chooser_and_marks_nothing(desk, session, qtbot):
    press(qtbot, desk, Qt.Key.Key_L)
    click(desk, "V1", 5.2)
    desk.open_record("r1")
    assert not desk.read.remarks.chooser.isVisible()
    assert session.project.annotations.all_current() == []


def test_the_printed_page_has_the_marks(desk, session, tmp_path):
    from cessl_gui.ui.page.drawing.printing import write_page

    session.page_marks.add("r0", Annotation("", "", 8.0, 9.0, "V4"), AF)
    write_page(desk.page.sheet, tmp_path / "page.svg")
    assert ">AF</text>" in (tmp_path / "page.svg").read_text("utf-8").replace(" </text>", "</text>")


def test_measuring_and_marking_exclude_each_other(desk, qtbot):
    press(qtbot, desk, Qt.Key.Key_L)
    press(qtbot, desk, Qt.Key.Key_M)
    assert desk.page.canvas.is_measuring
    assert not desk.page.canvas.marking.is_on
    press(qtbot, desk, Qt.Key.Key_L)
    assert not desk.page.canvas.is_measuring
    assert QApplication.focusWidget() is desk.page.canvas


def told(qtbot, session, kind="") -> list:
    """What the history tells of r0."""
    with qtbot.waitSignal(session.past.page_ready, timeout=20_000) as answered:
        session.past.request(Asked("r0", kind=kind))
    return answered.args[1]


def test_the_history_tells_no_marks_and_notes_of_others_while_an_ecg_is_read_blind(qtbot, session):
    session.project.annotations.set("r0", {"o1": OTHERS}, "dr other")
    session.project.annotations.set("r0", {"f1": OF_FILE}, "dr test", "imported")
    session.project.notes.set("r0", "theirs", "dr other")
    session.page_marks.add("r0", Annotation("", "", 1.0, 2.0, "V1"), AF)
    (line,) = told(qtbot, session)
    assert line.what == "annotation: Atrial fibrillation"
    assert line.new == "1.00 to 2.00 s in V1"
    session.reveal("r0")
    (note,) = told(qtbot, session, "note")
    assert note.new == "theirs"
