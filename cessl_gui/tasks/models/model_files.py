"""A model version as one file: a zip of safetensors and JSON, hashes checked, sizes bounded, nothing executed."""

from __future__ import annotations

import hashlib
import json
import re
import tempfile
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

from cessl_gui.core.errors import CesslError, ModelMismatch, NotWritten
from cessl_gui.core.files import atomic_write
from cessl_gui.core.training.results import TrainingSummary
from cessl_gui.core.types import ModelInfo, ModelStatus
from cessl_gui.store.project import Project, project_around
from cessl_gui.tasks.models.modelling import load_backbone

MANIFEST, JOB = "version.json", "job.json"
FORMAT = 1
KEPT = ("adapter.safetensors", "meta.json", "out_of_fold.safetensors", "out_of_fold.json", JOB)
MOST_BYTES = 512 << 20  # of all files together
MOST_TEXT = 64 << 20  # of one JSON file
LONGEST_NAME, LONGEST_NOTE = 200, 500
NOTES = "model_notes"  # setting of a project: id of a version -> text
VERSION_ID = r"v\d{1,9}(-[0-9a-z]{1,50})?"


class Unfit(ValueError):
    """Why a file is no version, in words for a person; other errors speak of Python."""


def notes(project: Project) -> dict[str, str]:
    """Id of a version -> what a person noted on it."""
    return {str(model_id): str(text) for model_id, text in dict(project.settings.get(NOTES, {})).items()}


def export_version(project: Project, model_id: str, out: Path, *, note: str = "") -> Path:
    """Write a version to one file.

    It names no patient, for keys become numbers, no reader and no recording. Its evidence goes along: by the ids of the
    ECGs that it was judged by, what they were labelled and what the models say of them.
    raises : ModelMismatch for a base model, ProjectError, NotWritten where something else than a version stands there
    """
    _check_free(out)
    model = project.models.get(model_id)
    if model.is_base:
        raise ModelMismatch(f"{model.name} is part of the program.", "Export a version that was trained.")
    folder = project.models.check_files(model_id)
    files = {name: (folder / name).read_bytes() for name in KEPT if (folder / name).is_file()}
    numbers: dict[str, str] = {}

    def number(patient: str) -> str:
        return numbers.setdefault(patient, f"{model.id}/{len(numbers) + 1}")

    if JOB in files:
        job = json.loads(files[JOB])
        patients = {record: number(patient) for record, patient in job["patients"].items()}
        files[JOB] = json.dumps({"patients": patients}).encode()
    if "out_of_fold.json" in files:
        names = json.loads(files["out_of_fold.json"])
        names["patients"] = [number(patient) for patient in names["patients"]]
        files["out_of_fold.json"] = json.dumps(names).encode()
    summary = (model.summary or TrainingSummary()).to_json() | {"left_out": (), "no_ecg": {}, "labels_from": ""}
    manifest = {
        "format": FORMAT,
        "id": model.id,
        "name": model.name,
        "backbone": model.backbone,
        "backbone_sha256": model.backbone_sha256,
        "statements": model.statements,
        "thresholds": model.thresholds,
        "origin": model.origin,
        "created_utc": model.created_utc,
        "summary": summary,
        "note": note,
        "sha256": {name: hashlib.sha256(content).hexdigest() for name, content in files.items()},
    }
    with atomic_write(out) as unfinished, zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED) as archive:
        texts = {MANIFEST: json.dumps(manifest, ensure_ascii=False, indent=1)}
        for name, content in (texts | files).items():  # without a time: a version is the same file each time
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return out


def _check_free(out: Path) -> None:
    """raises : NotWritten where a file lies that is no version, or in the folder of a project"""
    around = project_around(out)
    if around:
        raise NotWritten(f"{out} lies in the folder of the project {around.name}.", "Choose another place.")
    if out.is_file():
        try:
            with zipfile.ZipFile(out) as archive:
                is_version = MANIFEST in archive.namelist()
        except (OSError, zipfile.BadZipFile):
            is_version = False
        if not is_version:
            raise NotWritten(f"{out} is there already and is no model version.", "Choose another name.")


def import_version(project: Project, path: Path, model_id: str = "") -> ModelInfo:
    """Take in what `export_version` wrote; the version waits as a candidate. The file may be a stranger's.

    model_id : which one it must be; "": any

    raises : ModelMismatch that says what is wrong with the file, ProjectError
    """
    manifest, files = _read(path)
    model = _info(manifest, path)
    if model_id and model.id != model_id:
        raise ModelMismatch(f"{path.name} holds another version than {model_id}.", "Ask for it again.")
    if model.id in {known.id for known in project.models.all()}:
        raise ModelMismatch(f"{model.name} is in this project already.", "Nothing was changed.")
    backbone = load_backbone(model.backbone)
    if backbone.sha256 != model.backbone_sha256:
        raise ModelMismatch(
            f"{model.name} was made with another version of the backbone {model.backbone}.",
            "Install the backbone it was made with.",
        )
    _check_model(files, model, path)
    project.models.add(model, files)
    note = manifest.get("note")
    if isinstance(note, str) and note.strip():
        project.settings.set(NOTES, {**project.settings.get(NOTES, {}), model.id: note.strip()[:LONGEST_NOTE]})
    return model


def _read(path: Path) -> tuple[dict[str, Any], dict[str, bytes]]:
    """The manifest and the files it lists, sizes checked before and hashes after reading."""
    if path.exists() and not path.is_file():  # reading a pipe would wait for ever
        raise ModelMismatch(f"{path.name} is not a file.", "Choose the file of a version.")
    try:
        with zipfile.ZipFile(path) as archive:
            infos = {info.filename: info for info in archive.infolist()}
            if set(infos) - {MANIFEST, *KEPT} or len(infos) != len(archive.infolist()) or MANIFEST not in infos:
                raise Unfit("its files are not those of a version")
            if sum(info.file_size for info in infos.values()) > MOST_BYTES:
                raise Unfit("it is too large")
            if any(info.file_size > MOST_TEXT for name, info in infos.items() if name.endswith(".json")):
                raise Unfit("its texts are too large")
            content = {name: _bounded(archive, info) for name, info in infos.items()}
        manifest = json.loads(content.pop(MANIFEST))
        hashes = manifest["sha256"]
        if set(hashes) != set(content):
            raise Unfit("files are missing")
        for name, one in content.items():
            if hashlib.sha256(one).hexdigest() != hashes[name]:
                raise Unfit(f"{name} was changed")
    except OSError as error:
        raise ModelMismatch(f"{path.name} cannot be read ({error.strerror or error}).", "Check the path.") from error
    except Exception as error:  # a damaged or a stranger's file can fail anywhere in the readers
        said = f" ({error})" if isinstance(error, Unfit) else ""
        raise ModelMismatch(f"{path.name} is no model version of this program{said}.", "Ask for it again.") from error
    return manifest, content


def _bounded(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """No more than the archive says of it: what unpacks to more is refused."""
    with archive.open(info) as file:
        content = file.read(info.file_size + 1)
    if len(content) != info.file_size:
        raise Unfit(f"{info.filename} is not as long as it says")
    return content


def _info(manifest: dict[str, Any], path: Path) -> ModelInfo:
    """The row of a version. raises : ModelMismatch"""
    try:
        if manifest["format"] != FORMAT:
            raise Unfit("it was written by a newer version of the program")
        texts = {key: manifest[key] for key in ("id", "name", "backbone", "backbone_sha256", "origin", "created_utc")}
        if not all(isinstance(text, str) and len(text) <= LONGEST_NAME for text in texts.values()):
            raise Unfit("a name is no text, or too long")
        if not re.fullmatch(VERSION_ID, texts["id"], re.ASCII):
            raise Unfit("its id is none of ours")
        if not all(text.isprintable() for text in texts.values()) or not texts["name"].strip():
            raise Unfit("a name holds signs that cannot be shown, or nothing")
        if texts["created_utc"]:
            datetime.fromisoformat(texts["created_utc"])
        thresholds = {str(code): float(t) for code, t in manifest["thresholds"].items()}
        if not all(0 <= t <= 1 for t in thresholds.values()):
            raise Unfit("its thresholds are not probabilities")
        summary = TrainingSummary.from_json(manifest["summary"])
        if summary is not None and (wrong := summary.misfits()):
            raise Unfit(f"its {wrong[0]} is not what a training gives")
        return ModelInfo(
            **texts,
            statements=tuple(map(str, manifest["statements"])),
            thresholds=thresholds,
            status=ModelStatus.CANDIDATE,
            summary=summary,
        )
    except Exception as error:
        said = f" ({error})" if isinstance(error, Unfit) else ""
        raise ModelMismatch(f"{path.name} is no model version of this program{said}.", "Ask for it again.") from error


def _check_model(files: dict[str, bytes], model: ModelInfo, path: Path) -> None:
    """Build what the files hold once, before anything of the project is touched. raises : CesslError"""
    from cessl_gui.learn.network import adapted
    from cessl_gui.learn.network.predict import Predictor
    from cessl_gui.store.folder import out_of_fold

    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        for name, content in files.items():
            (folder / name).write_bytes(content)
        try:
            ready = Predictor(load_backbone(model.backbone), adapted.from_files(folder))
            out_of_fold.from_folder(folder)
        except CesslError as error:  # its words name the scratch folder
            raise ModelMismatch(f"The model in {path.name} is damaged.", "Ask for it again.") from error
    if tuple(ready.statements) != model.statements or not set(model.thresholds) <= set(model.statements):
        raise ModelMismatch(f"{model.name} does not know the statements that its file names.", "Ask for it again.")
