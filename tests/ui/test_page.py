"""The page as a widget: moving, choosing, sizes, and what it says of itself."""

import threading
import time
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolButton

from cessl_gui.core.types import LEADS_12, Record
from cessl_gui.ecg.filters import DisplayFilter
from cessl_gui.ui.page import printing, ruler
from cessl_gui.ui.page.canvas import fitting_scale
from cessl_gui.ui.page.clock import clock, seconds_of
from cessl_gui.ui.page.filtering import filtered
from cessl_gui.ui.page.printing import write_page
from cessl_gui.ui.page.ruler import RulerDialog, dots_per_mm, keep_measured
from cessl_gui.ui.page.traces import Pyramid, points
from cessl_gui.ui.parts.tokens import DARK, HIGH_CONTRAST
from tests.ui.pages import shown


def record(seconds: float = 60, leads=LEADS_12, fs_hz: float = 100.0, name: str = "ECG 1", **more) -> Record:
    t = np.arange(int(seconds * fs_hz)) / fs_hz
    signal = np.stack([np.sin(2 * np.pi * t + i) for i in range(len(leads))]).astype(np.float32)
    return Record(name, name, "", "", signal, fs_hz, tuple(leads), **more)


@pytest.fixture
def page(qtbot):
    return shown(qtbot, "3x4+1", record(), (900, 640))


def test_keys_move_through_time(page):
    QTest.keyClick(page.canvas, Qt.Key.Key_Right)
    assert page.sheet.t0_s == pytest.approx(2.5)
    QTest.keyClick(page.canvas, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert page.sheet.t0_s == pytest.approx(12.5)
    QTest.keyClick(page.canvas, Qt.Key.Key_Left)
    assert page.sheet.t0_s == pytest.approx(10)
    for _ in range(9):
        QTest.keyClick(page.canvas, Qt.Key.Key_Left)
    assert page.sheet.t0_s == 0
    for _ in range(9):
        QTest.keyClick(page.canvas, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert page.sheet.t0_s == pytest.approx(50)  # the last full page


def test_keys_change_window_and_gain(page):
    QTest.keyClick(page.canvas, Qt.Key.Key_Home)
    assert page.sheet.speed_mm_per_s == 50
    QTest.keyClick(page.canvas, Qt.Key.Key_End)
    QTest.keyClick(page.canvas, Qt.Key.Key_End)
    assert page.sheet.speed_mm_per_s == 12.5
    QTest.keyClick(page.canvas, Qt.Key.Key_Plus)
    assert page.sheet.gain_mm_per_mv == 20
    QTest.keyClick(page.canvas, Qt.Key.Key_Plus)
    assert page.sheet.gain_mm_per_mv == 20
    for _ in range(3):
        QTest.keyClick(page.canvas, Qt.Key.Key_Minus)
    assert page.sheet.gain_mm_per_mv == 2.5


def test_wheel_and_drag_move_the_paper(page):
    middle = QPointF(page.canvas.rect().center())
    wheel = QWheelEvent(
        middle, page.canvas.mapToGlobal(middle), QPoint(), QPoint(0, -120), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(page.canvas, wheel)
    assert page.sheet.t0_s == pytest.approx(2.5)
    start = middle.toPoint()
    QTest.mousePress(page.canvas, Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseMove(page.canvas, start - QPoint(100, 0))
    QTest.mouseRelease(page.canvas, Qt.MouseButton.LeftButton, pos=start - QPoint(100, 0))
    moved_s = 100 / page.canvas.laid[0].dots_per_mm / 25
    assert page.sheet.t0_s == pytest.approx(2.5 + moved_s, abs=0.01)


def test_the_strip_of_the_whole_recording_and_the_time_field_jump(page):
    bar, time = page.footer.bar, page.footer.time
    QTest.mouseClick(bar, Qt.MouseButton.LeftButton, pos=QPoint(bar.width() // 2, 10))
    assert page.sheet.t0_s == pytest.approx(25, abs=0.2)
    QTest.keyClick(page.canvas, Qt.Key.Key_G)
    assert time.isVisible()
    QTest.keyClicks(time, "later")
    QTest.keyClick(time, Qt.Key.Key_Return)
    assert page.sheet.t0_s == pytest.approx(25, abs=0.2)
    time.clear()
    QTest.keyClicks(time, "0:40")
    QTest.keyClick(time, Qt.Key.Key_Return)
    assert page.sheet.t0_s == 40
    assert not time.isVisible()


def test_the_strip_stands_there_for_ten_seconds_too(page):
    page.set_record(record(10))
    assert page.footer.bar.isVisible()


def test_times_in_words():
    assert [seconds_of(t) for t in ("90", "1:30", "1:00:01.5", "soon", "", "1:2:3:4")] == [90, 90, 3601.5] + [None] * 3
    assert [clock(s) for s in (5, 65, 3661)] == ["0:05", "1:05", "1:01:01"]


def test_a_new_record_begins_at_its_beginning_and_keeps_the_choices(page):
    page.set_layout("12x1")
    page.set_gain(5)
    page.set_time(30)
    page.set_record(record(name="ECG 2"), {"V1": ("flat",)})
    assert (page.sheet.t0_s, page.sheet.layout.name, page.sheet.gain_mm_per_mv) == (0, "12x1", 5)
    assert page.sheet.notes == {"V1": ("flat",)}
    assert "ECG 2" in page.accessibleDescription()


def test_long_windows_are_for_long_recordings(page):
    page.set_record(record(3600, ("I", "II"), 10))
    page.set_speed(250 / 1800)
    assert page.sheet.window_s == pytest.approx(1800)
    page.set_record(record(10))
    assert page.sheet.speed_mm_per_s == 25


def choose(menu, value) -> None:
    next(a for a in menu.actions() if a.data() == value).trigger()


def test_view_menus_say_and_choose(page):
    tools, menus = page.toolbar, page.toolbar.menus
    assert tools.layout_button.accessibleDescription() == "3 × 4 + II"
    choose(menus.layout, "12x1")
    assert page.sheet.layout.name == "12x1"
    assert tools.layout_button.accessibleDescription() == "12 × 1"
    choose(menus.gain, 20)
    assert page.sheet.gain_mm_per_mv == 20
    assert [a.data() for a in menus.gain.actions() if a.isChecked()] == [20]
    choose(menus.speed, 50)
    assert page.footer.scale.text() == "50 mm/s · 20 mm/mV"


def test_columns_and_rhythm_lead_are_chosen_with_the_layout(page):
    next(a for a in page.toolbar.menus.layout.actions() if a.data() is True).trigger()
    assert page.sheet.simultaneous
    assert "simultaneous" in page.sheet.columns_words
    page.set_rhythm_lead("V1")
    assert page.footer.about.text() == "100 Hz · 3 × 4 + V1, simultaneous"
    page.set_layout("12x1")
    assert page.sheet.columns_words == ""


def test_chest_leads_at_half_gain_are_drawn_so_and_said(page):
    page.toolbar.menus._half.trigger()
    cells = {cell.source: page.sheet.gain(cell) for cell in page.sheet.cells}
    assert (cells["II"], cells["V4"]) == (10, 5)
    assert page.footer.scale.text() == "25 mm/s · 10 mm/mV, V1–V6 5 mm/mV"


def test_the_page_fits_beside_its_neighbours_in_a_small_window(page):
    page.set_filters(DisplayFilter(0.5, 40, 50))
    assert page.minimumSizeHint().width() <= 720


def test_every_control_has_a_name_for_screen_readers(page):
    for chip in page.findChildren(QToolButton):
        assert chip.accessibleName()
        assert chip.objectName()
    for widget in (page, page.canvas, page.footer.bar, page.footer.time):
        assert widget.accessibleName()


def test_the_page_fits_the_width_on_a_sharp_grid(page):
    for width in (760, 900, 1024, 1400):
        page.resize(width, 700)
        ink, where = page.canvas.laid
        right = (where.plot_left + 250) * ink.dots_per_mm
        assert right <= page.canvas.width()
        assert (5 * ink.dots_per_mm) % 1 == pytest.approx(0)
    assert fitting_scale(1000, 262, 2) * 10 % 1 == pytest.approx(0)


def test_a_flat_window_makes_the_page_smaller_instead_of_pressing_the_rows(page):
    page.set_layout("12x1")
    page.resize(1400, 420)
    _, where = page.canvas.laid
    assert where.row_height >= 6.5


def test_true_size_is_a_millimetre_per_millimetre(page):
    keep_measured(page.screen(), 4.0)
    page.set_size("true")
    ink, _ = page.canvas.laid
    assert ink.dots_per_mm == 4.0
    assert page.sheet.plot_mm < 250  # 900 px are 225 mm: fewer seconds, not smaller ones
    assert page.sheet.window_s == pytest.approx(page.sheet.plot_mm / 25)
    assert page.sheet.plot_mm % 20 == 0
    assert page.footer.size_button.text() == "paper size"
    page.set_size("fit")
    assert page.sheet.plot_mm == 250
    share = page.canvas.laid[0].dots_per_mm / 4
    assert page.footer.size_button.text() == f"{100 * share:.0f} % of paper size"
    assert f"{25 * share:.3g} mm/s" in page.footer.size_button.toolTip()


def test_one_millivolt_and_one_second_by_pixels_at_true_size(page):
    """A step of 1 mV at 1 s, at 5 pixels per mm: 125 pixels to the right and 50 up."""
    keep_measured(page.screen(), 5.0)
    signal = np.zeros((1, 5000), np.float32)
    signal[0, 500:] = 1
    page.set_theme(HIGH_CONTRAST)
    page.set_record(Record("s", "s", "", "", signal, 500.0, ("II",)))
    page.set_size("true")
    ink, where = page.canvas.laid
    image = page.canvas.grab().toImage()
    pixels = np.array(
        [[image.pixelColor(x, y).lightness() < 110 for x in range(80, 320)] for y in range(image.height())]
    )
    baseline, top = (round(5 * where.y(page.sheet.cells[0], page.sheet, mv)) for mv in (0, 1))
    assert baseline - top == 50
    at = round(5 * where.plot_left) + 125 - 80
    assert pixels[baseline - 1 : baseline + 2, at - 20].any()
    assert not pixels[top - 1 : top + 2, at - 20].any()
    assert pixels[top - 1 : top + 2, at + 20].any()
    assert not pixels[baseline - 1 : baseline + 2, at + 20].any()
    rising = np.flatnonzero(pixels[(baseline + top) // 2, at - 20 : at + 20])
    assert rising.mean() == pytest.approx(20, abs=1)
    assert ink.dots_per_mm == 5


def test_implausible_screens_are_refused(page, qtbot, monkeypatch):
    class OneMillimetre:
        def __getattr__(self, name):
            return lambda: "odd"

        def physicalDotsPerInchX(self):
            return 25.4 * 1920

        def size(self):
            return page.screen().size()

    assert dots_per_mm(OneMillimetre()) is None
    assert dots_per_mm(None) is None
    dialog = RulerDialog(page.screen())
    qtbot.addWidget(dialog)
    dialog.length.setValue(2)
    dialog.accept()
    assert "no screen has" in dialog.said.text()
    dialog.length.setValue(100)
    dialog.accept()
    assert dots_per_mm(page.screen()) == pytest.approx(ruler.LINE_PX / 100)


def test_all_kinds_of_records_are_shown(page):
    rng = np.random.default_rng(0)
    odd = [
        record(10, ("II",)),
        record(10, (*LEADS_12, "V7", "V8", "V9")),
        record(0.2),
        record(10, fs_hz=20),
        record(0.5, fs_hz=100_000),
        Record("0", "empty", "", "", np.empty((12, 0), np.float32), 500.0, LEADS_12),
        Record("n", "nan", "", "", np.full((12, 5000), np.nan, np.float32), 500.0, LEADS_12),
        Record("s", "sat", "", "", rng.choice([-32768, 32767], (12, 5000)).astype(np.float32), 500.0, LEADS_12),
        Record("x", "none", "", "", np.empty((0, 5000), np.float32), 500.0, ()),
        None,
    ]
    for theme in (HIGH_CONTRAST, DARK):
        page.set_theme(theme)
        for each in odd:
            page.set_record(each)
            for name in ("3x4+1", "12x1", "1", "cabrera"):
                page.set_layout(name)
                assert not page.grab().isNull()


@pytest.mark.parametrize(("typed", "written"), [("a.pdf", "a.pdf"), ("b", "b.png")])
def test_the_save_button_writes_the_page(page, tmp_path, monkeypatch, typed, written):
    answer = (str(tmp_path / typed), "Picture, 300 dpi (*.png)")
    monkeypatch.setattr("cessl_gui.ui.page.printing.QFileDialog.getSaveFileName", lambda *_: answer)
    page.toolbar.print.menu().actions()[1].trigger()
    assert (tmp_path / written).stat().st_size > 1000


def test_a_page_that_cannot_be_saved_says_so(page, tmp_path, monkeypatch):
    said = []
    monkeypatch.setattr(
        "cessl_gui.ui.page.printing.QFileDialog.getSaveFileName", lambda *_: (str(tmp_path / "no" / "a.pdf"), "")
    )
    (tmp_path / "no").write_text("")
    monkeypatch.setattr("cessl_gui.ui.page.printing.warn", lambda *words: said.append(words[-1]))
    page.ask_and_write()
    assert "cannot be written" in said[0]


@pytest.mark.parametrize("answer", ["Yes", "No"])
def test_a_name_that_gets_its_ending_from_us_takes_no_other_files_place_unasked(page, tmp_path, monkeypatch, answer):
    asked = []

    def question(*words):
        asked.append(words[-1])
        return answer == "Yes"

    monkeypatch.setattr(
        "cessl_gui.ui.page.printing.QFileDialog.getSaveFileName", lambda *_: (str(tmp_path / "a"), "Drawing (*.svg)")
    )
    monkeypatch.setattr("cessl_gui.ui.page.printing.ask", question)
    (tmp_path / "a.svg").write_text("another")
    page.ask_and_write()
    assert asked == ["a.svg is there already. Replace it?"]
    assert ((tmp_path / "a.svg").read_text() == "another") == (answer == "No")


def warned(page) -> bool:
    """Whether the footer marks the filter."""
    return page.sheet.theme.warning in page.footer.filter.styleSheet()


def test_filters_are_for_the_eye_only(page):
    ecg = record(10, fs_hz=500)
    before = ecg.signal_mv.copy()
    page.set_record(ecg)
    said, menu = page.footer.filter, page.toolbar.menus.filter
    assert said.text() == "· as recorded ·"
    choose(menu, ("low_pass_hz", 40.0))
    choose(menu, ("notch_hz", 50.0))
    assert said.text() == "· to 40 Hz, notch 50 Hz ·"
    assert warned(page)
    drawn = DisplayFilter(low_pass_hz=40, notch_hz=50).apply(before, 500)
    assert np.array_equal(page.sheet.drawn.record.signal_mv, drawn)
    assert not np.array_equal(drawn, before)
    assert np.array_equal(ecg.signal_mv, before)
    assert page.sheet.record is ecg
    page.set_record(record(10, fs_hz=90, name="slow"))
    assert said.text() == "· to 40 Hz ·"  # 50 Hz cannot be told at 90 Hz
    page.set_record(ecg)
    choose(menu, ("low_pass_hz", None))
    assert said.text() == "· notch 50 Hz ·"
    assert not warned(page)


def test_of_a_long_recording_what_is_shown_is_filtered(page):
    ecg = record(4000, fs_hz=200)
    whole = DisplayFilter(0.5, 40).apply(ecg.signal_mv, 200)
    page.set_filters(DisplayFilter(0.5, 40))
    page.set_record(ecg)
    assert page.footer.filter.text() == "· 0.5–40 Hz ·"
    assert warned(page)
    stretches = set()
    for t0_s in (0, 5, 1234.5, 1236, 1239, 3990):
        page.set_time(t0_s)
        drawn = page.sheet.drawn
        stretches.add(drawn.from_s)
        at_s, mv = points(drawn.record, 1, t0_s - drawn.from_s, 10, 10_000)
        assert len(mv) >= 2000
        assert at_s[0] + drawn.from_s == pytest.approx(t0_s)
        first = round(t0_s * 200)
        assert np.abs(mv - whole[1, first : first + len(mv)]).max() < 0.01
    assert len(stretches) == 3, "what is filtered already serves for moving on"
    assert page.sheet.record is ecg


def test_where_too_much_is_shown_the_page_says_that_it_is_as_recorded(page, tmp_path):
    page.set_filters(DisplayFilter(0.5, 40))
    page.set_record(record(4000, fs_hz=200))
    said = page.footer.filter
    page.set_speed(250 / 1800)
    assert page.sheet.drawn.record is page.sheet.record
    assert said.text() == "· as recorded at this speed ·"
    assert "0.5–40 Hz: not applied" in said.toolTip()
    write_page(page.sheet, tmp_path / "a.svg")
    assert "as recorded at this speed" in (tmp_path / "a.svg").read_text(encoding="utf-8")
    page.set_speed(25)
    assert said.text() == "· 0.5–40 Hz ·"


def test_paper_that_shows_more_than_the_screen_is_filtered_as_far(page, tmp_path):
    """At true size a narrow window shows fewer seconds than paper does."""
    keep_measured(page.screen(), 20.0)
    ecg = record(200, ("II",), 500)
    signal = np.zeros((1, 100_000), np.float32)
    signal[0, 52_000] = 1000  # at 104 s, only on paper; low-passed it is some thirty times lower
    page.set_filters(DisplayFilter(low_pass_hz=40))
    page.set_record(replace(ecg, signal_mv=signal))
    page.set_size("true")
    page.set_time(95)
    assert page.sheet.t0_s + page.sheet.shown_s < 100
    on_paper = printing._for_paper(page.sheet)
    assert on_paper.drawn.from_s <= 95
    assert on_paper.drawn.from_s + on_paper.drawn.record.duration_s >= 105
    assert np.abs(on_paper.drawn.record.signal_mv).max() < 200


@pytest.mark.parametrize(
    ("leads", "fs_hz", "seconds"), [(LEADS_12, 500, 900), (LEADS_12, 1000, 450), (("I",), 250, 86400)]
)
def test_filtering_keeps_the_window_alive(page, leads, fs_hz, seconds):
    page.set_filters(DisplayFilter(0.05, 40, 50))
    page.set_record(record(seconds, leads, fs_hz))
    assert page.sheet.filtered is not None
    for window_s in (10, 30, 60, 300):
        page.set_speed(250 / window_s)
        sheet = replace(page.sheet, filtered=None)
        began = time.process_time()
        filtered(sheet)
        assert time.process_time() - began < 0.1  # some 30 ms; a slow machine may take longer


def test_synthetic_records_are_marked(page):
    page.set_theme(HIGH_CONTRAST)

    def darkness(synthetic: bool) -> float:
        signal = np.full((12, 5000), np.nan, np.float32)
        page.set_record(Record("a", "a", "", "", signal, 500.0, LEADS_12, synthetic=synthetic))
        image = page.canvas.grab().toImage()
        return sum(255 - image.pixelColor(x, y).lightness() for x in range(0, 900, 4) for y in range(30, 500, 4))

    assert darkness(True) > darkness(False) * 1.01


class Held:
    """Pyramid.build_step as it is, but only once it is released; remembers who called."""

    def __init__(self, monkeypatch):
        self.began, self.released, self.threads = threading.Event(), threading.Event(), set()
        step = Pyramid.build_step

        def held_step(pyramid):
            self.threads.add(threading.current_thread())
            self.began.set()
            assert self.released.wait(5)
            return step(pyramid)

        monkeypatch.setattr(Pyramid, "build_step", held_step)
        monkeypatch.setattr(Pyramid, "STEP", 1000)


class Paints(QObject):
    """Counts how often a widget is painted."""

    count = 0

    def eventFilter(self, watched, event):
        self.count += event.type() == QEvent.Type.Paint
        return False


def test_a_long_recording_is_prepared_in_the_background(page, qtbot, monkeypatch):
    held, paints = Held(monkeypatch), Paints()
    page.set_record(record(6000, ("I", "II", "V1"), 100))
    page.footer.bar.installEventFilter(paints)
    assert held.began.wait(5)
    qtbot.wait(120)  # the page is alive meanwhile
    pyramid, painted = page.sheet.pyramid, paints.count
    assert painted
    assert not pyramid.complete
    held.released.set()
    qtbot.waitUntil(lambda: paints.count > painted, timeout=5000)  # the overview appears by itself
    assert pyramid.complete
    assert threading.current_thread() not in held.threads
    page.set_speed(250 / 7200)
    assert not page.grab().isNull()
    page.set_record(record(10))
    assert page.sheet.pyramid is None


def test_a_pyramid_that_nobody_looks_at_is_left_unfinished(page, monkeypatch):
    held = Held(monkeypatch)
    page.set_record(record(6000, ("I", "II", "V1"), 100))
    pyramid = page.sheet.pyramid
    assert held.began.wait(5)
    page.set_record(record(10))
    held.released.set()
    for thread in held.threads:
        thread.join(5)
        assert not thread.is_alive()
    assert not pyramid.complete
