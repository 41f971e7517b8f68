"""Arrays of samples, one recording or many in a file: which array, which axis is the leads, what the file says."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from cessl_gui.core.errors import UnreadableRecording
from cessl_gui.core.types import LEADS_12, Record
from cessl_gui.ecg.readers.given import Given, hertz, step_of
from cessl_gui.ecg.readers.guesses import guessed_leads, guessed_rate, guessed_step
from cessl_gui.ecg.readers.members import member
from cessl_gui.ecg.readers.recording import Facts, moment, recording, sex_word, sha256, signal_of
from cessl_gui.ecg.readers.tables.stated import (
    FILL_NAMES,
    changes_voltages,
    may_invert,
    plain_number,
    without_fill,
    would_change,
)

SIGNAL_NAMES = ("signal_mv", "tracings", "signals", "signal", "ecg", "ecgs", "p_signal", "val", "data", "x")
ID_NAMES = ("exam_id", "ecg_id", "record_id", "record", "id", "ids", "name", "names")
RATE_NAMES = (
    *("sampling_rate_hz", "sampling_rate", "sampling_frequency", "sample_rate", "samplerate"),
    *("fs_hz", "fs", "sfreq", "freq", "frequency"),
)
INTERVAL_NAMES = ("dt", "delta_t", "sampling_interval", "sample_interval", "sampling_period", "sample_period")
UNIT_NAMES = ("unit", "units")
# What the numbers are multiplied by to be in the unit, and what is added then. Other such words are asked about.
SCALE_NAMES, OFFSET_NAME = ("scale", "scale_factor", "mv_per_count"), "add_offset"
LEAD_NAMES = ("leads", "lead_names", "sig_name", "sig_names", "channels", "ch_names", "channel_names")
FACT_NAMES = ("patient", "recorded_at", "age", "sex")  # as our own HDF5 files say them
SAID_NAMES = frozenset({*FACT_NAMES, *RATE_NAMES, *INTERVAL_NAMES, *UNIT_NAMES, *LEAD_NAMES, *FILL_NAMES})
LARGEST = 1 << 25  # values of a recording, which is read whole
MOST_LEADS, LEAST_SAMPLES = 32, 64
CODE_RATE_HZ = 400  # of the CODE data sets, as their description says


def is_said(name: str) -> bool:
    """Whether an attribute of this name is one that is read."""
    return _key(name) in SAID_NAMES or changes_voltages(name) or may_invert(name, "yes")


def _key(name: object) -> str:
    return re.sub(r"[\s-]+", "_", str(name).strip()).casefold()


@dataclass(frozen=True)
class Arrays:
    """What a file holds. values: name -> array, or what is read like one; said: attributes, of the file under "" """

    path: Path
    format: str
    values: Mapping[str, Any]
    said: Mapping[str, Mapping[str, object]] = field(default_factory=dict)


@dataclass(frozen=True)
class Stack:
    """The recordings of a file. array: (recordings, ...) or, where `single`, one recording"""

    arrays: Arrays
    name: str
    array: Any
    single: bool

    def members(self) -> list[Path]:
        if self.single:
            return [self.arrays.path]
        return [member(self.arrays.path, place) for place in range(self.array.shape[0])]


def stack_of(arrays: Arrays, dataset: str = "") -> Stack:
    """The array that holds the samples.

    dataset : its name, where a person chose it
    raises  : UnreadableRecording where there is none, or where several could be it
    """
    path = arrays.path
    usable = {name: array for name, array in arrays.values.items() if _is_signal(array)}
    if dataset:
        if dataset not in usable:
            raise UnreadableRecording(f"{path.name} has no samples called {dataset[:40]}.", _choose(usable))
        name = dataset
    else:
        if not usable:
            raise UnreadableRecording(f"{path.name} holds no array of samples.", "It may hold no ECG.")
        last = {name: name.rsplit("/")[-1].casefold() for name in usable}
        known = [name for word in SIGNAL_NAMES for name in usable if last[name] == word]
        if not known and len(usable) > 1:
            raise UnreadableRecording(f"{path.name} holds several arrays.", _choose(usable))
        alike = [name for name in known if last[name] == last[known[0]]]
        if len(alike) > 1:  # of several groups: what one of them says is not true of another
            raise UnreadableRecording(f"{path.name} holds several arrays of this name.", _choose(alike))
        name = (known or list(usable))[0]
    array = usable[name]
    # One of two dimensions is a recording, unless neither can be its leads: then each row is one of a single lead.
    single = array.ndim == 1 or (array.ndim == 2 and min(array.shape) <= MOST_LEADS)
    return Stack(arrays, name, array, single)


def _is_signal(array: Any) -> bool:
    if array.dtype.kind not in "iuf" or not 1 <= array.ndim <= 3:
        return False
    shape = array.shape[1:] if array.ndim == 3 else array.shape
    return (
        max(shape, default=0) >= LEAST_SAMPLES and 0 not in array.shape and (array.ndim < 3 or min(shape) <= MOST_LEADS)
    )


def _choose(usable: Iterable[str]) -> str:
    return f"Choose one: --set dataset={' or '.join(list(usable)[:5]) or 'NAME'}."


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
    facts = facts or _facts(stack)
    guesses: list[str] = []
    said = _said(stack, given)
    fs_hz, leads = given.fs_hz or said["fs"], list(given.leads or said["leads"])
    is_code = stack.name.rsplit("/")[-1] == "tracings" and len(values) == len(LEADS_12)
    if is_code:
        fs_hz, leads = fs_hz or CODE_RATE_HZ, leads or list(LEADS_12)
    fs_hz = fs_hz or guessed_rate(path, values.shape[1], guesses)
    if not leads:
        leads = guessed_leads(values, guesses)
    if len(leads) != len(values):
        raise UnreadableRecording(
            f"{path.name} names {len(leads)} leads and holds {len(values)}.", "Name each of them."
        )
    sixteen_bit = values.dtype == np.int16
    values = without_fill(values, said["fills"], facts.warnings)
    padded = _padding(values)
    steps, offsets = _steps(path, stack, given, said, len(leads))
    if not steps:
        steps = [guessed_step(path, values[:, ~padded], leads, guesses)] * len(leads)
    if said["doubts"] and not given.step_mv:
        guesses.append(
            f"meaning of {', '.join(said['doubts'])} not stated: not applied (--set unit=5uV gives the step)"
        )
    facts.warnings += guesses
    signal = signal_of(values, leads, steps, facts.warnings, sixteen_bit=sixteen_bit)
    if any(offsets):
        signal += np.array(offsets, np.float32)[:, None]
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


def _said(stack: Stack, given: Given) -> dict[str, Any]:
    """Rate, units, steps and leads as the attributes and the small arrays of the file state them.

    raises : UnreadableRecording where the leads have several rates, or the interval between samples is another
    """
    others = _beside(stack)
    small = {name: array for name, array in others.items() if array.size <= 5000}
    places = [stack.name, *map(str, PurePosixPath(stack.name).parents), ""]
    stated = [*(stack.arrays.said.get(place, {}) for place in places), small]
    sources = [{_key(key): value for key, value in source.items()} for source in stated]

    def first(names: Sequence[str]) -> Any:
        return next((source[name] for source in sources for name in names if name in source), None)

    rates, leads = dict.fromkeys(map(hertz, _plain_each(first(RATE_NAMES)))), first(LEAD_NAMES)
    interval, rate = plain_number(_plain(first(INTERVAL_NAMES))), next(iter(rates), None)
    # Of a second, a millisecond or a microsecond: the file does not say.
    fits = any(abs((rate or 0.0) * (interval or 0.0) / part - 1) < 0.02 for part in (1, 1e3, 1e6))
    if interval and rate and not given.fs_hz and not fits:
        raise UnreadableRecording(
            f"{stack.arrays.path.name} states {rate:g} Hz and an interval of {interval:g} between samples.",
            "Give the rate: --set fs=500.",
        )
    if len(rates) > 1:
        raise UnreadableRecording(
            f"{stack.arrays.path.name} states {len(rates)} sampling rates.", "Save the leads of one rate."
        )
    if leads is not None and not isinstance(leads, str | bytes):
        leads = _plain_each(leads)
    elif leads is not None:
        leads = re.split(r"[\s,;|]+", re.sub(r"[\[\]()'\"]", "", _plain(leads)).strip())
    scale = _scale(sources, first, [unit for unit in _plain_each(first(UNIT_NAMES)) if unit])
    large = [name for name, array in others.items() if name not in small and changes_voltages(name)]
    return scale | {
        "fs": next(iter(rates), None) or None,
        "doubts": list(dict.fromkeys([*scale["doubts"], *large])),
        "leads": leads or (),
        "fills": [fill for name in FILL_NAMES for fill in _plain_each(first([name]))],
    }


def _beside(stack: Stack) -> dict[str, Any]:
    """The other arrays by their last name: of its own group before those above, and not those of another signal's."""
    arrays, own = stack.arrays.values, PurePosixPath(stack.name).parent
    near = {own, *own.parents}
    parents = {name: PurePosixPath(name).parent for name in arrays if name != stack.name}
    others = {parents[name] for name in parents if _is_signal(arrays[name])} - near
    kept = [name for name, parent in parents.items() if not others & {parent, *parent.parents}]
    kept.sort(key=lambda name: (parents[name] in near, len(parents[name].parts)))
    return {name.rsplit("/")[-1]: arrays[name] for name in kept}


def _scale(sources: Sequence[Mapping[str, Any]], first: Callable, units: list[str]) -> dict[str, Any]:
    """Units, factors and what is added, of all leads or of each; and the names of what is stated and not understood."""
    names = [name for name in SCALE_NAMES if first([name]) is not None]
    factors = [*map(plain_number, _plain_each(first(names)))]
    added = [*map(plain_number, _plain_each(first([OFFSET_NAME])))]
    doubts = [
        name
        for source in sources
        for name, value in source.items()
        if (
            changes_voltages(name) and not {name} & {*names, OFFSET_NAME} and any(map(would_change, _plain_each(value)))
        )
        or any(may_invert(name, each) for each in _plain_each(value))
    ]
    if names == ["mv_per_count"]:
        units = units or ["mV"]
    unfit = "mv_per_count" in names and {*map(step_of, units)} != {1.0}
    if len(names) > 1 or unfit or {None, 0.0} & {*factors} or (not units and {*factors} - {1.0}):
        doubts += names
        factors = []
    if None in added or (not units and any(added)):
        doubts.append(OFFSET_NAME)
        added = []
    return {"units": units, "factors": factors or [1.0], "added": added or [0.0], "doubts": doubts}


def _facts(stack: Stack) -> Facts:
    """What the attributes of a file with one recording say of it."""
    if not stack.single and stack.array.shape[0] > 1:
        return Facts()
    common = {str(key).casefold(): _plain(value) for key, value in stack.arrays.said.get("", {}).items()}
    patient, at, age, sex = (common.get(name, "") for name in FACT_NAMES)
    return Facts(patient, moment(at), age, sex_word(sex))


def _plain(value: Any) -> str:
    """An attribute or an array of one value as text."""
    if value is None:
        return ""
    if hasattr(value, "shape") and not isinstance(value, str | bytes):
        held = np.ravel(np.asarray(value[()]))
        value = held[0] if len(held) else ""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _plain_each(value: Any) -> list[str]:
    """An attribute or an array as texts: of one value, or of one for each lead; none where there is none."""
    if value is None or isinstance(value, str | bytes):
        return [_plain(value)] if value is not None else []
    return [_plain(one) for one in np.ravel(np.asarray(value[()] if hasattr(value, "shape") else value))]


def _steps(path: Path, stack: Stack, given: Given, said: Mapping[str, Any], leads: int) -> tuple[list, list]:
    """mV of the number 1 in each lead, and mV that are added; none where the file says nothing.

    raises : UnreadableRecording for a unit that is no voltage, and for other numbers of units or steps than of leads
    """
    units, factors, added = said["units"], said["factors"], said["added"]
    if given.step_mv or not units:
        step = given.step_mv or (1.0 if stack.name.endswith("_mv") else None)
        return [step] * leads if step else [], []
    if {len(units), len(factors), len(added)} - {1, leads}:
        raise UnreadableRecording(
            f"{path.name} states {len(units)} units, {len(factors)} steps and {len(added)} offsets for {leads} leads.",
            "If you know the step, give it: --set unit=5uV.",
        )
    each = [step_of(unit) or 0.0 for unit in units]
    if stack.name.endswith("_mv") and {*each} - {0.0, 1.0}:
        raise UnreadableRecording(
            f"{path.name} calls its samples {PurePosixPath(stack.name).name} and states {units[0][:60]!r}.",
            "Give the right one: --set unit=mV.",
        )
    if 0.0 in each:
        raise UnreadableRecording(
            f"{path.name} gives its samples in {units[each.index(0.0)][:60]!r}, which is no voltage.",
            "If you know the step, give it: --set unit=5uV.",
        )
    unit_mv, factors, added = (np.resize(one, leads) for one in (each, factors, added))
    return (unit_mv * factors).tolist(), (unit_mv * added).tolist()


def _padding(values: np.ndarray) -> np.ndarray:
    """The samples before and after the recording where all leads are exactly 0, if there are more than a few."""
    some = np.flatnonzero((values != 0).any(axis=0))
    padded = np.zeros(values.shape[1], bool)
    if len(some):
        padded[: some[0]] = padded[some[-1] + 1 :] = True
    return padded if padded.sum() > 10 else np.zeros_like(padded)


def _id(stack: Stack, place: int) -> str:
    """What the file calls the recording at a place, "" where it has no array of names for them."""
    for name in ID_NAMES:
        for key, array in stack.arrays.values.items():
            if key.rsplit("/")[-1].casefold() == name and array.shape == stack.array.shape[:1]:
                return re.sub(r"[^\w.-]", "_", _plain(array[place : place + 1]))[:60]
    return ""
