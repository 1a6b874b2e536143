import { expect, test } from 'vitest'
import { hitsIn } from '../../../scripts/plain-english.ts'

const names = (file: string, text: string) => hitsIn(file, text).map(({ line, name }) => `${line}: ${name}`)

test('comments of a source are read, its code is not', () => {
  expect(names('a.ts', "const doomed = 'owed'\n// The row is doomed.\n/** Sent to nobody. */")).toEqual([
    '2: personified data',
    '3: “whoever”, “nobody” as a subject',
  ])
})

test('a page is read without its commands', () => {
  expect(names('a.md', '```sh\nowed\n```\nIt is owed.')).toEqual(['4: personified data'])
})

test('long comments and long prose are found; tables and addresses are not', () => {
  const long = 'word '.repeat(30)
  expect(names('a.ts', `// ${long}\nconst a = '${long}'`)).toEqual(['1: longer than 110 columns'])
  expect(names('a.md', `| ${long} |\n${long}\nhttps://example.org/${'x'.repeat(120)}`)).toEqual(['2: longer than 110 columns'])
})
