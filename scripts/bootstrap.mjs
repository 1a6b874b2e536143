/**
 * The one entry of every `npm run`. Plain JavaScript for any Node ≥ 20 with nothing installed: brings the
 * checkout into the state that package-lock.json describes, then runs the verb's script under the Node that
 * came from npm.
 *
 * stdout belongs to the verb; this file and npm speak on stderr.
 * @module
 */
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { constants } from 'node:os'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { restoreModelLinks } from './model-links.mjs'
import { whenParentEnds } from './parent-process.mjs'

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)))
const MODULES = join(ROOT, 'node_modules')
/** Written after an installation ended well: holds the digest of the lockfile that it followed. */
const STAMP = join(MODULES, '.assay-installed')
/** Exists while an installation is under way: holds the process that does it. */
const INSTALLING = join(ROOT, '.assay', 'installing')

const VERBS = {
  start: [
    'scripts/start.ts',
    'run Assay here and evaluate the first model',
    `usage: npm start -- [options]

Installs what is missing, starts Assay on workerd, evaluates the shipped models on the fixtures through the API,
prints the leaderboard and an API key, and stays up until Ctrl-C.

  --once            end after the leaderboard; exit status 1 if a run failed
  --port <number>   listen there (default 8787; with --once any free port)
  --evaluate        evaluate again, also where nothing has changed since the last evaluation
  --no-evaluation   start only
  --towers          also start the Workers that run single towers of large models
  -h, --help        this text

Variables ENDPOINT_SECRET_… of the environment are the secrets that an endpoint may name; they are stored nowhere.

Everything is kept in .assay/ (ASSAY_HOME names another folder). npm run reset removes it but for the key.`,
  ],
  dev: ['scripts/dev.ts', 'wrangler dev with migrations and a key, for work on the code'],
  test: ['scripts/test.ts', 'everything that must hold: checks, then every test project'],
  check: ['scripts/check.ts', 'types, lint, format, and the arrows between rooms'],
  coverage: ['scripts/coverage.ts', 'the share of src/ that unit and integration tests reach; fails below the floor'],
  generate: ['scripts/generate.ts', 'write the generated files, after a change of a route or a note'],
  assay: [undefined, 'the command-line client'],
  bench: [undefined, 'a benchmark: npm run bench -- <name>'],
  chaos: ['scripts/chaos.ts', 'kill the process at seeded moments; every run must finish with the same digest'],
  endpoint: [
    'endpoint/main.ts',
    'serve the shipped models as an external endpoint, with faults on request',
    `usage: npm run endpoint -- [options]

Serves the shipped models over the shapes of OpenAI's API: chat completions and embeddings of texts and pictures.
Register it with an Assay on this machine as the endpoint http://127.0.0.1:9100/v1.

  --port <number>   listen there (default 9100)
  --api-key <key>   refuse requests without this bearer token (or REFERENCE_ENDPOINT_KEY in the environment)
  --dial <json>     faults to begin with, e.g. '{"faults": {"server_error": 0.1}, "latency_ms": [20, 80]}'
  -h, --help        this text

GET /stats counts what arrived, was billed and was answered; PATCH /dial turns the faults. docs/endpoints.md has all.`,
  ],
  deploy: [
    'scripts/deploy.ts',
    'make or update Assay on Cloudflare, and test it there',
    `usage: npm run deploy -- [options]

Makes what is missing (D1, KV, R2, queues with dead letters, secrets, the first key), applies migrations, deploys, and
runs a smoke test. Doing it again updates. Log in before: npx wrangler login, or CLOUDFLARE_API_TOKEN.

  --dry-run            print every command and run none; needs no account
  --name <worker>      name of the Worker, and beginning of all other names (default: assay)
  --domain <host>      also answer on this custom domain of your account
  --towers             also the two Workers that run single towers of large models
  --receiver <url>     an https address that you watch: the smoke test sends an event there
  --smoke-test <url>   test a deployment and change nothing; ASSAY_KEY holds an administrator's key
  -h, --help           this text

Variables ENDPOINT_SECRET_… of the environment become secrets of the Worker. docs/deploy.md has the page.`,
  ],
  pack: ['scripts/pack.ts', 'the command-line client as a package that runs without this repository'],
  reset: ['scripts/reset.ts', 'remove the local state'],
}

const [verb, ...rest] = process.argv.slice(2)
if (verb === '--help' || verb === '-h') help(verbTable())
if (!verb || !Object.hasOwn(VERBS, verb)) {
  fail(`${verb ? `unknown verb ${JSON.stringify(verb)}` : 'no verb given'}; there are:\n${verbTable()}`, 2)
}
// Before the installation: help must not cost half a minute. The client has help of its own.
if (verb !== 'assay' && rest.some((each) => each === '--help' || each === '-h')) {
  const [, about, usage = `npm run ${verb}: ${about}`] = VERBS[verb]
  help(verb === 'bench' ? (readIfThere(join(ROOT, 'bench', rest[0], 'usage.txt'))?.trimEnd() ?? usage) : usage)
}

requirePlatform()
await requireInstallation()
const node = requireNode()
const mended = restoreModelLinks(ROOT)
if (mended.length > 0) say(`made ${mended.length} links of public/models/ again, which this checkout had as text files`)
const { script, args } = await target(verb, rest)

// The client takes paths relative to where the person is; npm has moved to the root and says where from.
if (verb === 'assay') process.env.ASSAY_HOME ??= join(ROOT, '.assay')
const directory = verb === 'assay' ? (process.env.INIT_CWD ?? process.cwd()) : ROOT
process.exit(await run(node, ['--disable-warning=ExperimentalWarning', script, ...args], { cwd: directory }))

async function target(name, given) {
  if (name === 'assay') return { script: await (await import('./command.mjs')).commandScript(ROOT), args: given }
  if (name !== 'bench') return { script: join(ROOT, VERBS[name][0]), args: given }
  const [bench, ...others] = given
  const benches = existsSync(join(ROOT, 'bench'))
    ? readdirSync(join(ROOT, 'bench'))
        .filter((file) => file.endsWith('.ts'))
        .map((file) => file.slice(0, -3))
    : []
  if (!bench || !benches.includes(bench)) {
    fail(
      `${bench ? `no benchmark ${JSON.stringify(bench)}` : 'which benchmark?'}; there are: ${benches.join(', ') || 'none yet'}`,
      2,
    )
  }
  return { script: join(ROOT, 'bench', `${bench}.ts`), args: others }
}

function verbTable() {
  const width = Math.max(...Object.keys(VERBS).map((name) => name.length))
  return Object.entries(VERBS)
    .map(([name, [, about]]) => `  ${name.padEnd(width)}  ${about}`)
    .join('\n')
}

function help(text) {
  process.stdout.write(`${text}\n`)
  process.exit(0)
}

function requirePlatform() {
  const [major] = process.versions.node.split('.').map(Number)
  if (major < 20)
    fail(`Node ${process.versions.node} is too old; Assay needs Node 20 or newer to start (it brings its own Node 22)`)
  if (process.platform !== 'linux' || !['x64', 'arm64'].includes(process.arch)) {
    fail(`Assay runs locally on Linux x64 and arm64; this is ${process.platform} ${process.arch}. A container or WSL 2 will do`)
  }
}

async function requireInstallation() {
  const lock = readFileSync(join(ROOT, 'package-lock.json'))
  const wanted = `${createHash('sha256').update(lock).digest('hex')} ${process.platform}-${process.arch}\n`
  const interrupted = readIfThere(INSTALLING)
  if (interrupted === undefined) {
    if (readIfThere(STAMP) === wanted) return
    if (agrees(JSON.parse(lock.toString()))) {
      writeFileSync(STAMP, wanted)
      return
    }
  } else if (isRunning(Number(interrupted))) {
    fail(`another installation is under way (process ${interrupted.trim()}); try again when it has ended`)
  }

  say(
    interrupted !== undefined
      ? 'an earlier installation was interrupted; installing again'
      : existsSync(MODULES)
        ? 'node_modules does not match package-lock.json; installing'
        : 'installing the packages of package-lock.json',
  )
  mkdirSync(dirname(INSTALLING), { recursive: true })
  writeFileSync(INSTALLING, `${process.pid}\n`)
  const started = Date.now()
  const [command, ...prefix] = process.env.npm_execpath ? [process.execPath, process.env.npm_execpath] : ['npm']
  const code = await run(
    command,
    [...prefix, 'ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error'],
    { stdio: ['ignore', 2, 2] },
  )
  // The marker stays when npm failed or this process is killed: node_modules may then be anything.
  if (code !== 0) fail(`npm ci failed (exit ${code}); its words are above. Assay starts again from here next time`)
  writeFileSync(STAMP, wanted)
  rmSync(INSTALLING)
  say(`installed in ${((Date.now() - started) / 1000).toFixed(0)} s`)
}

/** True if npm itself finished installing this very lockfile; npm writes its hidden lockfile last. */
function agrees(lock) {
  const hidden = readIfThere(join(MODULES, '.package-lock.json'))
  if (hidden === undefined) return false
  const installed = JSON.parse(hidden).packages
  return Object.entries(lock.packages).every(
    ([path, wanted]) => path === '' || installed[path]?.version === wanted.version || (wanted.optional && !installed[path]),
  )
}

function requireNode() {
  const path = join(MODULES, `node-linux-${process.arch}`, 'bin', 'node')
  if (!existsSync(path)) {
    fail(
      `the package node-linux-${process.arch}, which brings Node 22, is not installed. npm skips it when told to omit optional ` +
        `dependencies: run "npm ci --include=optional"`,
    )
  }
  const { status, stderr, error } = spawnSync(path, ['--version'], { encoding: 'utf8' })
  if (status !== 0) fail(`${path} does not run here: ${error?.message ?? stderr.trim()}`)
  return path
}

/**
 * Runs a command to its end, passing on the signals that ask this process to stop. Returns its exit status.
 */
function run(command, args, { cwd = ROOT, stdio = 'inherit' } = {}) {
  const env = {
    ...process.env,
    // wrangler and vitest start `node` by name.
    PATH: `${join(MODULES, '.bin')}:${process.env.PATH}`,
    CLOUDFLARE_CF_FETCH_ENABLED: 'false',
    WRANGLER_SEND_METRICS: 'false',
    ONNXRUNTIME_NODE_INSTALL: 'skip',
    // Compiled code of wrangler and Miniflare, 21 MB of source. Coverage is counted wrongly with it.
    ...(verb === 'coverage' ? {} : { NODE_COMPILE_CACHE: join(MODULES, '.cache', 'assay') }),
    // start.ts ends with it, even where it is killed and can pass nothing on.
    ASSAY_BOOTSTRAP: String(process.pid),
  }
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, env, stdio })
    const pass = (signal) => child.kill(signal)
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, pass)
    // npm alone: a shell that starts a server and ends leaves it running on purpose.
    const unwatch = process.env.npm_lifecycle_event === undefined ? () => {} : whenParentEnds(() => child.kill('SIGTERM'))
    child.on('error', (error) => {
      say(`cannot run ${command}: ${error.message}`)
      resolve(127)
    })
    child.on('close', (code, signal) => {
      unwatch()
      for (const each of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.off(each, pass)
      resolve(code ?? 128 + (constants.signals[signal] ?? 0))
    })
  })
}

function readIfThere(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

function isRunning(pid) {
  if (!Number.isInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

function say(message) {
  process.stderr.write(`assay: ${message}\n`)
}

function fail(message, code = 1) {
  say(message)
  process.exit(code)
}
