import { expect, test } from 'vitest'
import { staleFiles } from '../../../scripts/generate.ts'

test('generated files are those that their sources give', async () => {
  expect(await staleFiles(), 'run npm run generate').toEqual([])
})
