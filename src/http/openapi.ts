/**
 * The head of `/openapi.json`; the operations make the rest.
 * @module
 */
import manifest from '../../package.json' with { type: 'json' }
import { TAGS } from './tags.ts'

export const OPENAPI_DOCUMENT = {
  openapi: '3.1.0',
  info: {
    title: 'Assay',
    version: manifest.version,
    description:
      'Evaluation of image+text models at the edge: scores per request, whole benchmarks, exact metrics with intervals.',
    license: { name: 'Apache License 2.0', identifier: 'Apache-2.0' },
  },
  servers: [{ url: '/', description: 'The deployment that serves this document.' }],
  tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
}
