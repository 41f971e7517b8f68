"""Influence within the leads: the right window of the right lead, in the right colour, behind the trace."""

import numpy as np
import pytest
from PySide6.QtGui import QImage, QPainter

from cessl_gui.core.types import LEADS_12, PerWindow
from cessl_gui.ui.page.drawing.lettering import Ink
from cessl_gui.ui.page.drawing.paper import paint_page
from cessl_gui.ui.page.drawing.tint import DARKEST, FAINTEST, opacity, paint_legend, paint_tint, tint_of, words_at
from cessl_gui.ui.page.layout.layouts import LAYOUTS
from cessl_gui.ui.page.layout.plan import plan
from cessl_gui.ui.page.layout.sheet import Sheet, Tint
from cessl_gui.ui.page.tools.calipers import Point
from cessl_gui.ui.parts.tokens import THEMES
from tests.records import make_record

DOTS = 4


def tint(**changes) -> Tint:
    """Half seconds; lead -> (window, change)."""
    change = np.zeros((12, 20))
    for lead, (window, value) in changes.items():
        change[LEADS_12.index(lead), window] = value
    return Tint("Atrial fibrillation", np.arange(21) / 2, change)


def sheet(found, layout="12x1", **more) -> Sheet:
    record = make_record(np.zeros((12, 5000), np.float32), id="r")
    return Sheet(record, layout=LAYOUTS[layout], tint=found, **more)


def painted(page: Sheet, paint=paint_tint) -> QImage:
    image = QImage(270 * DOTS, 190 * DOTS, QImage.Format.Format_RGB32)
    image.fill(page.theme.color("page"))
    with QPainter(image) as painter:
        paint(painter, page, plan(page, 270, 190, text=3), Ink(DOTS))
    return image


def tinted(page: Sheet, image: QImage, lead: str, at_s: float) -> tuple[int, int]:
    """How many pixels of a small square are tinted towards `supports` and towards `opposes`, by cell and time."""
    where = plan(page, 270, 190, text=3)
    cell = next(c for c in page.cells if c.source == lead and c.t0_s <= at_s - page.t0_s < c.t0_s + c.duration_s)
    box = where.cell(cell, page)
    x = round((box.left() + (at_s - page.t0_s - cell.t0_s) * page.speed_mm_per_s) * DOTS)
    y = round(box.center().y() * DOTS)
    ground = page.theme.color("page")
    counts = {"supports": 0, "opposes": 0}
    for dx in range(-6, 7):
        for dy in range(-6, 7):
            pixel = image.pixelColor(x + dx, y + dy)
            change = np.array(pixel.getRgb()[:3]) - np.array(ground.getRgb()[:3])
            if np.abs(change).max() < 6:
                continue
            towards = {
                name: np.array(page.theme.color(name).getRgb()[:3]) - np.array(ground.getRgb()[:3]) for name in counts
            }
            nearest = max(counts, key=lambda n: float(change @ towards[n]) / float(np.linalg.norm(towards[n])))
            counts[nearest] += 1
    return counts["supports"], counts["opposes"]


@pytest.mark.parametrize("layout", ["12x1", "3x4+1", "cabrera"])
@pytest.mark.parametrize("theme", THEMES.values(), ids=lambda t: t.name)
def test_the_window_of_the_lead_is_tinted_and_no_other(qapp, layout, theme):
    page = sheet(tint(V1=(12, -0.2), aVR=(6, 0.2)), layout, theme=theme)
    image = painted(page)
    at_v1, at_avr = 6.25, 3.25
    assert tinted(page, image, "V1", at_v1)[0] == 13 * 13
    falls, rises = tinted(page, image, "aVR", at_avr)
    assert rises > 100
    assert falls == 0
    assert tinted(page, image, "V1", 6.75) == (0, 0)
    assert tinted(page, image, "V2", at_v1) == (0, 0)
    assert tinted(page, image, "V1", 5.75) == (0, 0)


def test_rising_is_hatched_so_that_colour_is_not_all(qapp):
    page = sheet(tint(V1=(12, 0.2), V2=(12, -0.2)))
    image, where = painted(page), plan(page, 270, 190, text=3)

    def shades(lead: str) -> int:
        box = where.cell(next(c for c in page.cells if c.source == lead), page)
        x, y = round((box.left() + 6.25 * 25) * DOTS), round(box.center().y() * DOTS)
        return len({image.pixel(x + dx, y + dy) for dx in range(-8, 9) for dy in range(-8, 9)})

    assert shades("V1") > 1
    assert shades("V2") == 1


def test_it_moves_with_time_and_ends_at_the_cell(qapp):
    page = sheet(tint(V1=(12, -0.2)), speed_mm_per_s=50.0, t0_s=4.0)
    image = painted(page)
    assert tinted(page, image, "V1", 6.25)[0] == 169
    assert tinted(page, image, "V1", 6.75) == (0, 0)
    later = sheet(tint(V1=(0, -0.2)), t0_s=5.0)
    before = painted(later)
    where = plan(later, 270, 190, text=3)
    left = round((where.plot_left - 3) * DOTS)
    assert before == painted(sheet(None, t0_s=5.0)), left


def test_changes_below_three_points_are_left_blank(qapp):
    blank = painted(sheet(None))
    assert painted(sheet(tint(V1=(3, 0.029)))) == blank
    page = sheet(tint(V1=(3, -0.2), V2=(3, -0.029)))
    assert tinted(page, painted(page), "V2", 1.75) == (0, 0)
    assert painted(sheet(tint(V1=(3, -0.031)))) != blank


def test_the_tint_is_full_at_fifty_points_whatever_else_is_on_the_page(qapp):
    assert opacity(-0.5) == opacity(0.9) == DARKEST
    assert opacity(0.029) == 0
    assert FAINTEST < opacity(0.2) < DARKEST
    alone, beside = sheet(tint(V1=(12, -0.1))), sheet(tint(V1=(12, -0.1), V4=(3, -0.6)))
    where = plan(alone, 270, 190, text=3)
    box = where.cell(next(c for c in alone.cells if c.source == "V1"), alone)
    at = round((box.left() + 6.25 * 25) * DOTS), round(box.center().y() * DOTS)
    assert painted(alone).pixel(*at) == painted(beside).pixel(*at)


def test_the_legend_is_drawn_for_each_case(qapp):
    blank = painted(sheet(None), paint_legend)
    for found in (tint(V1=(3, -0.2)), tint(), tint_of(None, "x", "AF")):
        assert painted(sheet(found), paint_legend) != blank


def test_the_printed_page_says_what_the_tint_is(qapp, tmp_path):
    import re

    from cessl_gui.ui.page.drawing.printing import write_page

    out = tmp_path / "page.svg"
    write_page(sheet(tint(V1=(3, -0.123)), "3x4+1"), out)
    text = " ".join(re.findall(r">([^<>]+)</text>", out.read_text(encoding="utf-8")))
    assert "Influence · Atrial fibrillation" in text
    assert "by up to 12 points" in text
    assert painted(sheet(tint(V1=(3, -0.2))), paint_page) != painted(sheet(None), paint_page)


def test_change_is_masked_minus_whole_and_unknown_statements_have_none():
    found = PerWindow("r", "m", ("a", "b"), np.array([0.5, 0.8]), np.arange(3.0), np.full((12, 2, 2), 0.7))
    assert tint_of(found, "b", "B").change == pytest.approx(np.full((12, 2), -0.1))
    assert tint_of(found, "c", "C") is None
    assert tint_of(None, "b", "B").change.size == 0


def test_hover_says_lead_time_and_points():
    found = tint(V1=(12, -0.123))
    said = words_at(found, Point("V1", 6.2, 0.0))
    assert said == "Influence: Atrial fibrillation -12.3 points without V1 from 6.00 to 6.50 s"
    assert words_at(found, Point("V1", 10.5, 0.0)) == ""
    assert words_at(found, Point("MLII", 6.2, 0.0)) == ""
