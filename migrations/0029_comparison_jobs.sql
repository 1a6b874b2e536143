-- Comparisons that outlive a request: a job compares one treatment after another.
ALTER TABLE comparisons ADD COLUMN state TEXT NOT NULL DEFAULT 'completed';
-- JSON: the options of the request. NULL once ended.
ALTER TABLE comparisons ADD COLUMN options TEXT;
-- JSON: results of the treatments that are done, before the adjustment over all tests. NULL once ended.
ALTER TABLE comparisons ADD COLUMN drafts TEXT;
ALTER TABLE comparisons ADD COLUMN error TEXT;
