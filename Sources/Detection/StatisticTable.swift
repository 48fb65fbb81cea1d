/// A value for each of some statistics, in their order.
///
/// Some forty statistics are looked up several times a window: in arrays in order that is three times as
/// fast as in a dictionary, whose every look hashes a name. And sums taken over it come out the same
/// wherever it was made.
package struct StatisticTable<Value>: RandomAccessCollection {
    package typealias Element = (key: Statistic, value: Value)

    /// Rising.
    let keys: [Statistic]
    /// One for each key. Apart from the keys, so that a value is looked at where it is, not copied.
    let values: [Value]

    /// Each statistic at most once, in any order.
    package init(_ elements: some Sequence<Element>) {
        let sorted = elements.sorted { $0.key < $1.key }
        keys = sorted.map(\.key)
        values = sorted.map(\.value)
        precondition(
            zip(keys, keys.dropFirst()).allSatisfy { $0 < $1 }, "a table has each statistic once")
    }

    /// `keys` rising already, one value for each.
    init(keys: [Statistic], values: [Value]) {
        self.keys = keys
        self.values = values
    }

    package var startIndex: Int { 0 }
    package var endIndex: Int { keys.count }

    package subscript(place: Int) -> Element { (keys[place], values[place]) }

    package subscript(key: Statistic) -> Value? {
        var (low, high) = (0, keys.count)
        while low < high {
            let middle = (low + high) / 2
            if keys[middle] < key { low = middle + 1 } else { high = middle }
        }
        return low < keys.count && keys[low] == key ? values[low] : nil
    }
}

extension StatisticTable: Sendable where Value: Sendable {}
