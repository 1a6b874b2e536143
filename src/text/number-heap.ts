/**
 * A priority queue of numbers, smallest first.
 * @module
 */

export interface NumberHeap {
  push(value: number): void
  /** Undefined if empty. */
  pop(): number | undefined
}

/** A binary heap: both operations take logarithmic time. */
export function createNumberHeap(): NumberHeap {
  const heap: number[] = []
  return {
    push(value) {
      let at = heap.length
      heap.push(value)
      while (at > 0) {
        const parent = (at - 1) >>> 1
        if (heap[parent]! <= value) break
        heap[at] = heap[parent]!
        at = parent
      }
      heap[at] = value
    },
    pop() {
      const smallest = heap[0]
      const last = heap.pop()
      if (heap.length === 0 || last === undefined) return smallest
      let at = 0
      for (;;) {
        let child = 2 * at + 1
        if (child >= heap.length) break
        if (child + 1 < heap.length && heap[child + 1]! < heap[child]!) child++
        if (heap[child]! >= last) break
        heap[at] = heap[child]!
        at = child
      }
      heap[at] = last
      return smallest
    },
  }
}
