"""Projects merge by union: whatever the order, the offline spells and the doubles, all end the same."""

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from cessl_gui.store.care.verify import verify
from cessl_gui.store.exchange import union
from cessl_gui.store.project import Project
from tests.store.desks import READERS, WHAT, act, merge, record, whole

DEEDS = st.lists(
    st.one_of(
        st.tuples(
            st.just("act"), st.integers(0, 4), st.sampled_from(READERS), st.sampled_from(WHAT), st.integers(0, 11)
        ),
        st.tuples(st.just("merge"), st.integers(0, 4), st.integers(0, 4)),
    ),
    min_size=5,
    max_size=30,
)


@pytest.mark.parametrize(("removals", "together"), [(False, 2), (True, 500)])
@settings(max_examples=7, deadline=None, suppress_health_check=list(HealthCheck), phases=(Phase.reuse, Phase.generate))
@given(deeds=DEEDS, count=st.integers(3, 5), order=st.permutations(range(5)), doubt=st.integers(0, 29))
def test_whatever_happens_all_end_the_same(tmp_path_factory, removals, together, deeds, count, order, doubt):
    """together : acts in one transaction of a merge: what is taken back may be in another one"""
    outer, patch = tmp_path_factory.mktemp("desks"), pytest.MonkeyPatch()
    desks = [Project.open(outer / f"{number}.cessl") for number in range(count)]
    try:
        patch.setattr(union, "TOGETHER", together)
        for number, desk in enumerate(desks):
            desk.records.add(record(1))
            if number % 2:
                desk.records.add(record(2))
        for place, deed in enumerate(deeds):
            if deed[0] == "act":
                act(desks[deed[1] % count], *deed[2:])
            else:
                merge(desks[deed[1] % count], desks[deed[2] % count])
            if removals and place == doubt and desks[0].records.of_content("r1"):
                act(desks[0], "ann", "remove", 0)
        ring = [desks[one] for one in order if one < count]
        for _ in range(2):  # twice round, each hears of all
            for one, other in zip(ring, [*ring[1:], ring[0]], strict=True):
                merge(one, other)
        first = whole(desks[0])
        for desk in desks[1:]:
            assert whole(desk) == first
        for desk in desks:
            assert verify(desk.folder).wrong == []
    finally:
        patch.undo()
        for desk in desks:
            desk.close()


def test_what_is_said_of_a_record_is_added_to_what_is_there(two, monkeypatch):
    """A record is not made again for each part of a bundle: it took the square of what is said of it."""
    one, other = two
    monkeypatch.setattr(union, "TOGETHER", 6)
    made_again = []
    monkeypatch.setattr("cessl_gui.store.log.state.empty", lambda db, scope: made_again.append(scope))
    act(other, "ann", "note", 0)
    for what in sorted({*WHAT} - {"panel", "count as", "undo", "redo"}):
        for number in (0, 2, 4):
            act(one, "ann", what, number)
    merge(other, one)
    merge(one, other)
    assert made_again == []
    monkeypatch.undo()
    assert whole(one) == whole(other)
    assert verify(other.folder).wrong == []
