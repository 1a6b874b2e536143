/** Manifests: a tagged union by `kind`, in which one without a kind is a dual encoder. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { modelManifest, trainedKindsOf } from '../../../src/contracts/model-manifest.ts'

const { domain: shippedDomain, ...stored }: Record<string, unknown> = JSON.parse(
  readFileSync('models/assay-clip/manifest.json', 'utf8'),
)

test('a manifest older than the kinds is read as it is: nothing is filled in, so what is stored stays the same text', () => {
  expect(modelManifest.parse(stored)).not.toHaveProperty('kind')
  expect(modelManifest.parse(stored)).not.toHaveProperty('domain')
})

test('a manifest may state its kind and its domain', () => {
  const stated = modelManifest.parse({ ...stored, kind: 'dual_encoder', domain: shippedDomain })
  expect(stated).toMatchObject({ kind: 'dual_encoder', domain: shippedDomain })
  expect(trainedKindsOf(stated)).toEqual(['drawing'])
})

test('a domain that is a phrase, as in older manifests, is kept and states no kinds of pictures', () => {
  const phrase = modelManifest.parse({ ...stored, domain: 'flat colour icons with English labels' })
  expect(phrase.domain).toBe('flat colour icons with English labels')
  expect(trainedKindsOf(phrase)).toBeNull()
  expect(trainedKindsOf(modelManifest.parse(stored))).toBeNull()
})

test('a domain of an unknown kind of pictures, or of none, is refused', () => {
  for (const pictures of [[], ['noise']])
    expect(modelManifest.safeParse({ ...stored, domain: { pictures, description: 'd' } }).success).toBe(false)
})

test('a second kind makes it a union: without a kind it is a dual encoder there, too', () => {
  const union = z.discriminatedUnion('kind', [modelManifest, z.object({ kind: z.literal('captioner'), id: z.string() })])
  expect(union.parse(stored)).toMatchObject({ id: 'assay-clip', task: 'image_text_embedding' })
  expect(union.parse({ kind: 'captioner', id: 'c' })).toEqual({ kind: 'captioner', id: 'c' })
  expect(union.safeParse({ ...stored, kind: 'fusion' }).success).toBe(false)
  expect(modelManifest.safeParse({ ...stored, kind: 'fusion' }).success).toBe(false)
})
