/**
 * The tasks, one line per task.
 * @module
 */
import type { z } from 'zod'
import { caption } from './caption/task.ts'
import { classification } from './classification/task.ts'
import { custom } from './custom/task.ts'
import { multipleChoice } from './multiple-choice/task.ts'
import { nlvr } from './nlvr/task.ts'
import { nlvr2 } from './nlvr2/task.ts'
import { retrieval } from './retrieval/task.ts'
import { stepLocalization } from './step-localization/task.ts'
import { createTaskRegistry } from './task-registry.ts'
import type { Task } from './task.ts'
import { vqa } from './vqa/task.ts'

export const TASKS = [
  retrieval,
  vqa,
  caption,
  nlvr2,
  stepLocalization,
  custom,
  nlvr,
  classification,
  multipleChoice,
] as const satisfies readonly Task[]

export const taskRegistry = createTaskRegistry(TASKS)

/**
 * An item of any task.
 * @internal
 */
export type TaskItem = z.infer<(typeof TASKS)[number]['item']>

export const taskOf = taskRegistry.task
