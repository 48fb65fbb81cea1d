package import Learning

extension EvaluationOutcome {
    /// The whole evaluation as one page.
    package var page: EvaluationPage {
        var page = EvaluationPage(title: "Evaluation of models")
        let from = report.recordings.joined(separator: ", ")
        page.introduction = [(from.isEmpty ? "" : "\(from): ") + report.summary, Self.reading]
        if let row = drawings.mappedRow {
            page.introduction.append("The map shows the space of \(row).")
        }
        if report.assets.count > EvaluationDrawings.assetsMax {
            page.introduction.append(
                "Drawings show the first \(EvaluationDrawings.assetsMax) assets, tables all of them."
            )
        }
        page.introduction += report.remarks
        page.tables = report.tables
        page.agreements = drawings.agreements
        page.map = drawings.map
        page.curves = drawings.curves
        return page
    }

    private static let reading = """
        R@1, R@5 and MRR: how well one sense finds the other's embedding of the same window among at \
        most \(SpaceFigures.windowsMax) normal ones of the asset. Matched and unmatched: the median \
        cosine of two senses on the same window and on windows far apart. Alignment and uniformity: \
        the lower the better. AUC and AP: how well the score tells faults from the same asset's \
        normal windows. mAP: how well one sense finds the other's windows that were tagged with the \
        same state, by the cosine and by the states that the senses read. All are means over assets, those of the space over pairs of senses too.
        """
}
