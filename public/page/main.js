/**
 * Starts the page's parts; each stands alone, so that one that fails leaves the other working.
 * @module
 */
import { startAsk } from './ask.js'
import { startCopying } from './copy.js'
import { startLeaderboard } from './leaderboard.js'
import { startReports } from './report.js'

startAsk()
startReports()
void startLeaderboard()
nameThisServer()
startCopying()

/** The examples name this server, whatever it is called. */
function nameThisServer() {
  for (const code of document.querySelectorAll('#api code'))
    code.textContent = (code.textContent ?? '').replaceAll(/https?:\/\/localhost:\d+/g, location.origin)
}
