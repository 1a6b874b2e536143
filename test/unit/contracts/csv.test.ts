/**
 * Cells of CSV: quoted by RFC 4180, and harmless in a spreadsheet.
 */
import { expect, test } from 'vitest'
import { csvLine } from '../../../src/contracts/csv.ts'

const cell = (text: string): string => csvLine([text]).slice(0, -2)

test.each([
  '=1+1',
  '+1',
  '@SUM(A1)',
  '-1+1',
  "-2+3+cmd|' /C calc'!A0",
  '-.5+A1',
  '--1',
  '-A1',
  ' =1+1',
  '\u00A0=1',
  '\0=1',
  '＝1+1',
  '－1＋1',
])('%j is not a formula', (text) => {
  expect(cell(text)).toBe(`'${text}`)
})

test.each(['\t=1', '\t', '\n=1', '\r=1'])('%j begins with an apostrophe', (text) => {
  expect(cell(text).replace(/^"/, '')[0]).toBe("'")
})

test.each(['-1', '-0.25', '-.5', '-1e-7', '0.5', 'a-b', 'a=b', '', ' a', '−1'])('%j stays as it is', (text) => {
  expect(cell(text)).toBe(text)
})

test('quotes, commas and line breaks are quoted', () => {
  expect(csvLine(['a"b', 'a,b', 'a\nb', '=a"b'])).toBe('"a""b","a,b","a\nb","\'=a""b"\r\n')
})
