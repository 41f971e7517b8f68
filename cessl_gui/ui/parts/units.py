"""Units of what the reader measures on the page, as the person who reads wants them: mV or µV, ms or s."""

from __future__ import annotations

from cessl_gui.ui.parts.preferences import preferences

VOLTAGES = {"mV": "mV", "uV": "µV"}
TIMES = {"ms": "ms", "s": "s"}


def voltage_unit() -> str:
    """The chosen one of VOLTAGES."""
    kept = str(preferences().value("voltage_unit", "mV"))
    return kept if kept in VOLTAGES else "mV"


def time_unit() -> str:
    """The chosen one of TIMES."""
    kept = str(preferences().value("time_unit", "ms"))
    return kept if kept in TIMES else "ms"


def choose_voltage_unit(unit: str) -> None:
    preferences().setValue("voltage_unit", unit)


def choose_time_unit(unit: str) -> None:
    preferences().setValue("time_unit", unit)


def voltage_words(mv: float) -> str:
    """A difference of voltages with its sign and unit, to 0.01 mV or 10 µV."""
    return f"{mv:+.2f} mV" if voltage_unit() == "mV" else f"{10 * round(100 * mv):+d} µV"


def sample_words(mv: float) -> str:
    """The voltage of a sample, to 0.001 mV or 1 µV."""
    return f"{mv:+.3f} mV" if voltage_unit() == "mV" else f"{1000 * mv:+.0f} µV"


def interval_words(seconds: float) -> str:
    """An interval to 1 ms."""
    return f"{1000 * seconds:.0f} ms" if time_unit() == "ms" else f"{seconds:.3f} s"
