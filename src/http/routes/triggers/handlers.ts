/**
 * `/v1/triggers`: runs started by signed deliveries.
 * @module
 */
import { at } from '../../../contracts/failure-pointer.ts'
import { invalidField } from '../../../contracts/failure.ts'
import type { TriggerRecord } from '../../../contracts/records.ts'
import { createWebhookSecret, parseWebhookSecret } from '../../../webhooks/webhook-secret.ts'
import { check } from '../../check.ts'
import { checkCommitStatus } from '../hooks/commit-status.ts'
import { checkPlaceholders, sampleRun } from '../hooks/fill-run.ts'
import { listPage } from '../../list-page.ts'
import { route } from '../../route.ts'
import { resolveRun } from '../runs/start-run.ts'
import { unixSeconds } from '../../unix-seconds.ts'
import { runCreate } from '../runs/run-create.ts'
import { createTrigger, deleteTrigger, listTriggers } from './operations.ts'
import type { TriggerObject } from './schema.ts'

export const triggerRoutes = [
  route(createTrigger, async ({ services, principal, readJson, answer }) => {
    const { tenant } = principal
    const { catalogue, sealer, newId } = services
    const body = await readJson()
    // A run that could never start is refused now, not at the first delivery.
    await at('/eval_id', () => catalogue.evals.find(tenant, body.eval_id))
    await at('/run', async () => {
      const { namesModel } = checkPlaceholders(body.run)
      const run = check(runCreate, sampleRun(body.run))
      if (!namesModel) await resolveRun(services, tenant, body.eval_id, run)
    })
    if (body.commit_status !== undefined) at('/commit_status', () => checkCommitStatus(services, principal, body.commit_status!))
    if (body.secret !== undefined && body.scheme === 'standard_webhooks' && parseWebhookSecret(body.secret) === undefined)
      throw invalidField(
        '/secret',
        'must be the base64 of 24 to 64 bytes, with or without "whsec_" before it; leave it out to have one made',
      )
    const id = `trig_${newId()}`
    const secret = body.secret ?? createWebhookSecret()
    const trigger = await catalogue.triggers.put({
      tenant,
      id,
      name: body.name,
      evalId: body.eval_id,
      scheme: body.scheme,
      sealedSecret: await sealer.seal(secret, `trigger:${id}`),
      run: body.run,
      filter: body.filter ?? null,
      commitStatus: body.commit_status ?? null,
    })
    return answer(201, { ...triggerShape(trigger), ...(body.secret === undefined ? { secret } : {}) })
  }),

  route(listTriggers, async ({ services, principal: { tenant }, query, answer }) =>
    answer(
      200,
      await listPage(query.limit, (limit) => services.catalogue.triggers.list(tenant, { ...query, limit }), triggerShape),
    ),
  ),

  route(deleteTrigger, async ({ services, principal: { tenant }, params: { id }, answer }) => {
    await services.catalogue.triggers.delete(tenant, id)
    return answer(200, { object: 'trigger.deleted', id, deleted: true })
  }),
]

function triggerShape({ id, name, evalId, scheme, run, filter, commitStatus, createdAt }: TriggerRecord): TriggerObject {
  return {
    object: 'trigger',
    id,
    name,
    eval_id: evalId,
    scheme,
    url: `/hooks/${id}`,
    run,
    filter,
    commit_status: commitStatus,
    created_at: unixSeconds(createdAt),
  }
}
