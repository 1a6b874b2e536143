-- The greatest share of errored items with which a run still completes; above it the run has failed. No part of the spec: it changes no score.
ALTER TABLE runs ADD COLUMN max_errored REAL NOT NULL DEFAULT 0.1;
