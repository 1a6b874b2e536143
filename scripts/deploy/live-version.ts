/**
 * The deployed Worker: its version, the names of its secrets, and the hosts it answers on.
 * @module
 */
import type { Wrangler } from './wrangler.ts'

export interface LiveVersion {
  /** Null before the first deployment. */
  readonly version: string | null
  readonly secrets: readonly string[]
  readonly hosts: readonly string[]
  /** A custom domain among the hosts. */
  readonly domain: string | undefined
}

/** Words of wrangler about a Worker that does not exist. */
const NO_WORKER = /not found|does not exist|has no deployments|\[code: 10007\]/i

/** @throws {DeployError} */
export async function liveVersion(wrangler: Wrangler, worker: string): Promise<LiveVersion> {
  const status = await wrangler.ask(['deployments', 'status', '--json', '--name', worker], NO_WORKER)
  const version = status === null ? null : newestOf(JSON.parse(status) as Status)
  if (version === null && !wrangler.dry) return { version, secrets: [], hosts: [], domain: undefined }
  const secrets = await wrangler.ask(['secret', 'list', '--name', worker])
  const view = await wrangler.ask(['versions', 'view', version ?? '<version>', '--json', '--name', worker])
  const hosts = view === null ? [] : ownHosts(JSON.parse(view) as View)
  return {
    version,
    secrets: (JSON.parse(secrets ?? '[]') as { name: string }[]).map(({ name }) => name),
    hosts,
    domain: hosts.find((host) => !host.endsWith('.workers.dev')),
  }
}

interface Status {
  readonly versions: readonly { readonly version_id: string; readonly percentage: number }[]
}

interface View {
  readonly resources: { readonly bindings: readonly { readonly type: string; readonly name: string; readonly text?: string }[] }
}

/** The version that serves most requests. */
function newestOf({ versions }: Status): string | null {
  return versions.toSorted((a, b) => b.percentage - a.percentage)[0]?.version_id ?? null
}

function ownHosts({ resources: { bindings } }: View): string[] {
  const text = bindings.find(({ type, name }) => type === 'plain_text' && name === 'OWN_HOSTS')?.text ?? ''
  return text.split(',').filter((host) => host !== '')
}
