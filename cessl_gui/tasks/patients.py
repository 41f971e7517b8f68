"""Whose ECGs belong together: for training, by patient and by equal samples; and what names nobody after all."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence

from cessl_gui.core.plural import counted
from cessl_gui.core.types import RecordInfo
from cessl_gui.ecg.readers.person import sex_word
from cessl_gui.store.project import Project

FEWEST = 3  # recordings of an import from which on a word in all of them says something
TOLERANCE_YEARS = 2  # ages are rounded, and dates of birth mistyped by a day
ALIKE = "its patient id is written in another way than on earlier ECGs: taken for the same patient"
MAYBE = "its patient id is written nearly as that of other ECGs: perhaps one patient, held on one side of every split"
PLACEHOLDER = "the patient id may stand for nobody, as 1, 1234, a date or Trauma 12 do: kept as that of one patient"
UNNAMED = "its patient id is taken for nobody's: "
EARLIER = f"{UNNAMED}so it was found in an earlier import"
EVERYWHERE = "it stands in every header of the import"
DOUBTED = "doubted patients"  # each as a text: its key and those of the ids before and after
SETTING = "nobody"  # keys of words that were found to name nobody


def patient_groups(
    patients: Mapping[str, str], duplicates: Iterable[Sequence[str]], resembling: Iterable[Sequence[str]] = ()
) -> dict[str, str]:
    """Record id -> key of those who must stay on one side of a split: a patient, and all whose samples are equal.

    patients   : record id -> patient, "" where the source names none
    duplicates : ids of records with equal samples
    resembling : patients who may be one
    """
    of = {record_id: patient or record_id for record_id, patient in patients.items()}
    joined: dict[str, str] = {}

    def root(key: str) -> str:
        while key in joined:
            key = joined[key]
        return key

    same = [[of[record_id] for record_id in group if record_id in of] for group in duplicates]
    for group in (*same, *resembling):
        roots = sorted(set(map(root, group)))
        joined |= dict.fromkeys(roots[1:], roots[0])
    return {record_id: root(key) for record_id, key in of.items()}


def project_groups(project: Project) -> dict[str, str]:
    """`patient_groups` of all records of a project."""
    identity = project.records.identity
    duplicates = [[row["id"] for row in group] for group in identity.duplicates()]
    return patient_groups(project.records.patients(), duplicates, identity.resembling().values())


def unname_nobody(project: Project, ids: Sequence[str], complete: bool) -> list[str]:
    """Take the patient from records whose header names one who cannot be one person; see `why_nobody`.

    ids     : the records of an import
    returns : sentences about what was found
    """
    imported = set(ids)
    patients = project.records.patients()
    counts = Counter(patients.values())
    # One recording contradicts nothing.
    several = [p for p in dict.fromkeys(map(patients.get, dict.fromkeys(ids))) if p and counts[p] > 1]
    of: dict[str, list[RecordInfo]] = {}
    for info in project.records.of_patients(several):
        of.setdefault(info.patient, []).append(info)
    sentences = []
    for patient in several:
        all_of_them = complete and len(imported) >= FEWEST and {i.id for i in of[patient]} >= imported
        why = why_nobody(of[patient], all_of_them)
        if why:
            with project.atomic():
                project.records.identity.unname(patient, f"{UNNAMED}{why}")
                project.settings.set(SETTING, sorted({*project.settings.get(SETTING, []), patient}))
            sentences.append(f"{len(of[patient])} ECGs have one patient id that is taken for nobody's: {why}.")
    return sentences


def name_again(project: Project, corrected: Collection[str]) -> list[str]:
    """Give ECGs back the patient that was taken from them, where their headers contradict each other no more.

    corrected : patients found to be nobody of whom a header was corrected
    returns   : sentences
    """
    identity, sentences = project.records.identity, []
    for patient in corrected:
        infos = [project.records.get(record_id) for record_id in identity.unnamed(patient, UNNAMED)]
        if why_nobody(infos, False) or any(f"{UNNAMED}{EVERYWHERE}" in info.warnings for info in infos):
            continue
        with project.atomic():
            identity.name_again([info.id for info in infos], patient, UNNAMED)
            project.settings.set(SETTING, sorted({*project.settings.get(SETTING, [])} - {patient}))
        sentences.append(
            f"{counted(len(infos), 'ECG')} again have their patient: headers no longer contradict each other."
        )
    return sentences


def doubt_some(project: Project, beside: Mapping[str, Collection[str]]) -> list[str]:
    """Say of ECGs that the id of their patient may stand for nobody, and keep them as those of one.

    beside  : the patient -> those whose ids come before and after: where one is somebody's, ids are counted so, and
              what an earlier import has said is no longer said
    returns : sentences
    """
    identity, before = project.records.identity, project.settings.get(DOUBTED, [])
    known = set(project.records.patients().values()) - {""}  # before 1 comes 0, which is nobody
    earlier = {patient: others for patient, *others in filter(None, map(str.split, before))}
    doubted = {
        one: others for one, others in (earlier | dict(beside)).items() if one in known and known.isdisjoint(others)
    }
    count = sum(identity.warn(patient, PLACEHOLDER) for patient in beside if patient in doubted)
    for patient in earlier.keys() - doubted.keys():
        identity.no_longer_warn(patient, PLACEHOLDER)
    now = sorted(" ".join([patient, *sorted(others)]) for patient, others in doubted.items())
    if now != before:
        project.settings.set(DOUBTED, now)
    return [f"{counted(count, 'ECG')}: {PLACEHOLDER}."] if count else []


def why_nobody(infos: Sequence[RecordInfo], is_whole_import: bool) -> str:
    """Why the one patient of these records is no one person; "" where nothing speaks against it."""
    sexes = {(sex_word(info.sex) or info.sex.strip()).casefold()[:1] for info in infos} & {"m", "f", "w"}
    if "m" in sexes and len(sexes) > 1:
        return "the headers name both sexes"
    births = _births(infos)
    if births and max(births) - min(births) > TOLERANCE_YEARS:
        return "the ages in the headers contradict each other"
    agree = len(sexes) == 1 and len(births) == len(infos)
    if is_whole_import and not agree:
        return EVERYWHERE
    return ""


def _births(infos: Sequence[RecordInfo]) -> list[int]:
    """Year of birth by each header that tells an age, as far as dates tell; without any date all were of one year."""
    years: Mapping[str, int] = {i.id: int(i.moment[:4]) for i in infos if re.match(r"\d{4}", i.moment)}
    births = []
    for info in infos:
        age = re.match(r"\s*(\d{1,3})\s*(y|$)", info.age, re.IGNORECASE)
        if age and (info.id in years or not years):
            births.append(years.get(info.id, 0) - int(age[1]))
    return births
