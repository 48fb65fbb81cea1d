package import Fusion
package import Signals

/// What a training learns from: windows, as one row of numbers per sense. May lie on a disk: the
/// trainer asks for one batch at a time, in any order, and keeps none.
package protocol TrainingRows: Sendable {
    var senses: [TrainingSense] { get }
    /// Windows of all assets.
    var count: Int { get }

    /// Windows of different assets are always negatives of each other.
    func asset(of row: Int) -> Int
    /// The window's place in time, counted in windows.
    func time(of row: Int) -> Int
    func isPresent(_ sense: Int, in row: Int) -> Bool

    /// Writes the sense's numbers of these rows end to end, `rowWidth` each; it is present in all.
    func fill(
        _ rows: [Int], sense: Int, into numbers: UnsafeMutableBufferPointer<Float>) throws
}

/// One sense as a training sees it.
package struct TrainingSense: Equatable, Sendable {
    package var name: StreamName
    package var front: SenseArchitecture.Front
    /// For a log: width of the learnt table of template embeddings.
    package var tableWidth: Int?

    package init(name: StreamName, front: SenseArchitecture.Front, tableWidth: Int? = nil) {
        self.name = name
        self.front = front
        self.tableWidth = tableWidth
    }
}
