/**
 * Refusals by chance: an overloaded endpoint refuses some requests however slowly they come. A slower pace
 * would not help, and each refusal would lower it again.
 *
 * Trials tell them from a limit: well below the rate that was served, a limit refuses nothing. If refusals
 * go on, their share is noted, and later ones of about that share leave the pace alone. Pure, on a clock that
 * is given.
 * @module
 */

export interface ChanceState {
  /** Share of requests that are refused at any pace; 0: none known. */
  share: number
  /** Largest share that the trial allows for. */
  most: number
  /** Share of refusals among the newest requests. */
  recent: number
  /** Requests a minute that were served when more were refused than by chance; null: never. */
  ceiling: number | null
  /** Requests served since the pace was lowered. */
  served: number
  /** Times that the pace was lowered since the last trial. */
  lowered: number
  /** Requests of all trials since refusals have been frequent. */
  tried: number
  /** Those of them that were refused. */
  refused: number
  trial: Trial | null
  /** Time at which the last trial ended. */
  triedAt: number
}

interface Trial {
  /** Requests a minute. */
  readonly pace: number
  readonly until: number
  /** Requests that were under way when it began. */
  earlier: number
  ended: number
}

/** Share of a limit at which a trial runs. */
const TRIAL_SHARE = 0.8
/** Requests served between two refusals, without which no trial begins. */
const SERVED_BEFORE = 3
/** Trials of as many requests as came between two refusals, none of them refused, show a limit. */
const CLEAR = 1
/** Unless so many refusals have lowered the pace since. */
const LOWERED = 3
/** A trial ends after so many requests, or after two minutes with at least {@link FEWEST}. */
const LONGEST_TRIAL = 60
const TRIAL_MS = 120_000
const FEWEST = 8
/** Refusals during trials that show chance. */
const REFUSALS = 2
/** A larger share is not chance: the endpoint is overloaded. */
const LARGEST_SHARE = 1 / 3
/** So many standard deviations above the share, refusals are not chance. */
const DEVIATIONS = 4
/** Weights of the newest request in the averages. */
const RECENT_WEIGHT = 1 / 50
const SHARE_WEIGHT = 1 / 400
/** A smaller share is treated as a limit again. */
const SMALLEST_SHARE = 0.002

export const newChance = (): ChanceState => ({
  share: 0,
  most: 0,
  recent: 0,
  ceiling: null,
  served: 0,
  lowered: 0,
  tried: 0,
  refused: 0,
  trial: null,
  triedAt: Number.NEGATIVE_INFINITY,
})

/**
 * The pace was lowered after a refusal.
 * @param limit - requests a minute that the endpoint surely takes, since it took them of late; null: the
 *   refusal is rare, or the pace was far above what was served
 */
export function noteLowered(state: ChanceState, limit: number | null, underWay: number, now: number): void {
  const { served } = state
  state.served = 0
  if (limit === null) {
    Object.assign(state, { tried: 0, refused: 0 })
    return
  }
  state.lowered++
  const isClear = state.refused === 0 && state.tried >= CLEAR * served && state.lowered < LOWERED
  if (served < SERVED_BEFORE || isClear) return
  state.lowered = 0
  state.trial = { pace: Math.max(1, TRIAL_SHARE * limit), until: now + TRIAL_MS, earlier: underWay, ended: 0 }
}

/**
 * Notes the end of a request.
 * @param perMinute - requests served within the last minute
 * @returns for a refusal, its meaning: `chance`: leave the pace alone. `trial`: wait, and leave the pace
 *   alone. `limit`: slow down
 */
export function noteChance(state: ChanceState, refused: boolean, perMinute: number, now: number): 'chance' | 'trial' | 'limit' {
  if (!refused) state.served++
  if (state.share > 0) return noteShare(state, refused, perMinute)
  const { trial } = state
  if (trial === null) return 'limit'
  if (trial.earlier > 0) {
    trial.earlier--
    return 'trial'
  }
  // The refusal before the trial may not be over yet.
  if (refused && trial.ended === 0) return 'trial'
  trial.ended++
  state.tried++
  if (refused) state.refused++
  const share = state.refused / state.tried
  if (state.refused >= REFUSALS && state.tried >= FEWEST && share <= LARGEST_SHARE) {
    // Rather too large than too small, until more requests have ended.
    const upper = Math.min(LARGEST_SHARE, (state.refused + 1) / (state.tried + 1))
    Object.assign(state, {
      ...newChance(),
      share: upper,
      most: Math.min(LARGEST_SHARE, 1.5 * upper),
      recent: upper,
      ceiling: state.ceiling,
    })
    return 'chance'
  }
  if (state.refused > REFUSALS && share > LARGEST_SHARE) {
    Object.assign(state, { trial: null, tried: 0, refused: 0, triedAt: now })
    return 'limit'
  }
  if (trial.ended >= LONGEST_TRIAL || (now >= trial.until && trial.ended >= FEWEST))
    Object.assign(state, { trial: null, triedAt: now })
  return 'trial'
}

function noteShare(state: ChanceState, refused: boolean, perMinute: number): 'chance' | 'limit' {
  const { share } = state
  const value = refused ? 1 : 0
  state.recent += RECENT_WEIGHT * (value - state.recent)
  // J. S. Hunter, "The exponentially weighted moving average", Journal of Quality Technology 18, 1986.
  const deviation = Math.sqrt((share * (1 - share) * RECENT_WEIGHT) / (2 - RECENT_WEIGHT))
  if (state.recent > share + DEVIATIONS * deviation) {
    Object.assign(state, { share: 0, recent: 0, ceiling: perMinute })
    return 'limit'
  }
  state.share = Math.min(state.most, share + SHARE_WEIGHT * (value - share))
  if (state.share < SMALLEST_SHARE) Object.assign(state, newChance())
  return 'chance'
}
