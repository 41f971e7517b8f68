"""Changes of a list that were made without knowledge of each other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cessl_gui.store.log.list_changes import merged

LISTS = st.lists(st.sampled_from("abcdefgh"), unique=True)


@given(LISTS, LISTS)
def test_a_change_of_what_it_knew_gives_what_it_wanted(old, new):
    assert merged(old, old, new) == new


@given(LISTS, LISTS)
def test_no_change_changes_nothing(current, old):
    assert merged(current, old, old) == current


@given(LISTS, LISTS, LISTS)
def test_nothing_is_twice_and_nothing_comes_that_nobody_has_added(current, old, new):
    after = merged(current, old, new)
    assert len(after) == len(set(after))
    assert set(after) == {one for one in current if one in new or one not in old} | {o for o in new if o not in old}


@pytest.mark.parametrize(
    ("current", "old", "new", "after"),
    [
        ("abcd", "bacd", "bacde", "abcde"),  # the swap of another was taken back
        ("abcd", "bacd", "badc", "abdc"),  # and so it was, where this one swaps others
        ("abxcd", "abcd", "acbd", "acbxd"),  # what another added keeps its place
        ("acd", "abcd", "bacd", "acd"),  # what another removed stays away, also where it was moved
        ("", "ab", "abc", "c"),
    ],
)
def test_others_changes_stay(current, old, new, after):
    assert "".join(merged(current, old, new)) == after
