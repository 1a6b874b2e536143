/**
 * Finds the operations of a path, for answers outside the router: 405 and cross-origin requests.
 * @module
 */
import type { Operation } from './operation.ts'

/** Method and path of an operation. */
export type Place = Pick<Operation, 'method' | 'path'>

/**
 * Returns the methods of all operations whose path matches, in upper case, in the order of the operations.
 */
export function methodsByPath(operations: readonly Place[]): (path: string) => string[] {
  const places = operations.map(({ method, path }) => ({ method: method.toUpperCase(), pattern: patternOf(path) }))
  return (path) => [...new Set(places.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method))]
}

/** Matches the paths of an operation: `{parameters}` stand for one segment each. */
function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replaceAll('.', String.raw`\.`).replaceAll(/\{\w+\}/g, '[^/]+')}$`)
}
