-- What version 5 adds: on which leads a prediction rests, and why a record is not predicted.
-- leads: JSON list of names. reason: in words; '' where there is a prediction, else probabilities and leads are empty.
-- Earlier versions predicted whatever they could read: their predictions go, and are computed anew.

ALTER TABLE predictions ADD COLUMN leads TEXT NOT NULL DEFAULT '[]';
ALTER TABLE predictions ADD COLUMN reason TEXT NOT NULL DEFAULT '';
DELETE FROM predictions;
