"""Dates as the person who reads wants them."""

from __future__ import annotations

from datetime import date, datetime

from cessl_gui.ui.parts.preferences import preferences

# key: (an example of a date, which is 5 February 2020; how it is written)
STYLES = {
    "named": ("5 Feb 2020", "{day} {month} {year}"),
    "iso": ("2020-02-05", "{year:04}-{number:02}-{day:02}"),
    "dotted": ("05.02.2020", "{day:02}.{number:02}.{year:04}"),
    "us": ("02/05/2020", "{number:02}/{day:02}/{year:04}"),
}
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def date_style() -> str:
    """The chosen one of STYLES."""
    chosen = str(preferences().value("dates", "named"))
    return chosen if chosen in STYLES else "named"


def choose_date_style(style: str) -> None:
    preferences().setValue("dates", style)


def date_words(day: date, style: str = "") -> str:
    """A date, and the time where there is one, e.g. "5 Feb 2020 11:39". style : one of STYLES; "" is the chosen one"""
    _, form = STYLES[style or date_style()]
    words = form.format(day=day.day, month=_MONTHS[day.month - 1], number=day.month, year=day.year)
    return f"{words} {day:%H:%M}" if isinstance(day, datetime) else words
