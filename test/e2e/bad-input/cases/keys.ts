/**
 * Bad requests by hand: `/v1/keys`.
 * @module
 */
import { type Case, conflict, invalid } from '../case.ts'
import { json } from '../forms.ts'
import type { World } from '../world.ts'

export const keysCases = ({ ids, key }: World): Case[] => [
  // keys
  {
    route: 'POST /v1/keys',
    class: 'range',
    what: 'an unknown role',
    request: () => json({ name: 'x', role: 'owner' }),
    pointer: '/role',
    ...invalid,
    detail: /"admin", "member"/,
  },
  {
    route: 'POST /v1/keys',
    class: 'syntax',
    what: 'a name that reads backwards',
    request: () => json({ name: 'a\u202Eb' }),
    pointer: '/name',
    ...invalid,
    detail: /U\+202E/,
  },
  { route: 'POST /v1/keys', class: 'size', what: 'no name', request: () => json({ name: '' }), pointer: '/name', ...invalid },
  {
    route: 'DELETE /v1/keys/{id}',
    class: 'conflict',
    what: 'its own',
    path: () => `/v1/keys/${key.id}`,
    key: () => key.key,
    ...conflict,
    detail: /cannot revoke itself/,
  },
  {
    route: 'DELETE /v1/keys/{id}',
    class: 'authorization',
    what: "another tenant's",
    path: () => `/v1/keys/${ids.stranger.split('_')[1]}`,
    status: 404,
    code: 'not_found',
  },
]
