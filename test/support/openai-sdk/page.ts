/**
 * `docs/conformance.md`: its prose is written by hand, its tables by the calls.
 * @module
 */
import { readFileSync, writeFileSync } from 'node:fs'
import process from 'node:process'
import { type Called, conformanceTables } from './conformance.ts'

const PAGE = new URL('../../../docs/conformance.md', import.meta.url)
const [BEGIN, END] = ['<!-- written by test/e2e/openai-evals.test.ts -->', '<!-- end of the tables -->']

export const readPage = (): string => readFileSync(PAGE, 'utf8')

/** The page with the tables of these calls. @throws {Error} without the marks of the tables */
export function conformancePage(called: readonly Called[]): string {
  const [before, rest] = readPage().split(BEGIN)
  const after = rest?.split(END)[1]
  if (after === undefined) throw new Error(`docs/conformance.md needs the lines ${BEGIN} and ${END}`)
  return `${before}${BEGIN}\n${conformanceTables(called)}\n${END}${after}`
}

/** Writes the page if `ASSAY_WRITE_DOCS=1`. */
export function writePage(called: readonly Called[]): void {
  if (process.env['ASSAY_WRITE_DOCS'] === '1') writeFileSync(PAGE, conformancePage(called))
}
