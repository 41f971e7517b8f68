"""What people said of files that do not state it: kept in the project, for a folder or a file and all below it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from pathlib import Path

from cessl_gui.ecg.readers import printable
from cessl_gui.ecg.readers.given import Given
from cessl_gui.store.project import Project

KEY = "given"


def remember(project: Project, places: Iterable[Path], given: Given) -> None:
    """Keep what was said of these folders and files; what was said of them before goes."""
    kept = project.settings.get(KEY, {})
    project.settings.set(KEY, {**kept, **{printable(place): asdict(given) for place in places}})


def of(project: Project, path: Path) -> Given | None:
    """What was said of a file: of itself, else of the nearest folder above it."""
    return finder(project)(path)


def finder(project: Project) -> Callable[[Path], Given | None]:
    """`of` for many files, by what has been said until now."""
    kept = project.settings.get(KEY, {})
    return lambda path: _find(kept, path) if kept else None


def _find(kept: Mapping[str, Mapping], path: Path) -> Given | None:
    # FILE#N is a recording of FILE.
    names = [printable(path), printable(path.with_name(path.name.rpartition("#")[0] or path.name))]
    names += [printable(folder) for folder in path.parents]
    answer = next((kept[name] for name in names if name in kept), None)
    return Given(**{**answer, "leads": tuple(answer["leads"])}) if answer else None
