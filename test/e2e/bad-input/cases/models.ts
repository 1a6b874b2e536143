/**
 * Bad requests by hand: `POST /v1/models`.
 * @module
 */
import assayClip from '../../../../models/assay-clip/manifest.json' with { type: 'json' }
import { type Case, conflict, invalid, unprocessable } from '../case.ts'
import { added } from '../bodies.ts'
import { json } from '../forms.ts'

export const modelsCases = (): Case[] =>
  (
    [
      ['type', 'no graph', { vision: 7 }, '/manifest/vision', invalid, /must be an object/],
      ['range', 'an id of other letters', { id: 'My Model' }, '/manifest/id', invalid, /must match/],
      ['conflict', 'the id of a shipped model', { id: 'assay-clip' }, '/manifest/id', conflict, /ships with this deployment/],
      [
        'size',
        'a tower that no isolate holds',
        { vision: { ...assayClip.vision, bytes: 90e6 } },
        '/manifest',
        unprocessable,
        /would need [\d.]+ MB for it and has [\d.]+ MB/,
      ],
      [
        'reference',
        'a Worker that is not there',
        { placement: { vision: 'worker', text: 'isolate' } },
        '/manifest/placement/vision',
        unprocessable,
        /has no vision Worker/,
      ],
      [
        'range',
        'a tokenizer of no length',
        { tokenizer: { ...assayClip.tokenizer, bytes: undefined } },
        '/manifest/tokenizer/bytes',
        unprocessable,
        /how long/,
      ],
    ] as const
  ).map(([class_, what, change, pointer, refusal, detail]) => ({
    route: 'POST /v1/models',
    class: class_,
    what,
    request: () => json({ manifest: { ...added(), ...change } }),
    pointer,
    ...refusal,
    detail,
  }))
