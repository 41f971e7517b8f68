"""How large text and controls are. Qt reads it once, when the program starts."""

from __future__ import annotations

import os
from collections.abc import MutableMapping

from cessl_gui.ui.parts.preferences import preferences

SCALES = {"1": "100 %", "1.1": "110 %", "1.25": "125 %", "1.5": "150 %", "1.75": "175 %", "2": "200 %"}
_VARIABLE = "QT_SCALE_FACTOR"


def chosen_scale() -> str:
    """One of SCALES."""
    scale = str(preferences().value("scale", "1"))
    return scale if scale in SCALES else "1"


def choose_scale(scale: str) -> None:
    preferences().setValue("scale", scale)


def apply_scale(environment: MutableMapping[str, str] = os.environ) -> None:
    """Before QApplication is made: let Qt draw in the chosen size, unless the system has been told another one."""
    if chosen_scale() != "1":
        environment.setdefault(_VARIABLE, chosen_scale())
