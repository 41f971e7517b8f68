"""Files that hold many recordings: FILE#N names the one at place N, counted from 0."""

from __future__ import annotations

import re
from pathlib import Path

MEMBER = re.compile(r"(.+)#([0-9]{1,9})", re.DOTALL)


def member(path: Path, place: int) -> Path:
    return path.with_name(f"{path.name}#{place}")


def holder(source: str) -> str:
    """The file of a FILE#N, or the path itself, by its name alone."""
    match = MEMBER.fullmatch(source)
    return match[1] if match else source


def split(path: Path) -> tuple[Path, int | None]:
    """The file and the place in it; None where the path names a whole file."""
    match = MEMBER.fullmatch(path.name)
    if not match or path.exists():
        return path, None
    file = path.with_name(match[1])
    return (file, int(match[2])) if file.is_file() else (path, None)
