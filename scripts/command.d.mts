/** See command.mjs. */
export function commandScript(root: string): string
