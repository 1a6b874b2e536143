/**
 * Deletes a run that has ended.
 * @module
 */
import { Fault } from '../contracts/failure.ts'
import type { Blobs, RunStore } from '../contracts/ports.ts'
import type { RunRecord } from '../contracts/run.ts'
import { requireStopped } from './recall-submissions.ts'

export interface DeleteRunDependencies {
  readonly runs: Pick<RunStore, 'deleteRun' | 'openSubmissions'>
  readonly blobs: Pick<Blobs, 'keysOfRun' | 'delete'>
}

/**
 * Its rows go first. Its compaction then deletes what a crash, or a consumer that goes on, leaves in R2.
 * @throws {Fault} `conflict` for a run in progress, a public one, or one with a submission under way
 */
export async function deleteRun({ runs, blobs }: DeleteRunDependencies, run: RunRecord): Promise<void> {
  const refuse = (detail: string) => new Fault({ kind: 'conflict', detail: `run ${run.id} ${detail}` })
  if (run.status === 'in_progress') throw refuse('is in progress; cancel it first')
  if (run.visibility === 'public') throw refuse('is public; make it private first, so that its report is taken down')
  await requireStopped(runs, run, 'deleted')
  if (!(await runs.deleteRun(run))) throw refuse('has changed meanwhile; read it again')
  await blobs.delete(await blobs.keysOfRun(run))
}
