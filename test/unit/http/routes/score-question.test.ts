/** Questions, statements and captions of `/v1/score` as bodies: what is read, and what is refused by name. */
import { describe, expect, test } from 'vitest'
import { Fault } from '../../../../src/contracts/failure.ts'
import type { Form } from '../../../../src/http/body/form-entries.ts'
import { askByForm, asks, formAsks, readAskJson } from '../../../../src/http/routes/score/question-request.ts'
import { askRequest } from '../../../../src/http/routes/score/schema.ts'

const DATA = 'data:image/png;base64,AAAA'
const STORED = { id: `img_${'a'.repeat(64)}` }

function refusal(action: () => unknown): unknown {
  try {
    action()
  } catch (error) {
    return error instanceof Fault && error.failure.kind === 'invalid' ? error.failure.errors.map(({ pointer }) => pointer) : error
  }
  return 'nothing was refused'
}

describe('JSON', () => {
  test('a question about one picture', () => {
    expect(asks({ question: 'x' })).toBe(true)
    expect(asks({ texts: ['x'] })).toBe(false)
    const { request, pictures } = readAskJson({ question: 'what is it?', image: DATA }, askRequest)
    expect(request).toMatchObject({ model: null, asked: { question: 'what is it?', top: 5 } })
    expect(pictures).toEqual([new Uint8Array(3)])
  })

  test('a statement about two pictures, one of them stored', () => {
    const { request, pictures } = readAskJson({ statement: 's', images: [DATA, STORED], model: 'm' }, askRequest)
    expect(request).toMatchObject({ model: 'm', asked: { statement: 's' } })
    expect(pictures[1]).toEqual(STORED)
    expect(request.places.picture(1)).toBe('/images/1')
  })

  test('the wish for a caption', () => {
    expect(asks({ caption: true })).toBe(true)
    const { request } = readAskJson({ caption: true, image: DATA, top: 2 }, askRequest)
    expect(request).toMatchObject({ model: null, asked: { skill: 'caption', top: 2 } })
  })

  test.each([
    [{ caption: false, image: DATA }, ['/caption']],
    [{ caption: true, question: 'q', image: DATA }, ['/caption']],
    [{ caption: true, images: [DATA, DATA] }, ['/images']],
    [{ question: 'q' }, ['/image']],
    [{ question: 'q', statement: 's', image: DATA }, ['/statement']],
    [{ question: ' ', image: DATA }, ['/question']],
    [{ question: 'q', images: [DATA, DATA] }, ['/images']],
    [{ statement: 's', image: DATA, images: [DATA, DATA] }, ['/images']],
    [{ statement: 's', image: DATA, top: 3 }, ['/top']],
    [{ question: 'q', image: DATA, top: 0 }, ['/top']],
    [{ question: 'q', image: 'https://a.test/b.png' }, ['/image']],
    [{ question: 'q', image: DATA, texts: ['t'] }, ['/texts']],
  ])('%j is refused', (body, pointers) => {
    expect(refusal(() => readAskJson(body, askRequest))).toEqual(pointers)
  })
})

describe('a form', () => {
  const entry = (field: string, text: string | null) => {
    const bytes = Uint8Array.of(1, 2)
    return { field, text, isFile: text === null, name: '', size: 2, located: {}, bytes: async () => bytes, view: bytes } as never
  }
  const form = (...entries: readonly [string, string | null][]): Form => entries.map(([field, text]) => entry(field, text))
  const read = (sent: Form) => askByForm(sent, async (request, pictures) => ({ request, pictures }))

  test('a statement about two files', async () => {
    const sent = form(['statement', 's'], ['image', null], ['image', null])
    expect(formAsks(sent)).toBe(true)
    const { request, pictures } = await read(sent)
    expect(request).toMatchObject({ model: null, asked: { statement: 's' } })
    expect(pictures).toHaveLength(2)
  })

  test('the wish for a caption', async () => {
    const sent = form(['caption', 'true'], ['image', null])
    expect(formAsks(sent)).toBe(true)
    expect((await read(sent)).request).toMatchObject({ asked: { skill: 'caption', top: 5 } })
  })

  test('a path in place of a file: the refusal shows how curl sends one', async () => {
    const sent = form(['question', 'q'], ['image', '/pictures/cat.jpg'])
    await expect(read(sent)).rejects.toMatchObject({
      failure: { errors: [{ pointer: 'image', detail: expect.stringContaining('-F field=@path') }] },
    })
  })

  test.each([
    ['a caption that is not true', form(['caption', 'yes'], ['image', null]), 'caption'],
    ['two pictures of a caption', form(['caption', 'true'], ['image', null], ['image', null]), 'image'],
    ['two pictures of a question', form(['question', 'q'], ['image', null], ['image', null]), 'image'],
    ['no picture', form(['question', 'q']), 'image'],
    ['a top that is not a number', form(['question', 'q'], ['top', 'x'], ['image', null]), 'top'],
    ['an unknown field', form(['question', 'q'], ['text', 'x'], ['image', null]), 'text'],
  ])('%s: refused by name', async (_, sent, field) => {
    await expect(read(sent)).rejects.toMatchObject({ failure: { errors: [{ pointer: field }] } })
  })
})
