"""`cessl`: the same work without a window. --json prints one object per line on standard output; all else goes to
standard error. Exit status 0, 1 failed, 2 usage."""

from __future__ import annotations

import argparse
import io
import json
import logging
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cessl_gui import RESEARCH_USE_ONLY, __version__
from cessl_gui.core.errors import CesslError, UnreadableRecording
from cessl_gui.core.files import atomic_write, why
from cessl_gui.core.plural import counted
from cessl_gui.core.results import TrainingSummary
from cessl_gui.core.task import Task
from cessl_gui.core.types import ModelInfo, Progress, Record, rests_on
from cessl_gui.core.vocabulary import vocabulary

if TYPE_CHECKING:
    from cessl_gui.store.project import Project

FAILED, USAGE = 1, 2
_NONE_FOUND = ("No recording was found there.", "docs/formats.md lists what is read.")


def main(argv: list[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    args = _parser().parse_args(argv)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a file's name need not be UTF-8
    logging.basicConfig(level=logging.DEBUG if args.debug else logging.ERROR)
    try:
        return args.run(args) or 0
    except CesslError as error:
        _fail(args, str(error))
    except KeyboardInterrupt:
        _fail(args, "Stopped. What was committed before is kept.")
    except BrokenPipeError:  # the reader of our output has gone, e.g. `cessl ... | head`
        sys.stderr.close()
    except OSError as error:  # a full disk, a folder that is not ours
        if args.debug:
            raise
        _fail(args, f"{error.filename}: {why(error)}." if error.filename else f"{why(error)}.")
    except Exception as error:
        if args.debug:
            raise
        _fail(args, f"Something in the program failed: {error or type(error).__name__}. --debug shows where.")
    return FAILED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="cessl", description=f"Label, train and predict ECGs. {RESEARCH_USE_ONLY}")
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    def command(name: str, run: Callable, help_: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=help_, description=help_)
        sub.add_argument("--json", action="store_true", help="one JSON object per line on standard output")
        sub.add_argument("--debug", action="store_true", help="show tracebacks")
        sub.set_defaults(run=run)
        return sub

    sub = command("import", import_, "import recordings into a project (made if absent)")
    sub.add_argument("project", type=Path)
    sub.add_argument("paths", type=Path, nargs="+", metavar="PATH")
    sub.add_argument("--accept-header-labels", action="store_true", help="take the headers' diagnoses as labels")
    said = "what files do not say: fs=500 unit=uV leads=I,II dataset=NAME"
    sub.add_argument("--set", dest="given", nargs="+", default=[], metavar="KEY=VALUE", help=said)
    sub = command("inspect", inspect, "say what files hold")
    sub.add_argument("files", type=Path, nargs="+", metavar="FILE")
    sub.add_argument("--set", dest="given", nargs="+", default=[], metavar="KEY=VALUE", help=said)
    sub.add_argument("--npz", type=Path, metavar="DIR", help="write signal_mv, leads, fs_hz of each there")
    sub = command("quarantine", quarantine, "list the files that could not be read, or write the list as CSV")
    sub.add_argument("project", type=Path)
    sub.add_argument("out", type=Path, nargs="?", metavar="OUT.csv")
    sub = command("train", train, "fine-tune on the project's labels and make the result the active model")
    sub.add_argument("project", type=Path)
    sub.add_argument("--seed", type=int, default=0)
    sub.add_argument("--backbone", metavar="NAME")
    sub.add_argument("--mode", choices=("auto", "exact", "fast"), default="auto")
    sub.add_argument(
        "--uncertain", choices=("present", "absent"), help="learn uncertain statements as this; default: not at all"
    )
    sub.add_argument("--keep-current", action="store_true", help="leave the result as a candidate")
    sub = command("predict", predict, "predict a project's records, or files with the base model")
    sub.add_argument("project", type=Path, nargs="?")
    sub.add_argument("--files", type=Path, nargs="+", metavar="PATH")
    sub.add_argument("--per-lead", action="store_true", help="also each lead left out, and each lead alone")
    sub = command("evaluate", evaluate, "compare the active model with given labels")
    sub.add_argument("project", type=Path)
    sub.add_argument("--labels", type=Path, required=True, metavar="FILE.csv", help="columns record, code, state")
    sub.add_argument(
        "--with-training-records",
        action="store_true",
        help="score also the ECGs of patients that the model was trained on; default: leave them out",
    )
    sub = command("export", export, "write labels and predictions")
    sub.add_argument("project", type=Path)
    sub.add_argument("out", type=Path)
    sub.add_argument("--format", choices=("csv", "json", "wfdb"), required=True)
    sub = command("convert", convert, "write recordings in another format")
    sub.add_argument("source", type=Path, metavar="IN", help="a recording, or a folder of them")
    sub.add_argument("out", type=Path, metavar="OUT", help="a file, or a folder for several; nothing is replaced")
    sub.add_argument("--format", choices=("wfdb", "hdf5", "csv", "edf", "dicom"), help="default: by the end of OUT")
    sub.add_argument("--set", dest="given", nargs="+", default=[], metavar="KEY=VALUE", help=said)
    sub.add_argument("--deidentify", action="store_true", help="only what cannot name the patient; dates are moved")
    sub.add_argument("--free-text", action="store_true", help="with --deidentify: keep what the device stated in words")
    sub.add_argument("--secret", type=Path, metavar="FILE", help="of pseudonyms and dates; default: your own")
    sub = command("pretrain", pretrain, "pre-train a backbone")
    sub.add_argument("config", type=Path, metavar="CONFIG.toml")
    sub = command("import-backbone", import_backbone, "take in a published checkpoint (.pkl state dict)")
    sub.add_argument("file", type=Path)
    sub.add_argument("--name", required=True)
    return parser


def import_(args: argparse.Namespace) -> int:
    from cessl_gui.ecg.readers.given import parse
    from cessl_gui.tasks.importing import import_paths

    given = parse(args.given) if args.given else None
    absent = [path for path in args.paths if not any(map(os.path.lexists, (path, f"{path}.hea")))]
    if absent:
        raise UnreadableRecording(f"{absent[0]} does not exist.", "Check the path; nothing was imported.")
    with _open(args.project, create=True) as project, _Meter() as meter:
        result = import_paths(
            project,
            args.paths,
            Task(meter),
            accept_header_labels=args.accept_header_labels,
            reader=_reader(),
            given=given,
        )
    for source, reason in result.quarantined:
        print(f"not read: {source}: {reason}", file=sys.stderr)
    for note in result.notes:
        print(note, file=sys.stderr)
    summary: dict[str, Any] = {"added": result.added, "known": result.known, "quarantined": len(result.quarantined)}
    more = f", {result.revised} revised" if result.revised else ""
    summary |= ({"revised": result.revised} if result.revised else {}) | (
        {"notes": result.notes} if result.notes else {}
    )
    words = f"{result.added} added, {result.known} known already{more}, {len(result.quarantined)} not readable"
    if result.passed_over:
        summary["passed_over"] = result.passed_over
        words += f"; no recordings: {result.passed_over_words}"
    _say(args, summary, words)
    if not result.ids and not result.quarantined:
        print(" ".join(_NONE_FOUND), file=sys.stderr)
    return 0 if result.ids else FAILED


def inspect(args: argparse.Namespace) -> int:
    import numpy as np

    from cessl_gui.ecg.readers import find_recordings, read_recording
    from cessl_gui.ecg.readers.given import parse

    given = parse(args.given)
    status, written = 0, set()
    recordings = find_recordings(args.files)
    if not recordings:
        raise UnreadableRecording(*_NONE_FOUND)
    for path in recordings:
        try:
            record = read_recording(path, given)
        except CesslError as error:
            status = FAILED
            _say(args, {"file": str(path), "error": str(error)}, f"{path}: {error}")
            continue
        labels = [vocabulary()[word].code for word in record.statements]
        row = {
            "file": str(path),
            "format": record.format,
            "leads": list(record.leads),
            "derived": list(record.derived),
            "fs_hz": record.fs_hz,
            "samples": record.signal_mv.shape[1],
            "duration_s": record.duration_s,
            "unit": "mV",
            "recorded_at": record.recorded_at,
            "labels": labels,
            "device": dict(record.device),
            "device_statements": list(record.device_statements),
            "warnings": list(record.warnings),
        }
        if args.npz:
            target = args.npz / f"{record.name}.npz"
            if target in written:  # of another folder
                target = args.npz / f"{record.name}_{record.id}.npz"
            written.add(target)
            with atomic_write(target) as unfinished:
                np.savez(unfinished, signal_mv=record.signal_mv, leads=np.array(record.leads), fs_hz=record.fs_hz)
            row["npz"] = str(target)
        _say(args, row, _summary(path, record, labels))
    return status


def _summary(path: Path, record: Record, labels: list[str]) -> str:
    """What a recording holds, in a line; what its device measured and stated, and what is doubtful, follow it."""
    names = ", ".join(vocabulary()[code].name for code in labels) or "none"
    parts = [
        f"{path}: {record.format}, {counted(len(record.leads), 'lead')} ({' '.join(record.leads)}), "
        f"{record.fs_hz:g} Hz, {record.duration_s:g} s, mV; labels: {names}"
    ]
    if record.recorded_at:
        parts.append(f"recorded {record.recorded_at}")
    if record.device:
        parts.append("device: " + ", ".join(_figure(name, value) for name, value in record.device.items()))
    if record.device_statements:
        parts.append("device says: " + " / ".join(record.device_statements))
    return "; ".join([*parts, *record.warnings])


def _figure(name: str, value: float) -> str:
    """A figure of the device with its name and unit, as in the window."""
    from cessl_gui.ecg.measurements import DEVICE_QUANTITIES

    words, unit = DEVICE_QUANTITIES.get(name, (name, ""))
    return f"{words} {value:g}{'' if unit in ('°', '/min', '') else ' '}{unit}"


def quarantine(args: argparse.Namespace) -> int:
    from cessl_gui.tasks import exporting

    with _open(args.project) as project:
        if args.out:
            count = exporting.export_quarantine(project, args.out)
            _say(args, {"out": str(args.out), "rows": count}, f"{count} rows written to {args.out}.")
            return 0
        for source, reason, at_utc in project.quarantine.all():
            _say(args, {"file": source, "reason": reason, "at_utc": at_utc}, f"{source}: {reason}")
    return 0


def train(args: argparse.Namespace) -> int:
    from cessl_gui.tasks import training

    with _open(args.project) as project:
        with _Meter() as meter:
            model = training.train(
                project,
                Task(meter),
                seed=args.seed,
                backbone=args.backbone,
                mode=args.mode,
                uncertain=args.uncertain,
                thread_count=os.cpu_count(),  # there is no window here to leave one for
            )
        if not args.keep_current:
            project.models.adopt(model.id)
        status = "candidate" if args.keep_current else "active"
        row = _model_row(model) | {"status": status}
        _say(args, row, f"{model.name} ({model.origin}) is now {status}.\n{model.verdict}")
        summary = model.summary or TrainingSummary()
        for code, why in summary.skipped.items():
            print(f"not trained: {vocabulary()[code].name}: {why}", file=sys.stderr)
        for name in summary.left_out:
            print(f"left out, as it cannot be read any more: {name}", file=sys.stderr)
        for name, reason in summary.no_ecg.items():
            print(f"left out, as no model can judge it: {name}: {reason}", file=sys.stderr)
    return 0


def predict(args: argparse.Namespace) -> int:
    from cessl_gui.tasks import predicting

    if (args.project is None) == (args.files is None):
        print("cessl predict: name a project, or --files PATH...", file=sys.stderr)
        return USAGE
    if args.files:
        return _predict_files(args)
    from cessl_gui.tasks.modelling import active_model

    with _open(args.project) as project:
        model = active_model(project)
        with _Meter() as meter:
            unreadable = predicting.predict_all(project, Task(meter), model)
        names = {info.id: info.name for info in project.records.all()}
        for record_id, reason in project.predictions.refused(model.id).items():
            refusal = {"record": record_id, "name": names[record_id], "model": model.id}
            _say(args, refusal | _refused(reason), f"{refusal['name']}: not predicted: {reason}")
        for record_id, prediction in project.predictions.all(model.id).items():
            row: dict[str, Any] = {"record": record_id, "name": names[record_id], "model": model.id}
            row |= {"probabilities": prediction.probabilities, "thresholds": model.thresholds}
            row |= {"leads": prediction.leads, "likeness": prediction.likeness}
            if args.per_lead:
                try:
                    row |= predicting.per_lead_tables(predicting.per_lead(project, record_id, model))
                except UnreadableRecording:
                    unreadable.append(row["name"])
            words = _top(prediction.probabilities, model.thresholds)
            _say(args, row, f"{row['name']}: {words}, {prediction.rests_on}")
    for name in unreadable:
        print(f"not predicted, as it cannot be read any more: {name}", file=sys.stderr)
    return FAILED if unreadable else 0


def _predict_files(args: argparse.Namespace) -> int:
    from cessl_gui.learn.predict import Predictor
    from cessl_gui.tasks import predicting
    from cessl_gui.tasks.modelling import load_backbone

    status, ready = None, Predictor(load_backbone())
    for path, record, probabilities, tables, verdict, likeness, error in predicting.predict_files(
        ready, args.files, args.per_lead
    ):
        status = status or 0
        if error:
            status = FAILED
            _say(args, {"file": str(path), "error": str(error)}, f"{path}: {error}")
        elif record and verdict:
            row: dict[str, Any] = {
                "record": record.id,
                "name": record.name,
                "file": str(path),
                "model": predicting.FILES_MODEL,
            }
            if verdict.reason:
                _say(args, row | _refused(verdict.reason), f"{path}: not predicted: {verdict.reason}")
                continue
            row |= {
                "probabilities": probabilities,
                "thresholds": ready.thresholds,
                "leads": verdict.leads,
                "likeness": likeness,
            }
            row |= tables
            _say(args, row, f"{path}: {_top(probabilities, ready.thresholds)}, {rests_on(verdict.leads, likeness)}")
    if status is None:
        raise UnreadableRecording(*_NONE_FOUND)
    return status


def evaluate(args: argparse.Namespace) -> int:
    from cessl_gui.tasks import evaluating

    with _open(args.project) as project:
        truth = evaluating.read_labels(args.labels, project)
        with _Meter() as meter:
            result = evaluating.evaluate(project, truth, Task(meter), with_training_records=args.with_training_records)
    lines = [f"{result['name']} ({result['origin']}) on {result['n']} ECGs of {result['n_patients']} patients"]
    seen = result["training_records"]
    if seen["n"]:
        whose = f"{seen['n']} ECGs of {seen['n_patients']} patients that it was trained on"
        lines.append(
            f"  with {whose}: no measure of how it does on new patients"
            if seen["scored"]
            else f"  left out: {whose}; --with-training-records scores them too"
        )
    if result["no_ecg"]:
        lines.append(f"  left out: {len(result['no_ecg'])} recordings that are no ECG a model can judge")
    over = f"macro over {len(result['macro_over'])} statements"
    for name, row in [(over, result["macro"]), *((c["name"], c) for c in result["classes"].values())]:
        counts = f" ({row['n_present']} present, {row['n_absent']} absent)" if "n_present" in row else ""
        scores = ", ".join(f"{label} {_with_interval(row[key])}" for key, label in _SCORE_NAMES.items())
        lines.append(f"  {name}{counts}: {scores}")
    if result["no_model"]:
        names = ", ".join(vocabulary()[code].name for code in result["no_model"])
        lines.append(f"  no model yet, in no score: {names}")
    for name, row in result["compared"].items():
        gain = _with_interval(row["auc_difference"], "+.3f")
        lines.append(f"  {name}: macro AUC {_with_interval(row['auc'])}; the model's is higher by {gain}")
    _say(args, result, "\n".join(lines))
    return 0


_SCORE_NAMES = {"auc": "AUC", "average_precision": "AP", "f2": "F2"}


def export(args: argparse.Namespace) -> int:
    from cessl_gui.tasks import exporting

    with _open(args.project) as project, _Meter() as meter:
        result = exporting.export(project, args.out, args.format, Task(meter))
    what = "recordings" if args.format == "wfdb" else "rows"
    for record_id, name, reason in result.left_out:
        print(f"left out: {name} ({record_id}): {reason}", file=sys.stderr)
    left_out = [{"record": record_id, "name": name, "error": reason} for record_id, name, reason in result.left_out]
    words = f"{result.written} {what} written to {args.out}" + (f", {len(left_out)} left out" if left_out else "")
    row = {"out": str(args.out), what: result.written} | ({"left_out": left_out} if left_out else {})
    _say(args, row, f"{words}. {RESEARCH_USE_ONLY}")
    return FAILED if left_out else 0


def convert(args: argparse.Namespace) -> int:
    from cessl_gui.ecg import writers
    from cessl_gui.ecg.readers.given import parse
    from cessl_gui.store.patient_keys import personal_secret
    from cessl_gui.tasks import converting

    format_ = args.format or writers.format_of(args.out)
    if not format_:
        print("cessl convert: name --format, or let OUT end in .hea, .h5, .csv, .edf or .dcm", file=sys.stderr)
        return USAGE
    given = parse(args.given) if args.given else None
    wanted = converting.Wanted(format_, personal_secret(args.secret), args.deidentify, args.free_text, given)
    with _Meter() as meter:
        result = converting.convert(args.source, args.out, wanted, Task(meter))
    for source, out in result.written:
        _say(args, {"file": str(source), "out": str(out)}, f"{source} -> {out}")
    for source, reason in result.left_out:
        _say(args, {"file": str(source), "error": reason}, f"left out: {source}: {reason}")
    return FAILED if result.left_out else 0


def pretrain(args: argparse.Namespace) -> int:
    from cessl_gui.tasks import pretraining

    with _Meter() as meter:
        path = pretraining.pretrain(args.config, Task(meter))
    _say(args, {"backbone": str(path)}, f"Written: {path}")
    return 0


def import_backbone(args: argparse.Namespace) -> int:
    from cessl_gui.learn import backbones

    info = backbones.import_checkpoint(args.file, args.name)
    _say(args, {"name": info.name, "path": str(info.path), "sha256": info.sha256}, f"{info.name}: {info.path}")
    return 0


@contextmanager
def _open(folder: Path, create: bool = False) -> Iterator[Project]:
    """The project of a command, with what it has to say at opening on standard error."""
    from cessl_gui.store.project import Project

    with Project.open(folder, create) as project:
        for warning in project.warnings:
            print(warning, file=sys.stderr)
        yield project


class _Meter:
    """Progress as one line on standard error: rewritten in a terminal, now and then elsewhere."""

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()
        self._last, self._phase = 0.0, ""

    def __call__(self, progress: Progress) -> None:
        now = time.monotonic()
        if progress.phase == self._phase and now - self._last < (0.2 if self._terminal else 10):
            return
        self._last, self._phase = now, progress.phase
        share = f" {100 * progress.fraction:3.0f} %" if progress.fraction is not None else ""
        left = f", {progress.seconds_left:.0f} s left" if progress.seconds_left is not None else ""
        best = f", best {progress.best:.3f}" if progress.best is not None else ""
        line = f"{progress.phase}{share}{left}{best} {progress.message}".rstrip()
        print(f"\r\x1b[K{line}" if self._terminal else line, end="" if self._terminal else "\n", file=sys.stderr)
        sys.stderr.flush()

    def __enter__(self) -> _Meter:
        return self

    def __exit__(self, *_: object) -> None:
        if self._terminal:
            print("\r\x1b[K", end="", file=sys.stderr)


def _say(args: argparse.Namespace, row: dict, words: str) -> None:
    if args.json:
        print(json.dumps(row, ensure_ascii=False), flush=True)
    else:
        print(words, flush=True)


def _fail(args: argparse.Namespace, words: str) -> None:
    print(f"cessl: {words}", file=sys.stderr)
    if args.json:
        print(json.dumps({"error": words}, ensure_ascii=False), flush=True)


def _model_row(model: ModelInfo) -> dict:
    kept = ("n", "n_patients", "macro_auc_before", "macro_auc_after", "difference", "interval", "verdict")
    more = ("mode", "why", "seconds", "steps", "skipped")
    made = model.summary.to_json() if model.summary else {}
    return {
        "model": model.id,
        "name": model.name,
        "origin": model.origin,
        "statements": list(model.statements),
        **{key: made.get(key) for key in (*kept, *more)},
    }


def _top(probabilities: dict[str, float], thresholds: dict[str, float]) -> str:
    """The four highest, each with what may be said of it: "AF 0.95 (likely), STD 0.12 (above threshold), SR 0.04"."""
    from cessl_gui.core.standing import Standing, standing

    words = []
    for code, p in sorted(probabilities.items(), key=lambda item: -item[1])[:4]:
        stands = standing(p, thresholds.get(code))
        words.append(f"{vocabulary()[code].abbreviation} {p:.2f}{f' ({stands})' * (stands != Standing.BELOW)}")
    return ", ".join(words)


def _refused(reason: str) -> dict:
    """Of a recording that is no ECG: why, and nothing that could be taken for a prediction."""
    return {"probabilities": {}, "leads": [], "not_predicted": reason}


def _with_interval(score: dict, style: str = ".3f") -> str:
    if score["low"] is None:
        return "no score" if score["value"] is None else f"{score['value']:{style}} (too few for an interval)"
    return f"{score['value']:{style}} [{score['low']:{style}}, {score['high']:{style}}]"


def _reader() -> str:
    from cessl_gui.core.people import login_name

    return login_name()


if __name__ == "__main__":
    sys.exit(main())
