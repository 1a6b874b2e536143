/**
 * The tasks that there are, one line per task.
 * @module
 */
import { z } from 'zod'
import type { TaskId } from '../contracts/item.ts'
import { caption } from './caption/task.ts'
import { nlvr2 } from './nlvr2/task.ts'
import { retrieval } from './retrieval/task.ts'
import { stepLocalization } from './step-localization/task.ts'
import type { Task } from './task.ts'
import { vqa } from './vqa/task.ts'

export const TASKS = [retrieval, vqa, caption, nlvr2, stepLocalization] as const satisfies readonly Task[]

/** An item of any task. */
export const taskItem = z.union(TASKS.map(({ item }) => item))
export type TaskItem = z.infer<(typeof TASKS)[number]['item']>

/** @throws {Error} for a name that no task has: it comes from stored state, never from a request. */
export function taskOf(id: TaskId): Task {
  const task = TASKS.find((each) => each.id === id)
  if (task === undefined) throw new Error(`no task ${id}`)
  return task
}
