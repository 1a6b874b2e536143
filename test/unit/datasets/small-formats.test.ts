import { describe, expect, test } from 'vitest'
import { readClipScoreFiles } from '../../../src/datasets/clipscore-files.ts'
import { readItemsJsonl } from '../../../src/datasets/items-jsonl.ts'
import { goldenText } from '../metrics/golden.ts'

describe('readItemsJsonl', () => {
  test('reads questions and fills in what may be left out', () => {
    const text =
      '{"task":"vqa","id":1,"image":"a/b.png","question":"How many?","answers":["2"]}\n\n{"task":"vqa","id":"q2","cluster":"c","question":"Why?","answer_type":"other","answers":["so","no"]}\n'
    expect(readItemsJsonl(text)).toEqual([
      {
        task: 'vqa',
        id: '1',
        cluster: '1',
        image_names: ['a/b.png', 'a/b'],
        question: 'How many?',
        question_type: 'unspecified',
        answer_type: 'unspecified',
        answers: ['2'],
      },
      {
        task: 'vqa',
        id: 'q2',
        cluster: 'c',
        image_names: [],
        question: 'Why?',
        question_type: 'unspecified',
        answer_type: 'other',
        answers: ['so', 'no'],
      },
    ])
  })

  test('reads captions with and without ids', () => {
    const [draft] = readItemsJsonl('{"task":"retrieval","id":"x","image":"x.jpg","captions":["one",{"id":7,"text":"two"}]}')
    expect(draft).toMatchObject({
      image_names: ['x.jpg', 'x'],
      captions: [
        { id: 'x#0', text: 'one' },
        { id: '7', text: 'two' },
      ],
    })
  })

  const vqa = '{"task":"vqa","id":"a","question":"?","answers":["x"]}'
  test.each([
    ['nothing', '\n', 'holds no item'],
    ['a line that is no JSON', 'x', '/0: is not JSON'],
    ['an unknown task', '{"task":"caption","id":"a"}', '/0/task'],
    ['no id', '{"task":"vqa","question":"?","answers":["x"]}', '/0/id'],
    ['no answers', '{"task":"vqa","id":"a","question":"?","answers":[]}', '/0/answers: is empty'],
    ['an answer that is no string', '{"task":"vqa","id":"a","question":"?","answers":[1]}', '/0/answers/0'],
    ['a picture without a name', '{"task":"retrieval","id":"a","captions":["x"]}', '/0/image'],
    ['an id twice', `${vqa}\n${vqa}`, '/1/id: a was already used by line 1'],
    ['two tasks', `${vqa}\n{"task":"retrieval","id":"b","image":"b.png","captions":["x"]}`, '/1/task'],
  ])('refuses %s', (_, text, message) => {
    expect(() => readItemsJsonl(text)).toThrow(message)
  })
})

describe('readClipScoreFiles', () => {
  test('reads the example of the official repository', () => {
    const entries = readClipScoreFiles(
      goldenText('clipscore/example_good_captions.json'),
      goldenText('clipscore/example_refs.json'),
    )
    expect(entries.map(({ id, references }) => [id, references.length])).toEqual([
      ['image1', 3],
      ['image2', 3],
    ])
  })

  test('takes a single reference, or none at all', () => {
    expect(readClipScoreFiles({ a: 'x' }, { a: 'y', b: 'z' })).toEqual([{ id: 'a', candidate: 'x', references: ['y'] }])
    expect(readClipScoreFiles({ a: 'x' }, null)).toEqual([{ id: 'a', candidate: 'x', references: [] }])
  })

  test.each([
    ['a caption that is no string', { a: 1 }, {}, '/a'],
    ['no caption', {}, {}, 'holds no caption'],
    ['a candidate without references', { a: 'x' }, {}, 'no references for a'],
    ['an empty pool', { a: 'x' }, { a: [] }, '/a: is empty'],
  ])('refuses %s', (_, candidates, references, message) => {
    expect(() => readClipScoreFiles(candidates, references)).toThrow(message)
  })
})
