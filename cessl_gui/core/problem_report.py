"""What helps whoever maintains the program, without a name of a file, a patient or a reader."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Mapping
from pathlib import Path

from cessl_gui import __version__
from cessl_gui.core.paths import user_data

LIBRARIES = ("PySide6-Essentials", "pyqtgraph", "torch", "numpy", "scipy", "h5py", "wfdb")
LOG_NAME = "cessl-gui.log"
LOG_BYTES = 200_000  # of its end


def problem_report(counts: Mapping[str, object]) -> str:
    """Versions, the machine, what the open project holds in numbers, and the end of the log, which names nobody.

    counts : name -> number or word of the program's own
    """
    from importlib import metadata  # seldom needed, and the window starts sooner without

    lines = [f"cessl-gui {__version__}", f"Python {sys.version.split()[0]}", f"system {platform.system()}"]
    lines += [f"release {platform.release()}", f"processor cores {os.cpu_count()}"]
    for name in LIBRARIES:
        try:
            lines.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            lines.append(f"{name} is not installed")
    lines += [f"{name} {value}" for name, value in counts.items()]
    return "\n".join([*lines, "", "The log, oldest first:", _log_end(user_data() / LOG_NAME), ""])


def _log_end(path: Path) -> str:
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - LOG_BYTES))
            return file.read(LOG_BYTES).decode("utf-8", "replace")
    except OSError:
        return "There is none."
