"""Loads torch behind the window, which its import alone makes stand still several times, for up to 0.4 s each."""

from __future__ import annotations

import ctypes
import importlib.util
import logging
import os
import sys
import threading
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from cessl_gui.core import without_collections
from cessl_gui.core.task import waited_for
from cessl_gui.ecg import scipy_later

log = logging.getLogger(__name__)

_SUFFIX = "dylib" if sys.platform == "darwin" else "so"
_LIBRARIES = ("libtorch_cpu", "libtorch_python")  # the second one needs the first
_once = threading.Lock()


def load_torch(check: Callable[[], None] = lambda: None) -> None:
    """Call in a worker thread before the first import of torch. Later calls: nothing.

    check : asked while torch is loaded; what it raises ends the wait at once, and torch is loaded all the same
    """
    from concurrent.futures import ThreadPoolExecutor

    pool = ThreadPoolExecutor(1, "torch")
    loading = pool.submit(_load)
    pool.shutdown(wait=False)
    waited_for(loading, check)


def _load() -> None:
    """Load torch, unless it is there.

    First what the open record is read with, which another thread may be loading now: while one thread opens a library,
    another one that wants to open one waits for it with Python's lock in its hand, and the window with them.
    """
    with _once:
        if "torch" in sys.modules:
            return
        scipy_later.load()
        import_module("h5py")
        _open_libraries()
        without_collections.load("torch")


def _open_libraries() -> None:
    """Open torch's 400 MB of machine code without Python's lock; the import then finds it open.

    A call of the C function dlopen through ctypes gives the lock away (ctypes.CDLL itself would keep it).
    """
    spec = importlib.util.find_spec("torch") if os.name == "posix" else None
    if spec is None or spec.origin is None:
        return
    dlopen = ctypes.CDLL(None).dlopen
    dlopen.argtypes, dlopen.restype = (ctypes.c_char_p, ctypes.c_int), ctypes.c_void_p
    for name in _LIBRARIES:
        path = Path(spec.origin).parent / "lib" / f"{name}.{_SUFFIX}"
        if not path.is_file() or not dlopen(os.fsencode(path), os.RTLD_NOW | os.RTLD_GLOBAL):
            log.info("%s was not opened beforehand; the import of torch does so", path.name)
            return
