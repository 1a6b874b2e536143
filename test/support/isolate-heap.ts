/**
 * Heap of an isolate of a running workerd, through V8's inspector.
 * @module
 */
/** Bytes from V8's `Runtime.getHeapUsage`. */
export interface HeapUsage {
  /** JavaScript objects. */
  readonly usedSize: number
  /** The platform's C++ objects held by JavaScript. */
  readonly embedderHeapUsedSize: number
  /** ArrayBuffers and files, without WebAssembly memories. */
  readonly backingStorageSize: number
}

export interface HeapProbe {
  usage(): Promise<HeapUsage>
  /** Lets V8 collect all that is dead. */
  collect(): Promise<void>
  close(): void
}

/** @param port the inspector port of a local server; @param worker its name there */
export async function probeHeap(port: number, worker: string): Promise<HeapProbe> {
  const targets = (await (await fetch(`http://127.0.0.1:${port}/json`)).json()) as { id: string; webSocketDebuggerUrl: string }[]
  const target = targets.find(({ id }) => id === `core:user:${worker}`)
  if (!target) throw new Error(`no worker ${worker} among ${targets.map(({ id }) => id).join(', ')}`)
  const socket = new WebSocket(target.webSocketDebuggerUrl)
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve, { once: true })
    socket.addEventListener('error', reject, { once: true })
  })
  const waiting = new Map<number, (result: unknown) => void>()
  socket.addEventListener('message', ({ data }) => {
    const { id, result } = JSON.parse(String(data)) as { id?: number; result: unknown }
    if (id === undefined) return
    waiting.get(id)?.(result)
    waiting.delete(id)
  })
  let calls = 0
  const call = (method: string): Promise<unknown> =>
    new Promise((resolve) => {
      const id = ++calls
      waiting.set(id, resolve)
      socket.send(JSON.stringify({ id, method }))
    })
  return {
    usage: async () => (await call('Runtime.getHeapUsage')) as HeapUsage,
    collect: async () => void (await call('HeapProfiler.collectGarbage')),
    close: () => socket.close(),
  }
}
