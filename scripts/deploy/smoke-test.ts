/**
 * The smoke test of a deployment: what workerd on a developer's machine cannot prove about Cloudflare. It
 * removes what it makes.
 * @module
 */
import { apiClient } from '../api-client.ts'
import { checkEgress, checkEvent, checkRunAndTrigger, checkScore, checkSharedMemory, Skipped } from './smoke-checks.ts'

export interface SmokeCheck {
  readonly name: string
  readonly outcome: 'passed' | 'failed' | 'skipped'
  readonly detail: string
}

export interface SmokeOptions {
  readonly url: string
  /** An administrator's. Without it, only the routes of visitors are tested. */
  readonly key: string | undefined
  /** An https address whose deliveries a person watches. A server on loopback gets a receiver here. */
  readonly receiver?: string | undefined
  /** Told about each check as it ends. */
  readonly say: (check: SmokeCheck) => void
  /** Seconds in which a new address may still be unknown. */
  readonly patienceSeconds?: number
}

/** Runs every check, also after one failed, unless the address does not answer at all. */
export async function smokeTest({ url, key, receiver, say, patienceSeconds = 0 }: SmokeOptions): Promise<readonly SmokeCheck[]> {
  const api = () => {
    if (key === undefined) throw new Skipped('needs the key of an administrator: set ASSAY_KEY')
    return apiClient(url, key)
  }
  const all: readonly (readonly [name: string, check: () => Promise<string>])[] = [
    ['health', () => awaitHealth(url, patienceSeconds)],
    ['score', () => checkScore(url)],
    ['shared memory', async () => checkSharedMemory(api())],
    ['run and trigger', async () => checkRunAndTrigger(api())],
    ['event', async () => checkEvent(api(), receiver)],
    ['egress', async () => checkEgress(api())],
  ]
  const checks: SmokeCheck[] = []
  for (const [name, check] of all) {
    const result = await check().then(
      (detail): SmokeCheck => ({ name, outcome: 'passed', detail }),
      (error: unknown): SmokeCheck => ({
        name,
        outcome: error instanceof Skipped ? 'skipped' : 'failed',
        detail: error instanceof Error ? error.message : String(error),
      }),
    )
    checks.push(result)
    say(result)
    if (name === 'health' && result.outcome === 'failed') break
  }
  return checks
}

/** A name of workers.dev, or a custom domain, may take a moment to answer. */
async function awaitHealth(url: string, patienceSeconds: number): Promise<string> {
  const deadline = performance.now() + 1000 * patienceSeconds
  for (;;) {
    const seen = await health(url)
    if (seen === 'ok') return `${url}/healthz answers`
    if (performance.now() >= deadline) throw new Error(`${url}/healthz: ${seen}`)
    await new Promise((resolve) => setTimeout(resolve, 2000))
  }
}

async function health(url: string): Promise<string> {
  try {
    const response = await fetch(new URL('/healthz', url), { signal: AbortSignal.timeout(20_000) })
    const text = await response.text()
    return response.ok && text.includes('"status":"ok"') ? 'ok' : `answered ${response.status}`
  } catch (error) {
    return error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error)
  }
}
