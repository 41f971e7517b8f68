"""One attack in a process of its own, so that a crash, a hang or gigabytes are seen and counted."""

from __future__ import annotations

import json
import os
import select
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from cessl_gui.core.errors import CesslError

HANG_S, CLOCK_S = 5.0, 60.0  # of the processor's time; of the clock, as other programs take their share
MOST_MB = 1024


@dataclass
class Outcome:
    """answer : what the attack returned; {"refused": sentence} for an error that a person may meet; None for none"""

    answer: dict | None
    fault: str = ""  # crash, hang, error
    seconds: float = 0.0
    mb: float = 0.0


@dataclass
class Tally:
    """Outcomes of one kind of attack, and each that is a fault, by name."""

    what: str
    n: int = 0
    refused: int = 0
    crashes: int = 0
    hangs: int = 0
    above_1_gb: int = 0
    wrong: int = 0
    slowest_s: float = 0.0
    most_mb: float = 0.0
    faults: list[str] = field(default_factory=list)

    def take(self, name: str, outcome: Outcome, wrong: str = "") -> None:
        """wrong : what was read, stored or kept otherwise than it should be, without a word"""
        answer = outcome.answer or {}
        self.n += 1
        self.refused += "refused" in answer
        self.crashes += outcome.fault in ("crash", "error")
        self.hangs += outcome.fault == "hang"
        self.above_1_gb += outcome.mb > MOST_MB
        self.wrong += bool(wrong)
        self.slowest_s, self.most_mb = max(self.slowest_s, outcome.seconds), max(self.most_mb, outcome.mb)
        fault = outcome.fault and f"{outcome.fault} {answer.get('error', '')}"
        for why in (fault, wrong, f"{outcome.mb:.0f} MB" if outcome.mb > MOST_MB else ""):
            if why:
                self.faults.append(f"{name}: {why.strip()}")


def watched(attack: Callable[[], dict], clock_s: float = CLOCK_S) -> Outcome:
    """Run an attack in a fork. What it returns must be JSON."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        os.close(reader)
        _run(attack, writer)
    os.close(writer)
    text, ended = _read(reader, clock_s)
    if not ended:
        os.kill(child, signal.SIGKILL)
    _, _, used = os.wait4(child, 0)
    seconds, mb = used.ru_utime + used.ru_stime, used.ru_maxrss / 1024
    answer = json.loads(text) if text and ended else None
    hang = not ended or seconds > HANG_S
    fault = "hang" if hang else "crash" if answer is None else "error" if "error" in answer else ""
    return Outcome(answer, fault, seconds, mb)


def _run(attack: Callable[[], dict], writer: int) -> None:
    try:
        answer = attack()
    except CesslError as error:
        honest = error.what.endswith((".", "?", "!"))
        answer = {"refused": str(error)} if honest else {"error": f"no sentence: {error}"}
    except BaseException as error:
        answer = {"error": f"{type(error).__name__}: {error}"[:300]}
    with os.fdopen(writer, "w") as out:
        out.write(json.dumps(answer))
    os._exit(0)


def _read(reader: int, clock_s: float) -> tuple[str, bool]:
    parts, end = [], time.monotonic() + clock_s
    while True:
        ready, _, _ = select.select([reader], [], [], max(0.0, end - time.monotonic()))
        if not ready:
            os.close(reader)
            return "", False
        part = os.read(reader, 1 << 16)
        if not part:
            os.close(reader)
            return b"".join(parts).decode(), True
        parts.append(part)
