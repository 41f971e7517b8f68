"""Imports of large libraries while the window is open.

They make a million objects that stay; each full collection of Python's garbage among them takes 0.1 to 0.2 s, for every
thread.
"""

from __future__ import annotations

import gc
from importlib import import_module


def load(*names: str) -> None:
    """Import modules while Python collects no garbage, and leave what they made out of all later collections."""
    was_collecting = gc.isenabled()
    gc.disable()
    try:
        for name in names:
            import_module(name)
    finally:
        gc.freeze()
        if was_collecting:
            gc.enable()
