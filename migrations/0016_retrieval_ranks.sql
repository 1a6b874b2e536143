-- Where the ranks of a retrieval run's items lie; set with its report.
ALTER TABLE runs ADD COLUMN ranks_key TEXT;
