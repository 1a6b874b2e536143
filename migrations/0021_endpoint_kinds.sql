-- Kind, default model and settings of an endpoint (src/contracts/endpoint.ts). Endpoints so far are for chat completions.
ALTER TABLE endpoints ADD COLUMN kind TEXT NOT NULL DEFAULT 'chat';
ALTER TABLE endpoints ADD COLUMN model TEXT;
ALTER TABLE endpoints ADD COLUMN settings TEXT NOT NULL DEFAULT '{}';
