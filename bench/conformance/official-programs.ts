/**
 * Finds the official programs: Java on the PATH, and a Python with pycocoevalcap, which contains the jars of
 * the PTB tokenizer and of METEOR.
 * @module
 */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { text } from 'node:stream/consumers'
import { WORK } from '../../scripts/paths.ts'
import { Skipped } from './part.ts'

const PYCOCOEVALCAP = 'pycocoevalcap==1.2'
const SCRIPTS = join(import.meta.dirname, 'official')

/** @throws {Skipped} without a working Java. */
export function findJava(): string {
  const { status } = spawnSync('java', ['-version'], { stdio: 'ignore' })
  if (status !== 0) throw new Skipped('no java on the PATH')
  return 'java'
}

/**
 * The Python of `ASSAY_PYCOCOEVALCAP_PYTHON`, or one under `.assay/`, created on first use.
 * @throws {Skipped} if neither is available.
 */
export function findPython(say: (words: string) => void): string {
  const named = process.env['ASSAY_PYCOCOEVALCAP_PYTHON']
  if (named !== undefined) return withPackage(named, `ASSAY_PYCOCOEVALCAP_PYTHON=${named}`)
  const home = join(WORK, 'conformance-python')
  const python = join(home, 'bin/python')
  if (!existsSync(python)) {
    say(`making ${home} with ${PYCOCOEVALCAP} (100 MB)`)
    mkdirSync(WORK, { recursive: true })
    const steps = [
      ['python3', '-m', 'venv', home],
      [python, '-m', 'pip', 'install', '--quiet', '--no-deps', PYCOCOEVALCAP, 'numpy'],
    ]
    for (const [program, ...args] of steps) {
      const { status, stderr } = spawnSync(program!, args, { encoding: 'utf8' })
      if (status === 0) continue
      rmSync(home, { recursive: true, force: true })
      const words = stderr?.trim().split('\n').at(-1) ?? 'it does not start'
      throw new Skipped(
        `${PYCOCOEVALCAP} could not be installed (${words}); name a Python that has it in ASSAY_PYCOCOEVALCAP_PYTHON`,
      )
    }
  }
  return withPackage(python, python)
}

function withPackage(python: string, name: string): string {
  if (spawnSync(python, ['-c', 'import pycocoevalcap.tokenizer'], { stdio: 'ignore' }).status === 0) return python
  throw new Skipped(`${name} has no pycocoevalcap: pip install --no-deps ${PYCOCOEVALCAP} numpy`)
}

/** Folder of the package. */
export async function packageFolder(python: string): Promise<string> {
  const found = await outputOf(python, ['-c', 'import pycocoevalcap.tokenizer as t; print(list(t.__path__)[0])'])
  return dirname(found.trim())
}

/** Runs a script of `official/`, JSON in, JSON out. */
export async function pythonJson(python: string, script: string, input: unknown): Promise<unknown> {
  return JSON.parse(await outputOf(python, [join(SCRIPTS, script)], JSON.stringify(input)))
}

/** Asks `programs.py`. @throws {Skipped} if it needs checkouts and none are named. */
export async function askOfficial(
  python: string,
  name: string,
  requests: readonly object[],
  checkouts: boolean,
): Promise<unknown[]> {
  const folder = process.env['ASSAY_OFFICIAL_CHECKOUTS']
  if (checkouts && folder === undefined)
    throw new Skipped('ASSAY_OFFICIAL_CHECKOUTS names no folder of checkouts; official/programs.py says which')
  const python2 = process.env['ASSAY_PYTHON2']
  const programs = { ...(folder === undefined ? {} : { official: folder }), ...(python2 === undefined ? {} : { python2 }) }
  const asked = { programs: { ...programs, java: findJava() }, name, requests }
  const answers = (await pythonJson(python, 'programs.py', asked)) as (null | { absent?: string })[]
  const absent = answers.find((answer) => answer?.absent !== undefined)?.absent
  if (absent !== undefined) throw new Skipped(absent)
  return answers
}

/** @throws {Error} with the end of the program's stderr, unless it exits with 0. */
export async function outputOf(program: string, args: readonly string[], input = ''): Promise<string> {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] })
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  // A program that ends early does not read its input; its status tells.
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  const [status, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)])
  if (status !== 0) throw new Error(`${program} ${args.join(' ').slice(0, 200)} ended with ${status}: ${stderr.slice(-1000)}`)
  return stdout
}
