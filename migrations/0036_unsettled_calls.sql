-- Calls without a settlement, by age: the sweep finds the answers of those whose consumer died before it listed them.
CREATE INDEX endpoint_calls_unsettled ON endpoint_calls (begun_at) WHERE state = 'open' AND outcome IS NOT 'lost';
