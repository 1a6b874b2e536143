/**
 * Bad requests by hand: `/v1/endpoints`.
 * @module
 */
import { type Case, type Class, conflict, invalid, unprocessable } from '../case.ts'
import { ENDPOINT } from '../bodies.ts'
import { json } from '../forms.ts'
import type { World } from '../world.ts'

export function endpointsCases(world: World): Case[] {
  const {
    ids,
    bodies: { valid, endpointWith },
  } = world
  return [
    // endpoints
    ...(
      [
        ['range', 'a name with capitals', { name: 'GPU' }, '/name', invalid, /a–z/],
        ['syntax', 'an address that is none', { base_url: 'gpu' }, '/base_url', invalid, /absolute URL/],
        ['range', 'an address without TLS', { base_url: 'http://gpu.example.com/v1' }, '/base_url', invalid, /https/],
        ['range', 'a private address', { base_url: 'https://10.0.0.1/v1' }, '/base_url', invalid, /IP address/],
        ['range', 'a metadata service', { base_url: 'http://169.254.169.254/v1' }, '/base_url', invalid, /https/],
        ['range', 'a private name', { base_url: 'https://gpu.internal/v1' }, '/base_url', invalid, /not a public name/],
        ['range', 'another port', { base_url: 'https://gpu.example.com:8443/v1' }, '/base_url', invalid, /443/],
        [
          'range',
          'an address with a password',
          { base_url: 'https://me:secret@gpu.example.com/v1' },
          '/base_url',
          invalid,
          /password/,
        ],
        ['size', 'a long address', { base_url: `https://gpu.example.com/${'x'.repeat(2048)}` }, '/base_url', invalid, /2048/],
        [
          'range',
          'a secret that is not an endpoint’s',
          { secret_name: 'SECRETS_KEY' },
          '/secret_name',
          invalid,
          /ENDPOINT_SECRET_/,
        ],
        [
          'reference',
          'a secret that is not set',
          { secret_name: 'ENDPOINT_SECRET_UNKNOWN' },
          '/secret_name',
          unprocessable,
          /wrangler secret put/,
        ],
        ['range', 'a timeout of a millisecond', { timeout_ms: 1 }, '/timeout_ms', invalid, /at least 1000/],
        ['range', 'eleven attempts', { max_attempts: 11 }, '/max_attempts', invalid, /at most 10/],
        ['range', '65 at once', { concurrency: 65 }, '/concurrency', invalid, /at most 64/],
        ['range', 'a kind that is not known', { kind: 'completions' }, '/kind', invalid, /chat/],
        [
          'range',
          'a negative price',
          { price: { input_per_million: -1, output_per_million: 0 } },
          '/price/input_per_million',
          invalid,
          /at least 0/,
        ],
        [
          'range',
          'no requests a minute',
          { limits: { requests_per_minute: 0 } },
          '/limits/requests_per_minute',
          invalid,
          /must be/,
        ],
        ['conflict', 'a name that is taken', { name: ENDPOINT }, '/name', conflict, /exists/],
      ] as [Class, string, Record<string, unknown>, string, { status: number; code: string }, RegExp][]
    ).map(([class_, what, change, pointer, answer, detail]): Case => ({
      route: 'POST /v1/endpoints',
      class: class_,
      what,
      request: endpointWith(change),
      pointer,
      ...answer,
      detail,
    })),
    {
      route: 'POST /v1/endpoints',
      class: 'range',
      what: 'the Worker itself',
      request: () => json({ ...valid['POST /v1/endpoints']!(), base_url: `${world.url()}/v1` }),
      pointer: '/base_url',
      ...invalid,
      detail: /this service itself/,
    },
    {
      route: 'POST /v1/endpoints',
      class: 'authorization',
      what: "another tenant with the deployment's secret",
      request: endpointWith({}),
      key: () => ids.stranger,
      status: 403,
      code: 'forbidden',
      detail: /first tenant/,
    },
    ...(
      [
        ['POST /v1/endpoints/{name}', 'range', '65 at once', { concurrency: 65 }, '/concurrency', /at most 64/],
        ['POST /v1/endpoints/{name}', 'size', 'a long model', { model: 'x'.repeat(257) }, '/model', /256/],
        [
          'POST /v1/endpoints/{name}',
          'type',
          'another address',
          { base_url: 'https://b.example.com' },
          '/base_url',
          /not a known field/,
        ],
        ['POST /v1/endpoints/{name}/probe', 'range', 'an empty model', { model: '' }, '/model', /must not be empty/],
        ['POST /v1/endpoints/{name}/probe', 'size', 'a long model', { model: 'x'.repeat(257) }, '/model', /256/],
      ] as [string, Class, string, Record<string, unknown>, string, RegExp][]
    ).map(([route, class_, what, body, pointer, detail]): Case => ({
      route,
      class: class_,
      what,
      request: () => json(body),
      pointer,
      ...invalid,
      detail,
    })),
    { route: 'DELETE /v1/endpoints/{name}', class: 'conflict', what: 'while a run asks it', ...conflict, detail: /in progress/ },
  ]
}
