"""Dates and times as files write them. What may mean two days is none, and that is said."""

from __future__ import annotations

import datetime
import re
from enum import StrEnum
from typing import NamedTuple


class Order(StrEnum):
    """What a date as 03/04/2020 begins with, where a format lays it down. With points it begins with the day."""

    DAY = "day"
    MONTH = "month"
    OPEN = "open"


class When(NamedTuple):
    """at: 2020-05-15 09:50:55, so that text sorts by time, "" for no date; doubt: what is not certain, or why none"""

    at: str
    doubt: str = ""


_UNREAD = "cannot be read: none is taken"
_TWO_MEANINGS = "may begin with the day or the month: none is taken"
_TWO_DIGITS = "has two digits for its year: none is taken"
_NO_DAY = "is one that stands for none: none is taken"
_NO_TIME = "has a time of day that cannot be read: none is taken"
_IN_UTC = "has its time of day in UTC, which may not be that of the place"

YEARS = (1903, 2399)  # since there are ECGs; up to where data sets move dates in order to hide them
_CLOCK_NOT_SET = "1970-01-01"
_MONTHS = {
    "jan": 1, "jän": 1, "ene": 1, "gen": 1, "feb": 2, "fév": 2, "fev": 2, "mar": 3, "mär": 3, "mrz": 3, "apr": 4,
    "abr": 4, "avr": 4, "may": 5, "mai": 5, "mag": 5, "jun": 6, "giu": 6, "jul": 7, "lug": 7, "aug": 8, "ago": 8,
    "aoû": 8, "sep": 9, "oct": 10, "okt": 10, "ott": 10, "nov": 11, "dec": 12, "dez": 12, "dic": 12, "déc": 12,
}  # fmt: skip
_WORD = r"[^\W\d_]{3,12}"
_DATES = (
    re.compile(r"(?<!\d)(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})(?=\D|$|(?:\d{4}|\d{6})(?!\d))", re.ASCII),
    re.compile(rf"(?<!\d)(?P<year>\d{{4}})([-/. ])(?P<month>\d{{1,2}}|{_WORD})\2(?P<day>\d{{1,2}})(?!\d)"),
    re.compile(
        rf"(?<![\d:])(?P<day>\d{{1,2}})(?:st|nd|rd|th|\.)?[-/ ]?(?P<month>{_WORD})\.?[-/ ,]? ?(?P<year>\d{{4}})(?!\d)"
    ),
    re.compile(rf"(?<!\w)(?P<month>{_WORD})\.?[ -](?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?[ -](?P<year>\d{{4}})(?!\d)"),
)
_YEAR_LAST = re.compile(r"(?<![\d:])(\d{1,2})([-/.])\s?(\d{1,2})\2\s?(\d{4}|\d{2})(?![\d:])", re.ASCII)
_TIME = re.compile(
    r"(?<![\d:.])(\d{1,2}):?([0-5]\d)(?::?([0-5]\d)(\.\d{1,9})?)?(?![\d:])(?:\s*([ap])\.?m\b)?",
    re.ASCII | re.IGNORECASE,
)
_UTC = re.compile(r"\s*(Z|UTC)(?![\w+-])", re.IGNORECASE)


def when(written: str, order: Order = Order.OPEN) -> When:
    """The moment that a text states; its time of day with as many digits as are stated."""
    text = " ".join(written.split())
    if not re.search(r"[1-9]", text):
        return When("")
    date, rest, doubt = _date(text, order)
    if not date:
        is_time = ":" in text and _TIME.fullmatch(text)
        return When("", "" if is_time else doubt)
    time, doubt = _time(rest)
    return When(f"{date} {time}".strip(), doubt)


def recorded(written: str, order: Order = Order.OPEN) -> When:
    """As `when`, of an ECG: none for a day that programs write where they know none."""
    found = when(written, order)
    is_none = found.at and (not YEARS[0] <= int(found.at[:4]) <= YEARS[1] or found.at.startswith(_CLOCK_NOT_SET))
    return When("", _NO_DAY) if is_none else found


def in_seconds(at: str) -> str:
    """A moment in whole seconds: 2020-05-15 09:50 as 2020-05-15 09:50:00."""
    whole = at.partition(".")[0]
    return f"{whole}:00" if whole.count(":") == 1 else whole


def readable(*written: str) -> str:
    """The first of several that states a date, else the first that states anything."""
    return next((text for text in written if when(text).at), next((text for text in written if text.strip()), ""))


def _date(text: str, order: Order) -> tuple[datetime.date | None, str, str]:
    """The day, what else stands in the text, and why there is no day."""
    for pattern in _DATES:
        if match := pattern.search(text):
            return _day(match["year"], match["month"], match["day"]), _without(text, match), _UNREAD
    match = _YEAR_LAST.search(text)
    if not match:
        return None, "", _UNREAD
    one, mark, other, year = match.groups()
    if len(year) == 2:
        return None, "", _TWO_DIGITS
    is_open = order is Order.OPEN and mark != "."
    if is_open and one != other and int(one) <= 12 and int(other) <= 12:
        return None, "", _TWO_MEANINGS
    month_first = int(other) > 12 if is_open else order is Order.MONTH and mark != "."
    month, day = (one, other) if month_first else (other, one)
    return _day(year, month, day), _without(text, match), _UNREAD


def _without(text: str, match: re.Match) -> str:
    return f"{text[: match.start()]} {text[match.end() :]}".strip(" T,")


def _day(year: str, month: str, day: str) -> datetime.date | None:
    try:
        return datetime.date(int(year), int(month) if month.isdigit() else _MONTHS[month[:3].casefold()], int(day))
    except (ValueError, KeyError):
        return None


def _time(text: str) -> tuple[str, str]:
    """The time of day as stated, and what is in doubt of it."""
    text = re.sub(r"(?<![\d.])(\d{1,2})\.([0-5]\d)\.([0-5]\d)(?!\d)", r"\1:\2:\3", text)
    match = _TIME.search(text)
    hour = int(match[1]) if match else 24
    if match and match[5]:
        hour = hour % 12 + 12 * (match[5].casefold() == "p") if 1 <= hour <= 12 else 24
    if not match or hour > 23:
        return "", _NO_TIME if re.search(r"[1-9]", text) else ""
    seconds = f":{match[3]}{_fraction(match[4])}" if match[3] else ""
    return f"{hour:02}:{match[2]}{seconds}", _IN_UTC if _UTC.match(text, match.end()) else ""


def _fraction(written: str | None) -> str:
    return written[:7] if written and written.strip(".0") else ""
