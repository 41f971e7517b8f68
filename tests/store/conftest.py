"""A project with one record, and one with something of everything."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from cessl_gui.core.types import LEADS_12, Record
from cessl_gui.store.project import Project
from tests.store import desks
from tests.store.projects import fill


@pytest.fixture
def with_record(project):
    """An open project with the record r1."""
    signal_mv = np.zeros((12, 10), np.float32)
    project.records.add(Record("r1", "ECG 1", "/x/1.hea", "1" * 64, signal_mv, 500.0, LEADS_12))
    return project


@pytest.fixture(scope="module")
def sound(tmp_path_factory) -> Path:
    return fill(tmp_path_factory.mktemp("sound") / "ward.cessl")


@pytest.fixture
def folder(sound, tmp_path) -> Path:
    return Path(shutil.copytree(sound, tmp_path / "ward.cessl"))


@pytest.fixture
def two(tmp_path):
    """Two desks that have the same recording."""
    with Project.open(tmp_path / "one.cessl") as one, Project.open(tmp_path / "two.cessl") as other:
        one.records.add(desks.record(1))
        other.records.add(desks.record(1))
        yield one, other
