"""The program's log outside projects: what failed and where in the program, never the name of a file or a person."""

from __future__ import annotations

import logging
import logging.handlers
import os
import traceback
from pathlib import Path

LOG_BYTES = 1_000_000
OURS = "cessl_gui"


class NameFree(logging.Formatter):
    """Writes a message without its values, and of an exception its kind and where in the code it came about.

    Messages of our own keep their words and numbers: names come in as values. Of other packages, whose words may hold
    names, only the logger is told.
    """

    def format(self, record: logging.LogRecord) -> str:
        ours = record.name == OURS or record.name.startswith(f"{OURS}.")
        words = _without_values(record) if ours else "a message of another package"
        lines = [f"{self.formatTime(record)} {record.levelname} {record.name} {words}"]
        error = record.exc_info[1] if record.exc_info else None
        while error is not None:
            lines += [
                f"  {Path(f.filename).name}:{f.lineno} {f.name}" for f in traceback.extract_tb(error.__traceback__)
            ]
            lines.append(f"  {type(error).__name__}")
            error = error.__cause__ or error.__context__
        return "\n".join(lines)


def _without_values(record: logging.LogRecord) -> str:
    given = record.args if isinstance(record.args, tuple) else ()
    try:
        return str(record.msg) % tuple(v if isinstance(v, int | float) else "..." for v in given)
    except (TypeError, ValueError):
        return str(record.msg)


class _Private(logging.handlers.RotatingFileHandler):
    """A log that only its owner reads; permissions that a person chose for it are kept."""

    def _open(self):
        descriptor = os.open(self.baseFilename, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        return os.fdopen(descriptor, self.mode, encoding=self.encoding, errors=self.errors)


def log_to(path: Path) -> None:
    """Log to a file, rotated; to the terminal where it cannot be written."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handler: logging.Handler = _Private(path, maxBytes=LOG_BYTES, backupCount=2, encoding="utf-8")
    except OSError:
        handler = logging.StreamHandler()
    handler.setFormatter(NameFree())
    logging.basicConfig(level=logging.INFO, handlers=[handler])
