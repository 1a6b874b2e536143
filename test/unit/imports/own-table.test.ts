/**
 * Assay's own format as a table, within a request and as a job would read it.
 */
import { describe, expect, test } from 'vitest'
import { prepareTexts } from '../../support/official-files.ts'
import { readItemAnswers, readItemScores } from '../../../src/tasks/formats/item-answers.ts'
import { readItemLines } from '../../../src/tasks/custom/evals-jsonl.ts'
import { Problems } from '../../../src/files/problems.ts'
import { taskRegistry } from '../../../src/tasks/registry.ts'
import { pictures } from '../../support/tiny-datasets.ts'

const uploads = pictures(2).map(({ name, bytes }) => ({ filename: name, read: async () => bytes.slice() }))

const prepare = (annotations: string, images = uploads) =>
  prepareTexts({ tenant: 't', name: 'own', format: 'items-csv', files: { annotations }, images })

const itemsOf = async (annotations: string, images = uploads) => {
  const { version } = await prepare(annotations, images)
  return version.orderedItems.toSorted((a, b) => (a.id < b.id ? -1 : 1))
}

describe('items-csv', () => {
  test('captions: rows of one picture are one item, under any of the names of its column', async () => {
    const items = await itemsOf('filename,caption\n1.png,"one, two"\nfolder/2.png,three\n1.png,four\n')
    expect(items).toMatchObject([
      {
        task: 'retrieval',
        id: '1.png',
        cluster: '1.png',
        captions: [
          { id: '1.png#0', text: 'one, two' },
          { id: '1.png#1', text: 'four' },
        ],
        image: { media_type: 'image/png' },
      },
      { task: 'retrieval', id: '2.png', captions: [{ id: '2.png#0', text: 'three' }] },
    ])
  })

  describe('a folder per class', () => {
    const [one, two] = uploads
    const named = (...names: string[]) => names.map((filename, index) => ({ ...[one!, two!][index]!, filename }))
    const sha256s = async (annotations: string, images: typeof uploads) =>
      (await itemsOf(annotations, images)).map(({ id, cluster, image }) => [id, cluster, image!.sha256.slice(0, 6)])

    test('pictures of one name are told apart by their paths, which are their ids', async () => {
      const plain = await sha256s('image,label\n1.png,cat\n2.png,dog\n', uploads)
      const digests = plain.map(([, , sha256]) => sha256)
      const table = 'image,label\ncats/1.png,cat\ndogs/1.png,dog\n'
      const expected = [
        ['cats/1.png', 'cats/1.png', digests[0]],
        ['dogs/1.png', 'dogs/1.png', digests[1]],
      ]
      expect(await sha256s(table, named('cats/1.png', 'dogs/1.png'))).toEqual(expected)
      expect(await sha256s(table.replaceAll('/', '\\'), named('photos/cats/1.png', 'photos/dogs/1.png'))).toEqual(expected)
      expect((await prepare(table, named('cats/1.png', 'birds/1.png'))).itemsWithoutImage).toBe(1)
      const captions = table.replace('label', 'caption')
      await expect(prepare(captions, named('cats/1.png', 'birds/1.png'))).rejects.toThrow('needs a picture called dogs/1.png')
    })

    test('of questions, and with ids of their own, their clusters are told apart too', async () => {
      const images = named('cats/1.png', 'dogs/1.png')
      const idsOf = async (table: string) => (await itemsOf(table, images)).map(({ id, cluster }) => [id, cluster])
      expect(await idsOf('image,question,answer\ncats/1.png,Who?,cat\ndogs/1.png,Where?,here\n')).toEqual([
        ['cats/1.png: Who?', 'cats/1.png'],
        ['dogs/1.png: Where?', 'dogs/1.png'],
      ])
      expect(await idsOf('id,image,label\na,cats/1.png,cat\nb,dogs/1.png,dog\n')).toEqual([
        ['a', 'cats/1.png'],
        ['b', 'dogs/1.png'],
      ])
    })

    test('a picture beside the folders has its name as its path', async () => {
      const images = named('1.png', 'dogs/1.png')
      for (const rows of ['1.png,boat\ndogs/1.png,dog\n', 'dogs/1.png,dog\n1.png,boat\n'])
        expect(await itemsOf(`image,label\n${rows}`, images)).toMatchObject([
          { id: '1.png', cluster: '1.png', label: 'boat' },
          { id: 'dogs/1.png', cluster: 'dogs/1.png', label: 'dog' },
        ])
    })

    test('a picture of many rows is noted once, and so are a few in turns', () => {
      const format = taskRegistry.format('items-csv')
      const gathered = {}
      const problems = new Problems('items')
      const noted: string[] = []
      const read = (cells: readonly string[], index: number) => {
        const found = format.read({ list: 1, index, value: { cells } }, gathered, problems, { withPictures: true })
        for (const { id } of [found ?? []].flat() as { id: string }[]) if (id.startsWith('\0')) noted.push(id)
      }
      read(['image', 'question', 'answer'], 0)
      for (let row = 1; row <= 2000; row++) read([`p/${row % 64}.png`, `Which is number ${row}?`, 'x'], row)
      problems.throwIfAny()
      expect(noted).toHaveLength(64)
    })

    test('without a shared name, ids are file names', async () => {
      const table = 'image,caption\ncats/1.png,a cat\ndogs/2.png,a dog\ncats/1.png,one cat\n'
      const items = await itemsOf(table, named('cats/1.png', 'dogs/2.png'))
      expect(items).toMatchObject([{ id: '1.png', cluster: '1.png', captions: [{}, {}] }, { id: '2.png' }])
      expect((await prepare(table)).version.digest).toBe(
        (await prepare('image,caption\n1.png,a cat\n2.png,a dog\n1.png,one cat\n')).version.digest,
      )
    })
  })

  test.each(['Picture', 'photo', 'image_path'])('captions: %s is a name of the column of pictures', async (column) => {
    expect(await itemsOf(`${column},caption\nC:\\mine\\1.png,one\n`)).toMatchObject([{ id: '1.png', cluster: '1.png' }])
  })

  test('a wrong header is one problem: rows under it are not counted', async () => {
    await expect(prepare('image,caption,photographer\n1.png,one,me\n2.png,two,me\n')).rejects.toThrow(
      /its columns are id, cluster, image, caption$/,
    )
  })

  test('captions: several columns of a row, empty cells left out', async () => {
    const items = await itemsOf('image;caption_1;caption_2\n1.png;one;two\n2.png;three;\n')
    expect(items).toMatchObject([
      { captions: [{ text: 'one' }, { text: 'two' }] },
      { captions: [{ id: '2.png#0', text: 'three' }] },
    ])
  })

  test('questions: a picture is a cluster, and rows of one question add answers', async () => {
    const items = await itemsOf('image,question,answer\n1.png,How many?,2\n1.png,How many?,two\n1.png,Where?,here\n')
    expect(items).toMatchObject([
      { task: 'vqa', id: '1.png: How many?', cluster: '1.png', question: 'How many?', answers: ['2', 'two'] },
      { task: 'vqa', id: '1.png: Where?', cluster: '1.png', answers: ['here'] },
    ])
  })

  test('labels, and questions with options', async () => {
    expect(await itemsOf('image,label\n1.png,cat\n2.png,dog\n')).toMatchObject([
      { task: 'classification', id: '1.png', label: 'cat' },
      { task: 'classification', id: '2.png', label: 'dog' },
    ])
    const options = 'id,image,question,option_1,option_2,answer\nq,1.png,Which?,cat,dog,'
    expect(await itemsOf(`${options}B\n`)).toMatchObject([{ task: 'multiple_choice', options: ['cat', 'dog'], answer: 1 }])
    expect(await itemsOf(`${options}1\n`)).toMatchObject([{ answer: 1 }])
  })

  test.each([
    [
      'no column of a task',
      'picture,text\n1.png,one\n',
      'items file, /0: is the header, and has no column that tells the task: caption (retrieval), question (vqa), label (classification), option (multiple_choice); it has "picture", "text"',
    ],
    [
      'an unknown column',
      'image,caption,photographer\n1.png,one,me\n',
      '/0: has the column "photographer", which retrieval does not have; its columns are id, cluster, image, caption',
    ],
    ['a column twice', 'image,file,caption\n1.png,1.png,one\n', '/0: has the column image twice'],
    [
      'a text with commas',
      'image,caption\n1.png,one, two\n',
      '/1: has 3 cells, and the header has 2; put texts with separators into quotes',
    ],
    ['an open quote', 'image,caption\n1.png,"one\n', '/1: has a quote that does not close'],
    ['no caption', 'image,caption\n1.png,\n', '/1/captions: is empty'],
    ['an id of two labels', 'image,label\n1.png,cat\n1.png,dog\n', '/2: has the id "1.png" of row 2; one row is one item'],
    [
      'an id of two questions',
      'id,image,question,answer\nq,1.png,Where?,a\nq,1.png,Who?,a\n',
      '/2: has the id "q" of row 2, but differs from it in more than answers',
    ],
    ['only a header', 'image,caption\n', 'holds no item'],
    ['nothing', '', 'holds no item'],
  ])('%s is refused', async (_, text, message) => {
    await expect(prepare(text)).rejects.toThrow(message)
  })
})

test('a table in the place of JSON Lines is called one', () => {
  expect(() => readItemLines('question,answer\nq,a\n')).toThrow(
    'The file looks like a table; JSON Lines have one object per line',
  )
})

describe('results and scores as tables', () => {
  test('answers by columns id and answer, in any order, among others', () => {
    const text = '\uFEFFanswer;id;seconds\r\n"two; or 2";q1;0.5\r\n;q2;\r\n'
    expect([...readItemAnswers(text, ['q1', 'q2'])]).toEqual([
      ['q1', 'two; or 2'],
      ['q2', ''],
    ])
  })

  test('scores: an empty cell is an item that could not be judged', () => {
    expect([...readItemScores('id,score\na,0.25\nb,\nc,1\n', ['a', 'b', 'c'], 3)]).toEqual([
      ['a', 0.25],
      ['b', null],
      ['c', 1],
    ])
  })

  test.each([
    ['item,answer\nq1,two\n', '/0: is the header of a table, which needs the columns id and answer; it lacks id'],
    ['question,reply\nq1,two\n', 'it lacks id and answer'],
    ['id,answer\nq1,two, or 2\n', '/1: has 3 cells, and the header has 2'],
    ['id,answer\nq3,two\n', '/1/id: the dataset has no item q3'],
    ['id,answer\nq1,two\nq1,three\n', '/2/id: q1 was already used by line 2'],
    ['id,answer\n', 'has no answer for 1 of 1 items: q1'],
  ])('%j is refused', (text, message) => {
    expect(() => readItemAnswers(text, ['q1'])).toThrow(message)
  })

  test('a score that is not a number is refused', () => {
    expect(() => readItemScores('id,score\na,good\n', ['a'], 1)).toThrow(
      '/1/score: must be a number from 0 to 1, or null, is "good"',
    )
  })
})
