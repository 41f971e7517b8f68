"""Opens torch's large library beforehand, so that the window does not stand still while it is loaded."""

from __future__ import annotations

import ctypes
import importlib.util
import logging
import os
import sys
import threading
from pathlib import Path

log = logging.getLogger(__name__)

_LIBRARY = "libtorch_cpu.dylib" if sys.platform == "darwin" else "libtorch_cpu.so"
_once = threading.Lock()


def open_libraries() -> None:
    """Call in a worker thread before the first import of torch. Later calls do nothing.

    `import torch` opens 400 MB of machine code while it holds Python's lock: everything else waits, 0.4 to 1 s where
    measured. A call of the C function dlopen through ctypes gives the lock away (ctypes.CDLL itself would keep it); the
    import then finds the library open.
    """
    with _once:
        if "torch" in sys.modules or os.name != "posix":
            return
        spec = importlib.util.find_spec("torch")
        path = Path(spec.origin).parent / "lib" / _LIBRARY if spec and spec.origin else None
        if path is None or not path.is_file():
            return
        dlopen = ctypes.CDLL(None).dlopen
        dlopen.argtypes, dlopen.restype = (ctypes.c_char_p, ctypes.c_int), ctypes.c_void_p
        if not dlopen(os.fsencode(path), os.RTLD_NOW | os.RTLD_GLOBAL):
            log.info("torch's library was not opened beforehand; its import does so")
