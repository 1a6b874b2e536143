/**
 * The commit that gets the state of a trigger's runs: checked with its trigger, filled from each delivery.
 * @module
 */
import { Fault, invalidField, unprocessableField } from '../../../contracts/failure.ts'
import { at } from '../../../contracts/failure-pointer.ts'
import type { Principal } from '../../../contracts/records.ts'
import type { CommitStatus } from '../../../contracts/trigger.ts'
import { fillText } from '../../../tasks/placeholder.ts'
import type { Services } from '../../app-context.ts'
import { payloadProblem } from './fill-run.ts'

/** Two names, neither of which is a step up in a path. */
const REPOSITORY = /^(?!\.{1,2}\/)[\w.-]{1,100}\/(?!\.{1,2}$)[\w.-]{1,100}$/
const SHA = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/

/**
 * A token of the deployment is sent to this address, so an administrator chooses both.
 * @throws {Fault} `forbidden`, `invalid` or `unprocessable`, with the place in `commit_status`
 */
export function checkCommitStatus(services: Services, { tenant, role }: Principal, status: CommitStatus): void {
  if (role !== 'admin')
    throw new Fault({ kind: 'forbidden', detail: 'commit_status needs a key with the role admin, and this key is a member’s' })
  for (const member of ['repository', 'sha'] as const) {
    const problem = payloadProblem(status[member])
    if (problem !== undefined) throw invalidField(`/${member}`, problem)
  }
  services.checkAddress(status.api_url, 'webhook', '/api_url')
  services.checkSecret(tenant, status.secret_name, '/secret_name')
}

/** @throws {Fault} `invalid` or `unprocessable` if the payload does not name a repository and a commit */
export function fillCommitStatus(status: CommitStatus, payload: unknown): CommitStatus {
  const fill = (member: 'repository' | 'sha', shape: RegExp, what: string): string => {
    const pointer = `/commit_status/${member}`
    const text = at(pointer, () => fillText(status[member], { payload }, 256))
    if (!shape.test(text)) throw unprocessableField(pointer, `${JSON.stringify(text.slice(0, 100))} is not ${what}`)
    return text
  }
  return {
    ...status,
    repository: fill('repository', REPOSITORY, 'a repository, owner/name'),
    sha: fill('sha', SHA, 'the hash of a commit, 40 or 64 hex digits'),
  }
}
