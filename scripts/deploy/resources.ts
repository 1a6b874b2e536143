/**
 * Finds the database, namespace, bucket and queues of a deployment, and makes what is missing.
 * @module
 */
import type { Names } from './names.ts'
import { DeployError, type Wrangler } from './wrangler.ts'

export interface Resources {
  readonly databaseId: string
  /** The database was there before: it has something to lose. */
  readonly databaseWasThere: boolean
  readonly namespaceId: string
}

/** Stands for an id in a dry run. */
const UNKNOWN = 'the id that the list shows'
const UNLESS_LISTED = 'unless the list has it'
/** Queues on a page of `wrangler queues list`. */
const QUEUES_A_PAGE = 100

/** @throws {DeployError} */
export async function findOrMake(wrangler: Wrangler, names: Names): Promise<Resources> {
  const [database, namespace] = await Promise.all([
    withId(wrangler, ['d1', 'list', '--json'], ['d1', 'create', names.database], ({ name }) => name === names.database),
    withId(
      wrangler,
      ['kv', 'namespace', 'list'],
      ['kv', 'namespace', 'create', names.namespace],
      ({ title }) => title === names.namespace,
    ),
    makeBucket(wrangler, names.bucket),
    makeQueues(wrangler, names.queues),
  ])
  return {
    databaseId: database.found?.uuid ?? UNKNOWN,
    databaseWasThere: database.wasThere,
    namespaceId: namespace.found?.id ?? UNKNOWN,
  }
}

async function makeBucket(wrangler: Wrangler, bucket: string): Promise<void> {
  const found = await wrangler.ask(['r2', 'bucket', 'info', bucket, '--json'], /\[code: 10006\]/)
  if (found === null) await wrangler.act(['r2', 'bucket', 'create', bucket], 'unless it is there')
}

async function makeQueues(wrangler: Wrangler, names: readonly string[]): Promise<void> {
  const there = await queuesThere(wrangler)
  // One after another: queues are few, and the account's limit on requests is shared.
  for (const name of names) if (!there.has(name)) await wrangler.act(['queues', 'create', name], UNLESS_LISTED)
}

/** wrangler prints a table, its second column the names. */
async function queuesThere(wrangler: Wrangler): Promise<ReadonlySet<string>> {
  const there = new Set<string>()
  for (let page = 1; ; page++) {
    const printed = (await wrangler.ask(['queues', 'list', ...(page === 1 ? [] : ['--page', String(page)])])) ?? ''
    const rows = [...printed.matchAll(/^│ [0-9a-f]{32} │ (\S+) +│/gm)].map(([, name]) => name!)
    for (const name of rows) there.add(name)
    if (rows.length < QUEUES_A_PAGE) return there
  }
}

interface Listed {
  readonly name?: string
  readonly uuid?: string
  readonly title?: string
  readonly id?: string
}

/** Looks into a list, makes what is missing, and looks again for its id. */
async function withId(
  wrangler: Wrangler,
  list: readonly string[],
  create: readonly string[],
  isIt: (one: Listed) => boolean,
): Promise<{ readonly found: Listed | undefined; readonly wasThere: boolean }> {
  const look = async (): Promise<Listed | undefined> => {
    const printed = await wrangler.ask(list)
    return printed === null ? undefined : (JSON.parse(printed) as Listed[]).find(isIt)
  }
  const before = await look()
  if (before !== undefined) return { found: before, wasThere: true }
  await wrangler.act(create, UNLESS_LISTED)
  if (wrangler.dry) return { found: undefined, wasThere: false }
  const after = await look()
  if (after === undefined)
    throw new DeployError(`wrangler ${create.join(' ')} succeeded, but wrangler ${list.join(' ')} does not show it`)
  return { found: after, wasThere: false }
}
