/**
 * Bad requests by hand: reports, leaderboards and shipped models.
 * @module
 */
import { type Case, invalid } from '../case.ts'
import type { World } from '../world.ts'

export const publishedCases = ({ ids }: World): Case[] => [
  // reports, leaderboards, models
  {
    route: 'GET /v1/reports/{digest}',
    class: 'authorization',
    what: 'a private report, as a visitor',
    key: () => null,
    status: 404,
    code: 'not_found',
  },
  {
    route: 'GET /v1/reports/{digest}',
    class: 'authorization',
    what: 'a private report, as another tenant',
    key: () => ids.stranger,
    status: 404,
    code: 'not_found',
  },
  {
    route: 'GET /v1/leaderboards',
    class: 'range',
    what: 'too many rows',
    path: () => '/v1/leaderboards?limit=501',
    pointer: 'limit',
    ...invalid,
  },
  {
    route: 'GET /v1/leaderboards',
    class: 'syntax',
    what: 'an unknown parameter',
    path: () => '/v1/leaderboards?model=x',
    pointer: 'model',
    ...invalid,
  },
  {
    route: 'GET /v1/leaderboards',
    class: 'size',
    what: 'a long filter',
    path: () => `/v1/leaderboards?metric=${'x'.repeat(129)}`,
    pointer: 'metric',
    ...invalid,
  },
  {
    route: 'GET /v1/models',
    class: 'syntax',
    what: 'an unknown parameter',
    path: () => '/v1/models?limit=1',
    pointer: 'limit',
    ...invalid,
  },
]
