import Detection
import Signals

// Assets of a group lend calibration windows to one whose first fit is asked for.
//
// Whom it asks is settled at the message at which its fit is asked for, and what each lends by that
// one's place in its own windows then: a request stands in the lender's queue with the windows that
// wait for a fit. The borrower judges nothing before all have answered. So neither depends on how long
// any fit takes, and none can wait for another in a circle: each waits for earlier requests only.
extension AssetLine {
    /// Another asset's wish for a loan.
    struct LoanRequest: Equatable, Sendable {
        var borrower: AssetName
        /// Its fit's number: an answer to a fit that is no longer awaited is dropped.
        var number: Int
        /// Windows that calibrate each statistic of the borrower, about.
        var partsMax: Int
    }

    /// The answer; `nil`: there is no calibration to lend of.
    struct LoanAnswer: Sendable {
        var request: LoanRequest
        var loan: Loan?
    }

    /// Assets asked for one loan at most: more windows would hardly sharpen the ranks.
    static let lendersMax = 16

    /// It may come to have a calibration, as far as the inputs tell: whether its fit is done by now must
    /// not show.
    var mayLend: Bool { progress.fitNumber > 0 }

    /// At once, or in its turn behind windows that wait for a fit.
    mutating func lend(_ request: LoanRequest) {
        isDirty = true
        if held.isEmpty, !isWaiting { answer(request) } else { held.append(.loan(request)) }
    }

    mutating func answer(_ request: LoanRequest) {
        isDirty = true
        loanAnswers.append(
            LoanAnswer(
                request: request,
                loan: detector.loan(partsMax: request.partsMax, ready: ready?.service)))
    }

    /// Its first fit was asked for; these assets will answer.
    mutating func awaitLoans(of lenders: [AssetName]) {
        isDirty = true
        progress.pending?.lenders = lenders
    }

    /// What it asked for. About a quarter of the windows calibrates each statistic (`LinearFit.role`).
    var loanRequest: LoanRequest? {
        progress.pending.map {
            LoanRequest(
                borrower: asset, number: $0.number, partsMax: max(10, Int($0.archiveEnd) / 4))
        }
    }

    /// One of those it asked has answered.
    mutating func receive(_ answer: LoanAnswer, from lender: AssetName) -> [Outcome] {
        guard let place = progress.pending?.lenders.firstIndex(of: lender),
            progress.pending?.number == answer.request.number
        else { return [] }
        isDirty = true
        progress.pending?.lenders.remove(at: place)
        if let loan = answer.loan { progress.pending?.loans.append(loan) }
        return release()
    }
}

extension Pipeline {
    /// Asks the group of the asset for loans, if it has one.
    mutating func askForLoans(_ asset: AssetName) -> [Outcome] {
        guard let group = settings.detection.group(of: asset), let borrower = indexOfAsset[asset],
            let request = lines[borrower].loanRequest
        else { return [] }
        let lenders = lines.indices.filter {
            $0 != borrower && lines[$0].mayLend
                && settings.detection.group(of: lines[$0].asset) == group
        }.prefix(AssetLine.lendersMax)
        lines[borrower].awaitLoans(of: lenders.map { lines[$0].asset })
        return lenders.flatMap { lender -> [Outcome] in
            lines[lender].lend(request)
            return deliverLoans(of: lender)
        }
    }

    /// Takes answers that have had their turn to those who asked.
    mutating func deliverLoans(of lender: Int) -> [Outcome] {
        guard !lines[lender].loanAnswers.isEmpty else { return [] }
        let answers = lines[lender].loanAnswers
        lines[lender].loanAnswers = []
        return answers.flatMap { answer -> [Outcome] in
            guard let index = indexOfAsset[answer.request.borrower] else { return [] }
            return settle(
                lines[index].receive(answer, from: lines[lender].asset),
                of: answer.request.borrower)
        }
    }

    /// After a restart: a lender that had to start anew has forgotten who asked it.
    mutating func forgetLostLoans() {
        for borrower in lines.indices {
            let asset = lines[borrower].asset
            let awaited = lines[borrower].progress.pending?.lenders ?? []
            let kept = awaited.filter { lender in
                indexOfAsset[lender].map {
                    lines[$0].loanRequests.contains { $0.borrower == asset }
                } ?? false
            }
            if kept != awaited { lines[borrower].awaitLoans(of: kept) }
        }
    }
}

extension AssetLine {
    /// It is being forgotten.
    mutating func refuseLoans() {
        for request in loanRequests { loanAnswers.append(LoanAnswer(request: request, loan: nil)) }
    }

    /// Those that stand in its queue.
    var loanRequests: [LoanRequest] {
        held.compactMap { if case .loan(let request) = $0 { request } else { nil } }
    }
}

extension AssetLine.LoanRequest {
    func write(to writer: inout ByteWriter) {
        writer.write(borrower.text)
        writer.write(Int64(number))
        writer.write(Int64(partsMax))
    }

    init(from reader: inout ByteReader) throws(ByteReader.Truncated) {
        borrower = AssetName(try reader.readString())
        number = Int(try reader.read(Int64.self))
        partsMax = Int(try reader.read(Int64.self))
    }
}
