/** Prefix of every example in the help texts: how the command is called in a checkout. */
export const EXAMPLE = 'npm run -s assay --'
