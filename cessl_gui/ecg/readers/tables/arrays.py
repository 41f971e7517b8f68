"""Arrays of samples, one recording or many in a file: which array, which axis is the leads, what the file says."""

from __future__ import annotations

import re

import numpy as np

from cessl_gui.core.errors import UnreadableRecording
from cessl_gui.core.scratch import check
from cessl_gui.core.types import LEADS_12, Record
from cessl_gui.ecg.readers.given import Given
from cessl_gui.ecg.readers.guesses import guessed_leads, guessed_rate, guessed_step, rate_by_frequency
from cessl_gui.ecg.readers.members import member
from cessl_gui.ecg.readers.recording import Facts, recording, sha256, signal_of
from cessl_gui.ecg.readers.stand_ins import without_stand_ins
from cessl_gui.ecg.readers.tables.array_words import facts_of, plain_text, said_of, steps_of
from cessl_gui.ecg.readers.tables.fills import without_fill
from cessl_gui.ecg.readers.tables.stacks import MOST_LEADS, Stack
from cessl_gui.ecg.readers.tables.statistics import disagreeing

ID_NAMES = ("exam_id", "ecg_id", "record_id", "record", "id", "ids", "name", "names")
LARGEST = 1 << 25  # values of a recording, which is read whole
CODE_RATE_HZ = 400  # of the CODE data sets, as their description says


def read_stack(stack: Stack, place: int | None, given: Given, facts: Facts | None = None) -> Record:
    """One recording of a stack.

    place  : which; None: the only one
    raises : UnreadableRecording with the reason
    """
    path, values = stack.arrays.path, _values(stack, place, given)
    digest = sha256(np.ascontiguousarray(values).tobytes() + stack.name.encode())
    values = (
        values.T if values.shape[1] <= MOST_LEADS < values.shape[0] or values.shape[0] > values.shape[1] else values
    )
    facts = facts or facts_of(stack)
    guesses: list[str] = []
    said = said_of(stack, place, given)
    fs_hz, leads = given.fs_hz or said["fs"], list(given.leads or said["leads"])
    is_code = stack.name.rsplit("/")[-1] == "tracings" and len(values) == len(LEADS_12)
    if is_code:
        fs_hz, leads = fs_hz or CODE_RATE_HZ, leads or list(LEADS_12)
    if said["is some rate"] and said["fs"] and not given.fs_hz:
        fs_hz = rate_by_frequency(path, said["fs"], values.shape[1], guesses)
    fs_hz = fs_hz or guessed_rate(path, values.shape[1], guesses)
    if leads and len(leads) != len(values):
        raise UnreadableRecording(
            f"{path.name} names {len(leads)} leads and holds {len(values)}.", "Name each of them."
        )
    sixteen_bit = values.dtype == np.int16
    values, doubts = without_fill(values, said["fills"], facts.warnings)
    values = without_stand_ins(values, leads or [""] * len(values), facts.warnings)
    leads = leads or guessed_leads(values, guesses)
    padded = _padding(values)
    steps, offsets = steps_of(path, stack, given, said, len(leads))
    if not steps:
        steps = [guessed_step(path, values[:, ~padded], leads, guesses)] * len(leads)
    later: list[str] = []
    signal = signal_of(values, leads, steps, later, sixteen_bit=sixteen_bit, raw=False)
    if any(offsets):
        signal += np.array(offsets, np.float32)[:, None]
    doubts += said["doubts"] + disagreeing(values, signal, said["statistics"])
    if doubts and not given.step_mv:
        words = ", ".join(dict.fromkeys(doubts))
        guesses.append(f"meaning of {words} not stated: not applied (--set unit=5uV gives the step)")
    facts.warnings += guesses + later
    if padded.any():
        signal[:, padded] = np.nan
        facts.warnings.append(f"{padded.sum():,} samples before and after the recording are padding")
    shown = path if place is None else member(path, place)
    name = path.stem if place is None else f"{path.stem}_{_id(stack, place) or place}"
    return recording(shown, digest, stack.arrays.format, signal, leads, fs_hz, facts, name=name, guesses=tuple(guesses))


def _values(stack: Stack, place: int | None, given: Given) -> np.ndarray:
    """The numbers of one recording of a stack, by its axes; refused as by read_stack."""
    path = stack.arrays.path
    if place is None and not stack.single:
        first = read_stack(stack, 0, given)  # what is wrong with all of them, goes first
        if first.guesses:
            raise UnreadableRecording(
                f"{path.name} holds {stack.array.shape[0]:,} recordings: {'; '.join(first.guesses)}.",
                f"Say it by --set and import it again. Name one as {path.name}#0 to see it.",
            )
        raise UnreadableRecording(
            f"{path.name} holds {stack.array.shape[0]:,} recordings.", f"Name one as {path.name}#0, or import the file."
        )
    if place is not None and (stack.single or place >= stack.array.shape[0]):
        raise UnreadableRecording(f"{path.name} has no recording {place}.", "Import the file again.")
    shape = stack.array.shape if stack.single else stack.array.shape[1:]
    if int(np.prod(shape)) > LARGEST:
        raise UnreadableRecording(
            f"{path.name} announces {int(np.prod(shape)):,} values: too long to open.", "Split it."
        )
    return np.atleast_2d(np.asarray(stack.array[()] if stack.single else stack.array[place]))


def _padding(values: np.ndarray) -> np.ndarray:
    """The samples before and after the recording where all leads are exactly 0, if there are more than a few."""
    check()
    some = np.flatnonzero((values != 0).any(axis=0))
    check()
    padded = np.zeros(values.shape[1], bool)
    if len(some):
        padded[: some[0]] = padded[some[-1] + 1 :] = True
    return padded if padded.sum() > 10 else np.zeros_like(padded)


def _id(stack: Stack, place: int) -> str:
    """What the file calls the recording at a place, "" where it has no array of names for them."""
    for name in ID_NAMES:
        for key, array in stack.arrays.values.items():
            if key.rsplit("/")[-1].casefold() == name and array.shape == stack.array.shape[:1]:
                return re.sub(r"[^\w.-]", "_", plain_text(array[place : place + 1]))[:60]
    return ""
