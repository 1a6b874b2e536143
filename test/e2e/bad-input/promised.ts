/**
 * Cases made from `/openapi.json`: the refusals that the shape of a route promises.
 * @module
 */
import { makeKey } from '../../../scripts/local-key.ts'
import { goodPath, goodQuery } from './bodies.ts'
import type { Case, Class } from './case.ts'
import { formOf, json } from './forms.ts'
import { ADMIN_ROUTES, type Operation, OPERATIONS } from './operations.ts'
import type { World } from './world.ts'

/** Names that belong to every object, garbage in the encoding, nothing, and much. */
const STRANGE_IDS = [
  '__proto__',
  'constructor',
  '%E0%A4%A',
  '%FF',
  '%00',
  '..%2F..%2Fetc',
  "'%20OR%20'1'='1",
  '😀',
  'x'.repeat(4000),
]

/** Routes without an id in the path whose good body names an object of the tenant. */
const NAMES_OBJECTS = new Set(['POST /v1/triggers', 'POST /v1/comparisons'])

const UNKNOWN_IDS: Record<string, string> = {
  eval_id: `eval_${'0'.repeat(32)}`,
  run_id: `evalrun_${'0'.repeat(32)}`,
  completion_id: `chatcmpl-${'0'.repeat(32)}`,
  output_item_id: `outputitem_${'0'.repeat(32)}_0`,
}

/** Cursors of the right form that the list does not have, where an id says nothing about its place. */
const FOREIGN_CURSORS: Record<string, string> = {
  'GET /v1/keys': 'a'.repeat(16),
  'GET /v1/chat/completions/{completion_id}/messages': `chatcmpl-${'0'.repeat(32)}-0`,
  'GET /v1/evals/{eval_id}/runs/{run_id}/output_items': `outputitem_${'0'.repeat(32)}_0`,
  'GET /v1/evals': `eval_${'0'.repeat(32)}&order_by=updated_at`,
}

export function promisedCases({ ids, key, bodies: { valid } }: World, operation: Operation): Case[] {
  const { route, method, path, open, json: takesJson, form: takesForm, query, keyed } = operation
  const cases: Case[] = []
  const add = (class_: Class, what: string, rest: Omit<Case, 'route' | 'class' | 'what'>) =>
    cases.push({ route, class: class_, what, ...rest })
  const at = () => goodPath(ids, operation)

  add('syntax', 'a method it has not', {
    path: at,
    method: OPERATIONS.some((other) => other.path === path && other.method === 'PATCH') ? 'PUT' : 'PATCH',
    status: 405,
    code: 'method_not_allowed',
    headers: { allow: new RegExp(`\\b${method}\\b`) },
  })
  const refusals: [string, () => string][] = [
    ['a bearer that is not a key', () => 'sk-0123456789'],
    ['a key of nobody', () => makeKey().key],
    ['a revoked key', () => ids.revoked],
    ['the right id with a wrong secret', () => `assay_${key.id}_${'A'.repeat(43)}`],
  ]
  for (const [what, bearer] of refusals)
    add('authorization', what, {
      path: at,
      key: bearer,
      status: 401,
      code: 'unauthenticated',
      headers: { 'www-authenticate': /^Bearer/ },
    })
  if (!open) add('authorization', 'no key', { path: at, key: () => null, status: 401, code: 'unauthenticated' })
  if (ADMIN_ROUTES.has(route))
    add('authorization', "a member's key", { path: at, key: () => ids.member, status: 403, code: 'forbidden' })

  const request = () =>
    takesJson ? { request: () => json(valid[route]!()) } : route === 'POST /hooks/{trigger}' ? { request: () => json({}) } : {}
  for (const [, name] of path.matchAll(/\{(\w+)\}/g)) {
    const others = (value: string) => () =>
      path
        .replace(`{${name}}`, value)
        .replace(/\{(\w+)\}/g, (_, other: string) => ({ eval_id: ids.vqaEval, run_id: ids.endedRun })[other] ?? ids.outputItem)
        .concat(goodQuery(path))
    for (const id of [UNKNOWN_IDS[name!] ?? 'unknown', ...STRANGE_IDS])
      add('reference', `${name} ${id.slice(0, 24)}`, { path: others(id), ...request(), status: 404, code: 'not_found' })
  }
  if (path.includes('{') && !open)
    add('authorization', 'ids of another tenant, as if there were none', {
      path: at,
      key: () => ids.stranger,
      ...request(),
      status: 404,
      code: 'not_found',
    })
  if (NAMES_OBJECTS.has(route))
    add('authorization', "another tenant's objects in the body, as if there were none", {
      path: at,
      key: () => ids.stranger,
      ...request(),
      status: 404,
      code: 'not_found',
    })

  if (query.includes('after')) {
    const wrong: (readonly [Class, string, string, RegExp])[] = [
      ['range', 'limit=0', 'limit', /at least 1/],
      ['range', 'limit=101', 'limit', /at most 100/],
      ['type', 'limit=many', 'limit', /decimal digits/],
      ['type', 'limit=1.5', 'limit', /whole number in decimal digits/],
      ['type', 'limit=0x27', 'limit', /decimal digits/],
      ['range', 'limit=1e999', 'limit', /decimal digits/],
      ['range', `limit=${'9'.repeat(400)}`, 'limit', /at most 100/],
      ['syntax', 'limit=1&limit=2', 'limit', /more than once/],
      ['reference', 'after=no+id', 'after', /last_id/],
      ['reference', `after=${'x'.repeat(4000)}`, 'after', /last_id/],
      ...(query.includes('order') ? [['range', 'order=sideways', 'order', /must be/] as const] : []),
      ['syntax', 'limt=5', 'limt', /not a known query parameter/],
      ...(FOREIGN_CURSORS[route] === undefined
        ? []
        : [['reference', `after=${FOREIGN_CURSORS[route]}`, 'after', /is not an? |names no eval/] as const]),
      ['syntax', '__proto__=1', '__proto__', /not a known/],
      ['syntax', 'constructor=1', 'constructor', /not a known/],
    ]
    for (const [class_, text, pointer, detail] of wrong)
      add(class_, `?${text.slice(0, 24)}`, {
        path: () => `${at()}?${text}`,
        status: 400,
        code: 'invalid_request',
        pointer,
        detail,
      })
  }

  if (keyed)
    for (const [what, value] of Object.entries({
      'two keys': 'a, b',
      'no key': '""',
      'a key of 256': 'x'.repeat(256),
      'a space': 'a b',
    }))
      add('syntax', `an Idempotency-Key of ${what}`, {
        path: at,
        request: () => {
          const good = takesJson ? json(valid[route]!()) : { body: new FormData() }
          return { ...good, headers: { ...good.headers, 'idempotency-key': value } }
        },
        status: 400,
        code: 'invalid_request',
        pointer: 'Idempotency-Key',
        detail: /1–255 visible ASCII/,
      })

  if (takesJson) {
    const spoil = (change: Record<string, unknown>) => () => json({ ...valid[route]!(), ...change })
    const text =
      (body: BodyInit, type = 'application/json') =>
      () => ({ headers: { 'content-type': type }, body })
    const invalid = { path: at, status: 400, code: 'invalid_request' }
    add('syntax', 'no JSON', { ...invalid, request: text('{"name": '), pointer: '' })
    add('syntax', 'nothing', { ...invalid, request: text(''), pointer: '', detail: /empty/ })
    add('syntax', 'a byte order mark and no JSON', { ...invalid, request: text('\uFEFF{'), pointer: '' })
    add('syntax', 'bytes that are not UTF-8', { ...invalid, request: text(new Uint8Array([0x22, 0xff, 0x22])), pointer: '' })
    add('syntax', 'two documents', { ...invalid, request: text('{}{}'), pointer: '' })
    add('type', 'an array', { ...invalid, request: text('[]'), pointer: '', detail: /must be an object, is an array/ })
    add('type', 'null', { ...invalid, request: text('null'), pointer: '', detail: /must be an object, is null/ })
    add('syntax', 'plain text', {
      ...invalid,
      request: text('{}', 'text/plain'),
      status: 415,
      code: 'unsupported_media_type',
      detail: /must be application\/json/,
    })
    add('syntax', 'UTF-16', {
      ...invalid,
      request: text('{}', 'application/json; charset=utf-16'),
      status: 415,
      code: 'unsupported_media_type',
    })
    add('syntax', 'an unknown field', {
      ...invalid,
      request: spoil({ 'no~such/field': 1 }),
      pointer: '/no~0such~1field',
      detail: /not a known field/,
    })
    add('syntax', 'a field called constructor', { ...invalid, request: spoil({ constructor: 1 }), pointer: '/constructor' })
    add('syntax', 'a field called __proto__', {
      ...invalid,
      request: text('{"__proto__": {"name": "x"}}'),
      pointer: '/__proto__',
    })
    add('syntax', 'an unknown field whose name is a body long', {
      ...invalid,
      request: spoil({ ['x'.repeat(100_000)]: 1 }),
      detail: /^.{0,1100}$/,
    })
    add('range', 'nesting', { ...invalid, request: text(`{"name":${'['.repeat(5000)}${']'.repeat(5000)}}`), detail: /nested/ })
    add('range', 'half of a surrogate pair', {
      ...invalid,
      request: text('{"name": "\\ud800"}'),
      pointer: '/name',
      detail: /surrogate/,
    })
    add('range', 'U+0000', { ...invalid, request: text('{"name": "a\\u0000b"}'), pointer: '/name', detail: /U\+0000/ })
    const limit = 1024 * 1024
    const large = ' '.repeat(limit + 1)
    const tooLarge = { path: at, status: 413, code: 'too_large', detail: new RegExp(`limit is ${limit} bytes`) }
    add('size', 'a byte too many', { ...tooLarge, request: text(large) })
    add('size', 'a byte too many, without a length', {
      ...tooLarge,
      request: () => ({ ...json(''), body: new Blob([large]).stream() }),
    })
    for (const field of Object.keys(valid[route]!()))
      add('type', `${field} of another type`, {
        ...invalid,
        request: () => json({ ...valid[route]!(), [field]: typeof valid[route]!()[field] === 'number' ? '7' : 7 }),
        pointer: `/${field}`,
        detail: /must be/,
      })
  }

  if (takesForm) {
    const refused = { path: at, status: 400, code: 'invalid_request' }
    if (!takesJson)
      add('syntax', 'JSON instead of a form', {
        ...refused,
        request: () => json({}),
        status: 415,
        code: 'unsupported_media_type',
      })
    add('syntax', 'a form without a boundary', {
      ...refused,
      request: () => ({ headers: { 'content-type': 'multipart/form-data' }, body: '--x\r\n' }),
      pointer: '',
    })
    add('syntax', 'a form that breaks off', {
      ...refused,
      request: () => ({
        headers: { 'content-type': 'multipart/form-data; boundary=x' },
        body: '--x\r\ncontent-disposition: form-data; name="a"\r\n\r\nval',
      }),
      pointer: '',
    })
    add('syntax', 'an empty form', { ...refused, request: () => ({ body: new FormData() }) })
    add('syntax', 'an unknown field', { ...refused, request: () => ({ body: formOf({ imagse: 'x' }) }), pointer: 'imagse' })
    add('syntax', 'a field called __proto__', {
      ...refused,
      request: () => ({ body: formOf({ ['__proto__']: 'x' }) }),
      pointer: '__proto__',
    })
  }
  return cases
}
