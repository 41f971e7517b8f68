"""Units of voltage as files write them."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

_POWERS = {"": 1e3, "m": 1.0, "µ": 1e-3, "u": 1e-3, "mc": 1e-3, "n": 1e-6, "milli": 1.0, "micro": 1e-3, "nano": 1e-6}
# The micro sign (U+00B5) becomes the Greek mu (U+03BC) in the form that names are compared in.
_FACTORS = {
    unicodedata.normalize("NFKC", power + volt): factor
    for power, factor in _POWERS.items()
    for volt in ("v", "volt", "volts")
}


@lru_cache(1000)  # asked for each lead of each recording
def millivolts(unit: str) -> float | None:
    """How many mV one such unit is: mV, uV, µV with either mu, nV, V, millivolts, "micro volt"; None: no voltage."""
    plain = unicodedata.normalize("NFKC", unit).casefold()
    return _FACTORS.get("".join(letter for letter in plain if letter not in " .-_()[]"))
