-- What version 7 adds: how much a record is like the ECGs that the model's backbone knows; NULL where it cannot tell.

ALTER TABLE predictions ADD COLUMN likeness REAL;
