"""File dialogs, each of which opens where the last one ended: else, the first time, at home."""

from __future__ import annotations

import re
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget

from cessl_gui.ui.parts.plain_text import ask
from cessl_gui.ui.parts.preferences import preferences

_LAST = "last_folder"
_ENDING = re.compile(r"\*(\.[\w.]+)")


def ask_folder(parent: QWidget | None, title: str) -> Path | None:
    """Ask for a folder that exists; None where the person thinks better of it."""
    chosen = QFileDialog.getExistingDirectory(parent, title, _begin_at())
    return _remembered(Path(chosen), Path(chosen).parent) if chosen else None


def ask_files(parent: QWidget | None, title: str, kinds: str = "") -> list[Path]:
    """Ask for files that exist. kinds : filters as in "Tables (*.csv);;All files (*)" """
    chosen, _ = QFileDialog.getOpenFileNames(parent, title, _begin_at(), kinds)
    return [_remembered(Path(name), Path(name).parent) for name in chosen]


def ask_new_file(parent: QWidget | None, title: str, kinds: str = "", name: str = "") -> Path | None:
    """Ask for a file or folder to be written; None where the person thinks better of it.

    A name without an ending of these kinds gets that of the chosen one; a file that is there under that name stays
    unless the person says so.

    kinds : filters as in "Tables (*.csv)"; name : a proposal
    """
    chosen, kind = QFileDialog.getSaveFileName(parent, title, str(Path(_begin_at()) / name), kinds)
    if not chosen:
        return None
    path = _with_ending(Path(chosen), kinds, kind)
    is_asked_about = path == Path(chosen)  # by the dialog
    if not is_asked_about and path.is_file() and not ask(parent, title, f"{path.name} is there already. Replace it?"):
        return None
    return _remembered(path, path.parent)


def _with_ending(path: Path, kinds: str, kind: str) -> Path:
    endings = _ENDING.findall(kinds)
    if not endings or path.name.lower().endswith(tuple(endings)):
        return path
    return path.with_name(path.name + (_ENDING.findall(kind) or endings)[0])


def _begin_at() -> str:
    last = str(preferences().value(_LAST, ""))
    return last if last and Path(last).is_dir() else str(Path.home())


def _remembered(chosen: Path, folder: Path) -> Path:
    preferences().setValue(_LAST, str(folder))
    return chosen
