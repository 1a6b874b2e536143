/** Labelled pictures: their files, their results, and how a model that reads text is asked. */
import { describe, expect, test } from 'vitest'
import type { Candidate } from '../../../../src/contracts/item.ts'
import { prepareImport } from '../../../../src/imports/import-dataset.ts'
import { readLabel } from '../../../../src/tasks/classification/label-reader.ts'
import { classification } from '../../../../src/tasks/classification/task.ts'
import { taskRegistry } from '../../../../src/tasks/registry.ts'
import { runImport } from '../../imports/import-world.ts'

const encode = (value: unknown) => new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value))
const LABELS = { 'a.jpg': 'cat', 'c.jpg': 'cat', 'd.jpg': 7, 'sub/b.jpg': 'dog' }
const NAMES = ['dog', 'cat', '7', 'cow']

const importOf = (format: string, files: Record<string, unknown>) =>
  prepareImport(
    {
      tenant: 't',
      name: 'set',
      format,
      files: Object.fromEntries(Object.entries(files).map(([name, value]) => [name, encode(value)])),
      images: [],
    },
    taskRegistry,
  )
const lines = (...items: readonly object[]) => items.map((item) => `${JSON.stringify(item)}\n`).join('')
const line = (id: string, label: unknown) => ({ task: 'classification', id, image: `${id}.png`, label })

describe('a folder of labelled pictures', () => {
  test('has items by file name, and its labels in the order of names.json, stored once', async () => {
    const { version, itemsWithoutImage } = await importOf('classification', { annotations: LABELS, names: NAMES })
    expect(version.candidates).toEqual(NAMES.map((label) => ({ label })))
    expect(version.orderedItems.toSorted((a, b) => (a.id < b.id ? -1 : 1))).toEqual(
      Object.entries(LABELS).map(([id, label]) => ({
        task: 'classification',
        id,
        cluster: id,
        image: null,
        label: String(label),
      })),
    )
    expect({ items: version.items, clusters: version.clusters, itemsWithoutImage }).toEqual({
      items: 4,
      clusters: 4,
      itemsWithoutImage: 4,
    })
  })

  test('may describe its labels; that and their order are part of the digest', async () => {
    const described = { 7: 'seven', cat: ['a cat', 'a tom', 'a cat'], dog: 'a dog' }
    const digests = []
    for (const names of [NAMES, NAMES.toReversed(), described]) {
      const { version } = await importOf('classification', { annotations: LABELS, names })
      digests.push(version.digest)
      if (names === described) expect(version.candidates).toContainEqual({ label: 'cat', prompts: ['a cat', 'a tom'] })
    }
    expect(new Set(digests).size).toBe(3)
  })

  test('is imported by the job to the same version, whatever its slices', async () => {
    const files = { annotations: encode(LABELS), names: encode(NAMES) }
    const { version } = await importOf('classification', { annotations: LABELS, names: NAMES })
    const { orderedItems: _items, ...facts } = version
    for (const bytes of [10, 1000]) {
      const limits = { readBytes: bytes, heldText: bytes, fetchBytes: bytes }
      const { version: imported } = await runImport({ format: 'classification', files, limits })
      expect(imported!.facts).toEqual(facts)
    }
  })

  test.each<[string, unknown, unknown, string]>([
    ['a label that names.json lacks', { a: 'fox' }, NAMES, '/a: is "fox", which the file names lacks'],
    ['a label that is not a text', { a: ['cat'] }, NAMES, '/a: must be a string'],
    ['one label alone', { a: 'cat' }, ['cat'], 'at least two'],
    ['a label twice', { a: 'cat' }, ['cat', 'dog', 'cat'], '/2: "cat" was already used by /0'],
    ['an empty label', { a: 'cat' }, ['cat', ' '], '/1: must not be empty'],
    ['a label without texts', { a: 'cat' }, { cat: 'cat', dog: [] }, '/dog: is empty'],
    [
      'a described label twice',
      { a: 'cat' },
      '{"cat":"x", "dog":"\\"}", "c\\u0061t":"y"}',
      'names#/cat: stands there more than once',
    ],
    ['names of another shape', { a: 'cat' }, 'cat', 'names file'],
    ['no picture', {}, NAMES, 'holds no picture'],
    ['labels of another shape', [1], NAMES, 'labels file'],
    ['an unknown file', { a: 'cat' }, undefined, 'is missing: format classification needs it'],
    ['too many labels', { a: 'n1' }, Array.from({ length: 10_001 }, (_, n) => `n${n}`), 'a dataset may have 10000'],
    [
      'too many characters',
      { a: 'n1'.padEnd(1000, 'x') },
      Array.from({ length: 300 }, (_, n) => `n${n}`.padEnd(1000, 'x')),
      'characters',
    ],
  ])('is refused with the place of %s', async (_case, annotations, names, message) => {
    await expect(importOf('classification', { annotations, ...(names !== undefined && { names }) })).rejects.toThrow(message)
  })
})

test.each([
  ['classification', { annotations: { a: 'cat' }, names: ['cat'] }, 'names#', 'names file'],
  ['items-jsonl', { annotations: lines(line('1', 'cat')), names: ['cat'] }, 'names#', 'names file'],
  ['items-jsonl', { annotations: lines(line('1', 'cat')) }, 'annotations#', 'items file'],
])('too few labels are refused in the file that has them: %s', async (format, files, pointer, called) => {
  const refusal = await importOf(format, files).catch((error: unknown) => error)
  expect(refusal).toMatchObject({ failure: { errors: [{ pointer }], detail: expect.stringContaining(called) as string } })
})

describe('lines of labelled pictures', () => {
  test('have the labels of all lines, in order, or those of the file names', async () => {
    const annotations = lines(line('1', 'dog'), line('2', 'cat'), line('3', 'dog'))
    const { version } = await importOf('items-jsonl', { annotations })
    expect(version.candidates).toEqual([{ label: 'cat' }, { label: 'dog' }])
    const { version: named } = await importOf('items-jsonl', { annotations, names: NAMES })
    expect(named.candidates).toEqual(NAMES.map((label) => ({ label })))
    const files = { annotations: encode(annotations) }
    const { version: imported } = await runImport({
      format: 'items-jsonl',
      files,
      limits: { readBytes: 40, heldText: 40, fetchBytes: 30 },
    })
    expect(imported!.facts.digest).toBe(version.digest)
  })

  test('refuse a label that names lacks, and names for other tasks', async () => {
    const annotations = lines(line('1', 'dog'), line('2', 'fox'))
    await expect(importOf('items-jsonl', { annotations, names: NAMES })).rejects.toThrow('/1/label: is "fox"')
    const question = lines({ task: 'vqa', id: 'q', question: 'What?', answers: ['x'] })
    await expect(importOf('items-jsonl', { annotations: question, names: NAMES })).rejects.toThrow('leave the file names out')
    const { version } = await importOf('items-jsonl', { annotations: question })
    expect(version).not.toHaveProperty('candidates')
  })
})

describe('results', () => {
  const candidates: Candidate[] = NAMES.map((label) => ({ label }))
  const { classification: format } = classification.formats
  const read = (...answers: readonly object[]) => format!.readResults!(lines(...answers), ['a', 'b'], {}, candidates)

  test('name one label or a list, best first, and are kept as places', () => {
    expect(read({ id: 'b', answer: 'cow' }, { id: 'a', answer: ['cat', 7] })).toEqual(
      new Map([
        ['a', '[1,2]'],
        ['b', '[3]'],
      ]),
    )
  })

  test.each<[string, unknown, string]>([
    ['is not a label', 'fox', '/0/answer: is not a label of the dataset: "fox"'],
    ['is not a label in a list', ['cat', 'fox'], '/0/answer/1'],
    ['is an empty list', [], 'name at least one label'],
    ['names a label twice', ['cat', 'cat'], 'names a label twice'],
    ['names more labels than there are', ['cat', 'dog', 'cow', '7', 'cat'], 'at most 4 entries'],
  ])('are refused where an answer %s', (_case, answer, message) => {
    expect(() => read({ id: 'a', answer }, { id: 'b', answer: 'cat' })).toThrow(message)
  })
})

describe('a model that reads text', () => {
  const image = { sha256: '0'.repeat(64), media_type: 'image/png' as const, bytes: 1, width: 1, height: 1 }
  const item = { task: 'classification' as const, id: '1', cluster: '1', image, label: 'n02123045' }
  const coded: Candidate[] = [{ label: 'n02123045', prompts: ['a tabby cat', 'a tiger cat'] }, { label: 'pug {{item.label}}' }]

  test('is shown the labels in words, and never which is right', () => {
    const prompt = classification.prompt!
    prompt.check(prompt.template, '/prompt')
    const [message] = prompt.render(prompt.template, { ...item, candidates: coded })
    expect(message!.content).toEqual([
      { type: 'image', image },
      {
        type: 'text',
        text: 'Which of these labels fits the picture best?\na tabby cat\npug {{item.label}}\nAnswer with the label alone.',
      },
    ])
    expect(() => prompt.check('{{item.label}}', '/prompt')).toThrow('only {{item.labels}} is known here')
    expect(() => prompt.check('What is it?', '/prompt')).not.toThrow()
  })

  test.each([
    ['dog', 'dog'],
    ['Dog.', 'dog'],
    ['It is a dog!', 'dog'],
    ['<think>cat? no</think>The answer is **dog**', 'dog'],
    ['a TABBY cat', 'n02123045'],
    ['The picture shows a tiger_cat.', 'n02123045'],
    ['the dog', 'dog'],
  ])('%s is read as %s', (text, answer) => {
    expect(readLabel(text, [...coded, { label: 'dog' }])).toEqual({ answer })
  })

  test.each([
    ['a dog or a cat', 'is none of the 4 labels'],
    ['not a dog', 'is none of the 4 labels'],
    ['', 'is none of the 4 labels'],
    ['cat', 'fits 2 labels'],
  ])('%s is unreadable, never a guess', (text, reason) => {
    const labels = [{ label: 'dog' }, { label: 'Cat' }, { label: 'a', prompts: ['CAT'] }, { label: 'b' }]
    expect(readLabel(text, labels)).toEqual({ unreadable: expect.stringContaining(reason) as string })
  })
})
