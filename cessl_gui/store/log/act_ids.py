"""Ids of acts: they sort by time, and never backwards, however the clock is set.

12 hexadecimal digits of milliseconds since 1970, 6 of a counter within the millisecond, 8 of the device. An id follows
every id that its device has met: who corrects what another device said comes after it, also with a slow clock.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

LATEST_MS = 253_402_300_799_999  # the end of the year 9999
LATEST = f"{LATEST_MS:012x}" + "f" * 14
FURTHEST_MS = 32_503_680_000_000  # the year 3000: an id of a later time would leave no room for later ones
_GIVEN_MS = FURTHEST_MS - 31_536_000_000  # a year before it, if a clock is further: others would refuse the act
_COUNTS = 1 << 24
_ID = re.compile(r"[0-9a-f]{26}")


def following(newest: str, device: str, now_ms: int) -> str:
    """The next id of a device. newest : the one that sorts last of all that it has met, "" if none"""
    ms, count = now_ms, 0
    if newest and int(newest[:12], 16) >= now_ms:
        ms, count = divmod(int(newest[:18], 16) + 1, _COUNTS)
    return f"{ms:012x}{count:06x}{device[:8]}"


def is_id(text: str) -> bool:
    """Whether it is an id of a time that a clock can show."""
    return bool(_ID.fullmatch(text)) and int(text[:12], 16) <= LATEST_MS


def milliseconds(at_utc: str) -> int:
    """A time such as 2026-11-24T14:03:22.123Z since 1970, for an id; 0 for what is no time after that."""
    try:
        return min(max(0, int(datetime.fromisoformat(at_utc).timestamp() * 1000 + 0.5)), _GIVEN_MS)
    except (ValueError, OverflowError, OSError):
        return 0


def now_utc() -> str:
    """This moment, e.g. 2026-11-24T14:03:22.123Z."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
