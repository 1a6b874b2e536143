/**
 * The job of an import.
 * @module
 */
import type { JobHandler } from '../contracts/jobs.ts'
import { workImport } from './import-job.ts'
import type { ImportServices, SliceLimits } from './state.ts'

/** @param limits - of one slice; optional */
export function importJobHandler(services: ImportServices, limits?: SliceLimits): JobHandler {
  return {
    // Each checkpoint resets the count.
    mostClaims: 20,
    perform: (job) => workImport(services, job, limits),
    async giveUp({ tenant, resource }, detail) {
      await services.imports.fail(tenant, resource.id, { kind: 'internal', detail })
      await services.workspace(tenant, resource.id).clear()
      await services.pictures(tenant, resource.id).clear()
    },
  }
}
