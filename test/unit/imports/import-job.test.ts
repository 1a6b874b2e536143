/**
 * The import job gives the very version of the import in memory, wherever its slices end and whatever crashes
 * in between.
 */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { StepItem } from '../../../src/tasks/step-localization/item.ts'
import { SLICE_LIMITS } from '../../../src/imports/import-job.ts'
import type { SliceLimits } from '../../../src/imports/state.ts'
import { BLOCK_BYTES, DatasetDigest } from '../../../src/imports/dataset-digest.ts'
import { prepareTexts } from '../../support/official-files.ts'
import { canonicalJson } from '../../../src/contracts/canonical-json.ts'
import { digestOf, sha256Hex } from '../../../src/contracts/digest.ts'
import { describeFailure, type Failure } from '../../../src/contracts/failure.ts'
import { packLines } from '../../../src/storage/packed-lines.ts'
import { syntheticVqa } from '../../support/synthetic-vqa.ts'
import { goldenText } from '../metrics/golden.ts'
import { runImport, type WorldOptions } from './import-world.ts'
import { anyText } from '../../support/any-text.ts'
import { cases, STRIDE } from '../../support/cases.ts'

const encode = (text: string) => new TextEncoder().encode(text)
const SMALL: SliceLimits = { readBytes: 4000, heldText: 1500, fetchBytes: 700 }

function vqa(count: number, unannotated = 0) {
  const set = syntheticVqa(count, 7, unannotated)
  return { questions: [...set.questions()].join(''), annotations: [...set.annotations()].join('') }
}

function coco(images: number) {
  const ids = Array.from({ length: images }, (_, index) => (index * 7919) % 100_003)
  const captions = ids.flatMap((image_id, index) =>
    Array.from({ length: 1 + (index % 4) }, (_, n) => ({
      image_id,
      id: 10 * index + n,
      caption: `caption ${n} of ${index} “é”`,
    })),
  )
  return {
    annotations: JSON.stringify({
      annotations: captions.toReversed(),
      info: { year: 2014 },
      images: ids.map((id) => ({ id, file_name: `COCO_${id}.jpg` })),
    }),
  }
}

/** Clips come back after others: the place of a clip is that of its first sentence. */
function msvd(clips: number) {
  const lines = Array.from({ length: 3 * clips }, (_, n) => `vid${(n * 7919) % clips}\tsentence ${n} “é” of many`)
  return { annotations: lines.map((line) => `${line}\n`).join('') }
}

function nlvr2(statements: number) {
  const lines = Array.from({ length: statements }, (_, n) => ({
    identifier: `dev-${(n * 31) % statements}-0-${n % 3}`,
    sentence: `There are ${n} “dogs”.`,
    label: n % 2 === 0 ? 'True' : 'false',
    validation: { 7: 'True' },
  }))
  return { annotations: lines.map((line) => `${JSON.stringify(line)}\n`).join('') }
}

function coin(videos: number) {
  const database = Object.fromEntries(
    Array.from({ length: videos }, (_, n) => [
      `-v/~${(n * 7919) % 10_007}`,
      {
        subset: n % 3 === 0 ? 'testing' : 'training',
        duration: 10.5,
        class: 'MakeTea',
        annotation: Array.from({ length: n % 4 }, (_unused, step) => ({
          id: String(1 + step),
          segment: [step, step + 0.5],
          label: 'pour',
        })),
      },
    ]),
  )
  return { annotations: JSON.stringify({ version: 1, database, taxonomy: { database: {} } }) }
}

/** Wrapped lines, blank ones and what may be left out. */
function items(questions: number) {
  const lines = Array.from({ length: questions }, (_, n) => {
    const item = {
      task: 'vqa',
      id: n % 2 === 0 ? (n * 7919) % 100_003 : `q${n}`,
      ...(n % 3 === 0 ? { cluster: `picture ${n % 11}` } : {}),
      ...(n % 4 === 0 ? { image: `${n}.png`, answer_type: `type ${n % 5}`, question_type: 'what' } : {}),
      question: `“Which” of ${n}?`,
      answers: Array.from({ length: 1 + (n % 3) }, (_unused, answer) => `é ${answer}`),
    }
    return JSON.stringify(n % 5 === 0 ? { item } : item)
  })
  return { annotations: `\uFEFF${lines.join('\n\r\n')}\n` }
}

async function inMemory(format: string, files: Readonly<Record<string, string>>, split?: string) {
  const { version } = await prepareTexts({ tenant: 't', name: 'set', format, files, split, images: [] })
  const { orderedItems, ...facts } = version
  const { body, offsets } = packLines(orderedItems, canonicalJson)
  return { facts, offsets, items: body }
}

const bytesOf = (files: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(files).map(([name, text]) => [name, encode(text)]))

const byJob = (format: string, files: Readonly<Record<string, string>>, options: Partial<WorldOptions> = {}) =>
  runImport({ format, files: bytesOf(files), limits: SMALL, ...options })

/** Two rows for every third question, some of them on two lines. */
const table = (count: number): string =>
  `\uFEFFid;question;answer\r\n${Array.from({ length: count }, (_, index) => {
    const row = `q${index};"Is it;\n""${index}""?";`
    return `${row}yes\r\n${index % 3 === 0 ? `${row}no\n` : ''}`
  }).join('')}`

describe('the import job', () => {
  test.each([
    ['vqa-v2', 'one', vqa(1)],
    ['vqa-v2', 'many', vqa(300, 5)],
    [
      'vqa-v2',
      'golden',
      {
        questions: goldenText('vqa-v2/rounding/questions.json'),
        annotations: goldenText('vqa-v2/rounding/annotations.json'),
      },
    ],
    ['coco-captions', 'many', coco(200)],
    ['msvd-captions', 'many', msvd(150)],
    [
      'msvd-captions',
      'without a last line feed, with marks and carriage returns',
      { annotations: '\uFEFFa\tone\r\nb\ttwo\r\na\tthree\r' },
    ],
    ['nlvr2', 'many', nlvr2(120)],
    ['nlvr2', 'without a last line feed', { annotations: nlvr2(1).annotations.trimEnd() }],
    ['coin', 'many', coin(150)],
    ['items-jsonl', 'many', items(150)],
    ['items-jsonl', 'without a last line feed', { annotations: items(1).annotations.trimEnd() }],
    ['items-csv', 'many', { annotations: table(150) }],
    ['items-csv', 'without a last line feed', { annotations: table(3).trimEnd() }],
  ] as const)('gives the version of the import in memory: %s, %s', async (format, _, files) => {
    const expected = await inMemory(format, files)
    for (const limits of [SMALL, SLICE_LIMITS])
      for (const partBytes of [777, 1 << 20]) {
        const { version, left, error } = await byJob(format, files, { limits, partBytes })
        expect(error).toBeNull()
        expect(version!.facts).toEqual(expected.facts)
        expect(version!.offsets).toEqual(expected.offsets)
        expect(Buffer.compare(version!.items, expected.items)).toBe(0)
        expect(left).toBe(0)
      }
  })

  test('takes one subset of COIN, and says which there are', async () => {
    const files = coin(60)
    const expected = await inMemory('coin', files, 'testing')
    const { version } = await byJob('coin', files, { split: 'testing' })
    expect(version!.facts).toEqual(expected.facts)
    expect(version!.facts.items).toBe(20)
    expect(Buffer.compare(version!.items, expected.items)).toBe(0)
    const { error } = await byJob('coin', files, { split: 'validation' })
    expect(describeFailure(error as Failure)).toContain('no video has subset "validation"; the file has testing, training')
  })

  test('goes on after a crash before or after anything it does, and comes to the same', async () => {
    const files = vqa(20, 1)
    const limits: SliceLimits = { readBytes: 2000, heldText: 750, fetchBytes: 350 }
    const smooth = await byJob('vqa-v2', files, { limits })
    expect(smooth.slices).toBeGreaterThan(15)
    for (let at = 0; at < smooth.operations; at += STRIDE) {
      const crashed = await byJob('vqa-v2', files, { limits, crashes: new Set([at, at + 3]) })
      expect(crashed.version, `operation ${at}`).toEqual(smooth.version)
      expect(crashed.left, `operation ${at}`).toBe(0)
    }
  })

  test('begins to write anew when a straggler has replaced a part', async () => {
    const files = vqa(40)
    expect((await byJob('vqa-v2', files, { stragglers: 2 })).version).toEqual((await byJob('vqa-v2', files)).version)
  })

  test('whatever the limits and however often it crashes', async () => {
    const files = coco(60)
    const { version } = await byJob('coco-captions', files)
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          readBytes: fc.integer({ min: 1, max: 5000 }),
          heldText: fc.integer({ min: 1, max: 3000 }),
          fetchBytes: fc.integer({ min: 1, max: 3000 }),
        }),
        fc.integer({ min: 50, max: 5000 }),
        fc.uniqueArray(fc.nat(600), { maxLength: 20 }),
        async (limits, partBytes, crashes) => {
          expect((await byJob('coco-captions', files, { limits, partBytes, crashes: new Set(crashes) })).version).toEqual(version)
        },
      ),
      { numRuns: cases(15) },
    )
  })

  const broken = (edit: (files: { questions: Sized; annotations: Sized }) => void, count = 30) => {
    const { questions, annotations } = vqa(count)
    const parsed = { questions: JSON.parse(questions) as Sized, annotations: JSON.parse(annotations) as Sized }
    edit(parsed)
    return { questions: JSON.stringify(parsed.questions), annotations: JSON.stringify(parsed.annotations) }
  }
  interface Sized {
    questions: Record<string, unknown>[]
    annotations: Record<string, unknown>[]
  }

  test.each([
    ['a field of the wrong type', broken(({ annotations }) => (annotations.annotations[17]!['answer_type'] = 5))],
    ['a question that comes twice', broken(({ questions }) => questions.questions.push(questions.questions[3]!))],
    ['an annotation that comes twice', broken(({ annotations }) => annotations.annotations.push(annotations.annotations[3]!))],
    ['an annotation without its question', broken(({ questions }) => questions.questions.splice(12, 1))],
    ['an image that differs', broken(({ questions }) => (questions.questions[8]!['image_id'] = 1))],
    ['a text that is not Unicode', broken(({ questions }) => (questions.questions[8]!['question'] = '\ud800'))],
    ['no annotation', broken(({ annotations }) => (annotations.annotations = []))],
    ['no array', { questions: vqa(1).questions, annotations: '{"annotations":{}}' }],
  ])('refuses what the import in memory refuses: %s', async (_, files) => {
    const failure = await inMemory('vqa-v2', files).then(
      () => expect.fail('it was taken'),
      (error: { failure: Failure }) => error.failure,
    )
    const { error, version, left } = await byJob('vqa-v2', files)
    expect(version).toBeNull()
    expect(left).toBe(0)
    const pointers = (of: Failure) => ('errors' in of ? of.errors.map(({ pointer }) => pointer) : [])
    expect(describeFailure(error as Failure)).toBe(describeFailure(failure))
    expect(pointers(error as Failure)).toEqual(pointers(failure))
  })

  const line = (identifier: string, more: object = {}) =>
    `${JSON.stringify({ identifier, sentence: 's', label: 'True', ...more })}\n`
  const question = (id: string, more: object = {}) =>
    `${JSON.stringify({ task: 'vqa', id, question: '?', answers: ['x'], ...more })}\n`
  const video = { subset: 'testing', annotation: [{ id: '3', segment: [1, 2] }] }

  test.each<[string, string, string]>([
    ['msvd-captions', 'a line without a tab', 'a\tb\nc\n'],
    ['msvd-captions', 'an empty line', 'a\tb\n\na\tc\n'],
    ['msvd-captions', 'nothing', ''],
    ['nlvr2', 'a line that is not JSON', `${line('dev-1-0-0')}{\n`],
    ['nlvr2', 'a blank line', `${line('dev-1-0-0')}\n`],
    ['nlvr2', 'another identifier', line('dev-1')],
    ['nlvr2', 'another label', line('dev-1-0-0', { label: 'yes' })],
    ['nlvr2', 'an identifier twice', line('dev-1-0-0') + line('dev-1-0-1') + line('dev-1-0-0')],
    ['nlvr2', 'half of a surrogate pair', line('dev-1-0-0', { sentence: '\ud800' })],
    ['nlvr2', 'nothing', ''],
    ['coin', 'no such subset', JSON.stringify({ database: { a: { ...video, subset: 'test' } } })],
    ['items-jsonl', 'a line that is not JSON', `${question('a')}{\n`],
    ['items-jsonl', 'an id twice', question('a') + question('b') + question('a')],
    ['items-jsonl', 'an id twice, the second wrapped', `${question('a')}{"item":${question('a').trim()}}\n`],
    ['items-jsonl', 'no answers', `${question('a')}\n${question('b', { answers: [] })}`],
    ['items-jsonl', 'a member that nobody reads', question('a', { 'clus/ter': 'c' })],
    ['items-jsonl', 'an answer that is not a string', question('a', { answers: ['x', 5] })],
    ['items-jsonl', 'a task that there is not', question('a', { task: 'caption' })],
    ['items-jsonl', 'half of a surrogate pair', `\n${question('a', { question: '\ud800' })}`],
    ['items-jsonl', 'a type that is long', question('a', { answer_type: 'x'.repeat(200) })],
    ['items-jsonl', 'blank lines alone', '\n \r\n'],
    ['items-jsonl', 'nothing', ''],
    ['items-csv', 'a row that is too long', `${table(3)}q,?,x,y\n`],
    ['items-csv', 'an id of two questions', `${table(3)}q0,another?,x\n`],
    ['items-csv', 'an open quote', `${table(3)}q,"?,x\n`],
    ['items-csv', 'a header alone', 'id,question,answer\n'],
    ['items-csv', 'nothing', ''],
    [
      'coin',
      'a step that is none',
      JSON.stringify({ database: { 'a/b': { ...video, annotation: [{ id: '779', segment: [1, 2] }] } } }),
    ],
    ['coin', 'half of a surrogate pair', '{"database":{"a/b":{"subset":"testing","class":"\\ud800","annotation":[]}}}'],
  ])('refuses what the import in memory refuses: %s, %s', async (format, _, annotations) => {
    const failure = await inMemory(format, { annotations }).then(
      () => expect.fail('it was taken'),
      (error: { failure: Failure }) => error.failure,
    )
    const { error } = await byJob(format, { annotations })
    expect(error).toEqual(failure)
  })

  test('refuses items that need pictures', async () => {
    const annotations = `${question('a')}{"item":{"task":"retrieval","id":"b","image":"b.png","captions":["c"]}}\n`
    const { error } = await byJob('items-jsonl', { annotations })
    expect(error).toMatchObject({
      errors: [{ pointer: 'annotations#/1/item/task', detail: expect.stringMatching(/within a request/) }],
    })
  })

  test('gives the version of the import in memory for any items', async () => {
    const text = anyText({ maxLength: 12 }).filter((one) => one.isWellFormed())
    const item = fc.record(
      {
        task: fc.constant('vqa'),
        question: text,
        answers: fc.array(text, { minLength: 1, maxLength: 3 }),
        cluster: fc.oneof(text, fc.nat(3)),
        answer_type: text,
        question_type: fc.constantFrom('what', 'how many'),
        image: fc.constantFrom(null, 'a.png'),
      },
      { requiredKeys: ['task', 'question', 'answers'] },
    )
    const ids = fc.uniqueArray(
      fc.oneof(
        text.filter((id) => id !== ''),
        fc.integer(),
      ),
      { minLength: 1, maxLength: 8, selector: String },
    )
    await fc.assert(
      fc.asyncProperty(
        ids.chain((all) =>
          fc.tuple(
            ...all.map((id) =>
              fc.tuple(
                item.map((one) => ({ ...one, id })),
                fc.boolean(),
                fc.boolean(),
              ),
            ),
          ),
        ),
        fc.record({
          readBytes: fc.integer({ min: 1, max: 500 }),
          heldText: fc.integer({ min: 1, max: 500 }),
          fetchBytes: fc.integer({ min: 1, max: 500 }),
        }),
        fc.uniqueArray(fc.nat(200), { maxLength: 5 }),
        async (lines, limits, crashes) => {
          const annotations = lines
            .map(([one, wrapped, blank]) => `${JSON.stringify(wrapped ? { item: one } : one)}\n${blank ? ' \n' : ''}`)
            .join('')
          const expected = await inMemory('items-jsonl', { annotations })
          const { version } = await byJob('items-jsonl', { annotations }, { limits, crashes: new Set(crashes) })
          expect(version!.facts).toEqual(expected.facts)
          expect(version!.offsets).toEqual(expected.offsets)
          expect(Buffer.compare(version!.items, expected.items)).toBe(0)
        },
      ),
      { numRuns: cases(30) },
    )
  })

  test('keeps the order of a COIN file, although JSON.parse moves names that are whole numbers', async () => {
    const file = `{"database":{"b":VIDEO,"7":VIDEO,"a":VIDEO}}`.replaceAll('VIDEO', JSON.stringify(video))
    const expected = await inMemory('coin', { annotations: file })
    const { version } = await byJob('coin', { annotations: file })
    expect(version!.facts).toEqual(expected.facts)
    const items = new TextDecoder()
      .decode(version!.items)
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as StepItem)
    expect(new Map(items.map(({ id, position }) => [id, position]))).toEqual(
      new Map([
        ['b', 0],
        ['7', 1],
        ['a', 2],
      ]),
    )
  })

  test.each([
    ['a video twice', '{"database":{"a":VIDEO,"a":VIDEO}}', 'stands there more than once'],
    ['an array', '{"database":[]}', '/database: must be an object, is an array'],
    ['no video', '{"database":{}}', 'the file has no video'],
    ['a list of one', '{"database":{"a":[VIDEO]}}', 'must be an object'],
  ])('refuses COIN with %s', async (_, text, message) => {
    const { error } = await byJob('coin', { annotations: text.replaceAll('VIDEO', JSON.stringify(video)) })
    expect(describeFailure(error as Failure)).toContain(message)
  })

  test.each([
    ['more labels than reports take', (n: number) => `type ${n}`, 'there may be at most 256'],
    ['a label that is long', (n: number) => 'x'.repeat(120 + n), 'is longer than 128 characters'],
  ])('refuses %s, and leaves no items behind', async (_, label, message) => {
    const files = broken(({ annotations }) => annotations.annotations.forEach((one, n) => (one['question_type'] = label(n))), 300)
    const failure = await inMemory('vqa-v2', files).then(
      () => expect.fail('it was taken'),
      (error: { failure: Failure }) => error.failure,
    )
    const { error, itemsStored } = await byJob('vqa-v2', files)
    expect(error).toEqual(failure)
    expect(describeFailure(failure)).toContain(message)
    expect(itemsStored).toBe(false)
  })

  test.each([
    ['an image without a caption', { images: [{ id: 1 }, { id: 2 }], annotations: [{ image_id: 1, caption: 'a' }] }],
    [
      'a caption of no image',
      {
        images: [{ id: 1 }],
        annotations: [
          { image_id: 1, caption: 'a' },
          { image_id: 9, caption: 'b' },
        ],
      },
    ],
    [
      'an id of another type',
      {
        images: [{ id: 1 }],
        annotations: [
          { image_id: 1, caption: 'a' },
          { image_id: '1', caption: 'b' },
        ],
      },
    ],
    ['an image twice', { images: [{ id: 1 }, { id: 1 }], annotations: [{ image_id: 1, caption: 'a' }] }],
  ])('refuses COCO files as the import in memory does: %s', async (_, file) => {
    const files = { annotations: JSON.stringify(file) }
    const failure = await inMemory('coco-captions', files).then(
      () => expect.fail('it was taken'),
      (error: { failure: Failure }) => error.failure,
    )
    expect(describeFailure((await byJob('coco-captions', files)).error as Failure)).toContain(describeFailure(failure))
  })
})

test('the digest is what docs/decisions/2026-11-24-dataset-digest.md says, across blocks', async () => {
  const lines = Array.from({ length: 5 }, (_, index) => JSON.stringify(String(index).repeat(BLOCK_BYTES / 3)))
  const digest = new DatasetDigest()
  for (const line of lines) await digest.add(line)
  const blocks = [lines.slice(0, 3), lines.slice(3)]
  expect(await digest.finish('f')).toBe(
    await digestOf({
      schema: 'assay.dataset/2',
      format: 'f',
      items: 5,
      blocks: await Promise.all(blocks.map((block) => sha256Hex(block.map((line) => `${line}\n`).join('')))),
    }),
  )
})
