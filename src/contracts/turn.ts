/**
 * Turns of models in one isolate: the models that do not fit into memory together work one after the other.
 * @module
 */

/** The right to use a model now. Leave it in any case; doing so twice does nothing. */
export interface Turn {
  leave(): void
}

/**
 * Waits until a model may be loaded and used. Memory for pictures is admitted before, never within a turn:
 * those who hold such memory wait for turns.
 */
export type EnterTurn = () => Promise<Turn>

/**
 * Does some work in one turn, which begins where the work first asks for it.
 * @param work - calls `begin` before it uses the model; more calls do nothing
 */
export async function inTurn<T>(enter: EnterTurn, work: (begin: () => Promise<void>) => Promise<T>): Promise<T> {
  let turn: Turn | undefined
  try {
    return await work(async () => {
      turn ??= await enter()
    })
  } finally {
    turn?.leave()
  }
}
