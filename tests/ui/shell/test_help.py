"""Help: pages of the manual inside the window, keys, a tour, a report without names."""

import re

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QTextDocument

from cessl_gui.core import problem_report
from cessl_gui.core.paths import manual
from cessl_gui.ui.parts.manual_page import ROUNDED, WIDEST_PICTURE, WIDEST_TEXT, ManualPage, manual_picture
from cessl_gui.ui.parts.theme import dress
from cessl_gui.ui.parts.tokens import DARK, TARGET
from cessl_gui.ui.shell.main_rooms.help_room import ABOUT, KEYS, PAGES, HelpRoom, write_report
from cessl_gui.ui.shell.notices.tour import STOPS, Tour


@pytest.fixture
def room(qtbot):
    room = HelpRoom(lambda: [("Ctrl+<", "Go | back & <b>on</b>")], lambda: {"records": 7})
    qtbot.addWidget(room)
    return room


@pytest.mark.parametrize("name", list(PAGES))
def test_each_page_of_the_manual_is_shown(room, name):
    room.show_page(name)
    first = manual(name).read_text(encoding="utf-8").split("\n", 1)[0].lstrip("# ")
    assert room.page.toPlainText().startswith(first)


@pytest.mark.parametrize("name", list(PAGES))
def test_links_among_the_pages_lead_somewhere(name):
    text = manual(name).read_text(encoding="utf-8")
    lost = [link for link in re.findall(r"\]\(([a-z_-]+\.md)", text) if link not in PAGES]
    assert lost == []


def test_a_link_to_another_page_shows_it(room):
    room.page.anchorClicked.emit(QUrl("formats.md"))
    assert room.page.toPlainText().startswith("File formats") or "formats" in room.page.toPlainText()[:80].lower()


@pytest.mark.parametrize("link", ["https://example.org/a.md", "file:///etc/passwd", "/etc/passwd"])
def test_a_link_to_elsewhere_does_nothing(room, link):
    before = room.page.toPlainText()
    room.page.anchorClicked.emit(QUrl(link))
    assert room.page.toPlainText() == before


@pytest.mark.parametrize("name", ["file:///etc/passwd", "../../etc/passwd", "https://example.org/a.png"])
def test_pictures_come_from_the_manual_alone(qtbot, name):
    page = ManualPage()
    qtbot.addWidget(page)
    assert page.loadResource(QTextDocument.ResourceType.ImageResource.value, QUrl(name)) is None


def test_lines_of_the_manual_are_no_longer_than_can_be_read(room):
    room.resize(1900, 900)
    room.show()
    assert room.page.viewport().width() <= WIDEST_TEXT


def test_the_manual_needs_no_bar_to_the_side(room, qtbot):
    room.resize(1302, 700)
    with qtbot.waitExposed(room):
        room.show()
    room.show_page("manual.md")
    assert room.page.horizontalScrollBar().maximum() == 0


@pytest.mark.parametrize("ratio", [1.0, 1.5, 2.0])
def test_a_picture_is_as_sharp_as_the_screen_and_no_wider_than_the_text(ratio):
    name = next(iter(re.findall(r"\]\(([a-z_-]+\.png)", manual("manual.md").read_text(encoding="utf-8"))))
    picture = manual_picture(str(manual(name)), ratio)
    assert picture.deviceIndependentSize().width() <= WIDEST_PICTURE + 1
    assert picture.width() == round(WIDEST_PICTURE * ratio)


def test_links_take_the_colour_of_another_theme(room):
    dress("light")
    room.page.show_text("[formats](formats.md)")
    try:
        dress("dark")
        cursor = room.page.textCursor()
        cursor.setPosition(2)
        assert cursor.charFormat().foreground().color().name() == DARK.accent
    finally:
        dress("light")


def test_keys_are_shown_letter_by_letter(room):
    room.show_page(KEYS)
    assert "Go | back & <b>on</b>" in room.page.toPlainText()


def test_licences_of_what_is_shipped_are_shown(room):
    room.show_page(ABOUT)
    text = room.page.toPlainText()
    assert "SIL OPEN FONT LICENSE" in text.upper()
    assert "Phosphor" in text


def test_a_report_names_versions_and_counts_and_the_end_of_the_log(tmp_path, monkeypatch):
    monkeypatch.setattr(problem_report, "user_data", lambda: tmp_path)
    (tmp_path / problem_report.LOG_NAME).write_text("2026 WARNING something failed\n")
    said = write_report(tmp_path / "report.txt", {"records": 7})
    text = (tmp_path / "report.txt").read_text()
    assert "names no file" in said
    assert "records 7" in text
    assert "numpy " in text
    assert "something failed" in text


def test_a_report_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "a file").touch()
    assert "could not be written" in write_report(tmp_path / "a file" / "report.txt", {})


def test_the_tour_goes_through_its_stops_and_ends(qtbot, room):
    tour, seen = Tour(room), []
    tour.room_wanted.connect(seen.append)
    tour.start()
    for _ in STOPS:
        tour.next.click()
    assert seen == [stop.room for stop in STOPS]
    assert tour.isHidden()


def test_escape_ends_the_tour(qtbot, room):
    tour = Tour(room)
    tour.start()
    qtbot.keyClick(tour, Qt.Key.Key_Escape)
    assert tour.isHidden()


def test_pages_are_listed_far_enough_apart_to_be_clicked(room):
    room.show()
    heights = [room.list.visualItemRect(room.list.item(row)).height() for row in range(room.list.count())]
    assert min(heights) >= TARGET


@pytest.mark.parametrize("name", list(PAGES))
def test_no_page_is_wider_than_the_window_and_no_table_than_the_page(room, qtbot, name):
    room.resize(1302, 740)
    room.show()
    room.show_page(name)
    qtbot.waitUntil(lambda: not room.page._reading.isActive())
    assert not room.page.horizontalScrollBar().isVisible()
    assert room.page.document().size().width() <= room.page.viewport().width() + ROUNDED
