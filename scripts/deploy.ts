/**
 * `npm run deploy`: Assay on Cloudflare, from nothing or over an earlier deployment. docs/deploy.md has the
 * page.
 *
 *   npm run deploy                              make or update everything, then test it
 *   npm run deploy -- --dry-run                 print the commands; no account is needed
 *   npm run deploy -- --domain assay.example.com
 *   npm run deploy -- --name assay-staging      a second deployment beside the first
 *   npm run deploy -- --smoke-test https://…    test a deployment, change nothing
 * @module
 */
import { join, relative } from 'node:path'
import process from 'node:process'
import { parseArgs } from 'node:util'
import { BuildError, commitDefinition } from './build.ts'
import { deploy, type Deployed } from './deploy/deploy.ts'
import { type SmokeCheck, smokeTest } from './deploy/smoke-test.ts'
import { createWrangler, DeployError, installedWrangler } from './deploy/wrangler.ts'
import { ROOT, WORK } from './paths.ts'

const FOLDER = join(WORK, 'deploy')

process.exitCode = await main().catch((error: unknown) => {
  if (!(error instanceof DeployError) && !(error instanceof BuildError)) throw error
  say(error.message)
  return 1
})

async function main(): Promise<number> {
  const options = readArguments()
  if (options === null) return 2
  const { values } = options
  const receiver = values.receiver
  if (values['smoke-test'] !== undefined) {
    const key = process.env['ASSAY_KEY']
    return report(await smokeTest({ url: values['smoke-test'], key, receiver, say: sayCheck }))
  }
  const wrangler = createWrangler({
    dry: values['dry-run'],
    run: installedWrangler,
    print: (line) => (values['dry-run'] ? process.stdout.write(`${line}\n`) : say(`$ ${line}`)),
    outputFile: join(FOLDER, 'wrangler-output.ndjson'),
  })
  const deployed = await deploy(wrangler, {
    ...values,
    folder: FOLDER,
    environment: process.env,
    definitions: await commitDefinition(),
    say,
  })
  if (values['dry-run']) return 0
  tell(deployed)
  const url = deployed.addresses.at(-1)!
  const status = report(
    await smokeTest({ url, key: process.env['ASSAY_KEY'] ?? deployed.key?.key, receiver, say: sayCheck, patienceSeconds: 60 }),
  )
  if (status !== 0 && deployed.before !== null)
    say(`to go back: npx wrangler rollback ${deployed.before.version} --name ${deployed.worker}`)
  return status
}

function tell({ worker, addresses, key, before }: Deployed): void {
  say(`${worker} answers at ${addresses.join(', ')}`)
  const file = relative(ROOT, join(FOLDER, `${worker}.secrets.json`))
  say(key === undefined ? 'its first key was made on another machine' : `its first key is in ${file}: keep a copy elsewhere`)
  if (before === null) return
  say(`before it: version ${before.version}${before.bookmark === null ? '' : `, database bookmark ${before.bookmark}`}`)
}

function report(checks: readonly SmokeCheck[]): number {
  const failed = checks.filter(({ outcome }) => outcome === 'failed')
  const skipped = checks.filter(({ outcome }) => outcome === 'skipped')
  say(`smoke test: ${checks.length - failed.length - skipped.length} passed, ${failed.length} failed, ${skipped.length} skipped`)
  return failed.length > 0 ? 1 : 0
}

function sayCheck({ name, outcome, detail }: SmokeCheck): void {
  say(`${outcome.padEnd(7)} ${name}: ${detail}`)
}

function readArguments() {
  const flag = { type: 'boolean', default: false } as const
  const text = { type: 'string' } as const
  try {
    return parseArgs({
      options: { name: text, domain: text, receiver: text, 'smoke-test': text, 'dry-run': flag, towers: flag },
    })
  } catch (error) {
    say(error instanceof Error ? error.message : String(error))
    return null
  }
}

function say(message: string): void {
  process.stderr.write(`assay: ${message}\n`)
}
