"""Projects merge by union: both words are kept, twice is once, what was altered is refused."""

import re
from dataclasses import replace

import pytest

from cessl_gui.core.errors import Cancelled
from cessl_gui.core.types import State
from cessl_gui.store.care.verify import verify
from cessl_gui.store.exchange import union
from cessl_gui.store.log.steps import new_step
from cessl_gui.store.project import Project
from tests.records import shown_labels
from tests.store.desks import AF, merge, record, whole


def test_two_readers_who_differ_are_both_kept(two):
    one, other = two
    one.labels.set("r1", AF, State.PRESENT, "ann")
    other.labels.set("r1", AF, State.ABSENT, "bob")
    merge(one, other)
    merge(other, one)
    for project in two:
        assert project.labels.of_reader("r1", "ann").states == {AF: State.PRESENT}
        assert project.labels.of_reader("r1", "bob").states == {AF: State.ABSENT}
        assert project.labels.current("r1") == {AF: State.ABSENT}, "the later word is shown"


def test_twice_is_once(two):
    one, other = two
    one.labels.set("r1", AF, State.PRESENT, "ann")
    assert merge(one, other).acts == 1
    before = whole(other)
    assert merge(one, other).acts == 0
    assert whole(other) == before


def test_who_corrects_another_comes_after_also_with_a_slow_clock(two, monkeypatch):
    one, other = two
    one.labels.set("r1", AF, State.PRESENT, "ann")
    merge(one, other)
    monkeypatch.setattr("cessl_gui.store.log.act_ids.now_utc", lambda: "2020-01-01T00:00:00.000Z")
    other.labels.set("r1", AF, State.ABSENT, "bob")
    monkeypatch.undo()
    merge(other, one)
    assert one.labels.current("r1") == {AF: State.ABSENT}
    assert shown_labels(one)[0]["at_utc"].startswith("2020")


def test_a_record_that_others_have_is_known_and_found_by_its_content(two):
    one, other = two
    one.records.add(record(2))
    one.labels.set("r2", AF, State.PRESENT, "ann")
    taken = merge(one, other)
    assert taken.records == 1
    assert other.labels.current("r2") == {AF: State.PRESENT}
    assert other.records.get("r2").name == "ECG 2"
    assert not other.records.add(record(2)), "its own copy is the same record"


def test_acts_on_a_record_that_is_not_here_wait_for_it(two):
    one, other = two
    one.records.add(record(2))
    one.labels.set("r2", AF, State.PRESENT, "ann")
    here = {known.id: known.number for known in other.known()}
    other.take(one.known(), list(one.give(here)))
    assert other.labels.all_current() == {}
    other.records.add(record(2))
    assert other.labels.current("r2") == {AF: State.PRESENT}
    assert verify(other.folder).wrong == []


def test_an_undo_that_comes_before_what_it_takes_back_takes_it_back(two):
    one, other = two
    one.labels.set("r1", AF, State.PRESENT, "ann", step=new_step())
    merge(one, other)
    other.steps.undo("ann")
    other.labels.set("r1", "local:x", State.PRESENT, "ann")
    merge(other, one)
    assert one.labels.current("r1") == {"local:x": State.PRESENT}
    assert one.steps.to_undo("ann") == []


def given_by(project, into):
    here = {one.id: one.number for one in into.known()}
    return project.known(), list(project.give(here))


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (lambda acts: [acts[0], replace(acts[1], reader="eve"), *acts[2:]], "Act 2 of device .* was altered"),
        (lambda acts: [acts[0], *acts[2:]], "are lacking"),
        (lambda acts: acts[:-1], "do not end with the one that it signed"),
        (lambda acts: [*acts[:-1], replace(acts[-1], payload='{"code":"","new":"x","old":null}')], "was altered"),
        (lambda acts: [*acts[:-1], replace(acts[-1], digest="0" * 64)], "was altered"),
    ],
)
def test_what_was_altered_on_its_way_is_refused_whole(two, harm, words):
    one, other = two
    for state in State:
        one.labels.set("r1", AF, state, "ann")
    devices, acts = given_by(one, other)
    before = whole(other)
    taken = other.take(devices, harm(acts))
    assert taken.acts == 0
    assert len(taken.refused) == 1
    assert re.search(words, taken.refused[0])
    assert whole(other) == before


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"signature": bytes(64)}, "not signed with its key"),
        ({"key": "ab" * 32}, "not what it says"),
        ({"nonce": "0"}, "not what it says"),
        ({"from_version": 9}, "not what it says"),
        ({"number": 2}, "not signed with its key"),
    ],
)
def test_a_device_that_is_not_itself_is_refused(two, change, words):
    one, other = two
    one.labels.set("r1", AF, State.PRESENT, "ann")
    devices, acts = given_by(one, other)
    taken = other.take([device._replace(**change) for device in devices], acts)
    assert taken.acts == 0
    assert words in taken.refused[0]


def test_two_projects_that_forked_are_told(two):
    one, other = two
    one.labels.set("r1", AF, State.PRESENT, "ann")
    merge(one, other)
    one.labels.set("r1", AF, State.ABSENT, "ann")
    devices, acts = given_by(one, other)
    other.take(devices, acts)
    forged = [replace(acts[-1], hash=bytes(32))]
    assert "two different acts" in other.take(devices, forged).refused[0]


def test_acts_of_a_clock_that_is_thousands_of_years_ahead_reach_the_others(tmp_path, monkeypatch):
    with Project.open(tmp_path / "one.cessl") as one, Project.open(tmp_path / "two.cessl") as two:
        one.records.add(record(1))
        with monkeypatch.context() as ahead:
            ahead.setattr("cessl_gui.store.log.act_ids.now_utc", lambda: "9999-12-31T23:59:59.999Z")
            one.labels.set("r1", AF, State.PRESENT, "ann")
        one.labels.set("r1", AF, State.ABSENT, "ann")
        assert merge(one, two).refused == []
        two.labels.set("r1", AF, State.UNCERTAIN, "bob")
        assert merge(two, one).refused == []
        assert one.labels.current("r1") == {AF: State.UNCERTAIN}


# --- many acts, some in each transaction ------------------------------------------------------------------------------


@pytest.fixture
def many(two, monkeypatch):
    """Acts of one project for the other, more than are taken in together."""
    one, other = two
    monkeypatch.setattr(union, "TOGETHER", 4)
    for number in range(10):
        one.labels.set("r1", f"local:{number}", State.PRESENT, "ann")
    return one, other, *given_by(one, other)


def broken_off(count: int) -> None:
    raise Cancelled


def test_many_acts_are_taken_in_by_several_transactions(many):
    one, other, devices, acts = many
    said = []
    other.take(devices, acts, between=said.append)
    assert said[:2] == [4, 8]
    assert said[-1] == len(acts)
    assert whole(other) == whole(one)


def test_a_merge_that_broke_off_goes_on(many):
    one, other, devices, acts = many
    with pytest.raises(Cancelled):
        other.take(devices, acts, between=broken_off)
    assert 0 < other.history.count() < one.history.count()
    other.take(devices, acts)
    assert whole(other) == whole(one)


def test_a_chain_whose_end_is_still_to_come_is_named_and_not_given_on(many):
    _, other, devices, acts = many
    with pytest.raises(Cancelled):
        other.take(devices, acts, between=broken_off)
    assert devices[0].id not in [device.id for device in other.known()]
    other.close()
    named = f"The end of device {devices[0].id} is not signed: a sync or merge that broke off is to be done again."
    assert verify(other.folder).wrong == [named]


def test_what_was_altered_behind_the_first_transaction_is_refused_whole(many):
    _, other, devices, acts = many
    before = whole(other)
    assert other.take(devices, [*acts[:-1], replace(acts[-1], reader="eve")]).acts == 0
    assert whole(other) == before


def test_what_a_label_costs_does_not_grow_with_the_log(tmp_path):
    """The steps that SQLite takes for 100 labels of others: as many beside 4,000 acts as beside 100."""
    with Project.open(tmp_path / "one.cessl") as one, Project.open(tmp_path / "two.cessl") as other:
        for project in (one, other):
            for number in (1, 2):
                project.records.add(record(number))
        steps = []
        for name, share in (("r1", 100), ("r2", 3900), ("r1", 100)):
            number = one.history.count()
            one.labels.set_many([(name, f"local:{number + i}", State.PRESENT) for i in range(share)], "ann")
            known, given = given_by(one, other)
            counted = [0]
            other._database.connection.set_progress_handler(lambda n=counted: n.__setitem__(0, n[0] + 1), 100)
            other.take(known, given)
            other._database.connection.set_progress_handler(None, 100)
            steps.append(counted[0])
        assert steps[2] < 2 * steps[0]
        assert whole(one) == whole(other)
