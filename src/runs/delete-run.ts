/**
 * Deletes a run that has ended.
 * @module
 */
import { Fault } from '../contracts/failure.ts'
import type { Blobs, RunStore } from '../contracts/ports.ts'
import type { RunRecord } from '../contracts/run.ts'

export interface DeleteRunDependencies {
  readonly runs: Pick<RunStore, 'deleteRun'>
  readonly blobs: Pick<Blobs, 'keysOfRun' | 'delete'>
}

/**
 * Its rows go first. A crash before its objects are deleted leaves objects that nothing names.
 * @throws {Fault} `conflict` for a run in progress, or a public one
 */
export async function deleteRun({ runs, blobs }: DeleteRunDependencies, run: RunRecord): Promise<void> {
  const refuse = (detail: string) => new Fault({ kind: 'conflict', detail: `run ${run.id} ${detail}` })
  if (run.status === 'in_progress') throw refuse('is in progress; cancel it first')
  if (run.visibility === 'public') throw refuse('is public; make it private first, so that its report is taken down')
  if (!(await runs.deleteRun(run))) throw refuse('has changed meanwhile; read it again')
  await blobs.delete(await blobs.keysOfRun(run))
}
