"""Each trace stands beside its own lead's name, whatever the amplifier added, and the page says what it took away."""

import itertools
from dataclasses import replace

import numpy as np
import pytest

from cessl_gui.core.types import LEADS_12, Caliper, Record
from cessl_gui.ecg.display.filters import DisplayFilter
from cessl_gui.ecg.readers import read_recording
from cessl_gui.ui.page.drawing.printer import pages_of
from cessl_gui.ui.page.drawing.printing import write_page
from cessl_gui.ui.page.layout.doubts import doubts
from cessl_gui.ui.page.layout.layouts import LAYOUTS
from cessl_gui.ui.page.layout.plan import plan
from cessl_gui.ui.page.layout.sheet import Sheet
from cessl_gui.ui.page.tools.calipers import place_at, readings, value_at
from cessl_gui.ui.page.tools.crosshair import under
from cessl_gui.ui.parts.tokens import HIGH_CONTRAST
from tests.records import make_record
from tests.ui.page.test_paper import DOTS, only_traces, trace_y
from tests.ui.pages import drag, pixel, shown

FS_HZ = 500.0


def beats(seconds: float = 10) -> np.ndarray:
    t = np.arange(int(seconds * FS_HZ)) / FS_HZ % 0.8
    return np.exp(-(((t - 0.3) / 0.012) ** 2)) + 0.2 * np.exp(-(((t - 0.55) / 0.05) ** 2))


def record(offsets, seconds: float = 10, leads=LEADS_12) -> Record:
    signal = beats(seconds) + np.broadcast_to(offsets, (len(leads),))[:, None]
    return make_record(signal, id="o", fs_hz=FS_HZ, leads=leads)


def paper(sheet: Sheet):
    return plan(sheet, 270, 190, text=3)


def words_of(sheet: Sheet, lead: str) -> list[str]:
    where = paper(sheet)
    return [doubts(sheet, where, cell) for cell in sheet.cells if cell.source == lead]


def assert_beside_their_names(sheet: Sheet) -> None:
    """The line of each cell lies within 3.5 mm of where it would without an offset."""
    where = paper(sheet)
    for cell in sheet.cells:
        first = int((sheet.t0_s + cell.t0_s) * FS_HZ)
        part = sheet.record.signal_mv[sheet.record.leads.index(cell.source)][first:][: int(cell.duration_s * FS_HZ)]
        line = where.y(cell, sheet, float(np.median(part)))
        assert abs(line - where.baselines[cell.row]) <= 3.5, (sheet.layout.name, cell.lead)


OFFSETS = {
    "three in each": (3.0,) * 12,
    "as in PTB": (-4.5, 0.2, 4.7, 2.1, -3.5, 1.3, 0.0, -0.4, 0.25, 6.0, -12.0, 1.35),
    "huge": (250.0, -250.0) * 6,
}


@pytest.mark.parametrize("gain", [2.5, 10, 20])
@pytest.mark.parametrize("name", LAYOUTS)
@pytest.mark.parametrize("offsets", OFFSETS.values(), ids=OFFSETS)
def test_each_trace_is_beside_its_name(qapp, offsets, name, gain):
    assert_beside_their_names(Sheet(record(offsets), layout=LAYOUTS[name], gain_mm_per_mv=gain))


def test_the_page_says_what_was_taken_away_and_where():
    sheet = Sheet(record(OFFSETS["as in PTB"]))
    assert words_of(sheet, "I") == ["offset -4.5 mV taken away"]
    assert words_of(sheet, "V5") == ["offset -12.0 mV taken away"]
    assert words_of(sheet, "II") == ["", ""]
    assert words_of(sheet, "V3") == [""]


def test_what_is_taken_away_is_what_is_said():
    sheet = Sheet(record(-1.234))
    assert set(sheet.offsets.values()) == {-1.2}
    assert words_of(sheet, "V1") == ["offset -1.2 mV taken away"]


def test_no_lead_of_an_ordinary_ecg_is_shifted():
    assert Sheet(record(0.0)).offsets == {}
    assert Sheet(record(0.28)).offsets == {}


@pytest.mark.parametrize(("case", "offset"), [("three_mv", 3.0), ("two_mv", 2.2)])
def test_the_faults_are_mended_on_screen_and_on_paper(qapp, cessl_data, tmp_path, case, offset):
    ecg = read_recording(cessl_data / "faults" / "offset" / f"{case}.hea")
    sheet = Sheet(ecg)
    assert set(sheet.offsets.values()) == {offset}
    assert len(sheet.offsets) == len(sheet.cells)
    write_page(sheet, tmp_path / "page.svg")
    assert f"offset +{offset} mV taken away" in (tmp_path / "page.svg").read_text(encoding="utf-8")
    for suffix in ("pdf", "png"):
        write_page(sheet, tmp_path / f"page.{suffix}")
    assert (tmp_path / "page.pdf").stat().st_size > 1000


def test_the_drawn_line_is_where_the_geometry_says(qapp):
    """Twelve rows, each with an offset that would bring it two rows away."""
    sheet = Sheet(record([4.0, -4.0] * 6), layout=LAYOUTS["12x1"], theme=HIGH_CONTRAST)
    dark, where = only_traces(sheet)
    heights = trace_y(dark, where.plot_left + 25 * 0.05)  # before the first beat
    assert heights == pytest.approx(where.baselines, abs=0.2)
    assert DOTS == 10


@pytest.mark.parametrize("layout", ["3x4+1", "cabrera"])
def test_calipers_and_the_crosshair_tell_the_recorded_voltage(qtbot, layout):
    page = shown(qtbot, layout, record(OFFSETS["as in PTB"]))
    for lead in ("I", "aVR", "V4"):
        cell = next(cell for cell in page.sheet.cells if cell.source == lead)
        at_s = cell.t0_s + 0.9
        mv = value_at(page.sheet, lead, at_s)
        ink, where = page.canvas.laid
        there = pixel(page, lead, at_s, mv)
        found = place_at(page.sheet, where, there.toPointF() / ink.dots_per_mm)[1]
        assert found.lead == lead
        assert found.mv == pytest.approx(mv, abs=0.02)
        assert f"{mv:+.1f}" in under(page.sheet, where, there.toPointF() / ink.dots_per_mm).words(page.sheet)


def test_a_caliper_keeps_the_recorded_voltages_and_is_drawn_on_the_trace(qtbot):
    page = shown(qtbot, "12x1", record(-4.5))
    drag(page, pixel(page, "V2", 2.0, -4.5), pixel(page, "V2", 2.7, -3.5))
    caliper = page.canvas.calipers.shown[0]
    assert caliper.lead == "V2"
    assert caliper.start_mv == pytest.approx(-4.5, abs=0.1)
    assert caliper.end_mv == pytest.approx(-3.5, abs=0.1)
    assert "+1.0" in readings(Caliper("c", "V2", 2.0, 2.7, -4.5, -3.5), page.sheet)
    assert not page.grab().isNull()


# --- drifts, jumps, gaps ---------------------------------------------------------------------------------------------


def test_a_slow_drift_stays_to_be_seen():
    ecg = record(0.0)
    drift = np.linspace(-0.6, 0.6, ecg.signal_mv.shape[1], dtype=np.float32)
    sheet = Sheet(make_record(ecg.signal_mv + drift, id="d", fs_hz=FS_HZ), layout=LAYOUTS["12x1"])
    where, cell = paper(sheet), sheet.cells[0]
    ends = [where.y(cell, sheet, value_at(sheet, "I", at_s)) for at_s in (0.05, 9.65)]
    assert ends[0] - ends[1] == pytest.approx(10 * 1.2 * 9.6 / 10, abs=0.3)


def test_a_drift_over_pages_is_not_taken_away_page_by_page():
    seconds = 60
    drift = np.linspace(0, 0.4, int(seconds * FS_HZ), dtype=np.float32)
    ecg = make_record(np.stack([beats(seconds)] * 12).astype(np.float32) + drift + 2, id="d", fs_hz=FS_HZ)
    assert len({Sheet(ecg, t0_s=t0_s).offsets[Sheet(ecg, t0_s=t0_s).cells[-1]] for t0_s in (0, 20, 50)}) == 1


@pytest.mark.parametrize("jump", [-4.5, 3.0])
@pytest.mark.parametrize(("at_s", "seconds"), [(3.0, 10), (5.0, 10), (7.0, 10), (1.25, 2.5), (1.7, 3.4)])
def test_after_a_jump_each_stretch_is_beside_its_names_and_the_jump_is_said(qapp, jump, at_s, seconds):
    ecg = record(0.0, seconds)
    signal = ecg.signal_mv.copy()
    signal[:, int(at_s * FS_HZ) :] += jump
    sheet = Sheet(make_record(signal, id="j", fs_hz=FS_HZ))
    columns = [cell for cell in sheet.cells if cell.duration_s < 3 and not 0 < at_s - cell.t0_s < cell.duration_s]
    where = paper(sheet)
    for cell in columns:
        line = float(np.median(signal[0, int(cell.t0_s * FS_HZ) :][: int(cell.duration_s * FS_HZ)]))
        assert abs(where.y(cell, sheet, line) - where.baselines[cell.row]) < 3.5
    before, after = (cell for cell in sheet.cells if cell.row == 3)
    assert (after.t0_s, after.left_s) == pytest.approx((at_s, at_s), abs=0.03)
    for cell, part in zip((before, after), np.split(signal[1], [int(at_s * FS_HZ)]), strict=True):
        assert abs(where.y(cell, sheet, float(np.median(part))) - where.baselines[3]) < 3.5
    assert doubts(sheet, where, after).startswith(f"jump {jump:+.1f} mV, offset {jump:+.1f} mV taken away")


def test_leads_that_are_partly_or_wholly_missing_do_no_harm(qapp):
    signal = record(3.0).signal_mv.copy()
    signal[0], signal[1, :4000], signal[2, ::3] = np.nan, np.nan, np.inf
    sheet = Sheet(make_record(signal, id="n", fs_hz=FS_HZ), layout=LAYOUTS["12x1"])
    taken = {cell.source: sheet.offsets.get(cell) for cell in sheet.cells}
    assert taken["I"] is None
    assert (taken["II"], taken["III"]) == (3.0, 3.0)


def test_far_on_in_a_day_the_level_is_that_of_the_page():
    signal = np.zeros((2, 4_000_000), np.float32)
    signal[:, 2_000_000:] = -2
    ecg = make_record(signal, id="h", fs_hz=FS_HZ, leads=("I", "II"))
    assert set(Sheet(ecg, t0_s=6000).offsets.values()) == {-2.0}
    assert Sheet(ecg, t0_s=100).offsets == {}


def test_a_filter_that_takes_the_offset_away_leaves_none_to_be_said(qtbot):
    page = shown(qtbot, "3x4+1", record(3.0))
    page.set_filters(DisplayFilter(0.05))
    assert page.sheet.offsets == {}
    page.set_filters(DisplayFilter(None, 40))
    assert set(page.sheet.offsets.values()) == {3.0}


def test_an_earlier_ecg_behind_is_drawn_about_its_own_level(qtbot):
    page = shown(qtbot, "3x4+1", record(3.0))
    page.set_comparing("over")
    page.show_earlier(record(-2.0), {}, "")
    assert set(page.sheet.earlier_offsets.values()) == {-2.0}
    assert not page.grab().isNull()


# --- no empty cell where there is signal -----------------------------------------------------------------------------

SPEEDS = (12.5, 25.0, 50.0, 100.0)
DURATIONS_S = (1, 1.7, 2.5, 4.9, 5.1, 7.335, 8.7, 9.99, 10, 15.1, 19, 20, 31)


def has_trace(sheet: Sheet, cell) -> bool:
    first = int((sheet.t0_s + cell.t0_s) * FS_HZ)
    row = sheet.record.leads.index(cell.source)
    return bool(np.isfinite(sheet.record.signal_mv[row, first : first + int(cell.duration_s * FS_HZ)]).any())


@pytest.mark.parametrize("name", [name for name in LAYOUTS if name != "1"])
def test_every_recorded_lead_has_a_cell_with_its_signal(name):
    more = (*LEADS_12, "V7", "V8")
    for speed, seconds, leads in itertools.product(SPEEDS, DURATIONS_S, (LEADS_12, LEADS_12[:8], more, ("MLII",))):
        sheet = Sheet(record(0.0, seconds, leads), layout=LAYOUTS[name], speed_mm_per_s=speed)
        seen = {cell.source for cell in sheet.cells if cell.source in leads and has_trace(sheet, cell)}
        assert seen == set(leads), (name, speed, seconds, len(leads))


PADDED_S = ((0, 7, 3.24), (1.62, 7, 1.62), (4.5, 1.5, 4.24), (12, 7.3, 0), (3, 31, 20))


@pytest.mark.parametrize("name", LAYOUTS)
def test_what_pads_a_recording_of_fixed_length_takes_no_place_on_the_page(name):
    for speed, (before_s, signal_s, after_s) in itertools.product(SPEEDS, PADDED_S):
        own = record(0.0, signal_s)
        around = ((0, 0), (round(before_s * FS_HZ), round(after_s * FS_HZ)))
        padded = replace(own, signal_mv=np.pad(own.signal_mv, around, constant_values=np.nan))
        sheet = Sheet(padded, layout=LAYOUTS[name], speed_mm_per_s=speed)
        for page, of_own in zip(pages_of(sheet), pages_of(replace(sheet, record=own)), strict=True):
            assert page.cells == of_own.cells
            assert page.begins_s(page.t0_s) == pytest.approx(before_s + of_own.begins_s(of_own.t0_s))


def test_a_page_begins_where_the_signal_begins(qtbot):
    signal = record(0.0).signal_mv.copy()
    signal[:, :750] = np.nan
    page = shown(qtbot, "3x4+1", make_record(signal, id="p", fs_hz=FS_HZ))
    assert page.sheet.t0_s == 1.5
    assert page.sheet.is_short
    page.set_time(0)
    assert page.sheet.t0_s == 1.5


@pytest.mark.parametrize("name", ["3x4", "3x4+1", "3x4+3", "6x2", "cabrera"])
def test_no_column_shows_less_than_half_of_itself_but_where_the_recording_is_shorter(name):
    for speed, seconds in itertools.product(SPEEDS, DURATIONS_S):
        sheet = Sheet(record(0.0, seconds), layout=LAYOUTS[name], speed_mm_per_s=speed)
        for cell in sheet.cells[:12]:
            shows_s = min(cell.duration_s, seconds - cell.t0_s)
            assert shows_s >= min(cell.duration_s / 2, seconds) - 1e-9, (speed, seconds, cell)


@pytest.mark.parametrize(
    ("case", "speed"), [("seven_seconds", 25), ("seven_seconds", 12.5), ("ten_seconds", 12.5), ("ten_seconds", 25)]
)
@pytest.mark.parametrize("name", ["3x4", "3x4+1", "3x4+3", "6x2", "cabrera"])
def test_short_recordings_say_in_the_headline_that_their_columns_are_simultaneous(
    qtbot, cessl_data, tmp_path, case, speed, name
):
    page = shown(qtbot, name, read_recording(cessl_data / "faults" / "page" / f"{case}.hea"))
    page.set_speed(speed)
    short = (case, speed) != ("ten_seconds", 25)
    assert page.sheet.is_short == short
    assert ("simultaneous" in page.sheet.columns_words) == short
    write_page(page.sheet, tmp_path / "page.svg")
    said = (tmp_path / "page.svg").read_text(encoding="utf-8")
    assert ("simultaneous: the recording is shorter than the page" in said) == short
    for action in page.toolbar.menus._columns.group.actions():
        assert action.isChecked() == (action.data() == short)
        assert action.isEnabled() == (not short)


def test_a_column_in_a_gap_says_so():
    signal = record(0.0).signal_mv.copy()
    signal[9, 3600:] = np.nan
    sheet = Sheet(make_record(signal, id="g", fs_hz=FS_HZ))
    assert words_of(sheet, "V4") == ["no signal here"]
    assert words_of(sheet, "V5") == [""]


def test_a_lead_that_is_off_is_called_so_once():
    signal = record(0.0).signal_mv.copy()
    signal[9] = np.nan
    ecg = make_record(signal, id="g", fs_hz=FS_HZ)
    where = paper(Sheet(ecg, {"V4": ("off",)}))
    cell = next(cell for cell in Sheet(ecg).cells if cell.source == "V4")
    assert doubts(Sheet(ecg, {"V4": ("off",)}), where, cell) == "off"
    assert doubts(Sheet(ecg), where, cell) == "no signal here"


def test_a_recording_without_samples_says_so_in_each_cell():
    sheet = Sheet(make_record(np.empty((12, 0), np.float32), id="e", fs_hz=FS_HZ))
    assert {doubts(sheet, paper(sheet), cell) for cell in sheet.cells} == {"no signal here"}


def test_stronger_filters_are_marked_on_the_page(qtbot, tmp_path):
    page = shown(qtbot, "3x4+1", record(0.0))
    for filters, marked in (
        (DisplayFilter(0.5), True),
        (DisplayFilter(0.05, 150, 50), False),
        (DisplayFilter(), False),
    ):
        page.set_filters(filters)
        write_page(page.sheet, tmp_path / "page.svg")
        said = (tmp_path / "page.svg").read_text(encoding="utf-8")
        assert ("changes ST segments and R waves" in said) == marked
        assert page.sheet.theme.note in said.lower() if marked else page.sheet.theme.note not in said.lower()
