"""Twenty real ECGs read by keys alone: every act has its key, the focus is never lost, and what is shown is right."""

import shutil

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit

from cessl_gui.bridge.session import Session
from cessl_gui.core.task import Task
from cessl_gui.core.types import ReadingState, State
from cessl_gui.store.project import Project
from cessl_gui.tasks.recordings import importing
from cessl_gui.ui.shell.window import MainWindow
from tests.ui.windows import ALT, CTRL, NONE, SHIFT, gone

COUNT = 20
EARLIER, LATER = "00740_lr", "00910_lr"  # of one patient of PTB-XL
AF = "164889003"
K = Qt.Key


@pytest.fixture
def reader(qapp, cessl_data, tmp_path):
    """At a window on twenty Challenge ECGs and two of one patient, shown and active."""
    project, two = Project.open(tmp_path / "keys.cessl"), tmp_path / "two"
    two.mkdir()
    for name in (EARLIER, LATER):
        shutil.copy(cessl_data / "ptbxl" / "records100" / f"{name}.dat", two)
        header = (cessl_data / "ptbxl" / "records100" / f"{name}.hea").read_text()
        (two / f"{name}.hea").write_text(f"{header.rstrip()}\n# patient: 625\n")
    files = sorted((cessl_data / "challenge" / "cpsc2018").rglob("A*.hea"))[:COUNT]
    importing.import_paths(project, [*files, two], Task())
    session = Session(project, reader="dr keys")
    window = MainWindow(session)
    window.resize(1366, 768)
    window.show()
    window.activateWindow()
    assert QTest.qWaitForWindowActive(window, 20_000)
    yield Reader(window, session)
    window.close()
    gone(window)
    assert session.close()


class Reader:
    """Presses keys where the focus is, and looks after each whether all is as it must be."""

    def __init__(self, window: MainWindow, session: Session) -> None:
        self.window, self.session, self.labels, self.page = window, session, window.labels, window.page
        self.canvas = window.page.canvas

    def press(self, qtbot, *keys, modifiers=NONE) -> None:
        for key in keys:
            qtbot.keyClick(QApplication.focusWidget(), key, modifiers)
            self.look(qtbot)

    def type(self, qtbot, text: str) -> None:
        assert isinstance(QApplication.focusWidget(), QLineEdit | QPlainTextEdit)
        qtbot.keyClicks(QApplication.focusWidget(), text)

    def look(self, qtbot) -> None:
        qtbot.waitUntil(lambda: self.labels.is_on_page or self.window.room != "read", timeout=20_000)
        focus = QApplication.focusWidget()
        assert focus is not None, "the focus is lost"
        assert focus.isVisible() or focus is self.window
        assert focus is self.window or self.window.isAncestorOf(focus)
        if self.window.room == "read":
            assert self.page.sheet.record.id == self.labels.record_id == self.window.records.current

    @property
    def id(self) -> str:
        return self.labels.record_id

    @property
    def reading(self) -> ReadingState:
        return self.session.info(self.id).reading

    def answers(self) -> dict[str, State]:
        return self.session.labels(self.id)

    def next_fresh(self, qtbot) -> str:
        """Go to an ECG that is not read yet."""
        self.press(qtbot, K.Key_Escape)
        if self.reading != ReadingState.NEW:
            self.press(qtbot, K.Key_D if self.reading == ReadingState.IN_PROGRESS else K.Key_Return)
        assert self.reading == ReadingState.NEW
        return self.id


def a_statement_is_found_by_typing_and_the_reading_confirmed(reader, qtbot):
    record_id = reader.id
    reader.press(qtbot, K.Key_Slash)
    reader.type(qtbot, "afib")
    reader.press(qtbot, K.Key_Return)
    assert reader.answers() == {AF: State.PRESENT}
    assert reader.id == record_id
    reader.press(qtbot, K.Key_Return)
    assert reader.session.info(record_id).reading == ReadingState.CONFIRMED
    assert reader.id != record_id
    assert reader.reading == ReadingState.NEW


def digits_answer_three_ways_and_the_rest_is_absent(reader, qtbot):
    first, second, third = (s.code for s in reader.session.panel()[:3])
    reader.press(qtbot, K.Key_1)
    reader.press(qtbot, K.Key_2, modifiers=SHIFT)
    reader.press(qtbot, K.Key_3, modifiers=ALT)
    assert reader.answers() == {first: State.PRESENT, second: State.ABSENT, third: State.UNCERTAIN}
    reader.press(qtbot, K.Key_3, modifiers=ALT)
    assert third not in reader.answers()
    reader.press(qtbot, K.Key_A)
    assert set(reader.answers()) == {s.code for s in reader.session.panel()}


def what_was_confirmed_is_reopened_and_that_undone(reader, qtbot):
    record_id = reader.id
    reader.press(qtbot, K.Key_N)
    assert reader.session.info(record_id).reading == ReadingState.CONFIRMED
    reader.press(qtbot, K.Key_Z, modifiers=CTRL)
    assert reader.id == record_id
    assert reader.reading == ReadingState.NEW
    reader.press(qtbot, K.Key_Z, modifiers=CTRL | SHIFT)
    assert reader.reading == ReadingState.CONFIRMED
    before = reader.answers()
    reader.press(qtbot, K.Key_1)
    assert reader.answers() == before
    assert reader.labels.hint.isVisible()
    reader.press(qtbot, K.Key_C, modifiers=SHIFT)
    assert reader.reading == ReadingState.IN_PROGRESS
    reader.press(qtbot, K.Key_C)
    assert reader.reading == ReadingState.CONFIRMED


def a_caliper_is_set_marched_and_removed_from_wherever_the_focus_is(reader, qtbot):
    record_id = reader.id
    reader.window.records.view.setFocus()
    reader.press(qtbot, K.Key_H)
    reader.press(qtbot, K.Key_Down)  # the next lead, not the next ECG
    assert reader.id == record_id
    reader.press(qtbot, K.Key_Space)
    reader.press(qtbot, *[K.Key_Right] * 8)
    reader.press(qtbot, K.Key_Space)
    (caliper,) = reader.session.calipers(record_id)
    assert abs(caliper.end_s - caliper.start_s) == pytest.approx(8 / reader.page.sheet.record.fs_hz)
    reader.press(qtbot, K.Key_H)
    assert reader.canvas.crosshair is None
    reader.press(qtbot, K.Key_Z, modifiers=CTRL)
    (caliper,) = reader.session.calipers(record_id)
    assert abs(caliper.end_s - caliper.start_s) == pytest.approx(7 / reader.page.sheet.record.fs_hz)


def the_page_is_magnified_and_its_gain_changed(reader, qtbot):
    for factor in (2, 4, 1):
        reader.press(qtbot, K.Key_Z)
        assert reader.canvas.magnifier.factor == factor
    reader.press(qtbot, K.Key_Plus)
    assert reader.page.sheet.gain_mm_per_mv == 20
    reader.press(qtbot, K.Key_Minus)
    assert reader.page.sheet.gain_mm_per_mv == 10


def a_note_is_typed_and_the_keys_read_again_after_it(reader, qtbot):
    reader.press(qtbot, K.Key_T)
    reader.type(qtbot, "n d 1: as before")
    reader.press(qtbot, K.Key_Escape)
    assert reader.session.notes.own(reader.id) == "n d 1: as before"
    assert not reader.answers()
    reader.press(qtbot, K.Key_1)
    assert len(reader.answers()) == 1


def a_stretch_is_marked_listed_and_removed(reader, qtbot):
    reader.press(qtbot, K.Key_L)
    reader.press(qtbot, K.Key_Space)
    reader.press(qtbot, *[K.Key_Right] * 3, modifiers=SHIFT)
    reader.press(qtbot, K.Key_Space)
    reader.type(qtbot, "pvc")
    reader.press(qtbot, K.Key_Return)
    (shown,) = reader.session.page_marks.of(reader.id)
    assert shown.mark.end_s is not None
    reader.press(qtbot, K.Key_L)
    reader.press(qtbot, K.Key_T)
    reader.press(qtbot, K.Key_Tab, modifiers=SHIFT)
    reader.press(qtbot, K.Key_Delete)
    assert not reader.session.page_marks.of(reader.id)
    reader.press(qtbot, K.Key_Escape)
    reader.press(qtbot, K.Key_Z, modifiers=CTRL)
    assert len(reader.session.page_marks.of(reader.id)) == 1


def statements_are_gone_through_and_answered(reader, qtbot):
    code = reader.labels.code
    reader.press(qtbot, K.Key_Down, modifiers=ALT)
    reader.press(qtbot, K.Key_Space)
    assert reader.answers() == {code: State.PRESENT}
    reader.press(qtbot, K.Key_Down)
    reader.press(qtbot, K.Key_Right)
    reader.press(qtbot, K.Key_Space)
    below = reader.labels.code
    assert below != code
    assert reader.answers() == {code: State.PRESENT, below: State.UNCERTAIN}
    reader.press(qtbot, K.Key_Space)
    assert reader.answers() == {code: State.PRESENT}


def an_ecg_is_excluded_included_and_deferred(reader, qtbot):
    record_id = reader.id
    reader.press(qtbot, K.Key_X)
    assert reader.reading == ReadingState.EXCLUDED
    reader.press(qtbot, K.Key_X)
    assert reader.reading == ReadingState.NEW
    reader.press(qtbot, K.Key_D)
    assert reader.session.info(record_id).reading == ReadingState.DEFERRED
    assert reader.id != record_id


def drawers_open_and_close_and_the_reading_keys_stay(reader, qtbot):
    for key, is_open in (
        (K.Key_I, lambda: reader.window.measurements.isVisible()),
        (K.Key_E, lambda: reader.window.influence.isVisible()),
    ):
        reader.press(qtbot, key)
        assert is_open()
        reader.press(qtbot, K.Key_1)
        reader.press(qtbot, K.Key_1)
        assert not reader.answers()
        reader.press(qtbot, key)
        assert not is_open()


def an_ecg_is_searched_for_opened_and_compared_with_the_earlier_one(reader, qtbot):
    reader.press(qtbot, K.Key_F, modifiers=CTRL)
    reader.type(qtbot, LATER)
    reader.press(qtbot, K.Key_Return, K.Key_Return)  # into the list, and open
    qtbot.waitUntil(
        lambda: reader.window.room == "read" and reader.session.info(reader.id).name == LATER, timeout=20_000
    )
    reader.press(qtbot, K.Key_B)
    assert reader.page.comparing == "beside"
    assert reader.page.pages.other.sheet.record.name == f"Earlier: {EARLIER}"
    reader.press(qtbot, K.Key_B)
    assert reader.page.sheet.earlier.record.name == EARLIER
    reader.press(qtbot, K.Key_B)
    assert reader.page.comparing == "off"
    reader.press(qtbot, K.Key_N)
    assert "Lift its search" in reader.window.toasts.text.text(), "the search is still on"
    reader.press(qtbot, K.Key_F, modifiers=CTRL)
    reader.press(qtbot, K.Key_Escape)
    reader.press(qtbot, K.Key_1, modifiers=CTRL)


def f6_goes_round_and_every_room_has_its_key(reader, qtbot):
    parts = []
    for _ in range(3):
        reader.press(qtbot, K.Key_F6)
        three = (reader.window.records, reader.page, reader.window.read.panel)
        parts += [part for part in three if part.isAncestorOf(QApplication.focusWidget())]
    assert len(set(parts)) == 3
    for number, room in ((2, "worklist"), (3, "model"), (4, "statements"), (5, "history"), (1, "read")):
        reader.press(qtbot, getattr(K, f"Key_{number}"), modifiers=CTRL)
        assert reader.window.room == room
    reader.press(qtbot, K.Key_2)
    assert len(reader.answers()) == 1, "back in Read the keys read"


def the_others_are_normal_at_one_key_each(reader, qtbot):
    fresh = [info.id for info in reader.session.records() if info.reading == ReadingState.NEW]
    for _ in fresh:
        reader.press(qtbot, K.Key_N)
    confirmed = {info.id for info in reader.session.records() if info.reading == ReadingState.CONFIRMED}
    assert confirmed >= set(fresh)


STEPS = (
    a_statement_is_found_by_typing_and_the_reading_confirmed,
    digits_answer_three_ways_and_the_rest_is_absent,
    what_was_confirmed_is_reopened_and_that_undone,
    a_caliper_is_set_marched_and_removed_from_wherever_the_focus_is,
    the_page_is_magnified_and_its_gain_changed,
    a_note_is_typed_and_the_keys_read_again_after_it,
    a_stretch_is_marked_listed_and_removed,
    statements_are_gone_through_and_answered,
    an_ecg_is_excluded_included_and_deferred,
    drawers_open_and_close_and_the_reading_keys_stay,
    an_ecg_is_searched_for_opened_and_compared_with_the_earlier_one,
    f6_goes_round_and_every_room_has_its_key,
)


def test_twenty_ecgs_are_read_by_keys_alone(reader, qtbot):
    reader.look(qtbot)
    for step in STEPS:
        reader.next_fresh(qtbot)
        step(reader, qtbot)
    reader.next_fresh(qtbot)
    the_others_are_normal_at_one_key_each(reader, qtbot)
