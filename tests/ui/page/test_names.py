"""Names of leads: 11 mm above their baseline, moved right and then up where a trace runs."""

import numpy as np
import pytest
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QImage, QPainter

from cessl_gui.core.types import Record
from cessl_gui.ecg.readers import read_recording
from cessl_gui.ui.page import canvas
from cessl_gui.ui.page.drawing.lettering import Ink
from cessl_gui.ui.page.drawing.names import (
    ABOVE_MM,
    INDENT_MM,
    RIGHT_MM,
    Block,
    Place,
    name_places,
    paint_names,
    places_of,
)
from cessl_gui.ui.page.layout.layouts import LAYOUTS
from cessl_gui.ui.page.layout.plan import plan
from cessl_gui.ui.page.layout.sheet import Sheet
from cessl_gui.ui.page.layout.traces import Pyramid
from tests.records import make_record
from tests.ui import pages
from tests.ui.pages import shown

HEIGHT, HALO, WIDTH = 2.8, 1.1, 6.0


def record(signal_mv) -> Record:
    return make_record(signal_mv, id="r")


def placed(sheet: Sheet):
    where = plan(sheet, 266, 171, text=3, footer=False)
    places = name_places(sheet, where, HEIGHT, HALO, lambda cell: [Block(WIDTH)])
    return where, {cell: place.at for cell, place in places.items()}


def crossings(sheet: Sheet) -> list[str]:
    """The leads whose name a trace runs through."""
    where, places = placed(sheet)
    crossed = []
    for cell, at in places.items():
        if cell.is_continued:  # it has no name
            continue
        for other in sheet.cells:
            if other.source not in sheet.record.leads:
                continue
            box = where.cell(other, sheet)
            mv = sheet.record.signal_mv[sheet.record.leads.index(other.source)]
            t = np.arange(len(mv)) / sheet.record.fs_hz
            x = box.left() + (t - other.t0_s) * sheet.speed_mm_per_s
            y = where.y(other, sheet, mv)
            there = (t >= other.t0_s) & (t < other.t0_s + other.duration_s)
            there &= (x >= at.x()) & (x <= at.x() + WIDTH)
            if (there & (y < at.y()) & (y > at.y() - HEIGHT)).any():
                crossed.append(cell.lead)
    return crossed


def test_over_a_quiet_trace_it_stands_at_its_place():
    where, places = placed(Sheet(record(np.zeros((12, 5000)))))
    for cell, at in places.items():
        assert where.baselines[cell.row] - at.y() == pytest.approx(ABOVE_MM)
        assert at.x() - where.plot_left - 25 * cell.left_s == pytest.approx(INDENT_MM)


def test_it_moves_right_first():
    signal = np.zeros((12, 5000))
    signal[0, 60:80] = 1.3  # 3 to 4 mm from the left, through the place of I
    where, places = placed(Sheet(record(signal)))
    at = next(at for cell, at in places.items() if cell.lead == "I")
    assert 4.0 + HALO <= at.x() - where.plot_left <= INDENT_MM + RIGHT_MM
    assert where.baselines[0] - at.y() == pytest.approx(ABOVE_MM)


def test_where_there_is_no_room_to_the_right_it_moves_up():
    signal = np.zeros((12, 5000))
    signal[0, :1250:20] = 1.2
    where, places = placed(Sheet(record(signal)))
    at = next(at for cell, at in places.items() if cell.lead == "I")
    assert where.baselines[0] - at.y() >= 12.0 + HALO


@pytest.mark.parametrize("layout", ["3x4", "3x4+1", "6x2"])
def test_rows_of_real_ecgs_run_through_no_name(cessl_data, layout):
    files = sorted((cessl_data / "challenge").rglob("A00*.hea"))[:12]
    crossed = [crossings(Sheet(read_recording(path), layout=LAYOUTS[layout])) for path in files]
    assert sum(map(len, crossed)) <= (4 if layout == "6x2" else 0), crossed


@pytest.mark.parametrize("seed", range(4))
def test_in_twelve_rows_no_tall_wave_runs_through_a_name(seed):
    phase = np.random.default_rng(seed).uniform(0, 6, (12, 1))
    signal = 3 * np.sin(2 * np.pi * 6 * np.arange(5000) / 500 + phase)
    page = Sheet(record(signal), layout=LAYOUTS["12x1"])
    where, places = placed(page)
    assert crossings(page) == []
    for cell, at in places.items():
        if cell.is_continued:
            continue
        assert where.grid.left() <= at.x() < where.plot_left
        assert where.baselines[cell.row] < at.y() - HEIGHT, "below the pulse of its row"


def test_twelve_rows_of_real_ecgs_run_through_no_name(cessl_data):
    files = sorted((cessl_data / "challenge").rglob("A00*.hea"))[:12]
    assert sum(len(crossings(Sheet(read_recording(path), layout=LAYOUTS["12x1"]))) for path in files) == 0


def test_names_stand_clear_of_the_dense_traces_of_a_long_record():
    fs_hz, hours = 50, 2
    beats = np.zeros((12, hours * 3600 * fs_hz), np.float32)
    beats[:, ::fs_hz] = 1.25  # higher than where a name usually stands
    ecg = make_record(beats, id="r", fs_hz=fs_hz)
    pyramid = Pyramid(ecg)
    while pyramid.build_step():
        pass
    sheet = Sheet(ecg, speed_mm_per_s=250 / ecg.duration_s, pyramid=pyramid)
    where, places = placed(sheet)
    tops = {cell: where.y(cell, sheet, 1.25) for cell in places}
    assert all(at.y() < tops[cell] for cell, at in places.items() if cell.left_s and cell.row)


def test_no_trace_runs_through_what_stands_beside_a_name_where_there_is_room():
    signal = np.zeros((12, 5000))
    signal[:, 200::400] = 1.3  # 20 mm apart, through the usual height of names
    sheet = Sheet(record(signal))
    where = plan(sheet, 266, 171, text=3, footer=False)
    places = name_places(sheet, where, HEIGHT, HALO, lambda cell: [Block(WIDTH + 20), Block(WIDTH)])
    for cell, (at, _) in places.items():
        assert at.y() < where.y(cell, sheet, np.array([1.3]))[0], "above the waves"


def test_what_is_said_of_a_lead_stands_in_lines_under_its_name_where_no_trace_runs_through_them(qapp):
    signal = np.zeros((12, 5000))
    signal[9, ::320] = 5.0  # V4: QRS complexes 16 mm apart that leave the page
    sheet, ink = Sheet(record(signal)), Ink(4.0)
    where = plan(sheet, 266, 171, text=3, footer=False)
    cell, place = next((cell, place) for cell, place in places_of(sheet, where, ink).items() if cell.source == "V4")
    assert " ".join(place.under) == "beyond the page"
    for number in range(16):
        spike = where.cell(cell, sheet).left() + (320 * number / 500 - cell.t0_s) * sheet.speed_mm_per_s
        assert not place.at.x() - 0.5 < spike < place.at.x() + 11, "between two of them"


def test_nothing_is_seen_between_the_letters_beside_a_name(qapp):
    sheet = Sheet(record(np.zeros((12, 5000))), half_chest=True)
    where, ink, dots = plan(sheet, 266, 171, text=3, footer=False), Ink(4.0), 4
    cell = next(one for one in sheet.cells if one.source == "V4")
    image = QImage(266 * dots, 171 * dots, QImage.Format.Format_RGB32)
    image.fill(QColor("red"))  # as if traces were everywhere
    with QPainter(image) as painter:
        paint_names(painter, sheet, where, ink, {cell: Place(QPointF(200, 80))})
    seen = {image.pixelColor(x, 79 * dots).name() for x in range(208 * dots, 216 * dots)}  # "5 mm/mV"
    assert "#ff0000" not in seen


@pytest.fixture
def placings(monkeypatch):
    """How often the canvas has looked for places of names."""
    looked = []
    monkeypatch.setattr(canvas, "places_of", lambda *of: looked.append(1) or places_of(*of))
    return looked


def from_their_leads(page):
    """How far each name stands from the beginning of its lead, in mm."""
    where = page.canvas.laid[1]
    return [
        (round(place.at.x() - where.cell(cell, page.sheet).left(), 6), place.at.y())
        for cell, place in page.canvas._names.items()
    ]


def test_names_do_not_dance_while_the_page_is_stretched_and_find_their_places_once_it_rests(qtbot, placings):
    page = shown(qtbot, "12x1", pages.record(20))
    qtbot.waitUntil(lambda: page.canvas._names is not None)
    before = from_their_leads(page)
    placings.clear()
    for speed in (50, 100, 50):
        page.set_speed(speed)
        page.canvas.repaint()
        assert from_their_leads(page) == before
    assert placings == []
    qtbot.waitUntil(lambda: placings == [1])
    ink, where = page.canvas.laid
    assert page.canvas._names == places_of(page.sheet, where, ink)


def test_names_find_their_places_at_once_at_another_gain(qtbot, placings):
    page = shown(qtbot, "12x1", pages.record(20))
    qtbot.waitUntil(lambda: page.canvas._names is not None)
    placings.clear()
    page.set_gain(20)
    page.canvas.repaint()
    assert placings == [1]
