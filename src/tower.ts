/**
 * Door of a Worker that only runs towers: no decoder, page or database, so nearly all of its 128 MB is for
 * the model. Reached by service binding only (src/tower.toml).
 * @module
 */
import { waitUntil } from 'cloudflare:workers'
import ortWasm from 'onnxruntime-web/ort-wasm-simd-threaded.wasm'
import { MODEL_BUDGET } from './contracts/memory-budget.ts'
import { createSemaphore } from './models/edge/semaphore.ts'
import { createOnnxRuntime } from './models/edge/onnx-runtime.ts'
import { answerTowerCall } from './models/edge/remote-tower.ts'
import { createResourceCache } from './models/edge/resource-cache.ts'
import { towersHere } from './models/edge/stored-model.ts'
import { openModelFile } from './storage/objects.ts'

interface TowerEnv {
  readonly OBJECTS: R2Bucket
}

const runtime = createOnnxRuntime(ortWasm)
const room = createResourceCache(
  MODEL_BUDGET.tower,
  createSemaphore({ capacity: 1, keepAlive: waitUntil, expiryMilliseconds: 60_000 }),
)

export default {
  async fetch(request, env) {
    const { pathname } = new URL(request.url)
    if (pathname === '/memory')
      return Response.json({ onnx_runtime_bytes: runtime.memoryBytes(), loaded_model_bytes: room.heldBytes() })
    return answerTowerCall(request, (tenant) => towersHere(runtime, room, (file) => openModelFile(env.OBJECTS, tenant, file)))
  },
} satisfies ExportedHandler<TowerEnv>
