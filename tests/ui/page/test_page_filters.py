"""Filters on the page, for the eye alone, and what is prepared in the background for long recordings."""

import threading
import time
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QObject

from cessl_gui.core.types import LEADS_12
from cessl_gui.ecg.display.filters import DisplayFilter
from cessl_gui.ui.page.drawing import printing
from cessl_gui.ui.page.drawing.printing import write_page
from cessl_gui.ui.page.layout.filtering import filtered
from cessl_gui.ui.page.layout.ruler import keep_measured
from cessl_gui.ui.page.layout.traces import Pyramid, points
from tests.ui.pages import choose, record
from tests.ui.pages import page as page


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
    on_paper = printing.for_paper(page.sheet)
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
