"""The page of the next record is drawn before it is opened, and looks as if it had not been."""

import pytest

from cessl_gui.ecg.display.filters import DisplayFilter
from cessl_gui.ui.parts.tokens import DARK
from tests.ui.pages import record, shown

NOTES = {"V1": ("flat",)}


@pytest.fixture
def page(qtbot):
    page = shown(qtbot, "3x4+1", record(10, fs_hz=500.0, name="first"), (900, 640))
    page.next = record(10, fs_hz=500.0, name="second")
    return page


def picture(page):
    """What was drawn ahead, if the page shows it."""
    canvas = page.canvas
    return canvas.ahead.picture(page.sheet, canvas.laid, canvas.size(), canvas.devicePixelRatioF())


def test_it_looks_as_if_it_were_drawn_when_it_is_opened(page):
    page.set_record(page.next, NOTES)
    plainly = page.canvas.grab().toImage()
    page.set_record(record(10, fs_hz=500.0, name="third"))
    page.draw_ahead(page.next, NOTES)
    page.set_record(page.next, NOTES)
    assert picture(page) is not None
    assert page.canvas.grab().toImage() == plainly


def test_nothing_of_the_next_record_shows_before_it_is_opened(page):
    before = page.canvas.grab().toImage()
    page.draw_ahead(page.next, NOTES)
    assert page.canvas.grab().toImage() == before


def test_filters_are_applied_ahead(page):
    page.set_filters(DisplayFilter(0.5, 40, 50))
    page.draw_ahead(page.next, NOTES)
    page.set_record(page.next, NOTES)
    assert picture(page) is not None
    assert page.sheet.filtered.source is page.next


@pytest.mark.parametrize(
    "change",
    [
        lambda page: page.set_gain(5),
        lambda page: page.set_layout("12x1"),
        lambda page: page.set_theme(DARK),
        lambda page: page.set_filters(DisplayFilter(0.5, 40, 50)),
        lambda page: page.resize(1000, 640),
        lambda page: page.canvas.magnify(2),
    ],
    ids=["gain", "layout", "theme", "filter", "size", "magnified"],
)
def test_a_page_that_looks_otherwise_is_drawn_again(page, change):
    page.draw_ahead(page.next, NOTES)
    page.set_record(page.next, NOTES)
    was = page.canvas.grab().toImage()
    change(page)
    ink_and_plan = page.canvas.magnifier.laid(*page.canvas.laid, page.canvas.size().toSizeF())
    ratio = page.canvas.devicePixelRatioF()
    assert page.canvas.ahead.picture(page.sheet, ink_and_plan, page.canvas.size(), ratio) is None
    assert page.canvas.grab().toImage() != was


def test_another_record_is_not_shown_in_its_place(page):
    page.draw_ahead(page.next, NOTES)
    other = record(10, fs_hz=500.0, name="second")
    page.set_record(other, NOTES)
    assert page.sheet.record is other
    assert picture(page) is None
