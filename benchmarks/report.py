"""Arguments of a benchmark, and its results as JSON and as a Markdown table, with the machine they were taken on."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

RESULTS = Path(__file__).resolve().parent.parent / ".bench"  # not tracked: figures belong to a machine


def arguments(doc: str | None) -> argparse.ArgumentParser:
    """A parser to which a benchmark adds what it can be asked. doc : its docstring, shown as written by --help"""
    return argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)


def machine() -> str:
    """Processor and threads, in words."""
    cpu = Path("/proc/cpuinfo")
    lines = cpu.read_text().splitlines() if cpu.exists() else []
    name = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.processor())
    return f"{name}, {os.cpu_count()} cores"


def resident_most() -> int:
    """Most resident memory of this process so far, KB."""
    status = Path("/proc/self/status")
    if status.exists():  # ru_maxrss is no less than that of the process that started this one
        return next(int(line.split()[1]) for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (1024 if sys.platform == "darwin" else 1)


def once(file: Path, make: Callable[[], dict]) -> dict:
    """What was saved there, or what is made now and saved: a benchmark that was broken off goes on where it was."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        made = json.dumps(make(), indent=1)
        file.write_text(made)
    return json.loads(file.read_text())


def table(rows: list[dict]) -> str:
    """Markdown; the columns are the keys of all rows in order of appearance."""
    columns = list(dict.fromkeys(key for row in rows for key in row))
    lines = [columns, ["---"] * len(columns), *([_cell(row.get(c, "")) for c in columns] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def show(name: str, rows: list[dict], **facts: object) -> None:
    """Save and print."""
    print(save(name, rows, **facts))


def save(name: str, rows: list[dict], **facts: object) -> str:
    """Write .bench/NAME.json and .md; returns the latter."""
    RESULTS.mkdir(exist_ok=True)
    file = Path(sys.argv[0]).resolve().with_suffix("")
    file = file.parent if file.name == "__main__" else file
    inside = file.is_relative_to(RESULTS.parent)
    module = ".".join(file.relative_to(RESULTS.parent).parts) if inside else file.name
    command = " ".join(["python", "-m", module, *sys.argv[1:]])
    facts = {"command": command, "machine": machine(), "date": f"{date.today()}", **facts}
    (RESULTS / f"{name}.json").write_text(json.dumps({**facts, "rows": rows}, indent=1) + "\n")
    text = "\n".join(f"{key}: {value}" for key, value in facts.items() if not isinstance(value, dict))
    text = f"# {name}\n\n{text}\n\n{table(rows)}\n"
    (RESULTS / f"{name}.md").write_text(text)
    return text


def _cell(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
