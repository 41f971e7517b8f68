"""The next ECGs, each with its reason."""

import json
from dataclasses import replace
from itertools import count, islice

import pytest

from cessl_gui.core.statements.vocabulary import vocabulary
from cessl_gui.core.types import Prediction, ReadingState, State
from cessl_gui.store.columns.prediction_table import PredictionTable, Stored
from cessl_gui.store.columns.rows import Rows
from cessl_gui.tasks.worklist.queue import Material, Reason, controls, is_control, queue
from cessl_gui.tasks.worklist.queue_material import queue_material
from cessl_gui.tasks.worklist.queue_reasons import Candidate, Table, against_file, rare
from tests.records import make_record, noise_mv

AF, PVC, LBBB = "164889003", "427172004", "733534002"
PANEL = (AF, PVC, LBBB)
THRESHOLDS = dict.fromkeys(PANEL, 0.5)


def predicted(record_id: str, *p: float, likeness: float | None = None) -> Prediction:
    return Prediction(record_id, "m1", dict(zip(PANEL, p, strict=True)), likeness=likeness)


def material(ids, predictions=(), **more) -> Material:
    return Material(ids, panel=PANEL, predictions={p.record_id: p for p in predictions}, thresholds=THRESHOLDS, **more)


def free(n: int, seed: int = 0) -> list[str]:
    """Ids of ECGs that are no controls."""
    ids = (f"r{i:05d}" for i in count())
    return list(islice((record_id for record_id in ids if not is_control(record_id, seed)), n))


def reasons(places) -> dict[str, Reason]:
    return {place.record_id: place.reason for place in places}


@pytest.fixture(scope="module")
def ward() -> Material:
    """400 ECGs, most of which the model is sure of."""
    ids = [f"r{i:05d}" for i in range(400)]
    return material(ids, [predicted(record_id, (i % 97) / 97, 0.01, 0.001) for i, record_id in enumerate(ids)])


def test_every_ecg_comes_once(ward):
    places = queue(ward, limit=1000)
    assert sorted(place.record_id for place in places) == sorted(ward.unread)


def test_the_same_seed_gives_the_same_queue(ward):
    assert queue(ward, seed=4) == queue(ward, seed=4)


def test_another_seed_has_other_controls(ward):
    groups = {record_id: record_id for record_id in ward.unread}
    assert controls(groups, 1) != controls(groups, 2)


def test_one_of_three_is_a_control(ward):
    places = queue(ward, limit=99)
    assert sum(place.reason == Reason.CONTROL for place in places) == 33


def test_no_control_is_chosen_for_a_reason(ward):
    held_back = controls({record_id: record_id for record_id in ward.unread}, 0)
    chosen = {place.record_id for place in queue(ward, limit=100) if place.reason != Reason.CONTROL}
    assert not chosen & held_back


def test_who_is_a_control_does_not_depend_on_what_else_there_is(ward):
    fewer = replace(ward, unread=ward.unread[:100])
    of_fewer = {p.record_id for p in queue(fewer, limit=1000) if p.reason == Reason.CONTROL}
    of_all = {p.record_id for p in queue(ward, limit=1000) if p.reason == Reason.CONTROL}
    assert of_fewer == of_all & set(fewer.unread)


def test_two_readers_who_have_not_synced_begin_with_different_ecgs(ward):
    few = replace(ward, unread=ward.unread[:300])
    shared = [replace(few, reader=name, readers=("ann", "bob")) for name in ("ann", "bob")]
    ann, bob = (queue(one, limit=45) for one in shared)
    assert not {place.record_id for place in ann} & {place.record_id for place in bob}
    assert ann == queue(shared[0], limit=45)
    for places in (ann, bob):
        assert sum(place.reason == Reason.CONTROL for place in places) == 15
    whole = queue(shared[1], limit=300)
    held_back = controls({record_id: record_id for record_id in few.unread}, 0)
    assert {place.record_id for place in whole if place.reason == Reason.CONTROL} == held_back
    assert len(whole) == len(few.unread)


def test_ecgs_are_shared_among_who_has_read_and_not_where_readings_are_compared(project):
    for number in (1, 2):
        project.records.add(make_record(noise_mv(number), number))
    project.labels.set("r1", AF, State.PRESENT, "a file")
    for reader in ("ann", "bob", "ann (again)"):
        project.records.set_reading("r1", ReadingState.CONFIRMED, reader)
    assert sorted(queue_material(project, "ann").readers) == ["ann", "bob"]
    assert queue_material(project, "ann (again)").readers == ()
    project.read_apart("bob")
    assert queue_material(project, "bob").readers == ()


def test_who_reads_alone_loses_no_place_to_others(ward):
    assert queue(replace(ward, reader="ann", readers=["ann"])) == queue(ward)


def test_ecgs_of_one_patient_are_all_controls_or_none():
    ids = [f"r{i}" for i in range(40)]
    groups = {record_id: f"p{i % 4}" for i, record_id in enumerate(ids)}
    held_back = controls(groups, 0)
    assert {len({i in held_back for i in ids if groups[i] == p}) for p in groups.values()} == {1}


def test_the_most_uncertain_ecg_comes_first():
    sure, unsure = free(2)
    places = queue(material([sure, unsure], [predicted(sure, 0.01, 0.01, 0.01), predicted(unsure, 0.51, 0.01, 0.01)]))
    assert (places[0].record_id, places[0].reason) == (unsure, Reason.UNCERTAIN)


def test_the_reason_names_the_statement():
    (only,) = free(1)
    assert queue(material([only], [predicted(only, 0.52, 0.01, 0.01)]))[0].detail == "AF 0.52"


def against(p: tuple[float, float, float], stated: str | None) -> list[Candidate]:
    """Where the model says p, and the file states one statement or none."""
    table = Table.of({"a": predicted("a", *p)}, ["a"], PANEL, THRESHOLDS)
    return against_file(table, {"a": {stated: State.PRESENT}} if stated else {})


def test_what_the_file_states_and_the_model_misses_is_a_reason():
    assert [each.detail for each in against((0.02, 0.01, 0.01), AF)] == ["file: AF; model 0.02"]


def test_what_the_model_finds_and_the_file_does_not_state_is_a_reason():
    assert [each.detail for each in against((0.9, 0.97, 0.01), AF)] == ["model: PVC 0.97; not in the file"]


def test_a_kind_of_what_the_file_states_is_no_contradiction():
    assert against((0.01, 0.97, 0.01), vocabulary().find("Ventricular ectopics").code) == []


def test_a_file_that_states_nothing_contradicts_nothing():
    assert against((0.99, 0.01, 0.01), None) == []


def test_what_contradicts_the_file_comes_with_that_reason():
    first, second = free(2)
    made = material([first, second], [predicted(second, 0.02, 0.01, 0.01)], header={second: {AF: State.PRESENT}})
    assert reasons(queue(made))[second] == Reason.AGAINST_FILE


def test_readers_who_differ_are_a_reason():
    (only,) = free(1)
    assert queue(material([only], disagreed={only: "AF"}))[0].reason == Reason.READERS


def test_a_doubtful_signal_is_a_reason():
    (only,) = free(1)
    assert queue(material([only], doubts={only: "V1 flat"}))[0].detail == "V1 flat"


def test_an_ecg_unlike_what_the_model_knows_is_a_reason():
    ids = free(2)
    made = material(ids, [predicted(ids[0], 0.5, 0.5, 0.5), predicted(ids[1], 0.001, 0.001, 0.001, likeness=0.002)])
    assert reasons(queue(made))[ids[1]] == Reason.UNLIKE


def test_a_statement_found_in_enough_ecgs_is_not_rare():
    table = Table.of({"a": predicted("a", 0.9, 0.01, 0.01)}, ["a"], PANEL, THRESHOLDS)
    assert rare(table, {AF: 20}) == []


def test_a_kind_of_what_the_file_states_that_the_model_finds_is_no_contradiction():
    ventricular = vocabulary().find("Ventricular ectopics").code
    table = Table.of({"a": Prediction("a", "m1", {ventricular: 0.02, PVC: 0.97})}, ["a"], (ventricular, PVC), {})
    assert against_file(table, {"a": {ventricular: State.PRESENT}}) == []


@pytest.mark.parametrize("together", [1, 2, 7])
def test_the_share_of_controls_holds_where_the_queue_is_made_anew_again_and_again(ward, together):
    read: list[str] = []
    controls_read = 0
    while len(read) < 210:
        left = [record_id for record_id in ward.unread if record_id not in read]
        places = queue(replace(ward, unread=left, begun=len(read)), limit=together)
        controls_read += sum(place.reason == Reason.CONTROL for place in places)
        read += [place.record_id for place in places]
    assert controls_read == 70


def test_predictions_in_columns_give_the_same_queue(ward):
    stored = [
        Stored(p.record_id, json.dumps(p.probabilities), json.dumps(p.leads), p.likeness)
        for p in ward.predictions.values()
    ]
    columns = PredictionTable(Rows(ward.unread), "m1", stored)
    assert queue(replace(ward, predictions=columns), limit=100) == queue(ward, limit=100)


def test_ones_own_ecgs_are_repeated():
    (only,) = free(1)
    assert queue(material([], repeatable=[only]))[0].reason == Reason.REPEAT


def test_without_a_model_ecgs_come_in_order():
    ids = free(10)
    places = [place for place in queue(material(ids)) if place.reason == Reason.ORDER]
    assert [place.record_id for place in places] == ids


def test_not_twenty_of_a_kind():
    ids = free(60)
    twins = [predicted(record_id, 0.5, 0.01, 0.01) for record_id in ids[:40]]
    others = [predicted(record_id, 0.01, 0.45, 0.9) for record_id in ids[40:]]
    first = queue(material(ids, [*twins, *others]), limit=8)
    assert {place.record_id in ids[40:] for place in first} == {True, False}


def test_a_patient_comes_once_before_all_have_come():
    ids = free(6)
    groups = dict(zip(ids, ["p1", "p1", "p1", "p2", "p3", "p4"], strict=True))
    seed = next(s for s in range(1000) if not any(is_control(p, s) for p in groups.values()))
    made = material(ids, [predicted(i, 0.5 - n / 100, 0.01, 0.01) for n, i in enumerate(ids)], groups=groups)
    assert len({groups[place.record_id] for place in queue(made, limit=4, seed=seed)}) == 4
