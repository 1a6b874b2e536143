/** See command.mjs. */
export function commandScript(root: string): Promise<string>
export function bundleCommand(root: string, outfile: string, plugin: object): Promise<void>
