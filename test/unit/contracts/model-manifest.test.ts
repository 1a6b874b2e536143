/** Manifests: a tagged union by `kind`, in which one without a kind is a dual encoder. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { modelManifest } from '../../../src/contracts/model-manifest.ts'

const stored: Record<string, unknown> = JSON.parse(readFileSync('models/assay-clip/manifest.json', 'utf8'))

test('a manifest older than the kinds is read as it is: nothing is filled in, so what is stored stays the same text', () => {
  expect(modelManifest.parse(stored)).not.toHaveProperty('kind')
  expect(modelManifest.parse(stored)).not.toHaveProperty('domain')
})

test('a manifest may state its kind and its domain', () => {
  const stated = { ...stored, kind: 'dual_encoder', domain: 'flat colour icons with English labels' }
  expect(modelManifest.parse(stated)).toMatchObject({ kind: 'dual_encoder', domain: stated.domain })
})

test('a second kind makes it a union: without a kind it is a dual encoder there, too', () => {
  const union = z.discriminatedUnion('kind', [modelManifest, z.object({ kind: z.literal('captioner'), id: z.string() })])
  expect(union.parse(stored)).toMatchObject({ id: 'assay-clip', task: 'image_text_embedding' })
  expect(union.parse({ kind: 'captioner', id: 'c' })).toEqual({ kind: 'captioner', id: 'c' })
  expect(union.safeParse({ ...stored, kind: 'fusion' }).success).toBe(false)
  expect(modelManifest.safeParse({ ...stored, kind: 'fusion' }).success).toBe(false)
})
