/// What is to happen next: a binary heap by time, ties in the order of their entry.
struct Agenda<Action: Sendable>: Sendable {
    private var heap: [Entry] = []
    private var entered: UInt64 = 0

    struct Entry: Sendable {
        /// Nanoseconds after the plant's start.
        let time: Int64
        let action: Action
        fileprivate let order: UInt64

        fileprivate func isBefore(_ other: Entry) -> Bool {
            time != other.time ? time < other.time : order < other.order
        }
    }

    mutating func enter(_ action: Action, at time: Int64) {
        heap.append(Entry(time: time, action: action, order: entered))
        entered += 1
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard heap[child].isBefore(heap[parent]) else { break }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    mutating func takeNext() -> Entry? {
        guard let first = heap.first else { return nil }
        let last = heap.removeLast()
        guard !heap.isEmpty else { return first }
        heap[0] = last
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2]
            where child < heap.count && heap[child].isBefore(heap[least]) {
                least = child
            }
            guard least != parent else { return first }
            heap.swapAt(least, parent)
            parent = least
        }
    }
}
