"""The folder of a project: what may lie in it, with which permissions, and what a kill left behind in it."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from cessl_gui.core.errors import ProjectError

DATABASE = "project.sqlite"
LOCK, HOLDER = "lock", "lock.holder"
BACKUPS, WAVEFORMS, MODELS, RECEIVED = "backups", "waveforms", "models", "received"
FILES = (DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm", f"{DATABASE}-journal", LOCK, HOLDER)
FOLDERS = (BACKUPS, WAVEFORMS, MODELS, RECEIVED)
PRIVATE = 0o600
NETWORK_FILE_SYSTEMS = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "fuse.sshfs", "9p"}
OF_DESKTOPS = ("Thumbs.db", "desktop.ini")  # what file managers leave in any folder


def check_kinds(folder: Path) -> None:
    """A link would let the program write elsewhere, and a pipe would keep it waiting.

    raises : ProjectError that names what is not the file, or the folder, that it should be
    """
    for name in (*FILES, *FOLDERS):
        try:
            mode = (folder / name).lstat().st_mode
        except OSError:
            continue
        if stat.S_ISLNK(mode):
            raise ProjectError(f"{name} in {folder.name} is a link to another place.", "Put there what it names.")
        if name in FILES and not stat.S_ISREG(mode):
            raise ProjectError(f"{name} in {folder.name} is not a file.", "Move it away, then open the project again.")


def file_mode(folder: Path) -> int:
    """The permissions of new files of a project: those of its database, which a person may have chosen."""
    try:
        return stat.S_IMODE((folder / DATABASE).stat().st_mode) & 0o666
    except OSError:
        return PRIVATE


def folder_mode(mode_of_files: int) -> int:
    """Who may read a file may enter its folder."""
    return mode_of_files | (mode_of_files & 0o444) >> 2


def is_emptied(folder: Path) -> bool:
    """Whether a project was here, of which copies of its database or waveforms are left."""
    copies = any(path.suffix == ".sqlite" for path in _inside(folder / BACKUPS))
    return copies or any(any(inner.glob("*.h5")) for inner in _inside(folder / WAVEFORMS))


def check_new(folder: Path) -> None:
    """A folder of recordings or of anything else becomes no project: they would lie among its files.

    raises : ProjectError
    """
    if is_emptied(folder):  # which is said with its copies
        return
    own = {*FILES, *FOLDERS, *OF_DESKTOPS}
    others = sorted(path.name for path in _inside(folder) if path.name not in own and not path.name.startswith("."))
    if others:
        raise ProjectError(
            f"{folder} holds other files ({others[0][:60]}) and no project.",
            "Name a new folder for the project, such as NAME.cessl, before what is imported.",
        )


def _inside(folder: Path) -> list[Path]:
    with suppress(OSError):
        return list(folder.iterdir())
    return []


def sweep(folder: Path) -> None:
    """Remove what was being written when the program was killed. Nobody else may have the project open."""
    for path in _unfinished(folder):
        with suppress(OSError):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()


def _unfinished(folder: Path) -> Iterator[Path]:
    for inner in _inside(folder / WAVEFORMS):
        if not inner.is_symlink():
            yield from (path for path in _inside(inner) if path.name.startswith(".") and path.suffix == ".tmp")
    yield from (path for path in _inside(folder / MODELS) if path.name.startswith("unfinished-"))
    for inside in (folder, folder / BACKUPS):
        # a copy of the database has a journal of its own while it is made
        yield from (path for path in _inside(inside) if path.name.startswith(".") and ".unfinished" in path.name)


def own(path: Path, mode: int) -> None:
    """Make an empty file with these permissions where none is. raises : OSError"""
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, mode))


def network_share(folder: Path) -> list[str]:
    """WAL needs shared memory, which network shares do not give."""
    mounts = Path("/proc/mounts")
    if not mounts.exists():
        return []
    kinds = [line.split()[1:3] for line in mounts.read_text(encoding="utf-8", errors="replace").splitlines()]
    inside = [(len(mount), kind) for mount, kind in kinds if folder.is_relative_to(mount)]
    if inside and max(inside)[1] in NETWORK_FILE_SYSTEMS:
        return ["This project lies on a network share, where a crash can damage it. Keep it on this computer's disk."]
    return []
