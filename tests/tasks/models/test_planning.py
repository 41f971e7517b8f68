"""What is told before a training: whom it learns from, and how long that takes."""

from dataclasses import replace

import pytest

from cessl_gui.core.training.plan import Plan
from cessl_gui.core.training.training_job import Mode
from cessl_gui.learn.readiness import TRIED_FROM, takes_time_for
from cessl_gui.tasks.models.planning import plan


def planned(mode: Mode, labelled: int, pace: dict[str, float]) -> Plan:
    return plan({}, {}, (labelled, labelled, labelled + 200), ("Base model", ""), mode=mode, pace=pace)


@pytest.mark.parametrize(
    ("mode", "records", "kind"),
    [
        (Mode.AUTO, TRIED_FROM - 1, Mode.OUTPUT),
        (Mode.AUTO, TRIED_FROM, Mode.FAST),
        (Mode.FAST, 20, Mode.FAST),
        (Mode.EXACT, 20, Mode.EXACT),
    ],
)
def test_what_a_training_takes_its_time_for(mode, records, kind):
    assert takes_time_for(mode, records) == kind


def test_the_time_is_that_of_trainings_of_the_same_kind():
    pace = {Mode.OUTPUT: 0.6}
    assert planned(Mode.AUTO, 100, pace).time == "about 1 min"
    assert planned(Mode.FAST, 100, pace).time == "not measured on this machine yet; some minutes on two cores"
    assert planned(Mode.OUTPUT, 100, {}).time == "not measured on this machine yet; about 15 s on two cores"
    assert "all layers take some 10 min on two cores" in planned(Mode.EXACT, 100, pace).time


def test_the_output_layer_reads_the_labelled_ecgs_alone():
    few = planned(Mode.AUTO, 100, {})
    assert (few.n_read, planned(Mode.FAST, 100, {}).n_read) == (100, 300)
    assert few.sentence == (
        "From Base model, with 100 labelled ECGs of 100 patients. 200 unlabelled ECGs take no part: CE-SSL, which"
        " learns from them, is tried with more labels, or when asked for."
    )
    pair = replace(few, start="Base model (tiny)", against="Version 2")
    assert pair.sentence.startswith(
        "From Base model (tiny), with 100 labelled ECGs of 100 patients; compared with Version 2. 200 unlabelled"
    ), "nothing of a version is carried on"
    many = planned(Mode.AUTO, TRIED_FROM, {}).sentence
    assert many == "From Base model, with 300 labelled ECGs of 300 patients and 200 unlabelled ECGs."
