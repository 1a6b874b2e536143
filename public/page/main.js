/**
 * Starts the page's parts; each stands alone, so that one that fails leaves the other working.
 * @module
 */
import { byId } from './dom.js'
import { startLeaderboard } from './leaderboard.js'
import { startScore } from './score.js'

startScore()
void startLeaderboard()
startExample()

/** The example names this server, whatever it is called, and can be copied. */
function startExample() {
  const code = byId('curl', HTMLElement)
  code.textContent = (code.textContent ?? '').replaceAll(/https?:\/\/localhost:\d+/g, location.origin)
  if (!navigator.clipboard) return
  const copy = byId('copy', HTMLButtonElement)
  const status = byId('copy-status', HTMLParagraphElement)
  copy.hidden = false
  copy.addEventListener('click', async () => {
    const copied = await navigator.clipboard.writeText(code.textContent ?? '').then(
      () => true,
      () => false,
    )
    status.textContent = copied ? 'Copied.' : 'Your browser did not allow copying; select the text instead.'
    copy.textContent = copied ? 'Copied' : 'Select it by hand'
    setTimeout(() => (copy.textContent = 'Copy'), 2000)
  })
}
