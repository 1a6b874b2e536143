/** Begins every example of the help texts: the command as it is typed in a checkout. */
export const EXAMPLE = 'npm run -s assay --'
