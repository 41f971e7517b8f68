"""The page is true: right lead in each cell, right height, right time, nothing invented."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage, QPainter

from cessl_gui.core.types import LEADS_12, Record
from cessl_gui.ui.page.drawing.lettering import Ink
from cessl_gui.ui.page.drawing.paper import REDUCED, paint_page, paint_traces
from cessl_gui.ui.page.layout.doubts import doubts
from cessl_gui.ui.page.layout.layouts import LAYOUTS
from cessl_gui.ui.page.layout.plan import Plan, is_drawing_reduced, plan
from cessl_gui.ui.page.layout.sheet import Sheet
from cessl_gui.ui.page.layout.traces import BARS, Pyramid, draw_columns, points, polylines
from cessl_gui.ui.parts.tokens import HIGH_CONTRAST
from tests.records import make_record

DOTS = 10  # per mm
WIDTH_MM, HEIGHT_MM = 270, 190


def record(signal_mv, leads=LEADS_12, fs_hz=500.0, **more) -> Record:
    signal_mv = np.asarray(signal_mv, np.float32)
    return make_record(signal_mv, id="id", name="name", fs_hz=fs_hz, leads=leads, **more)


def painted(sheet: Sheet, paint=paint_page):
    """The page as an array of darkness (rows, columns) in 0..255, and its plan."""
    image = QImage(WIDTH_MM * DOTS, HEIGHT_MM * DOTS, QImage.Format.Format_RGB32)
    image.fill(0xFFFFFF)
    where = plan(sheet, WIDTH_MM, HEIGHT_MM, text=3)
    with QPainter(image) as painter:
        paint(painter, sheet, where, Ink(DOTS))
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)
    return 255 - pixels[:, :, :3].max(axis=2), where


def only_traces(sheet: Sheet):
    return painted(sheet, paint_traces)


def trace_y(dark: np.ndarray, x_mm: float) -> list[float]:
    """Heights, in mm from the top, at which something dark crosses a column."""
    column = dark[:, round(x_mm * DOTS)] > 100
    edges = np.flatnonzero(np.diff(column.astype(int), prepend=0, append=0)).reshape(-1, 2)
    return [(a + b) / 2 / DOTS for a, b in edges]


@pytest.mark.parametrize("simultaneous", [False, True])
@pytest.mark.parametrize("name", LAYOUTS)
def test_each_cell_shows_its_own_lead(qapp, name, simultaneous):
    levels = {lead: 0.05 * (i - 5.5) for i, lead in enumerate(LEADS_12)}  # 0.5 mm apart
    ecg = record(np.repeat([[levels[lead]] for lead in LEADS_12], 5000, axis=1))
    sheet = Sheet(ecg, layout=LAYOUTS[name], simultaneous=simultaneous, theme=HIGH_CONTRAST)
    dark, where = only_traces(sheet)
    assert sheet.cells
    for cell in sheet.cells:
        box = where.cell(cell, sheet)
        expected = where.baselines[cell.row] - 10 * cell.sign * levels[cell.source]
        for share in (0.1, 0.5, 0.9):
            heights = trace_y(dark, box.left() + share * box.width())
            assert any(abs(y - expected) < 0.15 for y in heights), (name, cell.lead)
            assert len(heights) == len(where.baselines)


@pytest.mark.parametrize("gain", [2.5, 5, 10, 20])
@pytest.mark.parametrize("speed", [12.5, 25, 50, 100])
def test_one_millivolt_and_one_second_are_to_scale(qapp, speed, gain):
    """A step of 1 mV after 1 s: it stands at `speed` mm and is `gain` mm high."""
    signal = np.zeros((1, 10000), np.float32)
    signal[0, 500:] = 1
    sheet = Sheet(record(signal, ("II",)), speed_mm_per_s=speed, gain_mm_per_mv=gain, theme=HIGH_CONTRAST)
    dark, where = only_traces(sheet)
    step_x = where.plot_left + speed
    before, after = trace_y(dark, step_x - 1), trace_y(dark, step_x + 1)
    low, high = (where.y(sheet.cells[0], sheet, mv) for mv in (0, 1))
    assert low - high == pytest.approx(gain)
    assert before == pytest.approx([low], abs=0.1)
    assert after == pytest.approx([high], abs=0.1)
    row = dark[round((low + high) / 2 * DOTS)]
    assert np.flatnonzero(row > 100).mean() / DOTS == pytest.approx(step_x - 0.5 * speed / 500, abs=0.15)


def test_the_pulse_is_one_millivolt_for_200_ms(qapp):
    sheet = Sheet(record(np.full((12, 5000), np.nan)), theme=HIGH_CONTRAST)
    dark, where = painted(sheet)
    left = where.plot_left - 7
    top = where.baselines[0] - 10
    assert any(abs(y - top) < 0.15 for y in trace_y(dark, left + 2.5))
    row = np.flatnonzero(dark[round((top + 5.5) * DOTS), : round(where.plot_left * DOTS)] > 200) / DOTS
    assert row.min() == pytest.approx(left, abs=0.15)
    assert row.max() == pytest.approx(left + 5, abs=0.15)


def test_the_grid_has_lines_at_1_and_5_mm(qapp):
    sheet = Sheet(record(np.full((12, 5000), np.nan)), theme=HIGH_CONTRAST)
    dark, where = painted(sheet)
    y = round((where.grid.bottom() - 2.5) * DOTS)
    line = dark[y, round(where.grid.left() * DOTS) :]
    coarse = 255 - 0x8F
    fine_x = np.flatnonzero(line > 20) / DOTS
    coarse_x = np.flatnonzero(line > coarse - 5) / DOTS
    assert np.diff(fine_x) == pytest.approx(np.ones(len(fine_x) - 1), abs=0.11)
    assert np.diff(coarse_x) == pytest.approx(np.full(len(coarse_x) - 1, 5), abs=0.11)
    assert np.min(np.abs(coarse_x - where.plot_left)) < 0.11


def test_a_gap_is_a_gap_and_a_lone_sample_is_seen(qapp):
    signal = np.zeros((1, 5000), np.float32)
    signal[0, 1000:3000] = np.nan
    signal[0, 2000] = 0
    sheet = Sheet(record(signal, ("II",)), theme=HIGH_CONTRAST)
    dark, where = only_traces(sheet)
    for at_s, seen in ((1, True), (3, False), (4, True), (5, False), (7, True)):
        x = round((where.plot_left + 25 * at_s) * DOTS)
        assert (dark[:, x - 3 : x + 4].max() > 60) == seen, at_s


@pytest.mark.parametrize("value", [np.nan])
def test_a_lead_without_values_has_no_line(qapp, value):
    signal = np.zeros((12, 5000), np.float32)
    signal[3] = value
    sheet = Sheet(record(signal), {"aVR": ("off",)}, LAYOUTS["12x1"], theme=HIGH_CONTRAST)
    dark, where = only_traces(sheet)
    assert len(trace_y(dark, where.plot_left + 100)) == 11


def test_a_missing_lead_has_no_line_and_says_so(qapp):
    leads = tuple(lead for lead in LEADS_12 if lead != "V3")
    sheet = Sheet(record(np.zeros((11, 5000)), leads), layout=LAYOUTS["12x1"], theme=HIGH_CONTRAST)
    dark, where = only_traces(sheet)
    assert len(trace_y(dark, where.plot_left + 100)) == 11
    assert words(sheet, where, "V3") == "missing"


def words(sheet: Sheet, where: Plan, lead: str) -> str:
    """What is written beside the first cell of a lead."""
    return doubts(sheet, where, next(cell for cell in sheet.cells if cell.source == lead))


def test_derived_and_doubtful_leads_say_so():
    sheet = Sheet(record(np.zeros((12, 500)), derived=("III",)), {"III": ("derived", "noisy"), "V1": ("flat",)})
    where = plan(sheet, WIDTH_MM, HEIGHT_MM, text=3)
    assert words(sheet, where, "III") == "derived, noisy"
    assert words(Sheet(sheet.record), where, "III") == "derived"
    assert words(sheet, where, "V1") == "flat"
    assert words(sheet, where, "V2") == ""


LAPTOP_MM = 270, 104  # the page of a window of 1366 x 768


def spiked(lead: str, mv: float, *at_s: float) -> Record:
    """Twelve quiet leads, one with spikes; V4 to V6 are on the page from 7.5 s to 10 s, a rhythm lead all the time."""
    signal = np.zeros((12, 5000), np.float32)
    for start_s in at_s or range(10):
        signal[LEADS_12.index(lead), int(start_s * 500) : int(start_s * 500) + 20] = mv
    return record(signal)


def test_what_leaves_the_page_is_said():
    for mv in (6.0, -6.0):
        sheet = Sheet(spiked("V4", mv))
        where = plan(sheet, *LAPTOP_MM, text=3)
        assert words(sheet, where, "V4") == "beyond the page"
        assert words(sheet, where, "V5") == ""
        fewer = replace(sheet, gain_mm_per_mv=2.5)
        assert words(fewer, plan(fewer, *LAPTOP_MM, text=3), "V4") == ""
        elsewhere = Sheet(spiked("V4", mv, 1.0))
        assert words(elsewhere, plan(elsewhere, *LAPTOP_MM, text=3), "V4") == "", "V4 is not shown at that time"


@pytest.mark.parametrize("layout", [name for name in LAYOUTS if name != "1"])
def test_each_record_has_the_same_place(layout):
    tall = np.zeros((12, 5000))
    tall[:, ::500] = 4
    others = record(np.zeros((12, 5000))), record(tall), record(np.zeros((12, 20_000)), fs_hz=1000.0)
    plans = [plan(Sheet(each, layout=LAYOUTS[layout]), 266, 171, text=3, footer=False) for each in others]
    assert len({(p.baselines, p.plot_left) for p in plans}) == 1


@pytest.mark.parametrize(("height", "pitch"), [(193, 45), (171, 40), (155, 35), (135, 30)])
def test_rows_stand_40_mm_apart_and_closer_on_lower_pages(height, pitch):
    where = plan(Sheet(record(np.zeros((12, 5000)))), 266, height, text=3, footer=False)
    assert where.row_height == pitch
    assert np.diff(where.baselines) == pytest.approx([pitch] * 3)
    assert where.plot_left == 10.5


def test_rows_stay_where_they_are_while_a_recording_is_moved():
    signal = np.zeros((12, 15_000), np.float32)
    signal[:, 12_000:12_020] = 3
    pages = [Sheet(record(signal), t0_s=t0_s) for t0_s in (0.0, 10.0, 20.0)]
    assert len({plan(page, *LAPTOP_MM, text=3).baselines for page in pages}) == 1


def test_a_short_recording_ends_where_it_ends(qapp):
    sheet = Sheet(record(np.zeros((12, 100))), layout=LAYOUTS["12x1"], theme=HIGH_CONTRAST)  # 0.2 s
    dark, where = only_traces(sheet)
    assert len(trace_y(dark, where.plot_left + 2)) == 12
    assert trace_y(dark, where.plot_left + 6) == []


@pytest.mark.parametrize(
    ("samples", "fs_hz"), [(0, 500.0), (1, 500.0), (2, 500.0), (200, 20.0), (1_000_000, 100_000.0)]
)
def test_odd_recordings_are_painted(qapp, samples, fs_hz):
    ecg = record(np.random.default_rng(0).normal(0, 0.3, (12, samples)), fs_hz=fs_hz)
    for name in LAYOUTS:
        painted(Sheet(ecg, layout=LAYOUTS[name], theme=HIGH_CONTRAST))


def test_saturation_leaves_the_page_without_harm(qapp):
    signal = np.zeros((12, 5000), np.float32)
    signal[0, 2000:2500], signal[1, 2000:2500] = 32767, -32768
    dark, where = only_traces(Sheet(record(signal), layout=LAYOUTS["12x1"], theme=HIGH_CONTRAST))
    assert len(trace_y(dark, where.plot_left + 112)) == 10
    assert len(trace_y(dark, where.plot_left + 200)) == 12


def test_a_spike_of_one_sample_survives_reduction(qapp):
    """24 h of one lead on one page: one sample of 3 mV in 2 million is drawn at its height."""
    signal = np.zeros((1, 2_000_000), np.float32)
    signal[0, 1_234_567] = 3
    ecg = record(signal, ("II",), fs_hz=25)
    pyramid = Pyramid(ecg)
    while pyramid.build_step():
        pass
    for found in (None, pyramid):
        sheet = Sheet(ecg, speed_mm_per_s=250 / 80_000, theme=HIGH_CONTRAST, pyramid=found)
        dark, where = only_traces(sheet)
        x = where.plot_left + 250 * 1_234_567 / 2_000_000
        strip = dark[:, round(x * DOTS) - 3 : round(x * DOTS) + 4].max(axis=1)
        assert np.flatnonzero(strip > 100)[0] / DOTS == pytest.approx(where.baselines[0] - 30, abs=0.3)
        assert is_drawing_reduced(sheet, where, DOTS)
    assert "reduced" in REDUCED


@pytest.mark.parametrize("sample", [0, 1_234_567, 1_999_999, 2_000_009])
def test_no_sample_is_lost_from_a_pyramid_nor_from_the_bars_drawn_of_it(qapp, sample):
    """Spikes up and down of one sample, also in the last block, which is shorter, are as high as they are."""
    for spike in (2, -0.8):
        signal = np.zeros((1, 2_000_010), np.float32)  # 31,250 blocks of 64 and one of 10
        signal[0, sample] = spike
        ecg = record(signal, ("II",), fs_hz=25)
        pyramid = Pyramid(ecg)
        while pyramid.build_step():
            pass
        sheet = Sheet(ecg, layout=LAYOUTS["12x1"], speed_mm_per_s=250 / 80_001, theme=HIGH_CONTRAST, pyramid=pyramid)
        dark, where = only_traces(sheet)
        x = round((where.plot_left + 250 * sample / 25 / 80_001) * DOTS)
        tall = np.flatnonzero(dark[:, x - 3 : x + 4].max(axis=1) > 100) / DOTS
        reached = tall[0] if spike > 0 else tall[-1]
        assert reached == pytest.approx(where.baselines[0] - 10 * spike, abs=0.15)


def test_bars_are_as_high_as_their_columns_and_leave_gaps_open(qapp):
    """Exact pixels of draw_columns over more columns than are drawn at once."""
    rng = np.random.default_rng(0)
    columns = 3 * BARS + 17
    low, high = rng.uniform(60, 90, columns), rng.uniform(10, 55, columns)
    low[300:310] = high[300:310] = np.nan
    low[400:410], high[400:410] = 4.6e6, -4.6e6  # saturated both ways
    low[500], high[500] = 4.6e6, 40
    low[600], high[600] = 50, -4.6e6
    image = QImage(columns, 100, QImage.Format.Format_RGB32)
    image.fill(0xFFFFFF)
    x = np.repeat(np.arange(columns) + 0.5, 2)
    with QPainter(image) as painter:
        painter.setClipRect(image.rect())
        draw_columns(painter, x, np.stack([low, high], axis=1).ravel(), QColor("#123456"), 1.0)
    pixels = np.frombuffer(image.constBits(), np.uint32).reshape(100, columns) & 0xFFFFFF
    assert set(np.unique(pixels)) == {0x123456, 0xFFFFFF}
    rows = np.arange(100)[:, None]
    assert np.array_equal(pixels == 0x123456, (rows >= np.round(high)) & (rows <= np.round(low)))


@pytest.mark.parametrize("with_pyramid", [False, True])
def test_reduction_keeps_extremes_and_gaps(with_pyramid):
    rng = np.random.default_rng(1)
    signal = rng.normal(size=(1, 1_000_000)).astype(np.float32)
    signal[0, 400_000:500_000] = np.nan
    signal[0, 700_000] = np.nan
    ecg = record(signal, ("II",))
    pyramid = Pyramid(ecg)
    while pyramid.build_step():
        pass
    at_s, mv = points(ecg, 0, 0, ecg.duration_s, 1000, pyramid if with_pyramid else None)
    assert np.nanmin(mv) == np.nanmin(signal)
    assert np.nanmax(mv) == np.nanmax(signal)
    inside = (at_s * 500 > 401_500) & (at_s * 500 < 498_500)
    assert inside.any()
    assert np.isnan(mv[inside]).all()
    assert np.isfinite(mv[(at_s * 500 > 690_000) & (at_s * 500 < 710_000)]).all()
    assert len(mv) < 2600


def test_ten_seconds_are_drawn_sample_by_sample():
    ecg = record(np.random.default_rng(0).normal(size=(12, 5000)))
    at_s, mv = points(ecg, 3, 0, 10, 900)
    assert len(mv) == 5000
    assert mv == pytest.approx(ecg.signal_mv[3])
    assert at_s[-1] == pytest.approx(4999 / 500)


def test_polylines_split_at_nan(qapp):
    y = np.array([0, 1, np.nan, np.nan, 2, np.nan, 3, 4])
    lines = polylines(np.arange(8.0), y)
    assert [line.size() for line in lines] == [2, 2, 2]  # the lone sample is a short dash
    assert polylines(np.empty(0), np.empty(0)) == []
    assert polylines(np.arange(3.0), np.full(3, np.nan)) == []


def test_bars_outside_the_page_are_not_drawn_on_it(qapp):
    """A lead at +-32767 mV for a while, in so many pixels that 16 bits do not hold them."""
    image = QImage(300, 100, QImage.Format.Format_RGB32)
    image.fill(0xFFFFFF)
    y = np.full(600, 50.0)
    y[200:300], y[300:400] = -4_587_380, 4_587_380
    with QPainter(image) as painter:
        painter.setClipRect(image.rect())
        draw_columns(painter, np.repeat(np.arange(300) + 0.5, 2), y, QColor("black"), 1.0)
    dark = np.frombuffer(image.constBits(), np.uint32).reshape(100, 300) & 0xFFFFFF == 0
    assert not dark[:, 101:150].any()
    assert not dark[:, 151:200].any()
    assert dark[:51, 100].all()
    assert not dark[51:, 100].any()  # the flanks are lines that leave the page
    assert dark[:, 150].all()
    assert dark[50:, 200].all()
    assert not dark[:50, 200].any()
    assert dark[50, :100].all()
    assert dark[50, 201:].all()
    assert dark[:, :100].sum() == 100
