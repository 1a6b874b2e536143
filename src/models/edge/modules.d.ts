/** Module kinds that wrangler bundles by the rules of `wrangler.toml`. */
declare module '*.wasm' {
  const module: WebAssembly.Module
  export default module
}
