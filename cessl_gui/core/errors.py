"""Errors a person can meet: each says what happened and what to do. Tracebacks go to the log, never in the face."""


class CesslError(Exception):
    """Base of every error that is shown to a person.

    what : one sentence, what is wrong
    todo : one sentence, what the person can do ("" where nothing can be done)
    """

    def __init__(self, what: str, todo: str = "") -> None:
        super().__init__(f"{what} {todo}".strip())
        self.what = what
        self.todo = todo


class UnreadableRecording(CesslError):
    """A file is not an ECG that we can read; it goes to the quarantine list with this reason."""


class LeadsMissing(CesslError):
    """A lead that is needed is absent and cannot be derived."""


class NotAnEcg(CesslError):
    """A recording that no model should judge; the sentence says why."""


class ProjectError(CesslError):
    """A project folder cannot be opened or written."""


class ProjectBusy(ProjectError):
    """Another window or command holds the project."""


class ProjectTooNew(ProjectError):
    """The project was made by a newer version of the program."""


class ProjectNotWritable(ProjectError):
    """The project folder cannot be written to."""


class ReadingOnly(ProjectError):
    """The project is open for reading only; what was asked for would change it."""


class ProjectGone(ProjectError):
    """The project was deleted or moved while it is open; what was entered can still be copied elsewhere."""


class DiskFull(ProjectError):
    """The disk takes no more; all that was saved earlier is safe."""


class ProjectDamaged(ProjectError):
    """The project's database is gone, empty or damaged.

    copies : its copies of earlier days, the newest first (pathlib.Path); one may take its place
    """

    def __init__(self, what: str, todo: str = "", copies: tuple = ()) -> None:
        super().__init__(what, todo)
        self.copies = copies


class NotWritten(CesslError):
    """What was asked for cannot be written to the place that was named."""


class TooFewLabels(CesslError):
    """Training cannot start; the sentence says what is missing."""


class ModelMismatch(CesslError):
    """A model file is damaged, incomplete or belongs to another backbone."""


class MemoryShort(CesslError):
    """A training needs more memory than there is, also in its smallest form."""

    def __init__(self) -> None:
        super().__init__(
            "This training needs more memory than there is.",
            "Close other programs, or choose a smaller starting model.",
        )


# How it is said: by torch's allocators on graphics cards, Linux and Windows; by CUDA's libraries; by C++; by oneDNN.
_MEMORY_WORDS = (
    "out of memory",
    "can't allocate memory",
    "not enough memory",
    "alloc_failed",
    "bad_alloc",
    "could not create a",
)


def memory_ran_out(error: BaseException) -> bool:
    """Whether this is how Python, torch or a device says that there is no more memory."""
    words = str(error).lower()
    return isinstance(error, MemoryError) or (
        isinstance(error, RuntimeError) and any(some in words for some in _MEMORY_WORDS)
    )


class LossNotFinite(CesslError):
    """A training's loss became infinite or no number; nothing of it can be used."""


class Cancelled(CesslError):
    """The person cancelled; nothing was changed."""

    def __init__(self) -> None:
        super().__init__("Cancelled.", "Nothing was changed.")


class NothingToCompare(CesslError):
    """There is no labelled ECG on which two model versions can both be judged."""
