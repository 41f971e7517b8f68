"""What holds where several readers have read one ECG."""

from hypothesis import given
from hypothesis import strategies as st

from cessl_gui.core.types import State
from cessl_gui.tasks.consensus import Basis, conflicts, consensus

AF, PVC = "164889003", "427172004"
PRESENT, ABSENT, UNCERTAIN = State.PRESENT, State.ABSENT, State.UNCERTAIN

DIFFER = {"r1": {"dr a": {AF: PRESENT}, "dr b": {AF: ABSENT}}}
STATES = st.sampled_from(list(State))
READINGS = st.dictionaries(
    st.sampled_from(["r1", "r2", "r3"]),
    st.dictionaries(st.sampled_from(["dr a", "dr b", "dr c"]), st.dictionaries(st.sampled_from([AF, PVC]), STATES)),
)


def test_the_word_of_one_reader_holds():
    assert consensus({"r1": {"dr a": {AF: PRESENT}}}).labels == {"r1": {AF: PRESENT}}


def test_what_all_readers_agree_on_holds():
    both = consensus({"r1": {"dr a": {AF: UNCERTAIN}, "dr b": {AF: UNCERTAIN}}})
    assert both.counts == {Basis.AGREED: 1}


def test_what_a_reader_says_once_more_changes_no_label():
    both = {"r1": {"dr a": {AF: PRESENT}, "dr a (again)": {AF: ABSENT, PVC: PRESENT}}}
    assert consensus(both).labels == {"r1": {AF: PRESENT}}


def test_a_reader_is_in_no_conflict_with_the_own_first_reading():
    assert conflicts({"r1": {"dr a": {AF: PRESENT}, "dr a (again)": {AF: ABSENT}}}) == []


def test_where_readers_differ_nothing_holds_without_a_chosen_reader():
    assert consensus(DIFFER).labels == {}


def test_a_label_that_readers_differ_on_is_named():
    assert [conflict.said for conflict in consensus(DIFFER).open] == [{"dr a": PRESENT, "dr b": ABSENT}]


def test_where_readers_differ_the_chosen_reader_holds():
    assert consensus(DIFFER, chosen="dr b").labels == {"r1": {AF: ABSENT}}


def test_where_others_differ_and_the_chosen_reader_says_nothing_nothing_holds():
    assert consensus(DIFFER, chosen="dr c").labels == {}


def test_adjudication_goes_before_the_chosen_reader():
    assert consensus(DIFFER, {"r1": {AF: UNCERTAIN}}, "dr b").labels == {"r1": {AF: UNCERTAIN}}


def test_adjudication_goes_before_agreement():
    both = {"r1": {"dr a": {AF: PRESENT}, "dr b": {AF: PRESENT}}}
    assert consensus(both, {"r1": {AF: ABSENT}}).labels == {"r1": {AF: ABSENT}}


def test_what_one_reader_has_not_assessed_is_no_conflict():
    assert conflicts({"r1": {"dr a": {AF: PRESENT}, "dr b": {PVC: ABSENT}}}) == []


def test_open_conflicts_come_before_decided_ones():
    readings = DIFFER | {"r0": DIFFER["r1"]}
    assert [c.record_id for c in conflicts(readings, {"r0": {AF: ABSENT}})] == ["r1", "r0"]


def test_a_decided_conflict_keeps_both_words():
    assert conflicts(DIFFER, {"r1": {AF: ABSENT}})[0].said == {"dr a": PRESENT, "dr b": ABSENT}


def test_the_sentence_counts_what_holds_and_what_does_not():
    readings = DIFFER | {"r2": {"dr a": {AF: ABSENT}}}
    assert consensus(readings).sentence == "Labels: 1 of one reader; 1 label left out because readers differ."


def test_the_sentence_names_the_chosen_reader():
    assert consensus(DIFFER, chosen="dr b").sentence == "Labels: 1 of dr b, where readers differ."


@given(READINGS, st.dictionaries(st.sampled_from(["r1", "r2"]), st.dictionaries(st.just(AF), STATES)))
def test_every_assessed_statement_holds_or_is_named(readings, adjudicated):
    said = {(r, c) for r, readers in readings.items() for states in readers.values() for c in states}
    said |= {(r, c) for r, states in adjudicated.items() for c in states}
    result = consensus(readings, adjudicated)
    holds = {(r, c) for r, states in result.labels.items() for c in states}
    assert holds | {(c.record_id, c.code) for c in result.open} == said


@given(READINGS)
def test_no_state_holds_that_nobody_said(readings):
    for record_id, states in consensus(readings, chosen="dr a").labels.items():
        for code, state in states.items():
            assert state in {given.get(code) for given in readings[record_id].values()}
