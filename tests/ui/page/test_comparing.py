"""The earlier ECG beside the present one, or behind it by its beats."""

import re

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from cessl_gui.bridge.reader.page_marks import ShownMark
from cessl_gui.core.annotations import Annotation
from cessl_gui.core.types import Record
from cessl_gui.ecg.display.filters import DisplayFilter
from cessl_gui.ecg.measuring.align import shift_s
from cessl_gui.ui.page.comparing import MODES, NOTHING
from cessl_gui.ui.page.drawing.paper import earlier_words
from cessl_gui.ui.page.drawing.printing import write_page
from cessl_gui.ui.page.page import EcgPage
from tests.records import make_record
from tests.ui.pages import shown


def record(name: str, first_s: float, every_s: float = 0.8, height: float = 1.0, **more) -> Record:
    """Beats at first_s and then every so often, on all leads."""
    t = np.arange(5000) / 500
    x = sum(height * np.exp(-(((t - c) / 0.012) ** 2)) for c in np.arange(first_s, 10, every_s))
    return make_record(np.tile(x, (12, 1)), id=name, name=name, **more)


@pytest.fixture
def page(qtbot):
    return shown(qtbot, "12x1", record("now", 0.5))


EARLIER = record("before", 0.9, height=2.0, recorded_at="2020-05-06")


def violet(page: EcgPage, at_s: float) -> int:
    """How many pixels above lead I's baseline have the earlier trace's colour at a time."""
    ink, where = page.canvas.laid
    cell = page.sheet.cells[0]
    box = where.cell(cell, page.sheet)
    x = round((box.left() + at_s * 25) * ink.dots_per_mm)
    image = page.canvas.grab().toImage()
    rows = range(round(where.grid.top() * ink.dots_per_mm), round((where.baselines[0] - 1) * ink.dots_per_mm))
    colors = (image.pixelColor(x + dx, y) for y in rows for dx in (-1, 0, 1))
    return sum(min(c.red(), c.blue()) - c.green() > 30 for c in colors)


def test_behind_the_beats_lie_on_each_other(page):
    page.set_comparing("over")
    page.show_earlier(EARLIER, {}, "")
    assert page.sheet.earlier.lead == "II"
    assert violet(page, 0.5) > 3, "its beat of 0.9 s stands at 0.5 s, twice as high"
    assert violet(page, 0.9) == 0
    page.set_comparing("off")
    assert page.sheet.earlier is None
    assert violet(page, 0.5) == 0


def test_each_column_has_its_first_beat_aligned(page):
    page.set_layout("3x4")
    page.set_comparing("over")
    page.show_earlier(record("before", 0.6, every_s=0.7, height=2.0), {}, "")
    earlier = page.sheet.earlier
    shifts = [shift_s(earlier.own_s, earlier.peaks_s, a, a + 2.5) for a in (0, 2.5, 5, 7.5)]
    assert len({round(s, 2) for s in shifts}) > 1
    for start, shift in zip((0, 2.5, 5, 7.5), shifts, strict=True):
        first = earlier.own_s[earlier.own_s >= start][0]
        assert np.abs(earlier.peaks_s - (first + shift)).min() < 1e-9


def test_marks_of_this_ecg_are_not_drawn_on_the_earlier_one(page):
    page.show_marks([ShownMark(Annotation("m1", "427172004", 1.3, None, "V1"), "PVC", "")])
    page.set_comparing("beside")
    page.show_earlier(EARLIER, {}, "")
    assert not page.pages.other.sheet.marks.shown
    assert page.sheet.marks.shown


def test_beside_is_a_page_of_its_own_that_moves_along(page):
    page.set_comparing("beside")
    page.show_earlier(EARLIER, {"V1": ("flat",)}, "")
    other = page.pages.other
    assert other.isVisible()
    assert other.accessibleName()
    assert other.sheet.record.name == "Earlier: before"
    assert other.sheet.record.recorded_at == "2020-05-06"
    assert (other.sheet.notes, other.sheet.layout.name) == ({"V1": ("flat",)}, "12x1")
    page.set_speed(50)
    page.set_time(3)
    page.set_gain(20)
    assert (other.sheet.t0_s, other.sheet.speed_mm_per_s, other.sheet.gain_mm_per_mv) == (3, 50, 20)
    start = other.rect().center()
    QTest.mousePress(other, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier, start)
    QTest.mouseMove(other, start + QPoint(60, 0))
    QTest.mouseRelease(other, Qt.MouseButton.LeftButton, pos=start + QPoint(60, 0))
    assert page.sheet.t0_s < 3
    assert page.sheet.t0_s == other.sheet.t0_s
    assert page.sheet.calipers == () == other.sheet.calipers, "calipers measure the present ECG"
    page.set_record(record("next", 0.5))
    assert not other.isVisible(), "until somebody says what was before this one"


def test_it_stands_side_by_side_where_there_is_room(page):
    page.set_comparing("beside")
    page.show_earlier(EARLIER, {}, "")
    assert page.pages.other.y() > page.canvas.y()
    assert page.pages.other.x() == page.canvas.x()
    page.resize(1900, 700)
    QTest.qWait(0)
    assert page.pages.other.x() > page.canvas.x()
    assert page.pages.other.y() == page.canvas.y()


def test_without_an_earlier_one_a_sentence_says_so(page, qtbot):
    with qtbot.waitSignal(page.earlier_wanted):
        next(a for a in page.toolbar.compare.menu().actions() if a.data() == "over").trigger()
    page.show_earlier(None, {}, "There is no earlier ECG of this patient in this project.")
    assert "no earlier" in page.toolbar.hints.toolTip()
    assert page.toolbar.hints.fitting()[0][0].words == NOTHING
    assert page.sheet.earlier is None
    page.set_comparing("off")
    assert "no earlier" not in page.toolbar.hints.toolTip()


def test_an_empty_page_says_nothing_of_the_record_before(page):
    page.set_comparing("beside")
    page.show_earlier(None, {}, "There is no earlier ECG of this patient in this project.")
    page.set_record(None)
    page.next_comparing()
    assert page.comparing == "over"
    assert page.toolbar.hints.shown == ()


def test_modes_follow_each_other_and_the_button_says_which(page):
    page.earlier_wanted.connect(lambda: page.show_earlier(EARLIER, {}, ""))
    said = []
    for _ in range(4):
        said.append((page.comparing, page.toolbar.compare.accessibleDescription()))
        page.next_comparing()
    assert said == [(mode, MODES[mode]) for mode in ("off", "beside", "over", "off")]


def test_any_earlier_ecg_can_be_chosen_from_a_menu_of_them(page, qtbot):
    page.earlier_asked.connect(
        lambda: page.toolbar.offer_earlier([("a", "5 Feb 2020"), ("b", "1 Jan 2019")], page.compared_with)
    )
    menu = page.toolbar.compare.menu()
    menu.aboutToShow.emit()
    with qtbot.waitSignal(page.earlier_wanted) as asked:
        next(action for action in menu.actions() if action.data() == "b").trigger()
    assert asked.args == ["b"]
    assert page.comparing == "beside"


def test_the_next_record_asks_for_its_own_earlier_one(page, qtbot):
    page.set_comparing("over")
    page.show_earlier(EARLIER, {}, "")
    with qtbot.waitSignal(page.earlier_wanted):
        page.set_record(record("next", 0.5))
    assert page.sheet.earlier is None


def test_filters_are_for_both(page):
    page.set_comparing("over")
    page.show_earlier(EARLIER, {}, "")
    page.set_filters(DisplayFilter(low_pass_hz=40))
    assert not np.array_equal(page.sheet.earlier.record.signal_mv, EARLIER.signal_mv)
    page.set_filters(DisplayFilter())
    assert np.array_equal(page.sheet.earlier.record.signal_mv, EARLIER.signal_mv)
    page.set_comparing("beside")
    page.set_filters(DisplayFilter(low_pass_hz=40))
    beside = page.pages.other.sheet
    assert np.array_equal(beside.drawn.record.signal_mv, DisplayFilter(low_pass_hz=40).apply(EARLIER.signal_mv, 500))
    page.set_time(1)
    assert page.pages.other.sheet.filtered is beside.filtered


def test_long_or_odd_recordings_do_no_harm(page):
    long = make_record(np.zeros((1, 600_000), np.float32), id="l", fs_hz=100.0, leads=("II",))
    page.set_comparing("beside")
    page.show_earlier(long, {}, "")
    assert "not compared" in page.toolbar.hints.toolTip()
    assert not page.pages.other.isVisible()
    for odd in (
        make_record(np.empty((12, 0), np.float32), id="0"),
        make_record(np.full((12, 5000), np.nan, np.float32), id="n"),
        make_record(np.zeros((1, 500), np.float32), id="x", fs_hz=20.0, leads=("MLII",)),
    ):
        for mode in ("beside", "over"):
            page.set_comparing(mode)
            page.show_earlier(odd, {}, "")
            assert not page.grab().isNull()
    assert "not aligned" in earlier_words(page.sheet)
    page.show_earlier(make_record(np.zeros((12, 31_000), np.float32), id="m"), {}, "")
    assert "not aligned: longer than a minute" in earlier_words(page.sheet)


def test_it_is_printed_without_names(page, tmp_path):
    page.set_comparing("over")
    page.show_earlier(EARLIER, {}, "")
    out = tmp_path / "a.svg"
    write_page(page.sheet, out)
    text = " ".join(re.findall(r">([^<>]+)</text>", out.read_text(encoding="utf-8")))
    assert "Behind: ECG before, no date" in text
    assert "2020" not in text
