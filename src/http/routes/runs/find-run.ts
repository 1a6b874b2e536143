/**
 * Finds the run of a path.
 * @module
 */
import { Fault } from '../../../contracts/failure.ts'
import type { Principal } from '../../../contracts/records.ts'
import type { RunRecord } from '../../../contracts/run.ts'
import type { Services } from '../../app-context.ts'

interface RunCall {
  readonly services: Services
  readonly principal: Principal
  readonly params: { readonly eval_id: string; readonly run_id: string }
}

/** @throws {Fault} `not_found` for a run of another tenant or another eval */
export async function findRun({ services, principal: { tenant }, params }: RunCall): Promise<RunRecord> {
  const run = await services.runs.findRun(tenant, params.run_id)
  if (run?.evalId !== params.eval_id) throw new Fault({ kind: 'not_found', resource: 'run', id: params.run_id })
  return run
}

/**
 * Finds a run that a request names in its body.
 * @param pointer - of the member that names it
 * @throws {Fault} `not_found`, at the pointer
 */
export async function findNamedRun(services: Services, tenant: string, id: string, pointer: string): Promise<RunRecord> {
  const run = await services.runs.findRun(tenant, id)
  if (run === null) throw new Fault({ kind: 'not_found', resource: 'run', id, pointer })
  return run
}
