import { describe, expect, test } from 'vitest'
import { detailsOf, type Failure, Fault, invalidField, unprocessableField } from '../../../src/contracts/failure.ts'
import { at } from '../../../src/contracts/failure-pointer.ts'

/** The failure that `at` throws instead of `fault`. */
function moved(pointer: string, fault: Fault, options?: { document?: string }): Failure {
  try {
    at(
      pointer,
      () => {
        throw fault
      },
      options,
    )
  } catch (error) {
    expect((error as Fault).cause).toBe(fault)
    return (error as Fault).failure
  }
  throw new Error('at swallowed a failure')
}

describe('at', () => {
  test('returns what the work returns, at once or later', async () => {
    expect(at('/a', () => 3)).toBe(3)
    await expect(at('/a', () => Promise.resolve(4))).resolves.toBe(4)
  })

  test.each([
    ['a JSON pointer goes on', '/run', '/seed', '/run/seed'],
    ['a form field is followed by #', 'classify', '/labels/1', 'classify#/labels/1'],
    ['a form field as a whole has no #', 'classify', '', 'classify'],
    ['a file in a field keeps its #', 'annotations#', '/3', 'annotations#/3'],
    ['no place at all keeps the inner one', '', '/3', '/3'],
  ])('%s', (_, outer, inner, pointer) => {
    const failure = { kind: 'invalid', detail: `${pointer}: is wrong`, errors: [{ pointer, detail: 'is wrong' }] }
    expect(moved(outer, invalidField(inner, 'is wrong'))).toEqual(failure)
  })

  test('the sentence names a file without its #', () => {
    expect(moved('questions#', unprocessableField('', 'holds no item'))).toEqual({
      kind: 'unprocessable',
      detail: 'questions: holds no item',
      errors: [{ pointer: 'questions#', detail: 'holds no item' }],
    })
  })

  test('a sentence without a place stays unchanged', () => {
    const detail = 'results file: 2 images are unknown'
    const fault = new Fault({ kind: 'unprocessable', detail, errors: [{ pointer: '/0', detail: 'is unknown' }] })
    expect(moved('results#', fault)).toEqual({
      kind: 'unprocessable',
      detail,
      errors: [{ pointer: 'results#/0', detail: 'is unknown' }],
    })
  })

  test('a place in a document that the request refers to goes into the sentence', () => {
    const detail = 'results file, /3: is not JSON'
    expect(moved('/file_id', unprocessableField('/3', 'is not JSON'), { document: 'results file' })).toEqual({
      kind: 'unprocessable',
      detail: `/file_id: ${detail}`,
      errors: [{ pointer: '/file_id', detail }],
    })
  })

  test.each<[Failure, Failure]>([
    [
      { kind: 'not_found', resource: 'eval', id: 'a' },
      { kind: 'not_found', resource: 'eval', id: 'a', pointer: '/x' },
    ],
    [
      { kind: 'not_found', resource: 'eval', id: 'a', pointer: '/y' },
      { kind: 'not_found', resource: 'eval', id: 'a', pointer: '/x/y' },
    ],
    [
      { kind: 'too_large', what: 'a picture', limit: 1, unit: 'bytes' },
      { kind: 'too_large', what: 'a picture', limit: 1, unit: 'bytes', pointer: '/x' },
    ],
    [
      { kind: 'bad_image', reason: 'empty', detail: 'no bytes' },
      { kind: 'bad_image', reason: 'empty', detail: 'no bytes', pointer: '/x' },
    ],
  ])('a failure of one place gets it: %j', (failure, expected) => {
    expect(moved('/x', new Fault(failure))).toEqual(expected)
  })

  test('a picture of many is named', () => {
    const options = { document: 'cat.png' }
    const bad = new Fault({ kind: 'bad_image', reason: 'empty', detail: 'no bytes' })
    expect(moved('images/3', bad, options)).toMatchObject({ detail: 'cat.png: no bytes', pointer: 'images/3' })
    const large = new Fault({ kind: 'too_large', what: 'a picture', limit: 1, unit: 'bytes' })
    expect(moved('images/3', large, options)).toMatchObject({ what: 'cat.png: a picture', pointer: 'images/3' })
  })

  test('a failure that has no place, and other errors, pass', async () => {
    const unavailable = new Fault({ kind: 'unavailable', detail: 'later', retryAfterSeconds: 1 })
    expect(moved('/x', unavailable)).toEqual(unavailable.failure)
    const error = new TypeError('a bug')
    await expect(at('/x', () => Promise.reject(error))).rejects.toBe(error)
  })
})

describe('detailsOf', () => {
  test('says what is wrong without the pointer', () => {
    const { failure } = unprocessableField('/treatments/0', 'the runs have different items')
    expect(detailsOf(failure)).toBe('the runs have different items')
  })

  test('is the whole sentence where no field is named', () => {
    expect(detailsOf({ kind: 'conflict', detail: 'the run goes on' })).toBe('the run goes on')
  })
})
