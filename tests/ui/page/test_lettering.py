"""Words on the page are broken into lines that stay within their cell."""

import pytest

from cessl_gui.ui.page.drawing.lettering import Ink, Style, lines_within, text_width

STYLE = Style(3.0, "#000000", "#ffffff")
WORDS = "derived, offset +2.2 mV taken away, beyond the page"


@pytest.mark.parametrize("width_mm", [15, 30, 60])
def test_no_line_is_wider_than_its_cell(qapp, width_mm):
    ink = Ink(4.0)
    assert all(text_width(line, ink, STYLE) <= width_mm for line in lines_within(WORDS, width_mm, ink, STYLE))


def test_no_word_is_lost_or_moved(qapp):
    assert " ".join(lines_within(WORDS, 25, Ink(4.0), STYLE)) == WORDS


def test_a_word_wider_than_the_cell_has_a_line_of_its_own(qapp):
    assert lines_within("a unbreakable b", 1, Ink(4.0), STYLE) == ["a", "unbreakable", "b"]
