/**
 * Cases that a property is tried with: a quarter in the unit project, which runs on every save, and all of
 * them in the reference project, which runs the files of {@link MANY_CASES} once more.
 * @module
 */
import process from 'node:process'

/** Environment of the reference project. */
export const ALL_CASES = { ASSAY_TEST_ALL_CASES: '1' } as const

/** Files whose cases cost seconds. */
export const MANY_CASES = [
  'test/unit/files/json-list-scanner.test.ts',
  'test/unit/http/body/multipart.test.ts',
  'test/unit/imports/import-job.test.ts',
  'test/unit/imports/import-pictures.test.ts',
  'test/unit/media/hostile.test.ts',
  'test/unit/media/inflate.test.ts',
  'test/unit/media/large-picture.test.ts',
  'test/unit/media/streamed-resize.test.ts',
  'test/unit/models/endpoint/pacing/pacing.test.ts',
  'test/unit/runs/fairness.test.ts',
  'test/unit/runs/layouts.test.ts',
  'test/unit/runs/run-events.test.ts',
  'test/unit/runs/simulation.test.ts',
  'test/unit/storage/dataset-races.test.ts',
  'test/unit/storage/file-races.test.ts',
  'test/unit/storage/model-races.test.ts',
  'test/unit/storage/progress-counters.test.ts',
] as const

const isWhole = process.env['ASSAY_TEST_ALL_CASES'] !== undefined

/** Between the places that are tried, where each place is a case. */
export const STRIDE = isWhole ? 1 : 4

export function cases(all: number): number {
  return isWhole ? all : Math.ceil(all / 4)
}
