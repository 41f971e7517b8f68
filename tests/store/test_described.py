"""Recordings that others met under several headers: whatever order their words come in, the end is the same."""

from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from cessl_gui.core.types import LEADS_12, Record, State
from cessl_gui.store.care.verify import verify
from cessl_gui.store.project import Project

AF, PVC = "164889003", "427172004"


def form(name: str, header: str = "", path: str = "/x/1.hea") -> Record:
    """A recording under one header: the same samples each time, another content for each."""
    signal_mv = np.zeros((12, 10), np.float32)
    return Record(name, f"ECG {header}", path, name * 32, signal_mv, 500.0, LEADS_12, stored_sha256="5" * 64)


@pytest.fixture
def desk(tmp_path, monkeypatch):
    """A function that opens a person's project on a computer of the own."""
    opened = {}

    def sit(name: str) -> Project:
        monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / name))
        if name not in opened:
            opened[name] = Project.open(tmp_path / name / "ward.cessl")
        return opened[name]

    yield sit
    for project in opened.values():
        project.close()


@pytest.fixture
def members(desk):
    """Of one ECG xenia met one header, ben the corrected one, anna both in turn; each has said something."""
    for name, forms, code in (("xenia", "b", AF), ("ben", "a", PVC), ("anna", "ba", "local:x")):
        for one in forms:
            desk(name).records.add(form(one, f"as {one}"))
        desk(name).labels.set(forms[0], code, State.PRESENT, f"dr {name}")
    return [desk(name) for name in ("xenia", "ben", "anna")]


def give(source: Project, into: Project):
    here = {one.id: one.number for one in into.known()}
    return into.take(source.known(), list(source.give(here)), list(source.facts()))


def end(project: Project) -> dict:
    """What a project knows of recordings and what is said of them."""
    rows = project._database.all("SELECT * FROM records ORDER BY id")
    contents = project._database.all("SELECT content, record_id FROM record_contents ORDER BY content")
    said = [(row["record_id"], row["code"], row["reader"], row["state"]) for row in project.labels.of_all_readers()]
    removed = [row[0] for row in project._database.all("SELECT content FROM removed ORDER BY content")]
    return {
        "records": list(map(tuple, rows)),
        "contents": list(map(tuple, contents)),
        "said": sorted(said),
        "removed": removed,
    }


def test_the_end_is_the_same_in_every_order(desk, members):
    ends = []
    for number, order in enumerate(permutations(members)):
        for member in order:
            give(member, desk(f"new {number}"))
        ends.append(end(desk(f"new {number}")))
    assert ends == ends[:1] * 6


def test_two_headers_of_one_ecg_are_one_record_once_somebody_says_so(desk, members):
    for member in members:
        give(member, desk("new"))
    assert desk("new").records.ids() == ["a"]


def test_what_was_said_under_both_headers_is_said_of_the_one_record(desk, members):
    for member in members:
        give(member, desk("new"))
    assert desk("new").labels.current("a") == dict.fromkeys((AF, PVC, "local:x"), State.PRESENT)


def test_the_latest_description_holds(desk, members):
    for member in reversed(members):
        give(member, desk("new"))
    assert desk("new").records.get("a").name == "ECG as a"  # which anna read last


def test_state_follows_from_the_acts_after_records_became_one(desk, members):
    for member in members:
        give(member, desk("new"))
    desk("new").close()
    assert verify(desk("new").folder).wrong == []


def test_the_signal_of_a_record_that_became_another_goes(desk, members):
    give(members[0], desk("new"))
    desk("new").waveforms.write(form("b"))
    for member in members[1:]:
        give(member, desk("new"))
    assert not desk("new").waveforms.path("b").exists()


def test_records_that_were_met_here_stay_apart(desk, members):
    for one in "ab":
        desk("new").records.add(replace(form(one), source=f"/y/{one}.hea"))
    for member in members:
        give(member, desk("new"))
    assert desk("new").records.ids() == ["a", "b"]


def test_an_own_record_keeps_its_own_description(desk, members):
    desk("new").records.add(form("b", "of my own"))
    for member in members:
        give(member, desk("new"))
    assert [(one.id, one.name) for one in desk("new").records.all()] == [("b", "ECG of my own")]


@pytest.mark.parametrize("late", [0, 1, 2])
def test_a_removal_takes_all_headers_whenever_it_comes(desk, members, late):
    """Ben removes what he met; the one who met both tells of it before or after."""
    facts = [list(member.facts()) for member in members]
    members[1].remove(["a"], "dr ben", "consent withdrawn")
    turns = [
        lambda: give(members[1], desk("new")),
        *(lambda f=f: desk("new").take([], [], f) for f in (facts[0], facts[2])),
    ]
    for turn in [*turns[late:], *turns[:late]]:
        turn()
    assert (desk("new").records.ids(), end(desk("new"))["removed"]) == ([], ["a", "b"])


def test_what_came_before_is_not_taken_in_twice(desk, members):
    for member in members:
        give(member, desk("new"))
    again = [give(member, desk("new")) for member in members]
    assert [(one.records, one.joined) for one in again] == [(0, [])] * 3


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), phases=(Phase.reuse, Phase.generate))
@given(groups=st.lists(st.sets(st.sampled_from("abcd"), min_size=1), min_size=2, max_size=4), order=st.randoms())
def test_any_descriptions_in_any_order_end_the_same(tmp_path_factory, groups, order):
    outer = tmp_path_factory.mktemp("any")
    with Project.open(outer / "one.cessl") as one:
        one.records.add(form("a"))
        (fact,) = one.facts()
    said = [
        fact | {"id": max(group), "contents": sorted(group), "name": f"{number}", "added_utc": f"2026-01-0{number + 1}"}
        for number, group in enumerate(groups)
    ]
    ends = []
    for number in range(2):
        order.shuffle(said)
        with Project.open(outer / f"{number}.cessl") as project:
            for one in said:
                project.take([], [], [one])
            ends.append(end(project))
    assert ends[0] == ends[1]


def by_content(project: Project) -> tuple[dict, list]:
    """Record -> its contents; and what is said of records."""
    of: dict[str, list[str]] = {}
    for content, record_id in project._database.all("SELECT content, record_id FROM record_contents ORDER BY content"):
        of.setdefault(record_id, []).append(content)
    return of, end(project)["said"]


def said_of_all(folder) -> tuple[list, list, dict]:
    """Devices and acts of a project in which each of a to e has a label, and a description to make others from."""
    with Project.open(folder) as one:
        for letter in "abcde":
            one.records.add(form(letter, letter, f"/{letter}"))
            one.labels.set(letter, f"local:{letter}", State.PRESENT, "dr one")
        return one.known(), list(one.give({})), next(one.facts())


def test_two_own_records_that_two_others_join_by_a_third_header_end_the_same_in_any_order(tmp_path):
    """I met a, and the same samples as c at another place; ann corrected a to b, bob c to b."""
    known, acts, fact = said_of_all(tmp_path / "others.cessl")
    said = [fact | {"id": one, "contents": [one, "b"]} for one in "ac"]
    ends = []
    for number, order in enumerate(permutations([*said, fact | {"id": "e", "contents": ["c", "e"]}])):
        with Project.open(tmp_path / f"{number}.cessl") as project:
            for one in "ac":
                project.records.add(form(one, one, f"/{one}"))
            for described in order:
                project.take(known, acts, [described])
            ends.append(by_content(project))
        assert verify(tmp_path / f"{number}.cessl").wrong == []
    assert ends == ends[:1] * 6
    assert ends[0][0] == {"a": ["a", "b", "e"], "c": ["c"]}, "records that were met here stay apart"


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), phases=(Phase.reuse, Phase.generate))
@given(
    own=st.lists(st.sampled_from("abcd"), unique=True, max_size=3),
    groups=st.lists(st.sets(st.sampled_from("abcde"), min_size=1), min_size=2, max_size=4),
    order=st.randoms(),
)
def test_beside_own_records_any_descriptions_in_any_order_end_the_same(tmp_path_factory, own, groups, order):
    outer = tmp_path_factory.mktemp("own")
    known, acts, fact = said_of_all(outer / "others.cessl")
    said = [fact | {"id": max(group), "contents": sorted(group)} for group in groups]
    ends = []
    for number in range(2):
        order.shuffle(said)
        with Project.open(outer / f"{number}.cessl") as project:
            for one in own:
                project.records.add(form(one, one, f"/{one}"))
            project.take(known, acts, [])
            for described in said:
                project.take([], [], [described])
            ends.append(by_content(project))
        assert verify(outer / f"{number}.cessl").wrong == []
    assert ends[0] == ends[1]


@pytest.mark.parametrize("where", ["name", "leads", "contents"])
def test_a_description_with_half_a_character_is_left_out_and_stops_no_other(desk, where):
    desk("ben").records.add(form("a"))
    (said,) = desk("ben").facts()
    half = {"name": "\ud800", "leads": '["\\ud800"]', "contents": ["z", "\ud800"]}[where]
    taken = desk("anna").take([], [], [said | {"id": "z", "contents": ["z"], where: half}, said])
    assert (taken.unfit, desk("anna").records.ids()) == (1, ["a"])
