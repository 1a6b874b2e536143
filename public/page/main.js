/**
 * Starts the page's parts. Each is independent, so that a failure of one leaves the others working.
 * @module
 */
import { startAsk } from './ask.js'
import { startCopying } from './copy.js'
import { startLeaderboard } from './leaderboard.js'
import { startReports } from './report.js'
import { startWatching } from './watch.js'

startAsk()
startReports()
startWatching()
void startLeaderboard()
nameThisServer()
startCopying()

/** Puts this server's address into the examples. */
function nameThisServer() {
  for (const code of document.querySelectorAll('#api code'))
    code.textContent = (code.textContent ?? '').replaceAll(/https?:\/\/localhost:\d+/g, location.origin)
}
