"""The influence per lead against that of random weights, and without leads."""

import numpy as np
import pytest

from cessl_gui.core.types import LEADS_12
from cessl_gui.ecg.synthetic import synthetic_record
from cessl_gui.tasks.evaluation.lead_checks import _agreement, check_leads
from cessl_gui.tasks.models import predicting


@pytest.fixture
def record_id(project):
    record = synthetic_record("atrial fibrillation", 3)
    project.records.add(record)
    project.waveforms.write(record)
    return record.id


def test_leads_left_out_change_the_prediction_as_if_they_were_missing(project, record_id):
    whole = predicting.per_lead(project, record_id)
    some = predicting.per_lead(project, record_id, left_out=("V1",))
    np.testing.assert_allclose(some.full, whole.without[LEADS_12.index("V1")], atol=1e-5)
    assert some.left_out == ("V1",)


def test_the_check_is_the_same_each_time_and_a_correlation(project, record_id):
    first, second = (check_leads(project, record_id).agreement for _ in range(2))
    assert first == second
    assert all(-1 <= value <= 1 for value in first.values())


def test_equal_orders_agree_wholly_and_a_flat_picture_not_at_all():
    assert _agreement(np.array([0.1, 0.2, 0.3]), np.array([1.0, 2.0, 3.0])) == pytest.approx(1)
    assert _agreement(np.zeros(3), np.array([1.0, 2.0, 3.0])) == 0
