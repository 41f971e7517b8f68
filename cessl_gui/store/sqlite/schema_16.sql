-- What version 16 adds: the acts of one step are found though others lie between them.

CREATE INDEX acts_of_step ON acts (reader, step, id) WHERE length(step) = 26;
