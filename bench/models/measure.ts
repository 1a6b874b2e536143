/**
 * One model: its stages in the Worker and its towers natively, in turns.
 * @module
 */
import type { ModelManifest } from '../../src/contracts/model-manifest.ts'
import { type Client, createClient, type Timed } from '../score/client.ts'
import { benchPicture } from '../score/picture.ts'
import { mean, median } from '../score/summary.ts'
import { SIDE, TEXT } from './input.ts'
import type { NativeTowers } from './native-towers.ts'

export interface Measured {
  /** Milliseconds: mean of the faster half of the requests. */
  readonly worker: { readonly vision: number; readonly text: number }
  /** Milliseconds: median. */
  readonly native: { readonly vision: number; readonly text: number }
  /** Milliseconds of the first request, by the client, including loading. */
  readonly firstRequest: number
}

export interface Asker {
  score(model: string): Promise<Timed>
  get: Client['get']
  close(): void
}

export function createAsker(url: string, key: string): Asker {
  const client = createClient(url, key)
  const image = `data:image/png;base64,${Buffer.from(benchPicture(SIDE)).toString('base64')}`
  return {
    async score(model) {
      const body = new TextEncoder().encode(JSON.stringify({ model, image, texts: [TEXT], variant: 'cosine' }))
      const answer = await client.post('/v1/score', body, 'application/json')
      if (answer.status !== 200) throw new Error(`the Worker answered ${answer.status}: ${answer.body}`)
      return answer
    },
    get: (path) => client.get(path),
    close: () => client.close(),
  }
}

const WARM_UP = 10

export async function measureModel(manifest: ModelManifest, ask: Asker, native: NativeTowers, rounds: number): Promise<Measured> {
  const first = await ask.score(manifest.id)
  const answers: Timed[] = []
  const times = { vision: [] as number[], text: [] as number[] }
  for (let round = -WARM_UP; round < rounds; round++) {
    const answer = await ask.score(manifest.id)
    for (const half of ['vision', 'text'] as const) {
      const started = performance.now()
      await native[half]()
      if (round >= 0) times[half].push(performance.now() - started)
    }
    if (round >= 0) answers.push(answer)
  }
  const middle = median(answers.map(({ milliseconds }) => milliseconds))
  const half = answers.filter(({ milliseconds }) => milliseconds <= middle)
  const stage = (name: string): number => mean(half.map(({ stages }) => stages.get(name) ?? 0))
  return {
    worker: { vision: stage('infer_image'), text: stage('infer_text') },
    native: { vision: median(times.vision), text: median(times.text) },
    firstRequest: first.milliseconds,
  }
}

export interface Memory {
  readonly onnx_runtime_bytes: number
}

export async function memoryOf(ask: Pick<Asker, 'get'>): Promise<Memory> {
  return (JSON.parse((await ask.get('/healthz')).body) as { memory: Memory }).memory
}
