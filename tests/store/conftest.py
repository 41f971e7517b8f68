"""A project with one record."""

import numpy as np
import pytest

from cessl_gui.core.types import LEADS_12, Record


@pytest.fixture
def with_record(project):
    """An open project with the record r1."""
    signal_mv = np.zeros((12, 10), np.float32)
    project.records.add(Record("r1", "ECG 1", "/x/1.hea", "1" * 64, signal_mv, 500.0, LEADS_12))
    return project
