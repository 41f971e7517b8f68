"""How large text and controls are.

Qt reads its scale once, when QApplication is made, and what sets it later is not public. So another size takes the
program to start again, which the window does by itself where the person wants it: see App.start_again.
"""

from __future__ import annotations

import os
from collections.abc import MutableMapping

from cessl_gui.ui.parts.preferences import preferences

SCALES = {"1": "100 %", "1.1": "110 %", "1.25": "125 %", "1.5": "150 %", "1.75": "175 %", "2": "200 %"}
ROOM = (900, 500)  # px of a screen in which all rooms and dialogs are whole: 1366 x 768 at 150 %
_VARIABLE = "QT_SCALE_FACTOR"
_OURS = "CESSL_SCALE_FACTOR"  # says that the other one was set here, and not by the system


def chosen_scale() -> str:
    """One of SCALES."""
    scale = str(preferences().value("scale", "1"))
    return scale if scale in SCALES else "1"


def offered_scales(width: int, height: int, environment: MutableMapping[str, str] = os.environ) -> dict[str, str]:
    """Those of SCALES in which the window is whole on a screen, and the chosen one. width, height : of it, in our px"""
    now = float(environment.get(_OURS, "1"))
    room = min(width / ROOM[0], height / ROOM[1]) * now
    return {scale: words for scale, words in SCALES.items() if float(scale) <= max(1, room) or scale == chosen_scale()}


def choose_scale(scale: str) -> None:
    preferences().setValue("scale", scale)


def has_another_size(environment: MutableMapping[str, str] = os.environ) -> bool:
    """Whether the chosen size is another than the one that the window has, and would be taken."""
    own = environment.get(_OURS, "")
    return (_VARIABLE not in environment or bool(own)) and chosen_scale() != (own or "1")


def apply_scale(environment: MutableMapping[str, str] = os.environ) -> None:
    """Before QApplication is made: let Qt draw in the chosen size, unless the system has been told another one."""
    if environment.pop(_OURS, ""):  # of the run that this one follows
        environment.pop(_VARIABLE, None)
    if chosen_scale() != "1" and _VARIABLE not in environment:
        environment[_VARIABLE] = environment[_OURS] = chosen_scale()
