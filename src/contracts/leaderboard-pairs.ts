/**
 * Paired tests between rows of the leaderboard.
 * @module
 */

/** A row of the leaderboard: a criterion of a run. */
export interface LeaderboardPlace {
  readonly tenant: string
  readonly run: string
  readonly criterion: string
}

/** Two ranked rows of one dataset version, metric and variant, whose intervals overlap. */
export interface LeaderboardPair {
  readonly metric: string
  readonly variant: string
  /** The row whose publication asks for the test. */
  readonly own: LeaderboardPlace
  readonly other: LeaderboardPlace
}

export interface LeaderboardPairs {
  /**
   * The nearest pair of the run's rows that has no test.
   * @param most - other rows that are tested per row, the nearest values first
   */
  next(tenant: string, run: string, most: number): Promise<LeaderboardPair | null>
  /**
   * Stores a test, and counts it as progress of the run's job.
   * @param p - null for rows that cannot be paired
   */
  save(pair: LeaderboardPair, p: number | null): Promise<void>
}
