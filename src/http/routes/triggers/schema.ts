/**
 * Wire shapes of triggers.
 * @module
 */
import { z } from '@hono/zod-openapi'
import { displayName } from '../../../contracts/display-name.ts'
import { commitStatus, triggerFilter } from '../../../contracts/trigger.ts'
import { createdAt, deletedOf, id, listOf, orNull, pageQueryOf, sortableId } from '../../../contracts/wire/common.ts'

const scheme = z.enum(['github', 'standard_webhooks']).describe('How senders sign their deliveries.')
const run = z
  .record(z.string(), z.unknown())
  .describe(
    'The run that each delivery starts: the body of `POST /v1/evals/{eval_id}/runs`. `name`, `metadata` and the name, model and ' +
      'revision of the model may have placeholders for members of the payload, e.g. `{{payload.after}}`.',
  )

export const triggerCreate = z
  .strictObject({
    name: displayName(128).min(1).describe('A name for people to tell triggers apart.'),
    eval_id: id.describe('The eval whose runs it starts.'),
    scheme,
    secret: z
      .string()
      .min(16)
      .max(256)
      .optional()
      .describe("The sender's signing secret. One is created and returned once if it is absent."),
    run,
    filter: triggerFilter.optional(),
    commit_status: commitStatus.optional(),
  })
  .openapi('TriggerCreate')

export const triggerObject = z
  .object({
    object: z.literal('trigger'),
    id: z.string(),
    name: z.string(),
    eval_id: z.string(),
    scheme,
    url: z.string().describe('The path that deliveries are sent to.'),
    run,
    filter: orNull(triggerFilter),
    commit_status: orNull(commitStatus),
    created_at: createdAt,
    secret: z.string().optional().describe('A secret that was created here. Only in the answer to the creation of its trigger.'),
  })
  .openapi('Trigger')

export const triggerList = listOf(triggerObject)
export const triggerQuery = pageQueryOf(sortableId('trig_'))
export const triggerDeleted = deletedOf('trigger.deleted').openapi('TriggerDeleted')

export type TriggerObject = z.infer<typeof triggerObject>
