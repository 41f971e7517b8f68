"""The whole window at 1366 x 768: nothing is cut off, overlaps, is hard to read or nameless; nothing moves."""

import time
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QObject, QPoint
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QWidget

from cessl_gui.bridge.measuring import ActiveMeasurements
from cessl_gui.bridge.session import Session
from cessl_gui.core.changes import Change, ChangeKind
from cessl_gui.core.types import ModelInfo, Prediction, ReadingState, State
from cessl_gui.store.project import Project
from cessl_gui.tasks.models import predicting
from cessl_gui.ui.parts.preferences import preferences
from cessl_gui.ui.parts.scale import SCALES, offered_scales
from cessl_gui.ui.parts.tokens import THEMES
from cessl_gui.ui.shell.commands.keys import KEYS
from cessl_gui.ui.shell.start_page.start import StartWindow
from cessl_gui.ui.shell.window import MainWindow
from tests.records import record_of
from tests.ui import conftest, walk
from tests.ui.conftest import AF, SB, SR
from tests.ui.windows import gone

COUNT = 50
LONG_NAME = "a recording from the emergency department, second one of that night, copied by hand"
ROOMS = ("read", "worklist", "model", "statements", "history", "help", "settings")


def varied(number: int):
    """Records as they come: of 2 s to 2 min, of one lead and of twelve, with long names, without some leads."""
    record = record_of(number)
    seconds = (10, 2, 10, 120, 15)[number % 5]
    signal = np.random.default_rng(number).normal(0, 0.1, (12, seconds * 500)).astype(np.float32)
    if number % 7 == 3:
        return replace(record, signal_mv=signal[:1], leads=("II",))
    if number % 7 == 5:
        return replace(record, signal_mv=signal, name=f"{LONG_NAME} {number}")
    return replace(record, signal_mv=signal)


def fill(project: Project) -> None:
    for number in range(COUNT):
        record = varied(number)
        project.records.add(record)
        project.waveforms.write(record)
    codes, thresholds = (SR, SB, AF), {SR: 0.4, SB: 0.3, AF: 0.6}
    origin = "backbone tiny, none of your labels"
    model = ModelInfo("m1", "Base model", "tiny", "0" * 64, codes, thresholds, origin, "base", "2026")
    project.models.add(model, {})
    project.models.activate("m1")
    said = {SR: 0.5, SB: 0.2, AF: 0.9}
    project.predictions.write("m1", [Prediction(f"r{i}", "m1", said) for i in range(COUNT) if i % 6])


@pytest.fixture(scope="module")
def desk(qapp, tmp_path_factory):
    """One window for all of these tests, on a project of fifty records in many states."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("home")))
        patch.setattr(predicting, "per_lead", conftest.per_lead)
        patch.setattr(predicting, "per_window", conftest.per_window)
        patch.setattr(ActiveMeasurements, "_go_ahead", lambda measuring: None)  # its threads would outlast single tests
        preferences().setValue("research_use_read", True)
        project = Project.open(tmp_path_factory.mktemp("desk") / "Ward 7.cessl")
        fill(project)
        session = Session(project, reader="dr test")
        states = (ReadingState.CONFIRMED, ReadingState.DEFERRED, ReadingState.EXCLUDED)
        for number in range(2, COUNT, 5):
            session.set_label(f"r{number}", SR, State.PRESENT)
            session.set_reading(f"r{number}", states[number % 3])
        window = MainWindow(session)
        window.resize(1366, 740)  # the title bar of the system takes the rest of 768
        window.show()
        settle()
        yield window
        window.close()
        gone(window)


class Flashes(QObject):
    """Widgets that came up as windows beside the main one: parts that were shown before they had a parent."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []

    def eventFilter(self, watched, event) -> bool:
        if event.type() == QEvent.Type.Show and watched.isWidgetType() and watched.isWindow():
            self.names.append(f"{type(watched).__name__} {watched.objectName()}")
        return False


def test_no_part_of_a_room_flashes_as_a_window_of_its_own(desk):
    flashes = Flashes()
    QApplication.instance().installEventFilter(flashes)
    for room in ROOMS:
        desk.show_room(room)
        settle()
    for record_id in ("r2", "r7", "r12"):
        desk.read.open_record(record_id)
        settle()
    desk._session.changed.emit(Change(ChangeKind.MODELS))
    settle()
    at_rest(desk)
    QApplication.instance().removeEventFilter(flashes)
    assert flashes.names == []


def settle(times: int = 5) -> None:
    for _ in range(times):
        QApplication.processEvents()


def at_rest(desk) -> None:
    """Wait for what a room or a record asked for in the background."""
    end = time.monotonic() + 20
    while desk._session.busy and time.monotonic() < end:
        QApplication.processEvents()
    desk._session._measurements._idle.stop()


def go_to(desk, room: str) -> None:
    desk.toasts._next()
    desk.show_room(room)
    settle()
    at_rest(desk)
    keys = getattr(desk.rooms[room], "keys", None)  # the rows of keys come some at a time
    while keys is not None and len(keys.edits) < len(KEYS):
        settle()
    settle()


@pytest.fixture(params=ROOMS)
def room(desk, request):
    go_to(desk, request.param)
    return desk


def test_no_text_of_a_room_is_cut_off_no_two_widgets_overlap_and_what_takes_the_keyboard_has_a_name(room):
    assert walk.cut_off(room) == []
    assert walk.overlapping(room) == []
    assert walk.nameless(room) == []


def test_what_was_read_last_has_room_for_all_three_opinions(desk):
    said = "A0149 · You: AF · Model: RBBB 0.82, ST 0.54, LAD 0.53 · File: RBBB"
    place = desk.status.last_read
    assert place.fontMetrics().horizontalAdvance(said) <= place.width()


def test_the_drawer_shows_the_st_levels_of_all_leads_at_once(desk):
    go_to(desk, "read")
    desk.read.toggle_measurements()
    settle()
    at_rest(desk)
    drawer = desk.measurements
    figures = drawer.findChild(QWidget, "measurement_figures").viewport()
    for part in (drawer.table, drawer.levels):
        assert part.visibleRegion().boundingRect() == part.rect(), part.objectName()
    assert drawer.levels.geometry().bottom() < figures.height()
    desk.read.toggle_measurements()


# What 1366 x 768 less the title bar has room for at each size that Settings offers there.
OFFERED = ("110 %", "125 %", "150 %")
LARGER_TEXT = {words: (int(1366 / float(k)), int(740 / float(k))) for k, words in SCALES.items() if words in OFFERED}


def test_all_sizes_are_looked_at_that_settings_offers_at_1366(desk):
    assert [words for words in offered_scales(1366, 768, {}).values() if words != "100 %"] == list(LARGER_TEXT)


def test_a_drawer_ends_at_a_whole_line_also_once_its_figures_have_come(desk):
    go_to(desk, "read")
    desk.resize(1366, 740)
    desk.read.toggle_measurements()
    settle()
    drawer, notes = desk.measurements, desk.measurements.notes
    before = drawer.levels.minimumHeight()
    drawer.levels.setMinimumHeight(drawer.levels.height() + 5)  # the notes move, and the drawer stays as high
    settle()
    first, line = notes.y() + notes.contentsMargins().top(), notes.fontMetrics().lineSpacing()
    end = drawer.findChild(QWidget, "measurement_figures").viewport().height()
    drawer.levels.setMinimumHeight(before)
    desk.read.toggle_measurements()
    assert end - first > 0
    assert (end - first) % line == 0


def test_drawers_and_lists_end_at_whole_lines_and_rows(desk):
    go_to(desk, "read")
    desk.read.toggle_measurements()
    drawer, rows = desk.measurements, desk.labels.list
    area, notes = drawer.findChild(QWidget, "measurement_figures"), drawer.notes
    cut = {}
    for height in range(690, 760, 7):
        desk.resize(1366, height)
        settle()
        at_rest(desk)
        area.verticalScrollBar().setValue(0)
        first, line = notes.y() + notes.contentsMargins().top(), notes.fontMetrics().lineSpacing()
        end = area.viewport().height()
        in_sight = end < notes.geometry().bottom() and end > first
        below = drawer.mapTo(desk, drawer.rect().bottomLeft()).y() + 1
        shown = [part for part in rows.rows() if not part.visibleRegion().isEmpty()]
        tops = {part.mapTo(desk, QPoint()).y(): part for part in shown}
        cut[height] = (
            (end - first) % line if in_sight else 0,
            [part.code for top, part in tops.items() if top < below < top + part.height() and not blank_over(part)],
        )
    desk.read.toggle_measurements()
    desk.resize(1366, 740)
    settle()
    assert cut == dict.fromkeys(cut, (0, []))


def blank_over(row) -> bool:
    """Whether the blank lies over all of a row, as a child of what holds the rows."""
    over = row.parentWidget().childAt(row.geometry().center().x(), row.geometry().bottom() - 1)
    return over is not row and not row.isAncestorOf(over)


def test_the_statement_turned_to_stays_in_sight_when_the_drawer_of_leads_opens(desk):
    go_to(desk, "read")
    rows = desk.labels.list
    last = [row for row in rows.rows() if not row.isHidden()][-1]
    desk.labels.pick(last.code)
    desk.read.set_evidence(True)
    settle()
    in_sight = not last.isHidden()
    desk.read.set_evidence(False)
    settle()
    assert in_sight


def test_larger_text_cuts_nothing_off_and_lets_nothing_overlap(room):
    before = room.size()
    faults, sizes = {}, {}
    for name, size in LARGER_TEXT.items():
        room.resize(*size)
        settle()
        faults[name] = walk.cut_off(room) + walk.overlapping(room)
        sizes[name] = (room.width(), room.height())
    room.resize(before)
    settle()
    assert faults == {name: [] for name in LARGER_TEXT}
    assert sizes == LARGER_TEXT


@pytest.mark.parametrize("theme", THEMES)
def test_text_of_every_room_is_legible(desk, theme):
    desk.set_theme(theme)
    faults = {}
    for room in ROOMS:
        go_to(desk, room)
        faults[room] = walk.illegible(desk)
    assert faults == {room: [] for room in ROOMS}


@pytest.fixture(scope="module")
def journey(desk):
    """(reading state, where everything stands) on each of fifty records, while messages come and go."""
    desk.set_theme("light")
    desk.show_room("read")
    seen = []
    for number in range(COUNT):
        if number % 3 == 0:
            desk.toasts.say(f"News {number}. " * (1 + number % 4), "Undo" if number % 2 else "")
        elif number % 3 == 1:
            desk.toasts._next()
        desk.read.open_record(f"r{number}")
        settle(3)
        seen.append((desk._session.info(f"r{number}").reading, walk.places(desk, without=desk.page)))
    desk.toasts._next()
    at_rest(desk)
    return seen


def moved(places: list[dict]) -> dict:
    """What did not stand where it stood first."""
    first: dict = {}
    faults = {}
    for now in places:
        for what, at in now.items():
            if first.setdefault(what, at) != at:
                faults[what] = (first[what], at)
    return faults


@pytest.mark.parametrize("state", [ReadingState.NEW, ReadingState.CONFIRMED, ReadingState.EXCLUDED])
def test_nothing_outside_the_page_moves_between_records_of_a_state(journey, state):
    assert moved([places for reading, places in journey if reading == state]) == {}


def test_the_frame_around_page_and_panel_never_moves(desk, journey):
    frame = walk.places(desk, without=desk.labels).keys()
    assert moved([{what: at for what, at in places.items() if what in frame} for _, places in journey]) == {}


@pytest.fixture
def start(qapp, qtbot):
    window = StartWindow()
    window.resize(1366, 740)
    window.show()
    settle()
    yield window
    window.close()
    gone(window)


def test_the_start_page_shows_its_texts_whole_and_legible_nothing_overlaps_and_every_control_has_a_name(start):
    assert walk.cut_off(start) == []
    assert walk.overlapping(start) == []
    assert walk.nameless(start) == []
    assert walk.illegible(start) == []


class TestTheWalk:
    """It would find what it looks for."""

    @pytest.fixture
    def faulty(self, qtbot):
        window = QWidget()
        window.resize(300, 100)
        label = QLabel("a sentence that is much longer than its place", window)
        label.setGeometry(0, 0, 100, 40)
        label.setStyleSheet("color: #c0c0c0; background: #d0d0d0;")
        QLineEdit(window).setGeometry(90, 0, 60, 30)
        qtbot.addWidget(window)
        window.show()
        settle()
        yield window
        window.close()

    def test_a_text_that_is_cut(self, faulty):
        assert "needs" in walk.cut_off(faulty)[0]

    def test_two_widgets_over_each_other(self, faulty):
        assert len(walk.overlapping(faulty)) == 1

    def test_a_text_that_is_hardly_legible(self, faulty):
        assert "#c0c0c0 on #d0d0d0" in walk.illegible(faulty)[0]

    def test_a_text_box_without_a_name(self, faulty):
        assert "QLineEdit" in walk.nameless(faulty)[0]
