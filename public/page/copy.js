/**
 * A button that copies the code beside it.
 * @module
 */
import { byId } from './dom.js'

/** Enables the button of every `.code`. Without a clipboard the buttons stay hidden. */
export function startCopying() {
  if (!navigator.clipboard) return
  const status = byId('copy-status', HTMLParagraphElement)
  for (const button of /** @type {NodeListOf<HTMLButtonElement>} */ (document.querySelectorAll('.code .copy'))) {
    const words = button.querySelector('span')
    const code = button.parentElement?.querySelector('code')
    if (!words || !code) continue
    button.hidden = false
    button.addEventListener('click', async () => {
      const copied = await navigator.clipboard.writeText(code.textContent ?? '').then(
        () => true,
        () => false,
      )
      status.textContent = copied ? 'Copied.' : 'Your browser did not allow copying; select the text instead.'
      words.textContent = copied ? 'Copied' : 'Select it by hand'
      setTimeout(() => (words.textContent = 'Copy'), 2000)
    })
  }
}
