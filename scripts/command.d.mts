/** See command.mjs. */
export function commandScript(root: string): Promise<string>
