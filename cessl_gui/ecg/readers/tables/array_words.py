"""What the attributes and the small arrays of a file say of its samples: rate, leads, units, factors."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from cessl_gui.core.errors import UnreadableRecording
from cessl_gui.ecg.leads import canonical_lead
from cessl_gui.ecg.readers.given import Given, hertz, step_of
from cessl_gui.ecg.readers.person import sex_word
from cessl_gui.ecg.readers.recording import Facts
from cessl_gui.ecg.readers.stated import changes_voltages, may_invert, plain_number, shifts_in_time, would_change
from cessl_gui.ecg.readers.tables.clock import TIME_NAME
from cessl_gui.ecg.readers.tables.fills import may_tell_fill, plain_key
from cessl_gui.ecg.readers.tables.stacks import Stack, is_signal
from cessl_gui.ecg.readers.tables.statistics import is_statistic

RATE_NAMES = (
    *("sampling_rate_hz", "sampling_rate", "sampling_frequency", "sample_rate", "samplerate"),
    *("fs_hz", "fs", "sfreq", "sampling", "samples_per_second", "sps", "abtastrate", "abtastfrequenz"),
)
SOME_RATE_NAMES = ("freq", "frequency", "frequenz")  # or that of the mains, or a filter's
INTERVAL_NAMES = ("dt", "delta_t", "sampling_interval", "sample_interval", "sampling_period", "sample_period")
DURATION_NAMES = ("duration", "duration_s", "duration_sec", "length_s", "seconds", "recording_length_s", "dauer")
UNIT_NAMES = ("unit", "units")
# What the numbers are multiplied by to be in the unit, and what is added then. Other such words are asked about.
SCALE_NAMES, OFFSET_NAME = ("scale", "scale_factor", "mv_per_count"), "add_offset"
LEAD_NAMES = ("leads", "lead_names", "sig_name", "sig_names", "channels", "ch_names", "channel_names")
FACT_NAMES = ("patient", "recorded_at", "age", "sex")  # as our own HDF5 files say them
SAID_NAMES = frozenset(
    {*FACT_NAMES, *RATE_NAMES, *SOME_RATE_NAMES, *INTERVAL_NAMES, *DURATION_NAMES, *UNIT_NAMES, *LEAD_NAMES}
)


def is_said(name: str) -> bool:
    """Whether an attribute of this name is one that is read."""
    words = (changes_voltages, may_tell_fill, is_statistic, shifts_in_time)
    return plain_key(name) in SAID_NAMES or any(is_one(name) for is_one in words) or may_invert(name, "yes")


def said_of(stack: Stack, place: int | None, given: Given) -> dict[str, Any]:
    """Rate, units, steps and leads as the attributes and the small arrays of the file state them.

    place  : which recording

    raises : UnreadableRecording where the leads have several rates, or the interval between samples is another
    """
    others = _beside(stack)
    small = {name: array for name, array in others.items() if array.size <= 5000}
    places = [stack.name, *map(str, PurePosixPath(stack.name).parents), ""]
    stated = [*(stack.arrays.said.get(place, {}) for place in places), small]
    sources = [{plain_key(key): value for key, value in source.items()} for source in stated]

    def first(names: Sequence[str]) -> Any:
        return next((source[name] for source in sources for name in names if name in source), None)

    _check_starts(stack.arrays.path, sources)
    if not given.step_mv:
        _check_once(stack.arrays.path, "units", _in_one_place(sources, UNIT_NAMES), step_of)
    if not given.leads:
        _check_once(stack.arrays.path, "names of its leads", _in_one_place(sources, LEAD_NAMES), canonical_lead)
    stated_rates = _in_one_place(sources, RATE_NAMES)
    written = stated_rates or _in_one_place(sources, SOME_RATE_NAMES)
    rates = dict.fromkeys(filter(None, (hertz(each) for value in written for each in plain_each(value))))
    leads = first(LEAD_NAMES)
    interval, rate = plain_number(plain_text(first(INTERVAL_NAMES))), next(iter(rates), None)
    interval = interval or _step_of_times(stack, others)
    # Of a second, a millisecond or a microsecond: the file does not say.
    fits = any(abs((rate or 0.0) * (interval or 0.0) / part - 1) < 0.02 for part in (1, 1e3, 1e6))
    if interval and rate and not given.fs_hz and not fits:
        raise UnreadableRecording(
            f"{stack.arrays.path.name} states {rate:g} Hz and an interval of {interval:g} between samples.",
            "Give the rate: --set fs=500.",
        )
    seconds, samples = plain_number(plain_text(first(DURATION_NAMES))), max(stack.array.shape[-2:])
    lasts = any(abs(samples / (rate or 1.0) / ((seconds or 1.0) * part) - 1) < 0.02 for part in (1, 1e-3, 60))
    if rate and seconds and not given.fs_hz and not lasts:
        raise UnreadableRecording(
            f"{stack.arrays.path.name} states {rate:g} Hz and a duration of {seconds:g} for {samples:,} samples.",
            "Give the rate: --set fs=500.",
        )
    if len(rates) > 1:
        raise UnreadableRecording(
            f"{stack.arrays.path.name} states {len(rates)} sampling rates.", "Save the leads of one rate."
        )
    if leads is not None and not isinstance(leads, str | bytes):
        leads = plain_each(leads)
    elif leads is not None:
        leads = _apart(plain_text(leads))
    scale = _scale(sources, first, [unit for unit in plain_each(first(UNIT_NAMES)) if unit])
    large = [n for n, array in others.items() if n not in small and (changes_voltages(n) or may_tell_fill(n))]
    return scale | {
        "fs": rate or None,
        "is some rate": not stated_rates,
        "doubts": list(dict.fromkeys([*scale["doubts"], *large])),
        "leads": leads or (),
        "fills": _of_record(sources, may_tell_fill, stack, place),
        "statistics": _of_record(sources, is_statistic, stack, place),
    }


def _in_one_place(sources: Sequence[Mapping[str, Any]], names: Sequence[str]) -> list[Any]:
    """What the first place that says anything under these names says."""
    said = ([source[name] for name in names if name in source] for source in sources)
    return next(filter(None, said), [])


def _step_of_times(stack: Stack, others: Mapping[str, Any]) -> float | None:
    """The mean step of an array of the samples' times, in whatever unit; None where there is none.

    raises : UnreadableRecording where these times leap or go back
    """
    samples = max(stack.array.shape[-2:])
    for name, array in others.items():
        if not TIME_NAME.fullmatch(name) or array.shape != (samples,) or array.dtype.kind not in "iuf":
            continue
        step = np.diff(np.asarray(array[()], np.float64))
        if step.min() < 0 or step.max() > 3 * np.median(step) > 0:
            raise UnreadableRecording(
                f"The times in {name[:40]} of {stack.arrays.path.name} leap or go back.", "Save the pieces apart."
            )
        return float(step.mean()) or None
    return None


def _apart(words: str) -> list[str]:
    """Several words in one text, as I, II, III or ['I' 'II']."""
    return re.split(r"[\s,;|]+", re.sub(r"[\[\]()'\"]", "", words).strip())


def _check_once(path: Path, what: str, said: Sequence[Any], meaning: Callable[[str], Any]) -> None:
    """raises : UnreadableRecording where one place says something under two names, and not alike"""
    told = [plain_each(one) for one in said]
    meanings = [[meaning(word) for words in one for word in _apart(words)] for one in told if any(one)]
    if len({tuple(dict.fromkeys(one)) for one in meanings}) > 1:
        raise UnreadableRecording(f"{path.name} states two {what}.", "Give the right one by --set.")


def _check_starts(path: Path, sources: Sequence[Mapping[str, Any]]) -> None:
    """raises : UnreadableRecording where each lead has a beginning of its own"""
    named = {name: plain_each(value) for source in sources for name, value in source.items() if shifts_in_time(name)}
    if apart := next((name for name, values in named.items() if len(set(values)) > 1), ""):
        raise UnreadableRecording(
            f"{path.name} states another {apart[:40]} for each lead, which is not read.",
            "Save them from one moment on.",
        )


def _of_record(
    sources: Sequence[Mapping[str, Any]], is_wanted: Callable[[str], bool], stack: Stack, place: int | None
) -> dict[str, list[str]]:
    """The wanted words and their values; of an array with a row for each recording, the recording's."""
    found: dict[str, list[str]] = {}
    for source in sources:
        for name, value in source.items():
            if is_wanted(name) and name not in found:
                is_of_each = place is not None and getattr(value, "shape", ())[:1] == stack.array.shape[:1]
                found[name] = plain_each(value[place] if is_of_each else value)
    return found


def _beside(stack: Stack) -> dict[str, Any]:
    """The other arrays by their last name: of its own group before those above, and not those of another signal's."""
    arrays, own = stack.arrays.values, PurePosixPath(stack.name).parent
    near = {own, *own.parents}
    parents = {name: PurePosixPath(name).parent for name in arrays if name != stack.name}
    others = {parents[name] for name in parents if is_signal(arrays[name])} - near
    kept = [name for name, parent in parents.items() if not others & {parent, *parent.parents}]
    kept.sort(key=lambda name: (parents[name] in near, len(parents[name].parts)))
    return {name.rsplit("/")[-1]: arrays[name] for name in kept}


def _scale(sources: Sequence[Mapping[str, Any]], first: Callable, units: list[str]) -> dict[str, Any]:
    """Units, factors and what is added, of all leads or of each; and the names of what is stated and not understood."""
    names = [name for name in SCALE_NAMES if first([name]) is not None]
    factors = [*map(plain_number, plain_each(first(names)))]
    added = [*map(plain_number, plain_each(first([OFFSET_NAME])))]
    doubts = [
        name
        for source in sources
        for name, value in source.items()
        if (changes_voltages(name) and not {name} & {*names, OFFSET_NAME} and any(map(would_change, plain_each(value))))
        or any(may_invert(name, each) for each in plain_each(value))
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


def facts_of(stack: Stack) -> Facts:
    """What the attributes of a file with one recording say of it."""
    if not stack.single and stack.array.shape[0] > 1:
        return Facts()
    common = {str(key).casefold(): plain_text(value) for key, value in stack.arrays.said.get("", {}).items()}
    patient, at, age, sex = (common.get(name, "") for name in FACT_NAMES)
    return Facts(patient, at, age, sex_word(sex))


def plain_text(value: Any) -> str:
    """An attribute or an array of one value as text."""
    if value is None:
        return ""
    if hasattr(value, "shape") and not isinstance(value, str | bytes):
        held = np.ravel(np.asarray(value[()]))
        value = held[0] if len(held) else ""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def plain_each(value: Any) -> list[str]:
    """An attribute or an array as texts: of one value, or of one for each lead; none where there is none."""
    if value is None or isinstance(value, str | bytes):
        return [plain_text(value)] if value is not None else []
    return [plain_text(one) for one in np.ravel(np.asarray(value[()] if hasattr(value, "shape") else value))]


def steps_of(path: Path, stack: Stack, given: Given, said: Mapping[str, Any], leads: int) -> tuple[list, list]:
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
