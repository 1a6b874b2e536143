/**
 * Cases that a property is tried with: a quarter in the unit and integration projects, and all of them
 * in the reference project, which runs the files of {@link MANY_CASES} once more.
 * @module
 */
import process from 'node:process'

/** Environment of the reference project. */
export const ALL_CASES = { ASSAY_TEST_ALL_CASES: '1' } as const

/** Files whose cases cost seconds. */
export const MANY_CASES = [
  'test/integration/runs/fairness.test.ts',
  'test/integration/runs/run-events.test.ts',
  'test/integration/runs/simulation.test.ts',
  'test/integration/storage/dataset-races.test.ts',
  'test/integration/storage/file-races.test.ts',
  'test/integration/storage/model-races.test.ts',
  'test/integration/storage/progress-counters.test.ts',
  'test/unit/files/json-list-scanner.test.ts',
  'test/unit/http/body/multipart.test.ts',
  'test/unit/imports/import-job.test.ts',
  'test/unit/imports/import-pictures.test.ts',
  'test/unit/media/hostile.test.ts',
  'test/unit/media/inflate.test.ts',
  'test/unit/media/large-picture.test.ts',
  'test/unit/media/streamed-resize.test.ts',
  'test/unit/models/endpoint/pacing/pacing.test.ts',
  'test/unit/runs/layouts.test.ts',
] as const

const isWhole = process.env['ASSAY_TEST_ALL_CASES'] !== undefined

/** Between the places that are tried, where each place is a case. */
export const STRIDE = isWhole ? 1 : 4

export function cases(all: number): number {
  return isWhole ? all : Math.ceil(all / 4)
}
