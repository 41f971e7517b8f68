"""The kinds of background task: at most one of each runs at a time."""

from __future__ import annotations

import enum


class TaskKind(enum.StrEnum):
    """What a background task does. The value begins its job id and names its thread."""

    # of the project
    COLLECT = "collect"  # read what lists show of each record
    IMPORT = "import"
    PREVIEW = "preview"  # look at what an import would read
    WATCH = "watch"  # look for new files in a watched folder
    EXPORT = "export"
    SYNC = "sync"  # with a team's server
    CONFLICTS = "conflicts"  # find where readers differ
    NUMBERS = "numbers"
    HISTORY = "history"
    QUEUE = "queue"  # order the records by use
    BUNDLE = "bundle"  # take one in
    LOOK_AT_LABELS = "look at labels"  # of a file
    TAKE_LABELS = "take labels"  # of a file, or of a statement that is merged
    MOVE = "move"  # defer, exclude or include several records
    TAKE_MARKS = "take marks"  # of annotation files
    CHECK = "check"  # whether the project is whole
    REMOVE = "remove"  # recordings whose consent is withdrawn
    TEAM_KEY = "team key"  # write or read the file
    # of the open record
    OPEN = "open"
    PREFETCH = "prefetch"
    MARKS = "marks"  # where they are many
    MEASURE = "measure"
    MEASURE_AHEAD = "measure ahead"  # the other records, while nobody does anything
    # of models
    TRAIN = "train"
    PREDICT = "predict"
    READ_PREDICTIONS = "read"
    LEAD = "lead"  # the influence of each lead
    LEAD_CHECK = "lead check"
    WINDOWS = "windows"  # the influence of each half second
    JUDGE = "judge"  # compare versions
    EVALUATE = "evaluate"  # compare a version with a file of labels
    RERUN = "rerun"  # repeat a training
    TRACES = "traces"  # of thumbnails
    SHELF = "shelf"  # write or read a version
    # before a project is open
    WAIT = "wait"  # behind a dialog: make the demo, bring a project up to date
    LOOK = "look"  # which of the recent projects are there
