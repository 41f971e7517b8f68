-- What version 8 adds: what the files of a source looked like when it was read, so that it need not be read again.
-- stamp: JSON, see tasks/stamps.py; '' where they may have been changing still.

ALTER TABLE sources ADD COLUMN stamp TEXT NOT NULL DEFAULT '';
