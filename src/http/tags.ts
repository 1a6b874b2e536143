/**
 * Groups of operations in the document.
 * @module
 */
export const TAGS = {
  score: 'Score or classify one picture in one request.',
  models: 'Models that run in the Worker.',
  datasets: 'Immutable dataset versions, imported from official files.',
  images: 'Stored pictures, to be scored by id.',
  files: 'Uploaded files, whole or in parts.',
  evals: 'What is measured: a task and its testing criteria.',
  runs: 'One model evaluated on one dataset version.',
  reports: 'Published results, each under the SHA-256 of its bytes.',
  comparisons: 'Paired comparisons of runs on the same items.',
  leaderboards: 'The best public runs.',
  endpoints: 'External models that runs may call.',
  webhooks: 'Signed events out, and signed deliveries that start runs in.',
  keys: 'API keys of a tenant.',
  service: 'Health, and this document.',
} as const

export type Tag = keyof typeof TAGS
