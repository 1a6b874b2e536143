/**
 * `assay datasets`, `score`, `keys` and `leaderboard`.
 * @module
 */
import { basename } from 'node:path'
import type { components } from '../../contracts/api-types.d.ts'
import { UsageError } from '../arguments.ts'
import { formatTable } from '../table.ts'
import { type ClientCall, type ClientCommand, show } from './command.ts'
import { allOf } from './pages.ts'
import { number } from './run-tables.ts'
import { blobOf, type DatasetObject } from './upload.ts'

type Schemas = components['schemas']

export const otherVerbs: Readonly<Record<string, ClientCommand>> = {
  datasets: {
    usage: 'datasets',
    examples: ['datasets', 'datasets --json'],
    positionals: [0, 0],
    async run(call) {
      const datasets = await allOf<DatasetObject>(call.server, '/v1/datasets')
      show(call, datasets, () =>
        formatTable(
          [
            { title: 'dataset', cell: ({ id }) => id },
            { title: 'name', cell: ({ name }) => name },
            { title: 'task', cell: ({ version }) => version.task },
            { title: 'format', cell: ({ version }) => version.format },
            { title: 'items', cell: ({ version }) => String(version.items), right: true },
            { title: 'pictures', cell: ({ version }) => String(version.images), right: true },
            { title: 'digest', cell: ({ version }) => version.digest.slice(0, 12) },
          ],
          datasets,
        ),
      )
      return 0
    },
  },
  score: {
    usage: 'score <picture> <text>… [--model …] [--variant …]',
    examples: ['score cat.jpg "a cat" "a dog"'],
    options: ['model', 'variant'],
    positionals: [2, 65],
    run: score,
  },
  keys: {
    usage: 'keys [create <name> | revoke <id>] [--role admin|member]',
    examples: ['keys', 'keys create ci --role member', 'keys revoke key_019…'],
    options: ['role'],
    positionals: [0, 2],
    run: keys,
  },
  leaderboard: {
    usage: 'leaderboard [--dataset …] [--metric …]',
    examples: ['leaderboard --metric R@1'],
    options: ['dataset', 'metric'],
    positionals: [0, 0],
    async run(call) {
      const query = new URLSearchParams()
      for (const name of ['dataset', 'metric']) {
        const value = call.option(name)
        if (value !== undefined) query.set(name, value)
      }
      const { data } = await call.server.call<{ data: Schemas['LeaderboardRow'][] }>(
        'GET',
        `/v1/leaderboards?${query.toString()}`,
      )
      show(call, data, () =>
        formatTable(
          [
            { title: 'dataset', cell: ({ dataset }) => dataset },
            { title: 'metric', cell: ({ metric, variant }) => `${metric} ${variant}` },
            { title: 'rank', cell: ({ rank, not_ranked: why }) => (rank === null ? (why ?? '') : String(rank)), right: true },
            { title: 'model', cell: ({ model }) => model },
            { title: 'value', cell: ({ value }) => number(value), right: true },
            { title: 'interval', cell: ({ low, high }) => (low === null ? '–' : `${number(low)} … ${number(high)}`) },
            { title: 'n', cell: ({ n }) => String(n), right: true },
          ],
          data,
        ),
      )
      return 0
    },
  },
}

async function score(call: ClientCall): Promise<number> {
  const [picture, ...texts] = call.positionals
  const form = new FormData()
  form.set('image', await blobOf(picture!), basename(picture!))
  for (const text of texts) form.append('text', text)
  for (const name of ['model', 'variant']) {
    const value = call.option(name)
    if (value !== undefined) form.set(name, value)
  }
  const answer = await call.server.call<Schemas['ScoreResponse']>('POST', '/v1/score', { body: form })
  show(call, answer, () =>
    formatTable(
      [
        { title: 'score', cell: ({ score: value }) => number(value), right: true },
        {
          title: 'probability',
          cell: ({ probability }) => (probability === null ? '–' : probability.toPrecision(4)),
          right: true,
        },
        { title: 'text', cell: ({ text }) => text },
      ],
      answer.data,
    ),
  )
  // The model is part of what a score means, and it may have been chosen by the picture.
  call.io.stderr(`assay: ${answer.model} answered\n`)
  for (const { message } of answer.warnings) call.io.stderr(`assay: ${message}\n`)
  return 0
}

async function keys(call: ClientCall): Promise<number> {
  const [verb, what] = call.positionals
  if (verb === undefined) {
    const list = await allOf<Schemas['Key']>(call.server, '/v1/keys')
    show(call, list, () =>
      formatTable(
        [
          { title: 'key', cell: ({ id }) => id },
          { title: 'name', cell: ({ name }) => name },
          { title: 'role', cell: ({ role }) => role },
        ],
        list,
      ),
    )
    return 0
  }
  if (what === undefined) throw new UsageError(`keys ${verb} needs ${verb === 'revoke' ? 'the id of a key' : 'a name'}`)
  if (verb === 'create') {
    const role = call.option('role')
    const made = await call.server.send<{ key: string }>('POST', '/v1/keys', { name: what, ...(role !== undefined && { role }) })
    // The secret is shown once, alone on stdout, so that a script can store it.
    show(call, made, () => made.key)
    return 0
  }
  if (verb !== 'revoke') throw new UsageError(`keys ${verb} is unknown: create or revoke`)
  const gone = await call.server.call('DELETE', `/v1/keys/${encodeURIComponent(what)}`)
  show(call, gone, () => `revoked ${what}`)
  return 0
}
