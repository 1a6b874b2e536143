-- Key of the ranks of a retrieval run's items; set with its report.
ALTER TABLE runs ADD COLUMN ranks_key TEXT;
