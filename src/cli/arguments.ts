/**
 * Reads the options of one command with `parseArgs` of Node.
 * @module
 */
import { parseArgs, type ParseArgsConfig } from 'node:util'

/** Bad usage or bad input: exit status 2 and one line on stderr. */
export class UsageError extends Error {
  override readonly name: string = 'UsageError'
}

export interface ArgumentRules {
  /** Options with a value; true if required. */
  readonly options: Readonly<Record<string, boolean>>
  /** Options without a value. */
  readonly flags?: readonly string[]
  /** Most positional arguments; 0 unless given. */
  readonly positionals?: number
}

export interface Arguments {
  readonly values: ReadonlyMap<string, string>
  readonly flags: ReadonlySet<string>
  readonly positionals: readonly string[]
}

/**
 * Reads `--name value`, `--name=value`, `--flag` and positional arguments.
 * @param usage - appended to messages about unknown, missing or surplus arguments
 * @throws {UsageError} for an option that is unknown, repeated, missing or empty, and for too many positional
 *   arguments
 */
export function readArguments(rules: ArgumentRules, argv: readonly string[], usage: string): Arguments {
  const hint = `; usage: assay ${usage}`
  const { values, positionals } = parse(rules, argv, hint)
  const given = new Map<string, string>()
  const flags = new Set<string>()
  for (const [name, list] of Object.entries(values)) {
    if (list.length > 1 && typeof list[0] === 'string') throw new UsageError(`--${name} is given twice`)
    const [value] = list
    if (value === '') throw new UsageError(`--${name} needs a value`)
    if (typeof value === 'string') given.set(name, value)
    else flags.add(name)
  }
  const surplus = positionals[rules.positionals ?? 0]
  if (surplus !== undefined) throw new UsageError(`unexpected argument ${JSON.stringify(surplus)}${hint}`)
  const missing = Object.keys(rules.options).filter((name) => rules.options[name] === true && !given.has(name))
  if (missing.length > 0) throw new UsageError(`missing ${missing.map((name) => `--${name}`).join(', ')}${hint}`)
  return { values: given, flags, positionals }
}

interface Parsed {
  readonly values: Readonly<Record<string, readonly (string | boolean)[]>>
  readonly positionals: readonly string[]
}

function parse({ options, flags = [] }: ArgumentRules, argv: readonly string[], hint: string): Parsed {
  const config: NonNullable<ParseArgsConfig['options']> = {}
  for (const name of Object.keys(options)) config[name] = { type: 'string', multiple: true }
  for (const name of flags) config[name] = { type: 'boolean', multiple: true }
  try {
    return parseArgs({ args: [...argv], options: config, allowPositionals: true }) as Parsed
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const name = /--?[\w-]+/.exec(message)?.[0]
    if (code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION') throw new UsageError(`unknown option ${name}${hint}`, { cause: error })
    if (code === 'ERR_PARSE_ARGS_INVALID_OPTION_VALUE') throw new UsageError(valueProblem(message, name), { cause: error })
    throw error
  }
}

/**
 * Node distinguishes a missing value, a surplus value and an ambiguous one only in the text of its message.
 */
function valueProblem(message: string, name: string | undefined): string {
  if (message.includes('does not take')) return `${name} takes no value`
  return message.includes('ambiguous')
    ? `${name} needs a value; write one that begins with a dash as ${name}=-…`
    : `${name} needs a value`
}
