/**
 * A body of texts that are made as the client takes them.
 * @module
 */

/** Ends with the pieces; a client that leaves ends them. */
export function textStream(pieces: AsyncIterator<string> | Iterator<string>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await pieces.next()
        if (done === true) controller.close()
        else controller.enqueue(encoder.encode(value))
      },
      async cancel() {
        await pieces.return?.()
      },
    },
    // Nothing is made before the client takes it.
    { highWaterMark: 0 },
  )
}

/** A stream that is written whether or not the client still reads. */
export interface WrittenStream {
  readonly body: ReadableStream<Uint8Array>
  /** Ends when the pieces do, however the client left. Never rejects. */
  readonly written: Promise<void>
}

/** A comment of server-sent events. */
const HEARTBEAT = ': still here\n\n'
const HEARTBEAT_MILLISECONDS = 5000

export interface WriteOptions {
  /** Aborts when the client leaves, also while nothing is written. */
  readonly signal: AbortSignal
  /** Called when the client left before the end, unless the pieces go on. May be called again. */
  readonly leave: () => void
  /** Whether the rest of the pieces is made all the same. */
  readonly mayGoOn: boolean
}

/**
 * Writes pieces as they come. Unlike {@link textStream} it notices that the client leaves while a piece is
 * waited for.
 */
export function writtenStream(pieces: AsyncIterable<string>, { signal, leave, mayGoOn }: WriteOptions): WrittenStream {
  const encoder = new TextEncoder()
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
  const writer = writable.getWriter()
  let isLeft = false
  const left = () => {
    isLeft = true
    if (!mayGoOn) leave()
  }
  signal.addEventListener('abort', left)
  writer.closed.catch(left)
  // A connection shows that it is closed when something is written. Proxies close those that are silent.
  const beat = setInterval(() => {
    if ((writer.desiredSize ?? 0) > 0) writer.write(encoder.encode(HEARTBEAT)).catch(() => {})
  }, HEARTBEAT_MILLISECONDS)
  const write = async () => {
    for await (const piece of pieces) {
      if (!isLeft) await writer.write(encoder.encode(piece)).catch(() => {})
      if (isLeft && !mayGoOn) return
    }
    if (!isLeft) await writer.close()
  }
  const written = write()
    .catch((error: unknown) => void writer.abort(error).catch(() => {}))
    .finally(() => {
      clearInterval(beat)
      signal.removeEventListener('abort', left)
    })
  return { body: readable, written }
}
