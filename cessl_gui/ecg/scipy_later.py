"""The parts of SciPy that we compute with, each loaded at its first use: together they take the window a second."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

from cessl_gui.core import without_collections


class _Later:
    """Stands for a module; what is asked of it is asked of the module, and kept."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        value = getattr(import_module(self._name), attribute)
        setattr(self, attribute, value)
        return value


_PARTS = ("scipy.ndimage", "scipy.fft", "scipy.signal")
signal, fft, ndimage = _Later("scipy.signal"), _Later("scipy.fft"), _Later("scipy.ndimage")


def load() -> None:
    """Load them now, in a thread that nobody waits for."""
    if not is_loaded():
        without_collections.load(*_PARTS)
    for name in _PARTS:  # where another thread loads them, this one waits until they are there
        import_module(name)


def is_loaded() -> bool:
    return "scipy.signal" in sys.modules
