/** `assay models`: what it says, what it refuses before anything is loaded, and its exit status. */
import { cp, mkdtemp, readdir, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { textsOfFile } from '../../../../src/cli/models/embed-texts.ts'
import { runModels } from '../../../../src/cli/models/run-models.ts'
import { MODEL_BUDGET } from '../../../../src/contracts/memory-budget.ts'
import { BROUGHT } from '../../../support/brought-model.ts'

let home: string
let clip: string

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'assay-run-models-'))
  clip = join(home, 'My CLIP')
  await cp(join(BROUGHT, 'clip-tiny'), clip, { recursive: true })
})
afterEach(() => rm(home, { recursive: true }))

async function assay(...argv: string[]): Promise<{ status: number; stdout: string; stderr: string }> {
  const said = { stdout: '', stderr: '' }
  const status = await runModels(argv, {
    stdout: (text) => void (said.stdout += text),
    stderr: (text) => void (said.stderr += text),
    work: join(home, 'work'),
    environment: {},
  })
  return { status, ...said }
}

/** A file of that length, of which nothing is on disk. */
async function weigh(half: 'vision' | 'text', bytes: number): Promise<void> {
  const file = join(clip, `onnx/${half}_model.onnx`)
  await truncate(file, bytes)
}

test('check says what it is, what it needs and every way that fits', async () => {
  const { status, stdout } = await assay('check', clip)
  expect(status).toBe(0)
  expect(stdout).toContain('My CLIP: CLIP, licence apache-2.0')
  expect(stdout).toMatch(/pictures 32 px, cover, bicubic; texts of 20 tokens, BPE/)
  expect(stdout.match(/^ {2}fits /gm)).toHaveLength(6)
  expect(await readdir(home)).toEqual(['My CLIP'])
})

test('check of one that fits nowhere ends with 1', async () => {
  await weigh('vision', 400e6)
  const { status, stdout } = await assay('check', clip)
  expect(status).toBe(1)
  expect(stdout.match(/^ {2}does not fit /gm)).toHaveLength(6)
})

describe('add refuses, by size alone', () => {
  const addTo = ['--logit-scale', '100', '--server', 'http://127.0.0.1:9', '--key', 'none']

  test('a model that fits apart, with the ways', async () => {
    await weigh('vision', 15e6)
    await weigh('text', 60e6)
    const { status, stderr } = await assay('add', clip, ...addTo)
    expect(status).toBe(2)
    const room = (MODEL_BUDGET.answering / 1e6).toFixed(1)
    expect(stderr).toMatch(/would need \d+\.\d MB for it and has /)
    expect(stderr).toContain(`has ${room} MB of its 128.0 MB`)
    expect(stderr).toContain('It would fit with: --split text · --split both · --texts FILE · --texts FILE --split vision')
    expect(await readdir(home)).toEqual(['My CLIP'])
  })

  test('a model that fits nowhere', async () => {
    await weigh('vision', 400e6)
    expect((await assay('add', clip, ...addTo, '--split', 'both')).stderr).toContain('No way to run it fits')
  })
})

describe('refused with one line', () => {
  test.each<[string, string[], RegExp]>([
    ['no model', ['add'], /which model\?/],
    ['two models', ['check', 'a', 'b'], /one model at a time/],
    ['an unknown option', ['check', 'a', '--fast'], /--fast/],
    ['no scale', ['add', '{clip}'], /--logit-scale, the exponential .* \(100 for OpenAI’s CLIP\)/],
    ['a scale that is not a number', ['add', '{clip}', '--logit-scale', 'ten'], /--logit-scale must be a number, is "ten"/],
    ['a negative scale', ['add', '{clip}', '--logit-scale=-1'], /must be above 0/],
    ['a bias for CLIP', ['add', '{clip}', '--logit-scale', '1', '--logit-bias', '1'], /CLIP has no bias/],
    ['another split', ['add', '{clip}', '--split', 'half'], /--split must be one of none, vision, text, both, is "half"/],
    ['another precision', ['check', '{clip}', '--precision', 'int3'], /--precision must be one of/],
    ['nowhere to add to', ['add', '{clip}', '--logit-scale', '1'], /no Assay runs in this checkout: start one \(npm start\)/],
    ['texts that are not there', ['add', '{clip}', '--logit-scale', '1', '--texts', 'none.txt'], /cannot read none\.txt/],
    ['texts without a file', ['embed-texts', 'x'], /--texts FILE/],
    ['an id of nothing', ['add', '{clip}', '--id', '…'], /gives no id/],
  ])('%s', async (_, argv, message) => {
    const { status, stderr } = await assay(...argv.map((word) => word.replace('{clip}', clip)))
    expect(status).toBe(2)
    expect(stderr).toMatch(message)
    expect(stderr.trim().split('\n')).toHaveLength(1)
  })

  test('SigLIP without its bias', async () => {
    const { stderr } = await assay('add', join(BROUGHT, 'siglip-tiny'), '--logit-scale', '10')
    expect(stderr).toMatch(/give --logit-bias/)
  })

  test('an unknown verb', async () => {
    const stderr = 'assay: unknown verb "make"; verbs: check, add, embed-texts, list, remove\n'
    expect(await assay('make')).toMatchObject({ status: 2, stderr })
  })

  test('no verb', async () => {
    expect(await assay()).toMatchObject({ status: 2, stderr: expect.stringMatching(/^usage:\n {2}assay models check/) })
  })
})

describe('texts of a file', () => {
  test.each([
    ['a.txt', 'a dog\n\ntwo dogs\r\na dog\n', ['a dog', 'two dogs']],
    ['a.jsonl', '"a dog"\n"two\\nlines"\n', ['a dog', 'two\nlines']],
    ['a.json', '["a dog", ""]', ['a dog', '']],
  ])('%s', (name, content, texts) => {
    expect(textsOfFile(name, content)).toEqual(texts)
  })

  test.each([
    ['a.jsonl', '"a"\n{', /a\.jsonl, line 2 is not JSON/],
    ['a.json', '{}', /must hold an array/],
    ['a.json', '["a", 7]', /entry 1 is not a text/],
    ['a.txt', '\n', /holds no text/],
  ])('%s %j is refused', (name, content, message) => {
    expect(() => textsOfFile(name, content)).toThrow(message)
  })
})

test('a server that does not answer is named', async () => {
  await writeFile(join(home, 'key'), '')
  const { status, stderr } = await assay('list', '--server', 'http://127.0.0.1:9', '--key', 'none')
  expect(status).toBe(3)
  expect(stderr).toMatch(/http:\/\/127\.0\.0\.1:9 does not answer/)
})
