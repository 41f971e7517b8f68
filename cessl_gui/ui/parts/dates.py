"""Dates as the person who reads wants them."""

from __future__ import annotations

import re
from datetime import date, datetime
from pathlib import Path

from cessl_gui.core.paths import user_data
from cessl_gui.ui.parts.preferences import preferences

# key: (an example of a date, which is 5 February 2020; how it is written)
STYLES = {
    "named": ("5 Feb 2020", "{day} {month} {year}"),
    "iso": ("2020-02-05", "{year:04}-{number:02}-{day:02}"),
    "dotted": ("05.02.2020", "{day:02}.{number:02}.{year:04}"),
    "us": ("02/05/2020", "{number:02}/{day:02}/{year:04}"),
}
_chosen: dict[Path, str] = {}  # by the folder of the preferences: lists ask for every row
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def date_style() -> str:
    """The chosen one of STYLES."""
    folder = user_data()
    if folder not in _chosen:
        chosen = str(preferences().value("dates", "named"))
        _chosen[folder] = chosen if chosen in STYLES else "named"
    return _chosen[folder]


def choose_date_style(style: str) -> None:
    preferences().setValue("dates", style)
    _chosen.pop(user_data(), None)


def date_words(day: date, style: str = "") -> str:
    """A date, and the time where there is one, e.g. "5 Feb 2020 11:39". style : one of STYLES; "" is the chosen one"""
    _, form = STYLES[style or date_style()]
    words = form.format(day=day.day, month=_MONTHS[day.month - 1], number=day.month, year=day.year)
    return f"{words} {day:%H:%M}" if isinstance(day, datetime) else words


def moment_words(recorded_at: str) -> str:
    """ "5 Feb 2020 11:39" of "2020-02-05 11:39:00", in the chosen style; as written where it is no such date."""
    match = re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[ T](\d{1,2}):(\d{2}).*)?", recorded_at.strip())
    if match is None:
        return recorded_at
    parts = [int(part) for part in match.groups() if part is not None]
    try:
        return date_words(datetime(*parts) if match[4] else date(*parts))
    except ValueError:
        return recorded_at


def day_words(moment: int) -> str:
    """The day of a recording in the chosen style. moment : YYYYMMDDhhmmss, negative where there is none"""
    number = int(moment) // 1_000_000
    try:
        return date_words(date(number // 10_000, number // 100 % 100, number % 100))
    except ValueError:
        return "not in file"


def local_words(at_utc: str) -> str:
    """A time of the log, UTC, as the clock on the wall showed it."""
    try:
        return date_words(datetime.fromisoformat(at_utc.replace("Z", "+00:00")).astimezone())
    except ValueError:
        return at_utc
