"""Opening projects for the window: the named folder, or the demo of synthetic ECGs."""

from __future__ import annotations

import os
from pathlib import Path

from cessl_gui.bridge.session import Session
from cessl_gui.bridge.team import sit_down
from cessl_gui.core.files import full_path
from cessl_gui.core.paths import user_data
from cessl_gui.core.task import Task
from cessl_gui.store.care import repair
from cessl_gui.store.project import DATABASE, Project
from cessl_gui.store.sqlite import database, schema
from cessl_gui.tasks.recordings import demo

SUFFIX = ".cessl"


def demo_folder() -> Path:
    return user_data() / f"demo{SUFFIX}"


def is_project(folder: Path) -> bool:
    return os.path.isfile(folder / DATABASE)  # noqa: PTH113 - Path's own raises where others may not look


def project_folder(folder: Path) -> Path:
    """The folder of the project that open_session opens for a folder."""
    folder = full_path(folder)  # "." has no name to add to
    if folder.name and folder.suffix != SUFFIX and not folder.is_file() and not is_project(folder):
        folder = folder.with_name(folder.name + SUFFIX)
    return full_path(folder)


def open_session(folder: Path) -> Session:
    """Open a project, made if absent, and put a session on it.

    folder : NAME.cessl; the suffix is added where it is lacking
    raises : ProjectError and its kinds, each with a sentence
    """
    project = Project.open(project_folder(folder), examine_later=True)
    try:
        return Session(project, sit_down(project))
    except BaseException:
        project.close()
        raise


def is_of_earlier_version(folder: Path) -> bool:
    """Whether opening it brings it up to date first, which takes a while where it is large."""
    return 0 < schema.version_of(full_path(folder) / DATABASE) < len(database.MIGRATIONS)


def upgrade(folder: Path, task: Task) -> None:
    """Bring a project of an earlier version up to date, all at once or not at all. raises : ProjectError, Cancelled"""

    def said(share: float) -> None:
        task.check()
        task.report("Updating the project", share)

    Project.open(folder, create=False, examine_later=True, progress=said).close()


def mending(folder: Path) -> repair.Plan:
    """What is damaged in a project, from which copy it can be mended and what would be lost. raises : ProjectError"""
    return repair.plan(full_path(folder))


def mend(folder: Path, plan: repair.Plan) -> None:
    """Carry it out; the damaged database is kept beside the new one. raises : ProjectBusy, NotWritten, OSError"""
    repair.repair(full_path(folder), plan)


def make_demo(task: Task) -> None:
    """Generate the demo project, in a background thread."""
    demo.make_demo(demo_folder(), task)
