/**
 * Formulas over the scores of graders, as OpenAI's `multi` has them: numbers, names, `+ - * / ^`, parentheses
 * and a few functions.
 * @module
 */
import { exp, log, pow } from '../../../statistics/elementary.ts'

export const MOST_FORMULA_CHARACTERS = 1024

/** Parentheses and signs within each other. */
const MOST_DEPTH = 50

/** Its value by the values of its names; NaN or infinite where it has none, such as for 1 / 0. */
export type Formula = (values: Readonly<Record<string, number>>) => number

const FUNCTIONS: Readonly<Record<string, { readonly arity: number | 'any'; of(...values: number[]): number }>> = {
  min: { arity: 'any', of: Math.min },
  max: { arity: 'any', of: Math.max },
  abs: { arity: 1, of: Math.abs },
  floor: { arity: 1, of: Math.floor },
  ceil: { arity: 1, of: Math.ceil },
  sqrt: { arity: 1, of: Math.sqrt },
  exp: { arity: 1, of: exp },
  log: { arity: 1, of: log },
}

const TOKEN = /\s*(?:(\d+(?:\.\d+)?|\.\d+)|([A-Za-z_]\w*)|([-+*/^(),]))/y

/**
 * Reads a formula. `^` binds strongest and to the right; a sign binds weaker, so -2^2 is -4.
 * @param names - that it may use
 * @throws {RangeError} with a sentence that follows the formula's place
 */
export function readFormula(text: string, names: readonly string[]): Formula {
  const tokens = tokensOf(text)
  let at = 0
  let depth = 0
  const take = (...wanted: string[]): string | undefined => (wanted.includes(tokens[at] ?? '') ? tokens[at++] : undefined)
  const expect = (wanted: string): void => {
    if (take(wanted) === undefined) throw new RangeError(`must have ${wanted} ${placeOf(tokens, at)}`)
  }
  const nested = (read: () => Formula): Formula => {
    if (++depth > MOST_DEPTH) throw new RangeError(`must not be nested more than ${MOST_DEPTH} deep`)
    const formula = read()
    depth--
    return formula
  }

  function sum(): Formula {
    let left = product()
    for (let sign = take('+', '-'); sign !== undefined; sign = take('+', '-')) {
      const [one, other, adds] = [left, product(), sign === '+']
      left = (values) => (adds ? one(values) + other(values) : one(values) - other(values))
    }
    return left
  }
  function product(): Formula {
    let left = signed()
    for (let sign = take('*', '/'); sign !== undefined; sign = take('*', '/')) {
      const [one, other, multiplies] = [left, signed(), sign === '*']
      left = (values) => (multiplies ? one(values) * other(values) : one(values) / other(values))
    }
    return left
  }
  function signed(): Formula {
    const sign = take('+', '-')
    if (sign === undefined) return power()
    const inner = nested(signed)
    return sign === '-' ? (values) => -inner(values) : inner
  }
  function power(): Formula {
    const base = atom()
    if (take('^') === undefined) return base
    const exponent = nested(signed)
    return (values) => pow(base(values), exponent(values))
  }
  function atom(): Formula {
    const token = tokens[at]
    if (token === undefined || /^[-+*/^),]$/.test(token)) throw new RangeError(`must have a value ${placeOf(tokens, at)}`)
    at++
    if (token === '(') {
      const inner = nested(sum)
      expect(')')
      return inner
    }
    if (/^[\d.]/.test(token)) return () => Number(token)
    return take('(') === undefined ? named(token) : called(token)
  }
  function named(name: string): Formula {
    if (!names.includes(name)) throw new RangeError(`names ${name}, and the graders are ${names.join(', ')}`)
    return (values) => values[name]!
  }
  function called(name: string): Formula {
    if (!Object.hasOwn(FUNCTIONS, name))
      throw new RangeError(`calls ${name}, and the functions are ${Object.keys(FUNCTIONS).join(', ')}`)
    const { arity, of } = FUNCTIONS[name]!
    const inputs = [nested(sum)]
    while (take(',') !== undefined) inputs.push(nested(sum))
    expect(')')
    if (arity !== 'any' && inputs.length !== arity) throw new RangeError(`must give ${name} one value, gives ${inputs.length}`)
    return (values) => of(...inputs.map((input) => input(values)))
  }

  const formula = sum()
  if (at < tokens.length) throw new RangeError(`must end ${placeOf(tokens, at)}`)
  return formula
}

function tokensOf(text: string): string[] {
  const tokens: string[] = []
  TOKEN.lastIndex = 0
  const end = text.trimEnd().length
  while (TOKEN.lastIndex < end) {
    const from = TOKEN.lastIndex
    const match = TOKEN.exec(text)
    if (match === null) throw new RangeError(`has a character that no formula has, at ${from}: ${text.slice(from, from + 10)}`)
    tokens.push(match[1] ?? match[2] ?? match[3]!)
  }
  return tokens
}

const placeOf = (tokens: readonly string[], at: number): string => (at < tokens.length ? `before ${tokens[at]}` : 'at its end')
