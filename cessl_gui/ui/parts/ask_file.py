"""File dialogs, each of which opens where the last one ended: else, the first time, at home."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget

from cessl_gui.ui.parts.preferences import preferences

_LAST = "last_folder"


def ask_folder(parent: QWidget | None, title: str) -> Path | None:
    """Ask for a folder that exists; None where the person thinks better of it."""
    chosen = QFileDialog.getExistingDirectory(parent, title, _begin_at())
    return _remembered(Path(chosen), Path(chosen).parent) if chosen else None


def ask_files(parent: QWidget | None, title: str, kinds: str = "") -> list[Path]:
    """Ask for files that exist. kinds : filters as in "Tables (*.csv);;All files (*)" """
    chosen, _ = QFileDialog.getOpenFileNames(parent, title, _begin_at(), kinds)
    return [_remembered(Path(name), Path(name).parent) for name in chosen]


def ask_new_file(parent: QWidget | None, title: str, kinds: str = "", name: str = "") -> tuple[Path | None, str]:
    """Ask for a file or folder to be written; returns it, or None, and the kind that was chosen.

    name : a proposal
    """
    chosen, kind = QFileDialog.getSaveFileName(parent, title, str(Path(_begin_at()) / name), kinds)
    return (_remembered(Path(chosen), Path(chosen).parent) if chosen else None), kind


def _begin_at() -> str:
    last = str(preferences().value(_LAST, ""))
    return last if last and Path(last).is_dir() else str(Path.home())


def _remembered(chosen: Path, folder: Path) -> Path:
    preferences().setValue(_LAST, str(folder))
    return chosen
