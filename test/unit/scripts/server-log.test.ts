import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { openServerLog } from '../../../scripts/server-log.ts'

const home = mkdtempSync(join(tmpdir(), 'assay-log-'))
afterAll(() => rmSync(home, { recursive: true, force: true }))

const none = (message: string): never => {
  throw new Error(message)
}

test('the log of the last server stays beside the new one', () => {
  const file = join(home, 'kept', 'server.log')
  openServerLog(file, none).write('error', 'a crash')
  openServerLog(file, none).write('info', 'up again')
  expect(readFileSync(`${file}.1`, 'utf8')).toMatch(/^\d{4}-\S+Z error a crash\n$/)
  expect(readFileSync(file, 'utf8')).toMatch(/ info up again\n$/)
})

test('two files of a bounded size', () => {
  const file = join(home, 'long.log')
  const log = openServerLog(file, none, 1000)
  for (let line = 0; line < 100; line++) log.write('info', `line ${line} ${'x'.repeat(50)}`)
  expect(readFileSync(file, 'utf8').length).toBeLessThanOrEqual(1000)
  expect(readFileSync(`${file}.1`, 'utf8').length).toBeLessThanOrEqual(1000)
  expect(readFileSync(file, 'utf8')).toContain('line 99 ')
})

test.skipIf(process.platform !== 'linux')('a full disk is reported once and stops nothing', () => {
  const complaints: string[] = []
  // Every write to this device fails as a write to a full disk does.
  const log = openServerLog('/dev/full', (message) => complaints.push(message))
  log.write('info', 'one')
  log.write('info', 'two')
  expect(complaints).toEqual([expect.stringContaining('the log cannot be written: ENOSPC')])
})
