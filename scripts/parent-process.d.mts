/** See parent-process.mjs. */
export function whenParentEnds(action: () => void): () => void
