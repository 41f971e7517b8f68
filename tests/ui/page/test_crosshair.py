"""The crosshair says what the samples are, and does by keys what the mouse does."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from cessl_gui.core.types import Record
from cessl_gui.ui.shell.commands.keys import all_keys
from tests.records import make_record
from tests.ui.pages import pixel, shown

KEY, SHIFT = Qt.Key, Qt.KeyboardModifier.ShiftModifier


def record(seconds: int = 60) -> Record:
    """Sample n of lead i has n / 1000 + i / 100 mV."""
    n = seconds * 500
    signal = np.arange(n) % 1000 / 1000 + np.arange(12)[:, None] / 100
    return make_record(signal, id="r")


@pytest.fixture
def page(qtbot):
    return shown(qtbot, "3x4", record())


def press(page, *keys, modifier=Qt.KeyboardModifier.NoModifier):
    for key in keys:
        QTest.keyClick(page.canvas, key, modifier)
    return page.canvas.crosshair


def test_it_begins_amid_the_first_trace_and_is_drawn(page):
    before = page.canvas.grab().toImage()
    crosshair = press(page, KEY.Key_H)
    assert (crosshair.cell.source, crosshair.at_s) == ("I", 1.25)
    assert crosshair.words(page.sheet) == "I   1.250 s   +0.625 mV" == page.canvas.accessibleDescription()
    at = pixel(page, "II", 1.25, 0.9)
    shown = page.canvas.grab().toImage()
    assert any(shown.pixelColor(at.x() + d, at.y()) != before.pixelColor(at.x() + d, at.y()) for d in (-1, 0, 1))
    assert press(page, KEY.Key_H) is None
    assert page.canvas.grab().toImage() == before
    assert press(page, KEY.Key_H, KEY.Key_Escape) is None


def test_arrows_go_by_samples_large_boxes_and_leads(page):
    press(page, KEY.Key_H)
    assert press(page, KEY.Key_Right).at_s == pytest.approx(1.252)
    assert press(page, KEY.Key_Left, modifier=SHIFT).at_s == pytest.approx(1.052)
    below = press(page, KEY.Key_Down)
    assert (below.cell.source, below.at_s) == ("II", pytest.approx(1.052))
    assert press(page, KEY.Key_Down, KEY.Key_Down, KEY.Key_Down).cell.source == "III"
    for _ in range(8):
        crosshair = press(page, KEY.Key_Right, modifier=SHIFT)
    assert (crosshair.cell.source, crosshair.at_s) == ("aVF", pytest.approx(2.652)), "into the next column"


def test_beyond_the_edge_the_page_turns(page):
    press(page, KEY.Key_H)
    for _ in range(60):
        crosshair = press(page, KEY.Key_Right, modifier=SHIFT)
        assert crosshair.is_on(page.sheet)
    assert crosshair.at_s == pytest.approx(13.25)
    assert page.sheet.t0_s == 5
    page.set_time(40)
    assert not crosshair.is_on(page.sheet)
    assert press(page, KEY.Key_Left).at_s == pytest.approx(41.248)


def test_it_follows_the_mouse(page):
    press(page, KEY.Key_H)
    QTest.mouseMove(page.canvas, pixel(page, "V2", 6.0, 0.2))
    crosshair = page.canvas.crosshair
    assert crosshair.cell.source == "V2"
    assert crosshair.at_s == pytest.approx(6.0, abs=0.02)


def test_calipers_by_keys_alone(page):
    came = []
    page.caliper_set.connect(lambda *what: came.append(what[2]))
    press(page, KEY.Key_H, KEY.Key_Space)
    assert came == [], "of no extent it is none yet"
    for _ in range(4):
        press(page, KEY.Key_Right)
    (caliper,) = page.sheet.calipers
    assert (caliper.start_s, caliper.end_s) == (1.25, pytest.approx(1.258))
    assert came[-1] == caliper
    press(page, KEY.Key_Space, KEY.Key_Right)
    assert page.sheet.calipers == (caliper,)
    assert page.canvas.crosshair.at_s == pytest.approx(1.252)
    press(page, KEY.Key_Left, KEY.Key_Space, KEY.Key_Left)
    assert page.sheet.calipers[0].start_s == pytest.approx(1.248), "taken hold of where the crosshair is"
    press(page, KEY.Key_Escape)
    assert page.sheet.calipers == ()
    assert came[-1] is None
    press(page, KEY.Key_Space, KEY.Key_Space)
    assert page.sheet.calipers == ()


def test_gaps_and_odd_recordings(page):
    gap = record()
    signal = gap.signal_mv.copy()
    signal[:, 600:700] = np.nan
    page.set_record(replace(gap, signal_mv=signal))
    assert press(page, KEY.Key_H).words(page.sheet) == "I   1.250 s   no value"
    press(page, KEY.Key_Space)
    assert page.sheet.calipers == ()
    for odd in (
        make_record(np.empty((12, 0), np.float32), id="0"),
        make_record(np.empty((0, 5000), np.float32), id="x", leads=()),
        make_record(np.zeros((1, 50), np.float32), id="s", leads=("II",)),
        None,
    ):
        page.set_record(odd)
        press(page, KEY.Key_Right, KEY.Key_Down, KEY.Key_Space, KEY.Key_H, KEY.Key_H, KEY.Key_Left)
        assert not page.grab().isNull()


def test_one_lead_over_several_rows(page):
    page.set_layout("1")
    crosshair = press(page, KEY.Key_H)
    assert crosshair.at_s == 5
    assert press(page, KEY.Key_Down).at_s == 15
    assert press(page, KEY.Key_Up).at_s == 5


def test_its_keys_are_listed():
    assert any("crosshair" in what for key, what in all_keys() if key == "H")
