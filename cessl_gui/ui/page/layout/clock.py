"""Times of a recording in words."""

from __future__ import annotations

import re


def seconds_of(text: str) -> float | None:
    """Seconds of "90", "1:30" or "0:01:30"; None if it is no time."""
    if not re.fullmatch(r"\s*(\d+:){0,2}\d+(\.\d+)?\s*", text):
        return None
    seconds = 0.0
    for part in text.split(":"):
        seconds = 60 * seconds + float(part)
    return seconds


def clock(seconds: float) -> str:
    """h:mm:ss, or mm:ss below an hour."""
    whole = int(seconds)
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"


def duration_words(seconds: float) -> str:
    """ "10 s", "11.95 s", "30:00 min", "24:00:00 h"."""
    if seconds < 120:
        return f"{seconds:.4g} s"
    return f"{clock(seconds)} {'h' if seconds >= 3600 else 'min'}"


def span_words(start_s: float, end_s: float, duration_s: float) -> str:
    """Which part of a recording is shown."""
    if duration_s < 120:
        return f"{start_s:.4g} – {end_s:.4g} s of {duration_s:.4g} s"
    return f"{clock(start_s)} – {clock(end_s)} of {clock(duration_s)}"
