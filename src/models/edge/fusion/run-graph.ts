/**
 * One run of a graph of a model that answers.
 * @module
 */
import { Fault } from '../../../contracts/failure.ts'
import type { FusionGraph } from '../../../contracts/fusion-manifest.ts'
import { InputRefused, type Session, type SessionInput, type SessionOutput } from '../onnx-runtime.ts'

export type Outputs = (name: string) => SessionOutput

export type RunGraph = (graph: FusionGraph, inputs: Readonly<Record<string, SessionInput>>) => Promise<Outputs>

/** @param session called before every run, since a session may be evicted afterwards */
export function graphRunner(session: (graph: FusionGraph) => Promise<Session>): RunGraph {
  return async (graph, inputs) => {
    const loaded = await session(graph)
    const outputs = await loaded.runAll(inputs).catch((error: unknown) => {
      if (!(error instanceof InputRefused)) throw error
      const detail = `${graph.file} refuses this input: ${error.message}`
      throw new Fault({ kind: 'unprocessable', detail, errors: [{ pointer: '', detail }] })
    })
    return (name) => {
      const output = outputs.get(name)
      if (output === undefined) throw new Error(`${graph.file} has no output ${name}, it has ${[...outputs.keys()].join(', ')}`)
      return output
    }
  }
}
