/** See model-links.mjs. */
export function restoreModelLinks(root: string): string[]
