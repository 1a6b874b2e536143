/**
 * Native ONNX Runtime on one thread, for comparison with the Worker.
 * @module
 */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import type * as Ort from 'onnxruntime-common'

const BENCH = fileURLToPath(new URL('..', import.meta.url))

/**
 * Installs `onnxruntime-node` by bench/package-lock.json if it is missing. Its install script, which would
 * fetch CUDA, does not run.
 */
export function nativeRuntime(): typeof Ort {
  if (!existsSync(`${BENCH}node_modules/onnxruntime-node`)) {
    process.stderr.write('installing onnxruntime-node into bench/node_modules (288 MB, once)\n')
    const { status } = spawnSync('npm', ['ci', '--ignore-scripts'], {
      cwd: BENCH,
      env: { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' },
      stdio: ['ignore', 2, 2],
    })
    if (status !== 0) throw new Error(`npm ci in bench/ ended with ${status}`)
  }
  return createRequire(`${BENCH}score.ts`)('onnxruntime-node') as typeof Ort
}

/** @param feed one input of batch 1, the same in every run */
export async function nativeRun(
  ort: typeof Ort,
  model: Uint8Array,
  feed: Record<string, Ort.Tensor>,
): Promise<() => Promise<unknown>> {
  const session = await ort.InferenceSession.create(model, {
    executionProviders: ['cpu'],
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    graphOptimizationLevel: 'all',
  })
  return () => session.run(feed)
}
