-- What version 6 adds: one ECG, one record. A corrected header is a revision of its record; equal samples are found.
-- stored_sha256: digest of the samples as the source stores them; signal_sha256: of the values in mV; '' until known.

ALTER TABLE records ADD COLUMN stored_sha256 TEXT NOT NULL DEFAULT '';
ALTER TABLE records ADD COLUMN signal_sha256 TEXT NOT NULL DEFAULT '';
CREATE INDEX records_by_stored ON records (stored_sha256);
CREATE INDEX records_by_signal ON records (signal_sha256);

-- Every content (headers and data together, the start of their SHA-256) that was met as a record.
CREATE TABLE record_contents (
    content TEXT PRIMARY KEY,
    record_id TEXT NOT NULL REFERENCES records (id)
) STRICT;
INSERT INTO record_contents SELECT id, id FROM records;

-- changes: JSON, column -> [before, after]
CREATE TABLE record_revisions (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    record_id TEXT NOT NULL REFERENCES records (id),
    changes TEXT NOT NULL,
    at_utc TEXT NOT NULL
) STRICT;
CREATE TRIGGER record_revisions_stay BEFORE UPDATE ON record_revisions
BEGIN SELECT RAISE(ABORT, 'record revisions are never changed'); END;
CREATE TRIGGER record_revisions_are_kept BEFORE DELETE ON record_revisions
BEGIN SELECT RAISE(ABORT, 'record revisions are never deleted'); END;
