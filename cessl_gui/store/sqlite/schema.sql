-- Version 1. What a person made and what explains a result. Events are append-only: triggers refuse to change them.
-- Times are UTC, ISO 8601. JSON where a value is a list or a table that is never searched.

CREATE TABLE records (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    source TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    fs_hz REAL NOT NULL,
    samples INTEGER NOT NULL,
    leads TEXT NOT NULL,
    derived TEXT NOT NULL,
    patient TEXT NOT NULL,
    recorded_at TEXT NOT NULL,
    age TEXT NOT NULL,
    sex TEXT NOT NULL,
    statements TEXT NOT NULL,
    warnings TEXT NOT NULL,
    format TEXT NOT NULL,
    synthetic INTEGER NOT NULL,
    added_utc TEXT NOT NULL
) STRICT;

-- Every path under which a record was met: the same content at two places is one record.
CREATE TABLE sources (
    path TEXT PRIMARY KEY,
    record_id TEXT NOT NULL REFERENCES records (id)
) STRICT;

CREATE TABLE quarantine (
    source TEXT PRIMARY KEY,
    reason TEXT NOT NULL,
    at_utc TEXT NOT NULL
) STRICT;

-- state NULL: not assessed. act: what one click did has one act. kind: set, undo, redo, rest absent, header, ...
CREATE TABLE label_events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    record_id TEXT NOT NULL REFERENCES records (id),
    code TEXT NOT NULL,
    old_state TEXT CHECK (old_state IN ('present', 'absent', 'uncertain')),
    state TEXT CHECK (state IN ('present', 'absent', 'uncertain')),
    reader TEXT NOT NULL,
    at_utc TEXT NOT NULL,
    prediction_visible INTEGER NOT NULL,
    act TEXT NOT NULL,
    kind TEXT NOT NULL
) STRICT;
CREATE INDEX label_events_by_statement ON label_events (record_id, code, seq);

-- state: new, in progress, deferred, confirmed, excluded; or 'revealed': the reader asked to see the prediction.
CREATE TABLE reading_events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    record_id TEXT NOT NULL REFERENCES records (id),
    state TEXT NOT NULL,
    reader TEXT NOT NULL,
    at_utc TEXT NOT NULL
) STRICT;
CREATE INDEX reading_events_by_record ON reading_events (record_id, seq);

CREATE TABLE models (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    backbone TEXT NOT NULL,
    backbone_sha256 TEXT NOT NULL,
    statements TEXT NOT NULL,
    thresholds TEXT NOT NULL,
    origin TEXT NOT NULL,
    metrics TEXT NOT NULL,
    files TEXT NOT NULL,
    created_utc TEXT NOT NULL
) STRICT;

-- status: base, candidate, adopted, discarded; or 'active': this model predicts from now on.
CREATE TABLE model_events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    model_id TEXT NOT NULL REFERENCES models (id),
    status TEXT NOT NULL,
    at_utc TEXT NOT NULL
) STRICT;

CREATE TABLE predictions (
    model_id TEXT NOT NULL REFERENCES models (id),
    record_id TEXT NOT NULL REFERENCES records (id),
    probabilities TEXT NOT NULL,
    PRIMARY KEY (model_id, record_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE settings (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

-- The latest event of each statement, the header's opinion apart from what people say.
CREATE VIEW current_labels AS
SELECT record_id, code, state, reader, at_utc, prediction_visible, kind FROM label_events AS e
WHERE reader <> 'header' AND seq = (
    SELECT MAX(seq) FROM label_events AS later
    WHERE later.record_id = e.record_id AND later.code = e.code AND later.reader <> 'header'
) AND state IS NOT NULL;

CREATE TRIGGER label_events_stay BEFORE UPDATE ON label_events
BEGIN SELECT RAISE(ABORT, 'label events are never changed'); END;
CREATE TRIGGER label_events_are_kept BEFORE DELETE ON label_events
BEGIN SELECT RAISE(ABORT, 'label events are never deleted'); END;
CREATE TRIGGER reading_events_stay BEFORE UPDATE ON reading_events
BEGIN SELECT RAISE(ABORT, 'reading events are never changed'); END;
CREATE TRIGGER reading_events_are_kept BEFORE DELETE ON reading_events
BEGIN SELECT RAISE(ABORT, 'reading events are never deleted'); END;
CREATE TRIGGER model_events_stay BEFORE UPDATE ON model_events
BEGIN SELECT RAISE(ABORT, 'model events are never changed'); END;
CREATE TRIGGER model_events_are_kept BEFORE DELETE ON model_events
BEGIN SELECT RAISE(ABORT, 'model events are never deleted'); END;
CREATE TRIGGER models_stay BEFORE UPDATE ON models
BEGIN SELECT RAISE(ABORT, 'a model version is never changed'); END;
CREATE TRIGGER models_are_kept BEFORE DELETE ON models
BEGIN SELECT RAISE(ABORT, 'a model version is never deleted'); END;
