/**
 * One method of the `openai` package: how it is called here, and how its answer differs from the package's
 * types.
 * @module
 */
import type OpenAI from 'openai'

/**
 * Shared by the calls: a client of a running server, and the ids that earlier calls made. The server has an
 * endpoint `judge`, a `startChatServer` that knows capitals.
 */
export interface SdkWorld {
  readonly client: OpenAI
  /** An address that answers 200 to webhooks. */
  readonly receiver: string
  readonly made: Record<string, string>
}

/** Members of an answer that the package's types do not allow, and how they differ. */
export interface Differences {
  /** The answer's name in the document. */
  readonly object: string
  readonly members: Readonly<Record<string, string>>
}

export interface SdkMethod {
  /** As written after `client.`. */
  readonly method: string
  /** The npm version that introduced it, from the package's changelog. 4.0.0: there from the start. */
  readonly since: string
  readonly answer?: Differences
  /** Members of the request that are refused or read differently. */
  readonly request?: string
  /** The status and the reason, for a method that is refused. */
  readonly refused?: { readonly status: number; readonly reason: string }
  /** Calls the method. Rejects with the SDK's error where the server refuses. */
  readonly call: (world: SdkWorld) => Promise<unknown>
}

/** Members of `Theirs` that `Ours` has with other types, or does not have. */
type Different<Ours, Theirs> = {
  [K in keyof Theirs]-?: K extends keyof Ours ? (Ours[K] extends Theirs[K] ? never : K) : undefined extends Theirs[K] ? never : K
}[keyof Theirs]

/**
 * States how each member that differs does. A member that does not differ, or a missing one, does not
 * compile.
 */
export function differences<Ours, Theirs>() {
  return (object: string, members: { readonly [K in Different<Ours, Theirs> & string]: string }): Differences => ({
    object,
    members,
  })
}

/** The methods of a resource of the SDK and of the resources in it, as written after `client.`. */
export function methodsOf(resource: object, path: string): string[] {
  const own = Object.getOwnPropertyNames(Object.getPrototypeOf(resource))
    .filter((name) => name !== 'constructor' && typeof Reflect.get(resource, name) === 'function')
    .map((name) => `${path}.${name}`)
  const inner = Object.keys(resource)
    .filter((name) => !name.startsWith('_') && typeof Reflect.get(resource, name) === 'object')
    .flatMap((name) => methodsOf(Reflect.get(resource, name) as object, `${path}.${name}`))
  return [...own, ...inner]
}
