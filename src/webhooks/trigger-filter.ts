/**
 * Decides whether a delivery starts a run. Facts come from the signed payload, in the shapes of GitHub, Gitea
 * and GitLab; only GitHub's kind of event stands in a header.
 * @module
 */
import type { TriggerFilter } from '../contracts/trigger.ts'
import { matchesGlob } from './glob.ts'

export interface DeliveryFacts {
  readonly event: string | null
  readonly action: string | null
  readonly branch: string | null
  /** Files that the commits of a push change; empty for other events. */
  readonly paths: readonly string[]
}

/** Most paths that are read, and characters of each. GitHub lists at most 2,048 commits. */
const MOST_PATHS = 20_000
const LONGEST_PATH = 1024

/** @param payload - the parsed body; of any shape */
export function factsOf(headers: Headers, scheme: 'github' | 'standard_webhooks', payload: unknown): DeliveryFacts {
  return {
    event: scheme === 'github' ? headers.get('x-github-event') : textAt(payload, 'type'),
    action: textAt(payload, 'action'),
    branch: branchOf(payload),
    paths: pathsOf(payload),
  }
}

/** Why a delivery starts nothing; null if it does. */
export function reasonToIgnore(filter: TriggerFilter | null, facts: DeliveryFacts): string | null {
  const { events, actions, branches, paths } = filter ?? {}
  if (events !== undefined && !(facts.event !== null && events.includes(facts.event))) return not('event', facts.event, events)
  if (actions !== undefined && !(facts.action !== null && actions.includes(facts.action)))
    return not('action', facts.action, actions)
  const { branch } = facts
  if (branches !== undefined && !(branch !== null && branches.some((pattern) => matchesGlob(pattern, branch))))
    return not('branch', branch, branches)
  if (paths !== undefined && !facts.paths.some((path) => paths.some((pattern) => matchesGlob(pattern, path))))
    return `none of ${facts.paths.length} changed paths is one of ${paths.join(', ')}`
  return null
}

function not(kind: string, value: string | null, wanted: readonly string[]): string {
  return value === null
    ? `the delivery names no ${kind}, and the trigger wants one of ${wanted.join(', ')}`
    : `${kind} ${JSON.stringify(value.slice(0, 128))} is none of ${wanted.join(', ')}`
}

function branchOf(payload: unknown): string | null {
  const ref = textAt(payload, 'ref')
  if (ref !== null && valueAt(payload, 'deleted') !== true) {
    const branch = /^refs\/heads\/(.+)$/.exec(ref)?.[1]
    if (branch !== undefined) return branch.slice(0, LONGEST_PATH)
  }
  return (
    textAt(payload, 'pull_request', 'base', 'ref') ??
    textAt(payload, 'workflow_run', 'head_branch') ??
    textAt(payload, 'check_suite', 'head_branch')
  )
}

function pathsOf(payload: unknown): string[] {
  const commits = valueAt(payload, 'commits')
  if (!Array.isArray(commits)) return []
  const paths = new Set<string>()
  for (const commit of commits as unknown[])
    for (const member of ['added', 'modified', 'removed']) {
      const files = valueAt(commit, member)
      if (!Array.isArray(files)) continue
      for (const file of files as unknown[]) {
        if (paths.size === MOST_PATHS) return [...paths]
        if (typeof file === 'string' && file.length <= LONGEST_PATH) paths.add(file)
      }
    }
  return [...paths]
}

function textAt(value: unknown, ...members: string[]): string | null {
  const found = valueAt(value, ...members)
  return typeof found === 'string' ? found : null
}

function valueAt(value: unknown, ...members: string[]): unknown {
  return members.reduce<unknown>(
    (inner, member) =>
      typeof inner === 'object' && inner !== null && Object.hasOwn(inner, member) ? Reflect.get(inner, member) : undefined,
    value,
  )
}
