/**
 * Names of tasks on the wire.
 * @module
 */
import { z } from '@hono/zod-openapi'
import { TASKS } from '../tasks/registry.ts'

/** The tasks of the registry, in its order. */
export const TASK_IDS = TASKS.map(({ id }) => id)

/** The name of a task, in responses. */
export const taskName = z.string().openapi({ enum: [...TASK_IDS] })
