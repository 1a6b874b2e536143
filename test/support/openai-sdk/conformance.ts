/**
 * Calls every method of the `openai` package, and writes down what each answered: the table of
 * `docs/conformance.md`.
 * @module
 */
import OpenAI from 'openai'
import { VERSION } from 'openai/version'
import { OPERATIONS } from '../../e2e/bad-input/operations.ts'
import { evalsMethods } from './evals-methods.ts'
import { filesMethods } from './files-methods.ts'
import { modelsMethods } from './models-methods.ts'
import { methodsOf, type SdkMethod, type SdkWorld } from './sdk-method.ts'
import { webhooksMethods } from './webhooks-methods.ts'

export const SDK_METHODS: readonly SdkMethod[] = [...evalsMethods, ...filesMethods, ...webhooksMethods, ...modelsMethods]

/** Every method of the package's resources that Assay has. */
export function packageMethods(client: OpenAI): string[] {
  return [
    ...methodsOf(client.evals, 'evals'),
    ...methodsOf(client.fineTuning.alpha.graders, 'fineTuning.alpha.graders'),
    ...methodsOf(client.files, 'files'),
    ...methodsOf(client.uploads, 'uploads'),
    ...methodsOf(client.webhooks, 'webhooks'),
    ...methodsOf(client.models, 'models'),
    ...methodsOf(client.embeddings, 'embeddings'),
    ...methodsOf(client.chat.completions, 'chat.completions'),
  ]
}

/** One call: the status of a refusal, or null. */
export interface Called {
  readonly method: string
  readonly refused: number | null
  /** The requests that the package sent. */
  readonly requests: readonly string[]
}

/** A client that notes its requests. */
export function notingClient(options: { readonly apiKey: string; readonly baseURL: string }) {
  const requests: string[] = []
  const client = new OpenAI({
    ...options,
    maxRetries: 0,
    fetch: async (url, init) => {
      requests.push(routeOf(init?.method ?? 'GET', new URL(String(url instanceof Request ? url.url : url)).pathname))
      return fetch(url, init)
    },
  })
  return { client, requests }
}

/** The route of a request, with its parameters by name. */
function routeOf(method: string, path: string): string {
  const verb = method.toUpperCase()
  const route = OPERATIONS.find(
    ({ method: one, path: shape }) => one === verb && new RegExp(`^${shape.replace(/\{\w+\}/g, '[^/]+')}$`).test(path),
  )
  return route?.route ?? `${verb} ${path.replace(/\/we_\w+/, '/{id}')}`
}

/** Calls the methods in order. @throws {Error} what is not an answer of the server */
export async function callAll(world: SdkWorld, requests: string[]): Promise<Called[]> {
  const called: Called[] = []
  for (const { method, call } of SDK_METHODS) {
    requests.length = 0
    const refused = await call(world).then(
      () => null,
      (error: unknown) => {
        if (error instanceof OpenAI.APIError && error.status !== undefined) return error.status
        throw new Error(`${method} failed`, { cause: error })
      },
    )
    called.push({ method, refused, requests: [...new Set(requests)] })
  }
  return called
}

/** The page's tables: methods, then answers. */
export function conformanceTables(called: readonly Called[]): string {
  const rows = SDK_METHODS.map((described) => {
    const { requests } = called.find(({ method }) => method === described.method)!
    const request = requests.length === 0 ? 'none' : `\`${requests.at(-1)}\``
    return `| \`${described.method}\` | ${described.since} | ${request} | ${verdict(described)} |`
  })
  const answers = new Map(SDK_METHODS.flatMap(({ answer }) => (answer === undefined ? [] : [[answer.object, answer.members]])))
  const members = [...answers].flatMap(([object, differing]) =>
    Object.entries(differing).map(([member, how]) => `| ${object} | \`${member}\` | ${how} |`),
  )
  return [
    `Called with \`openai\` ${VERSION} from npm.`,
    '',
    '| method | introduced in | request | here |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
    '| answer | member | how it differs |',
    '| --- | --- | --- |',
    ...members,
  ].join('\n')
}

function verdict({ answer, request, refused }: SdkMethod): string {
  if (refused !== undefined) return `refused with ${refused.status}: ${refused.reason}`
  const differs = [...(request === undefined ? [] : [request]), ...(answer === undefined ? [] : [`answers ${answer.object}`])]
  return differs.length === 0 ? 'works' : `works, differs: ${differs.join('; ')}`
}
